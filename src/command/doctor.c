#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "disk.h"
#include "doctor.h"
#include "engine.h"
#include "lowtide/deliver.h"
#include "lowtide/gather.h"
#include "lowtide/mem.h"
#include "lowtide/notifier.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"
#include "outcome.h"

#define CLOCK_OFF_MS 60000
#define PROBE_DEADLINE_MS 10000
#define SAID_MAX 512
#define JSON_MAX (4 * 1024 * 1024)

struct doctor {
  const struct config *config;
  struct engine engine;
  struct gather *gather;
  struct probe *probes;
  size_t probing;
  int64_t clock_off_ms;
  bool clock_seen;
  int faults;
  struct buf *json; /* the findings so far; NULL: it is for people, who see each as it is found */
};

struct probe {
  struct doctor *doctor;
  const struct channel *channel;
  struct verdict verdict;
};

/* --- what is said: one line each, with the mend -------------------------------------------------------------------- */

static void add_blotted(struct buf *out, const char *name, const char *text) {
  char clean[SAID_MAX];
  (void)text_fmt(clean, sizeof clean, "%s", text);
  (void)secret_blot(clean);
  buf_addf(out, ",\"%s\":", name);
  if (*clean != '\0') buf_add_json(out, clean);
  if (*clean == '\0') buf_add(out, "null");
}

static void add_json(struct buf *out, enum finding finding, const char *what, const char *said, const char *mend) {
  static const char *const names[] = {"fine", "fault", "note"};
  buf_addf(out, "%s{\"state\":\"%s\"", out->len > 0 ? "," : "", names[finding]);
  add_blotted(out, "what", what);
  add_blotted(out, "said", said);
  add_blotted(out, "mend", mend);
  buf_add_char(out, '}');
}

static void say_line(enum finding finding, const char *what, const char *said, const char *mend) {
  static const char *const marks[] = {"✅", "❌", "➖"};
  char line[SAID_MAX];
  (void)text_fmt(line, sizeof line, "%s %s: %s%s%s", marks[finding], what, said, *mend != '\0' ? " → " : "", mend);
  (void)secret_blot(line);
  (void)printf("%s\n", line);
  (void)fflush(stdout);
}

void doctor_say(struct doctor *doctor, enum finding finding, const char *what, const char *said, const char *mend) {
  if (doctor->json != NULL) {
    add_json(doctor->json, finding, what, said, mend);
  } else {
    say_line(finding, what, said, mend);
  }
  if (finding == FINDING_FAULT) doctor->faults++;
}

static void look_at_config(struct doctor *doctor) {
  const struct config *config = doctor->config;
  char said[SAID_MAX];
  (void)text_fmt(said, sizeof said, "%s, %zu account%s, %zu channel%s",
                 config->path != NULL ? config->path : "from the environment", config->account_count,
                 text_plural((int64_t)config->account_count), config->channel_count,
                 text_plural((int64_t)config->channel_count));
  if (config->account_count == 0) {
    doctor_say(doctor, FINDING_FAULT, "config", said, "set a key such as MOONSHOT_API_KEY, or write an [account NAME]");
  } else {
    doctor_say(doctor, FINDING_FINE, "config", said, "");
  }
  for (const char *const *warning = config->warnings; *warning != NULL; warning++) {
    doctor_say(doctor, FINDING_FAULT, "config", *warning, "");
  }
}

static void look_at_store(struct doctor *doctor) {
  struct err err = {0};
  const char *folder = doctor->config->state_dir;
  if (!disk_takes_files(folder, "state_dir", &err)) {
    doctor_say(doctor, FINDING_FAULT, "state folder", err.text, err.hint);
    return;
  }
  struct store *store = store_open(folder, STORE_READ, &err);
  store_close(store);
  if (store != NULL) {
    doctor_say(doctor, FINDING_FINE, "state folder", folder, "");
  } else {
    doctor_say(doctor, FINDING_NOTE, "state folder", err.text, err.hint);
  }
}

static void look_at_logs(struct doctor *doctor) {
  const struct config *config = doctor->config;
  char said[SAID_MAX];
  size_t fine = 0;
  size_t faulty = 0;
  for (size_t i = 0; i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    struct err err = {0};
    if (account->log_path == NULL || account->missing != NULL) continue;
    bool takes = disk_takes_log(account->log_path, &err);
    fine += takes ? 1 : 0;
    faulty += takes ? 0 : 1;
    (void)text_fmt(said, sizeof said, "text log of %s", account->name);
    if (!takes) doctor_say(doctor, FINDING_FAULT, said, err.text, err.hint);
  }
  (void)text_fmt(said, sizeof said, "%zu can be written", fine);
  if (fine > 0 && faulty == 0) doctor_say(doctor, FINDING_FINE, "text logs", said, "");
}

