#include "sandbox/vendors.h"

#include "lowtide/money.h"
#include "lowtide/text.h"
#include "sandbox/accounts.h"

static void add_number(struct buf *body, const char *before, int64_t nano) {
  char text[MONEY_TEXT_MAX];
  money_print_exact(text, nano);
  buf_addf(body, "%s%s", before, text);
}

static void moonshot_balance(const struct sim_state *state, struct buf *body) {
  add_number(body, "{\"code\":0,\"data\":{\"available_balance\":", state->balance_nano);
  add_number(body, ",\"voucher_balance\":", state->voucher_nano);
  add_number(body, ",\"cash_balance\":", state->balance_nano - state->voucher_nano);
  buf_add(body, "},\"scode\":\"0x0\",\"status\":true}");
}

static void openrouter_credits(const struct sim_state *state, struct buf *body) {
  add_number(body, "{\"data\":{\"total_credits\":", state->bought_nano);
  add_number(body, ",\"total_usage\":", state->used_nano);
  buf_add(body, "}}");
}

static void openrouter_key(const struct sim_state *state, struct buf *body) {
  add_number(body, "{\"data\":{\"label\":\"sk-or-v1-0a1...9fe\",\"limit\":", state->limit_nano);
  add_number(body, ",\"limit_remaining\":", state->balance_nano);
  add_number(body, ",\"limit_reset\":\"monthly\",\"usage\":", state->used_nano);
  add_number(body,
             ",\"usage_daily\":0.7315,\"usage_weekly\":4.4102,\"usage_monthly\":", state->limit_nano - state->balance_nano);
  buf_add(
      body,
      ",\"byok_usage\":0,\"byok_usage_daily\":0,\"byok_usage_weekly\":0,\"byok_usage_monthly\":0,"
      "\"include_byok_in_limit\":false,\"is_free_tier\":false,\"is_management_key\":false,"
      "\"is_provisioning_key\":false,\"creator_user_id\":null,\"expires_at\":null,"
      "\"rate_limit\":{\"requests\":-1,\"interval\":\"10s\",\"note\":\"This field is deprecated and safe to ignore.\"}}}");
}

/* DeepSeek's amounts are strings of two decimals. */
static void add_cents(struct buf *body, const char *name, int64_t nano) {
  buf_addf(body, ",\"%s\":\"%lld.%02lld\"", name, (long long)(nano / MONEY_NANO),
           (long long)(nano % MONEY_NANO / (MONEY_NANO / 100)));
}

static void add_deepseek_row(struct buf *body, const char *currency, int64_t balance_nano, int64_t granted_nano) {
  buf_addf(body, "{\"currency\":\"%s\"", currency);
  add_cents(body, "total_balance", balance_nano);
  add_cents(body, "granted_balance", granted_nano);
  add_cents(body, "topped_up_balance", balance_nano - granted_nano);
  buf_add_char(body, '}');
}

static void deepseek_balance(const struct sim_state *state, struct buf *body) {
  buf_add(body, "{\"is_available\":true,\"balance_infos\":[");
  add_deepseek_row(body, state->unit, state->balance_nano, state->voucher_nano);
  buf_add_char(body, ',');
  add_deepseek_row(body, text_eq(state->unit, "USD") ? "CNY" : "USD", 0, 0);
  buf_add(body, "]}");
}

static const struct vendor_route {
  const char *path;
  enum sim_vendor vendor;
  void (*write)(const struct sim_state *state, struct buf *body);
  const char *unauthorized; /* with 401 */
} routes[] = {
    {"/v1/users/me/balance", SIM_MOONSHOT, moonshot_balance,
     "{\"error\":{\"message\":\"Invalid Authentication\",\"type\":\"invalid_authentication_error\"}}"},
    {"/api/v1/credits", SIM_OPENROUTER, openrouter_credits, "{\"error\":{\"code\":401,\"message\":\"User not found.\"}}"},
    {"/api/v1/key", SIM_OPENROUTER_KEY, openrouter_key, "{\"error\":{\"code\":401,\"message\":\"User not found.\"}}"},
    {"/user/balance", SIM_DEEPSEEK, deepseek_balance,
     "{\"error\":{\"message\":\"Authentication Fails, Your api key: ****0000 is invalid\","
     "\"type\":\"authentication_error\",\"param\":null,\"code\":\"invalid_request_error\"}}"},
};

static int answer_route(const struct vendor_route *route, const struct vendor_ask *ask, struct buf *body) {
  struct sim_state state;
  if (!text_eq(ask->method, "GET")) {
    buf_add(body, "{\"error\":{\"message\":\"Method Not Allowed\"}}");
    return 405;
  }
  if (sim_state_of_key(ask->key, route->vendor, ask->seed, ask->now_ms, &state)) {
    route->write(&state, body);
    return 200;
  }
  bool is_ordinary =
      route->vendor == SIM_OPENROUTER && sim_state_of_key(ask->key, SIM_OPENROUTER_KEY, ask->seed, ask->now_ms, &state);
  if (is_ordinary) {
    buf_add(body, "{\"error\":{\"code\":403,\"message\":\"Only management keys can perform this operation\"}}");
    return 403;
  }
  buf_add(body, route->unauthorized);
  return 401;
}

int vendor_answer(const struct vendor_ask *ask, struct buf *body) {
  for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
    if (text_eq(routes[i].path, ask->path)) return answer_route(&routes[i], ask, body);
  }
  buf_add(body, "{\"error\":{\"message\":\"Not Found\"}}");
  return 404;
}
