/* Vendors and channels: what they answer, well or badly. */
#ifndef LOWTIDE_TESTS_SIMULATE_PEOPLE_H
#define LOWTIDE_TESTS_SIMULATE_PEOPLE_H

#include "sim.h"

static void laws_taken(struct sim *sim, struct hook *hook, const struct ask *ask, enum hook_fault fault);
static void laws_asked(struct sim *sim, struct hook *hook);

/* --- vendors --------------------------------------------------------------------------------------------------------- */

enum vendor_fault {
  VENDOR_401,
  VENDOR_403,
  VENDOR_404,
  VENDOR_429,
  VENDOR_500,
  VENDOR_NETWORK,
  VENDOR_TLS,
  VENDOR_TIMEOUT,
  VENDOR_HTML,
  VENDOR_EMPTY,
  VENDOR_LIES, /* a failure told inside HTTP 200 */
  VENDOR_SLOW, /* answers just in time */
  VENDOR_FAULTS
};

/* People pay some hours after it is low, some only when it is empty. */
static void vendor_spend(struct sim *sim, struct vendor *vendor) {
  int64_t now_ms = sim->fake.mono_ms;
  double hours = (double)(now_ms - vendor->spent_ms) / (double)HOUR;
  vendor->spent_ms = now_ms;
  vendor->left -= vendor->burn * hours * 2 * sim_even(sim);
  if (vendor->left < 0) vendor->left = 0;
  if (vendor->left < 450 && vendor->topup_ms == NEVER) {
    vendor->topup_ms = now_ms + sim_between(sim, 1, 72) * HOUR;
    vendor->topup_cents = (int)sim_between(sim, 100, 4000);
  }
  if (now_ms < vendor->topup_ms) return;
  vendor->left += vendor->topup_cents;
  vendor->topup_ms = NEVER;
}

static struct fake_answer vendor_tells(struct sim *sim, struct vendor *vendor, int64_t cents) {
  (void)text_fmt(vendor->body, sizeof vendor->body,
                 "{\"code\":0,\"data\":{\"available_balance\":%" PRId64 ".%02d,\"voucher_balance\":0,"
                 "\"cash_balance\":%" PRId64 ".%02d},\"scode\":\"0x0\",\"status\":true}",
                 cents / 100, (int)(cents % 100), cents / 100, (int)(cents % 100));
  vendor->told = true;
  vendor->told_cents = cents;
  return (struct fake_answer){.delay_ms = sim_between(sim, 20, 800), .status = 200, .body = vendor->body};
}

static struct fake_answer vendor_fails(struct sim *sim, struct vendor *vendor) {
  struct fake_answer answer = {.delay_ms = sim_between(sim, 20, 2000), .status = 200};
  vendor->told = false;
  switch ((enum vendor_fault)vendor->fault) {
  case VENDOR_401: answer.status = 401; break;
  case VENDOR_403: answer.status = 403; break;
  case VENDOR_404: answer.status = 404; break;
  case VENDOR_429:
    answer.status = 429;
    answer.retry_after_ms = sim_between(sim, 0, 60000);
    break;
  case VENDOR_500: answer.status = 500 + (int)sim_below(sim, 5); break;
  case VENDOR_NETWORK: answer.code = ERR_NETWORK; break;
  case VENDOR_TLS: answer.code = ERR_TLS; break;
  case VENDOR_TIMEOUT: answer.delay_ms = sim_between(sim, 10000, 90000); break;
  case VENDOR_HTML: answer.body = "<html>0.00</html>"; break;
  case VENDOR_EMPTY: answer.body = ""; break;
  case VENDOR_LIES: answer.body = "{\"code\":5,\"data\":{\"available_balance\":0},\"status\":false}"; break;
  case VENDOR_SLOW:
  case VENDOR_FAULTS: break;
  }
  return answer;
}