static void look_at_clock(struct doctor *doctor) {
  char said[SAID_MAX];
  char off[64];
  int64_t off_ms = llabs(doctor->clock_off_ms);
  if (!doctor->clock_seen) {
    doctor_say(doctor, FINDING_NOTE, "clock", "not compared: no vendor's answer came with a time", "");
    return;
  }
  if (off_ms <= CLOCK_OFF_MS) {
    doctor_say(doctor, FINDING_FINE, "clock", "right", "");
    return;
  }
  text_print_duration(off, sizeof off, off_ms);
  (void)text_fmt(said, sizeof said, "%s %s", off, doctor->clock_off_ms < 0 ? "slow" : "fast");
  doctor_say(doctor, FINDING_FAULT, "clock", said, "turn on time synchronisation (timedatectl set-ntp true)");
}

/* ", a call that is not documented (seen in code), as of 2026-11"; "" where the vendor documents it. */
static void print_doubt(const struct account *account, char *out, size_t size) {
  const struct recipe_about *about = account->recipe == NULL ? NULL : recipe_about(account->recipe);
  *out = '\0';
  if (about == NULL || *about->sure == '\0' || text_eq(about->sure, "documented")) return;
  (void)text_fmt(out, size, ", by a call that is %s%s%s", outcome_sure(about), *about->as_of != '\0' ? ", as of " : "",
                 about->as_of);
}

static void look_at_account(struct doctor *doctor, const struct account *account, const struct reading *reading) {
  char said[SAID_MAX];
  char balance[64] = "answers";
  char doubt[96];
  print_doubt(account, doubt, sizeof doubt);
  if (account->missing != NULL) {
    (void)text_fmt(said, sizeof said, "not configured (%s)", account->missing_why);
    doctor_say(doctor, FINDING_NOTE, account->name, said, "put that right, or take the account out");
    return;
  }
  if (!reading_is_known(reading)) {
    (void)text_fmt(said, sizeof said, "%s (%s)%s", reading->detail, err_code_name(reading->code), doubt);
    doctor_say(doctor, FINDING_FAULT, account->name, said, reading->hint);
    return;
  }
  outcome_amount(balance, sizeof balance, reading);
  (void)text_fmt(said, sizeof said, "%s%s", balance, doubt);
  doctor_say(doctor, FINDING_FINE, account->name, said, reading->hint);
}

static void look_at_disabled(struct doctor *doctor, const struct channel *channel, const struct channel_state *state) {
  char said[SAID_MAX];
  char mend[SAID_MAX];
  char since[ZONE_TIME_TEXT_MAX];
  time_print(since, doctor->config->zone, state->disabled_ms);
  (void)text_fmt(said, sizeof said, "disabled since %s %s: %s", since, zone_name(doctor->config->zone), state->last_why);
  (void)text_fmt(mend, sizeof mend, "a new address enables it by itself; for the old one, `lowtide test %s`",
                 channel->name);
  doctor_say(doctor, FINDING_FAULT, channel->name, said, mend);
}

static void look_at_messages(struct doctor *doctor, const struct channel *channel) {
  char said[SAID_MAX];
  struct channel_state state = {0};
  struct err none = {0};
  struct store *store = doctor->engine.real.reader;
  if (store == NULL || !store_channel_state(store, channel->name, &state, &none)) return;
  bool disabled = deliver_is_disabled(channel, &state);
  if (disabled) look_at_disabled(doctor, channel, &state);
  if (state.waiting + state.refused > 0) {
    const char *why = disabled ? "" : state.last_why;
    (void)text_fmt(said, sizeof said, "messages: %" PRId64 " waiting, %" PRId64 " refused%s%s", state.waiting,
                   state.refused, *why != '\0' ? ": " : "", why);
    doctor_say(doctor, state.refused > 0 ? FINDING_FAULT : FINDING_NOTE, channel->name, said, "");
  }
  if (state.repeated + state.doubtful == 0) return;
  (void)text_fmt(said, sizeof said,
                 "nobody knows whether a message arrived: %" PRId64 " repeated and marked, %" PRId64 " not repeated",
                 state.repeated, state.doubtful);
  doctor_say(doctor, FINDING_NOTE, channel->name, said, "");
}

static void look_at_channel(struct doctor *doctor, const struct probe *probe) {
  const struct channel *channel = probe->channel;
  char said[SAID_MAX];
  if (channel->missing != NULL) {
    (void)text_fmt(said, sizeof said, "not configured (%s)", channel->missing_why);
    doctor_say(doctor, FINDING_NOTE, channel->name, said, "put that right, or take the channel out");
  } else if (channel->plug->local) {
    doctor_say(doctor, FINDING_FINE, channel->name, "prints to standard output", "");
  } else if (channel->plug->probe == NULL) {
    char mend[SAID_MAX];
    (void)text_fmt(said, sizeof said, "%s cannot be asked without posting", channel->plug->name);
    (void)text_fmt(mend, sizeof mend, "`lowtide test %s` posts a test message", channel->name);
    doctor_say(doctor, FINDING_NOTE, channel->name, said, mend);
  } else if (probe->verdict.kind == VERDICT_SENT) {
    doctor_say(doctor, FINDING_FINE, channel->name, "exists", "");
  } else {
    doctor_say(doctor, FINDING_FAULT, channel->name, probe->verdict.why, "");
  }
  look_at_messages(doctor, channel);
}

