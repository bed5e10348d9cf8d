#include "sandbox/accounts.h"

#include <string.h>

#include "lowtide/text.h"

#define CENT (MONEY_NANO / 100)
#define BENCH_DIGITS_MAX 9

/* With the default levels of 5 and 1 there is always one that is low and one that is critical. */
const struct sim_account sim_accounts[] = {
    {.name = "openrouter",
     .vendor = SIM_OPENROUTER,
     .label = "OpenRouter",
     .emoji = "🔀",
     .unit = "USD",
     .curve = {.floor_nano = 9 * MONEY_NANO, .topup_nano = 100 * MONEY_NANO, .day_nano = 731 * CENT, .step_nano = 1}},
    {.name = "kimi",
     .vendor = SIM_MOONSHOT,
     .label = "Kimi",
     .emoji = "🌙",
     .unit = "USD",
     .voucher_nano = 1 * MONEY_NANO,
     .curve = {.floor_nano = 120 * CENT, .topup_nano = 350 * CENT, .day_nano = 42 * CENT, .step_nano = 10000}},
    {.name = "deepseek",
     .vendor = SIM_DEEPSEEK,
     .label = "DeepSeek",
     .emoji = "🐋",
     .unit = "USD",
     .voucher_nano = 2 * MONEY_NANO,
     .curve = {.floor_nano = 3 * MONEY_NANO, .topup_nano = 40 * MONEY_NANO, .day_nano = 315 * CENT, .step_nano = CENT}},
    {.name = "deepseek-lab",
     .vendor = SIM_DEEPSEEK,
     .label = "DeepSeek (lab)",
     .emoji = "🧪",
     .unit = "CNY",
     .curve = {.floor_nano = 20 * MONEY_NANO, .topup_nano = 200 * MONEY_NANO, .day_nano = 970 * CENT, .step_nano = CENT}},
    {.name = "kimi-batch",
     .vendor = SIM_MOONSHOT,
     .label = "Kimi batch jobs",
     .emoji = "📦",
     .unit = "USD",
     .curve = {.floor_nano = 15 * CENT, .topup_nano = 75 * CENT, .day_nano = 11 * CENT, .step_nano = 10000}},
    {.name = "team-key",
     .vendor = SIM_OPENROUTER_KEY,
     .label = "Team key",
     .emoji = "🔑",
     .unit = "USD",
     .curve = {.floor_nano = 6 * MONEY_NANO, .topup_nano = 44 * MONEY_NANO, .day_nano = 166 * CENT, .step_nano = 100000}},
    {0},
};

const char *sim_recipe(enum sim_vendor vendor) {
  switch (vendor) {
  case SIM_MOONSHOT: return "moonshot";
  case SIM_OPENROUTER: return "openrouter";
  case SIM_OPENROUTER_KEY: return "openrouter-key";
  case SIM_DEEPSEEK: return "deepseek";
  }
  return "";
}

/* Accounts must not rise and fall together. FNV-1a of the name. */
static uint64_t own_seed(const struct sim_account *account, uint64_t seed) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const char *c = account->name; *c != '\0'; c++)
    hash = (hash ^ (unsigned char)*c) * 0x100000001B3U;
  return hash ^ (seed * 0x9E3779B97F4A7C15U);
}

struct sim_state sim_state_at(const struct sim_account *account, uint64_t seed, int64_t time_ms) {
  struct curve_point point = curve_at(&account->curve, own_seed(account, seed), time_ms);
  int64_t voucher = account->voucher_nano < point.balance_nano ? account->voucher_nano : point.balance_nano;
  return (struct sim_state){.unit = account->unit,
                            .balance_nano = point.balance_nano,
                            .voucher_nano = voucher,
                            .used_nano = point.used_nano,
                            .bought_nano = point.bought_nano,
                            .limit_nano = account->curve.floor_nano + account->curve.topup_nano};
}

/* From 5.00 to 99.99, so that a benchmark posts no alerts. */
static bool bench_state(const char *digits, struct sim_state *state) {
  int64_t number = 0;
  size_t length = strlen(digits);
  if (length == 0 || length > BENCH_DIGITS_MAX || strspn(digits, "0123456789") != length) return false;
  for (; *digits != '\0'; digits++)
    number = number * 10 + (*digits - '0');
  int64_t balance = (500 + number * 137 % 9500) * CENT;
  *state = (struct sim_state){.unit = "USD",
                              .balance_nano = balance,
                              .used_nano = 100 * MONEY_NANO - balance,
                              .bought_nano = 100 * MONEY_NANO,
                              .limit_nano = 100 * MONEY_NANO};
  return true;
}

bool sim_state_of_key(const char *key, enum sim_vendor vendor, uint64_t seed, int64_t time_ms, struct sim_state *state) {
  if (text_starts(key, BENCH_KEY)) return bench_state(key + strlen(BENCH_KEY), state);
  if (!text_starts(key, SIM_KEY)) return false;
  for (const struct sim_account *account = sim_accounts; account->name != NULL; account++) {
    if (account->vendor != vendor || !text_eq(account->name, key + strlen(SIM_KEY))) continue;
    *state = sim_state_at(account, seed, time_ms);
    return true;
  }
  return false;
}

static void add_amounts(const struct sim_state *state, enum sim_vendor vendor, struct reading *reading) {
  switch (vendor) {
  case SIM_MOONSHOT:
  case SIM_DEEPSEEK:
    reading->available = amount_of(state->balance_nano);
    reading->voucher = amount_of(state->voucher_nano);
    reading->cash = amount_of(state->balance_nano - state->voucher_nano);
    break;
  case SIM_OPENROUTER:
    reading->available = amount_of(state->balance_nano);
    reading->used = amount_of(state->used_nano);
    break;
  case SIM_OPENROUTER_KEY:
    reading->kind = READING_QUOTA;
    reading->limit = amount_of(state->limit_nano);
    reading->used = amount_of(state->limit_nano - state->balance_nano);
    break;
  }
}

struct reading sim_reading(const struct sim_account *account, uint64_t seed, int64_t time_ms) {
  struct sim_state state = sim_state_at(account, seed, time_ms);
  struct reading reading = {.kind = READING_PREPAID, .asked_ms = time_ms, .time_ms = time_ms, .simulated = true};
  text_copy(reading.unit, sizeof reading.unit, state.unit);
  add_amounts(&state, account->vendor, &reading);
  return reading;
}