static struct fake_answer vendor_answer(struct sim *sim, struct vendor *vendor) {
  vendor_spend(sim, vendor);
  vendor->told_asks = sim->fake.asks;
  int64_t cents = (int64_t)vendor->left;
  if (sim->calm || sim->fake.mono_ms >= vendor->fault_until_ms) {
    bool zero = vendor->zeros > 0;
    if (zero) vendor->zeros--;
    return vendor_tells(sim, vendor, zero ? 0 : cents);
  }
  if (vendor->fault != VENDOR_SLOW) return vendor_fails(sim, vendor);
  struct fake_answer answer = vendor_tells(sim, vendor, cents);
  answer.delay_ms = sim_between(sim, 2000, 9500);
  return answer;
}

/* --- channels -------------------------------------------------------------------------------------------------------- */

static const char *const hook_type_names[] = {"discord-webhook", "slack-webhook", "webhook", "discord-bot"};

static const char *hook_thanks(enum hook_type type) {
  switch (type) {
  case HOOK_DISCORD_WEBHOOK:
  case HOOK_DISCORD_BOT: return "{\"id\":\"1\",\"channel_id\":\"2\"}";
  case HOOK_SLACK_WEBHOOK: return "ok";
  case HOOK_WEBHOOK:
  case HOOK_TYPES: break;
  }
  return "{}";
}

static struct fake_answer hook_says(struct sim *sim, struct hook *hook, enum hook_fault fault) {
  struct fake_answer answer = {
      .delay_ms = sim_between(sim, 30, 900), .status = 200, .body = hook_thanks(hook->type), .written = true};
  switch (fault) {
  case HOOK_503: answer.status = 503; break;
  case HOOK_429:
    answer.status = 429;
    answer.retry_after_ms = sim_between(sim, 1, 300) * 1000;
    hook->not_before_ms = sim->fake.mono_ms + answer.delay_ms + answer.retry_after_ms;
    break;
  case HOOK_CUT_BEFORE:
    answer.written = false;
    answer.code = ERR_NETWORK;
    break;
  case HOOK_CUT_AFTER:
  case HOOK_CUT_LOST: answer.code = ERR_NETWORK; break;
  case HOOK_SLOW: answer.delay_ms = sim_between(sim, 60000, 90000); break;
  case HOOK_BAD:
    answer.status = 400;
    answer.body = "{\"message\":\"no\"}";
    break;
  case HOOK_GONE:
    answer.status = 404;
    answer.body = "{\"message\":\"Unknown Webhook\",\"code\":10015}";
    break;
  case HOOK_FINE:
  case HOOK_FAULTS: break;
  }
  return answer;
}

static struct fake_answer hook_answer(struct sim *sim, struct hook *hook, const struct ask *ask) {
  bool faulty = !sim->calm && sim->fake.mono_ms < hook->fault_until_ms;
  enum hook_fault fault = faulty ? hook->fault : HOOK_FINE;
  if (hook->gone) fault = HOOK_GONE;
  hook->posts++;
  laws_asked(sim, hook);
  laws_taken(sim, hook, ask, fault);
  if (fault == HOOK_GONE) hook->gone = hook->was_gone = hook->heard = true;
  if (!sim->calm && sim->crash_in == 0 && sim_percent(sim, 1)) sim->crash_in = (int)sim_between(sim, 1, 6);
  return hook_says(sim, hook, fault);
}

/* --- who is asked ---------------------------------------------------------------------------------------------------- */

static struct fake_answer people_answer(struct fake_world *fake, const struct ask *ask) {
  static const char front[] = "http://127.0.0.1:1/";
  struct sim *sim = (struct sim *)fake->test;
  const char *path = buf_text(&ask->http.url) + sizeof front - 1;
  long number = strtol(path + 1, NULL, 10);
  if (path[0] == 'A' && number < sim->vendor_count) return vendor_answer(sim, &sim->vendors[number]);
  if (path[0] == 'c' && number < sim->hook_count) return hook_answer(sim, &sim->hooks[number], ask);
  sim_broken(sim, "nobody is at %s", buf_text(&ask->http.url));
}

#endif