static void look_at_vendors(struct doctor *doctor) {
  char said[SAID_MAX];
  for (const struct console_only *const *vendor = doctor->config->console_only; *vendor != NULL; vendor++) {
    outcome_print_vendor(said, sizeof said, *vendor);
    doctor_say(doctor, FINDING_NOTE, (*vendor)->label, said, "");
  }
}

/* --- asking -------------------------------------------------------------------------------------------------------- */

/* Any vendor's clock will do; the first that tells it is believed. */
static void heard(void *context, const struct account *account, const struct answer *answer) {
  struct doctor *doctor = context;
  if (doctor->clock_seen || answer->http.date_ms == 0 || account->simulated) return;
  doctor->clock_seen = true;
  doctor->clock_off_ms = loop_wall_ms() - answer->http.date_ms;
}

static void ask_accounts(struct doctor *doctor) {
  const struct config *config = doctor->config;
  const struct account **accounts = mem_new(config->account_count, sizeof(const struct account *));
  for (size_t i = 0; i < config->account_count; i++)
    accounts[i] = &config->accounts[i];
  doctor->gather = engine_gather(&doctor->engine, accounts, config->account_count, heard, doctor);
  mem_free(accounts);
}

static void probed(void *context, const struct answer *answer) {
  struct probe *probe = context;
  probe->verdict = notifier_judge(probe->channel->plug, answer);
  if (--probe->doctor->probing == 0) loop_stop(probe->doctor->engine.real.loop);
}

static void ask_channel(struct probe *probe) {
  struct doctor *doctor = probe->doctor;
  const struct channel *channel = probe->channel;
  struct err err = {0};
  struct ask ask;
  if (channel->missing != NULL || channel->plug->probe == NULL) return;
  ask_init(&ask);
  if (channel->plug->probe(channel, &ask, &err)) {
    doctor->probing++;
    (void)doctor->engine.world.ask(doctor->engine.world.context, &ask, PROBE_DEADLINE_MS, probed, probe);
  } else {
    probe->verdict.kind = VERDICT_REFUSED;
    (void)text_copy(probe->verdict.why, sizeof probe->verdict.why, err.text);
  }
  ask_done(&ask);
}

static void ask_channels(struct doctor *doctor) {
  const struct config *config = doctor->config;
  doctor->probes = mem_new(config->channel_count, sizeof *doctor->probes);
  for (size_t i = 0; i < config->channel_count; i++) {
    doctor->probes[i] = (struct probe){.doctor = doctor, .channel = &config->channels[i]};
    ask_channel(&doctor->probes[i]);
  }
  if (doctor->probing > 0) loop_run(doctor->engine.real.loop);
}

static void examine(struct doctor *doctor) {
  const struct config *config = doctor->config;
  look_at_config(doctor);
  look_at_store(doctor);
  look_at_logs(doctor);
  ask_accounts(doctor);
  look_at_clock(doctor);
  for (size_t i = 0; i < config->account_count; i++) {
    look_at_account(doctor, &config->accounts[i], gather_reading(doctor->gather, i));
  }
  look_at_vendors(doctor);
  ask_channels(doctor);
  for (size_t i = 0; i < config->channel_count; i++)
    look_at_channel(doctor, &doctor->probes[i]);
  doctor_chat(doctor, config, &doctor->engine);
  int pid = state_lock_holder(config->state_dir);
  doctor_say(doctor, pid != 0 ? FINDING_FINE : FINDING_NOTE, "daemon", pid != 0 ? "running" : "not running",
             pid != 0 ? "" : "start it with `lowtide run`, or `lowtide update` from cron");
}

static int print_json(const struct doctor *doctor) {
  struct buf out;
  buf_init(&out, JSON_MAX + 64);
  buf_addf(&out, "{\"faults\":%d,\"findings\":[%s]}", doctor->faults, buf_text(doctor->json));
  int result = command_print(buf_text(&out));
  buf_done(&out);
  return result;
}

static int doctor_run(const struct invocation *invocation) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  struct buf json;
  buf_init(&json, JSON_MAX);
  struct doctor doctor = {.config = config, .json = invocation_has(invocation, "json") ? &json : NULL};
  int result = EXIT_TROUBLE;
  if (engine_start(&doctor.engine, config, ENGINE_READS, &err)) {
    examine(&doctor);
    result = doctor.json != NULL ? print_json(&doctor) : command_printed();
    if (doctor.faults > 0) result = EXIT_TROUBLE;
    gather_free(doctor.gather);
    mem_free(doctor.probes);
    engine_stop(&doctor.engine);
  } else {
    result = command_fail(&err);
  }
  buf_done(&json);
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"json", NULL, "print it as JSON"},
    {0},
};

const struct command command_doctor = {
    .name = "doctor",
    .usage = "",
    .about = "check config, keys, clock, store, network, every provider and channel; names the mend",
    .more = "Exit code: 1 if something is at fault.",
    .flags = flags,
    .run = doctor_run,
};
