/* What chance does: the config, and what goes wrong when. */
#ifndef LOWTIDE_TESTS_SIMULATE_CHANCES_H
#define LOWTIDE_TESTS_SIMULATE_CHANCES_H

#include "laws.h"
#include "life.h"
#include "lowtide/rule.h"

/* --- the config -------------------------------------------------------------------------------------------------- */

static const char *chance_of(struct sim *sim, const char *const *words, int count) {
  return words[sim_below(sim, count)];
}
#define ONE_OF(sim, ...)                                                                                                   \
  chance_of(sim, (const char *const[]){__VA_ARGS__}, (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void config_head(struct sim *sim, const char *schedule, struct buf *out) {
  buf_addf(out, "[lowtide]\nstate_dir = %s\nschedule = %s\n", sim->fake.folder, schedule);
  buf_addf(out, "cooldown = %s\n", ONE_OF(sim, "1h", "6h", "1s", "26h"));
  buf_addf(out, "remind = %s\n", ONE_OF(sim, "once", "daily", "diminishing", "5h"));
  buf_addf(out, "quiet = %s\n", ONE_OF(sim, "none", "none", "22:00-07:00", "12:30-13:00", "02:10-02:50"));
  buf_addf(out, "stale_after = %s\n", ONE_OF(sim, "3h", "1h", "30m"));
}

static void config_accounts(struct sim *sim, struct buf *out) {
  for (int i = 0; i < sim->vendor_count; i++) {
    const char *name = sim->vendors[i].name;
    buf_addf(out, "[account %s]\nprovider = moonshot\nkey = k-%s\nlabel = %s\nbase_url = http://127.0.0.1:1/%s\n", name,
             name, name, name);
    if (i % 3 != 0) buf_add(out, "log = none\n");
    if (sim_percent(sim, 30)) buf_addf(out, "warning = %s\n", ONE_OF(sim, "8.00", "3.00", "5.01"));
    if (sim_percent(sim, 20)) buf_addf(out, "critical = %s\n", ONE_OF(sim, "2.00", "0.50"));
    if (sim_percent(sim, 20)) buf_add(out, "warning_runway = 2d\ncritical_runway = 12h\n");
    if (sim_percent(sim, 30)) buf_addf(out, "cooldown = %s\n", ONE_OF(sim, "1h", "3h", "1s"));
    if (sim_percent(sim, 30)) buf_addf(out, "remind = %s\n", ONE_OF(sim, "once", "daily", "diminishing"));
  }
}

static void config_channel_text(struct sim *sim, const struct hook *hook, struct buf *out) {
  buf_addf(out, "[channel %s]\ntype = %s\nbase_url = http://127.0.0.1:1/%s\n", hook->name, hook_type_names[hook->type],
           hook->name);
  switch (hook->type) {
  case HOOK_DISCORD_WEBHOOK:
    buf_addf(out, "url = https://discord.com/api/webhooks/12345678901234567%d/abcdefghijklmnopqrstuvwxyz\n",
             hook->address % 10);
    break;
  case HOOK_SLACK_WEBHOOK: buf_addf(out, "url = https://hooks.slack.com/services/T0/B%d/abcdefgh\n", hook->address); break;
  case HOOK_WEBHOOK: buf_addf(out, "url = http://127.0.0.1:1/%s/%d\n", hook->name, hook->address); break;
  case HOOK_DISCORD_BOT:
    buf_addf(out, "token = abcdefgh.ijkl.mnop\nchannel = 12345678901234567%d\n", hook->address % 10);
    break;
  case HOOK_TYPES: break;
  }
  buf_addf(out, "sends = %s\n",
           ONE_OF(sim, "summary, alerts, recoveries", "alerts", "alerts, recoveries, topups", "recoveries",
                  "summary, alerts, recoveries, topups", "alerts, recoveries"));
  if (sim_percent(sim, 25)) buf_add(out, "min_level = critical\n");
  if (sim_percent(sim, 25)) buf_addf(out, "accounts = A00%s\n", sim->vendor_count > 3 ? ", A02, A03" : "");
  if (sim_percent(sim, 30)) buf_addf(out, "summary_when = %s\n", ONE_OF(sim, "change", "low"));
  if (sim_percent(sim, 30)) buf_add(out, "mention = user:123456789012345678\n");
}

static void chance_config(struct sim *sim, const char *schedule, const char *zone) {
  struct buf out;
  buf_init(&out, CONFIG_MAX - 1);
  config_head(sim, schedule, &out);
  buf_addf(&out, "timezone = %s\n", zone);
  config_accounts(sim, &out);
  for (int i = 0; i < sim->hook_count; i++)
    config_channel_text(sim, &sim->hooks[i], &out);
  (void)text_copy(sim->config_text, sizeof sim->config_text, buf_text(&out));
  buf_done(&out);
}

static void chance_vendors(struct sim *sim) {
  sim->vendor_count = sim->plan.accounts > 0 ? sim->plan.accounts : (int)sim_between(sim, 1, 6);
  for (int i = 0; i < sim->vendor_count; i++) {
    struct vendor *vendor = &sim->vendors[i];
    (void)text_fmt(vendor->name, sizeof vendor->name, "A%02d", i);
    vendor->left = (double)sim_between(sim, 100, 3000);
    vendor->burn = (double)sim_between(sim, 2, 40);
    vendor->spent_ms = sim->fake.mono_ms;
    vendor->topup_ms = NEVER;
  }
}

static void chance_hooks(struct sim *sim) {
  sim->hook_count = sim_percent(sim, 60) ? 1 : sim_percent(sim, 75) ? 2 : 3;
  for (int i = 0; i < sim->hook_count; i++) {
    (void)text_fmt(sim->hooks[i].name, sizeof sim->hooks[i].name, "c%d", i);
    sim->hooks[i].type = (enum hook_type)sim_below(sim, HOOK_TYPES);
  }
}

/* --- what goes wrong
 * ------------------------------------------------------------------------------------------------------ */

/* Mostly short, at times for most of a day. */
static int64_t chance_span(struct sim *sim) {
  return sim_percent(sim, 70) ? sim_between(sim, 1, 90) * MINUTE : sim_between(sim, 2, 20) * HOUR;
}

static void chance_vendor(struct sim *sim) {
  struct vendor *vendor = &sim->vendors[sim_below(sim, sim->vendor_count)];
  vendor_spend(sim, vendor);
  switch (sim_below(sim, 6)) {
  case 0: vendor->zeros = (int)sim_between(sim, 1, 3); return;
  case 1: vendor->left = vendor->left * (double)sim_below(sim, 9) / 100; return; /* so deep, and true */
  case 2: vendor->left *= 1.03; return;                                          /* a refund: hovering */
  default: break;
  }
  vendor->fault = (int)sim_below(sim, VENDOR_FAULTS);
  vendor->fault_until_ms = sim->fake.mono_ms + chance_span(sim);
}

static void chance_hook(struct sim *sim) {
  struct hook *hook = &sim->hooks[sim_below(sim, sim->hook_count)];
  hook->fault = (enum hook_fault)sim_between(sim, HOOK_503, HOOK_FAULTS - 1);
  bool rare = hook->fault == HOOK_GONE && !sim_percent(sim, 20);
  if (rare) hook->fault = HOOK_CUT_AFTER;
  hook->fault_until_ms = sim->fake.mono_ms + chance_span(sim);
  sim_say(sim, "%s: fault %d", hook->name, (int)hook->fault);
}

static void chance_clock(struct sim *sim) {
  static const int64_t steps_ms[] = {HOUR, -HOUR, DAY, -DAY, 8 * HOUR};
  sim->fake.wall_ms += steps_ms[sim_below(sim, 5)];
  sim_say(sim, "the clock steps");
}

struct person {
  struct sim *sim;
  int account;
  int64_t mute_ms; /* 0: acknowledges; < 0: unmutes */
};

static bool person_acts(struct store *store, void *context, struct err *err) {
  struct person *person = context;
  const struct account_key key = {.account = person->sim->vendors[person->account].name, .provider = "moonshot"};
  struct alert_memory memory = {0};
  if (!store_alert_memory(store, &key, &memory, err)) return false;
  if (person->mute_ms > 0) {
    (void)alert_mute(&memory, person->sim->fake.wall_ms + person->mute_ms);
  } else if (person->mute_ms < 0) {
    alert_unmute(&memory);
  } else {
    (void)alert_ack(&memory);
  }
  return store_alert_memory_put(store, &key, &memory, err);
}

static void chance_person(struct sim *sim) {
  struct err err = {0};
  struct person person = {.sim = sim, .account = (int)sim_below(sim, sim->vendor_count)};
  struct belief *belief = &sim->laws->beliefs[person.account];
  laws_look(sim);
  if (sim->laws->readings == 0) return; /* nobody knows the account yet */
  person.mute_ms = sim_between(sim, -1, 1) * sim_between(sim, 1, 40) * HOUR;
  if (!store_do(sim->fake.store, person_acts, &person, &err)) sim_broken(sim, "a mute failed: %s", err.text);
  sim_say(sim, "%s is muted or acknowledged: %" PRId64 " h", sim->vendors[person.account].name,
          person.mute_ms / (int64_t)HOUR);
  if (person.mute_ms > 0) {
    oracle_mute(belief, sim->fake.wall_ms + person.mute_ms);
  } else if (person.mute_ms < 0) {
    belief->muted_ms = 0;
    belief->muted = 0;
  } else {
    oracle_ack(belief);
  }
}

static void chance_dies(struct sim *sim) {
  sim_say(sim, "the daemon dies");
  laws_died(sim);
  life_drop(sim);
  life_start(sim);
}

static void sim_run(struct sim *sim, int64_t until_mono_ms);

static void chance_stops(struct sim *sim) {
  sim_say(sim, "the daemon is stopped");
  daemon_stop(sim->daemon);
  int64_t patience_ms = sim->fake.mono_ms + 20000;
  while (!sim->ended && fake_step(&sim->fake, patience_ms))
    laws_look(sim);
  if (!sim->ended) sim_broken(sim, "the daemon does not stop");
  laws_died(sim);
  life_drop(sim);
  sim_run(sim, sim->fake.mono_ms + sim_between(sim, 0, 5) * HOUR);
  life_start(sim);
}

static bool chance_is_idle(const struct sim *sim) {
  for (const struct fake_event *event = sim->fake.events; event != NULL; event = event->next) {
    if (!event->is_alarm) return false;
  }
  return true;
}

/* A person makes a new webhook where one is gone. */
static void chance_addresses(struct sim *sim) {
  for (int i = 0; i < sim->hook_count; i++) {
    struct hook *hook = &sim->hooks[i];
    if (!hook->gone) continue;
    hook->address++;
    hook->gone = false;
    hook->fault = HOOK_FINE;
  }
}

static void chance_reload(struct sim *sim, const char *schedule, const char *zone) {
  if (chance_is_idle(sim) && sim_percent(sim, 70)) {
    chance_addresses(sim);
    chance_config(sim, schedule, zone);
  }
  struct config *config = life_config(sim);
  daemon_reload(sim->daemon, config);
  config_release(sim->config);
  sim->config = config;
  sim_say(sim, "reload");
}

#endif
