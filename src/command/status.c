#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lowtide/compose.h"
#include "lowtide/deliver.h"
#include "lowtide/door.h"
#include "lowtide/loop.h"
#include "lowtide/notifier.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "outcome.h"
#include "terminal.h"

#define STATUS_MAX (4 * 1024 * 1024)
#define CELL_MAX 200

/* What `status` knows: the store beside the config. */
struct status {
  const struct config *config;
  struct store *store; /* NULL: there is none yet */
  int pid;             /* of the daemon; 0: none runs */
  int64_t now_ms;
  struct turn last;
  int64_t next_ms;
  struct door_state doors[DOORS_MAX];
  size_t door_count;
};

static bool read_status(const struct config *config, struct status *status, struct err *err) {
  struct err none = {0};
  *status = (struct status){.config = config, .now_ms = loop_wall_ms(), .pid = state_lock_holder(config->state_dir)};
  status->next_ms = status->pid != 0 ? cron_next(&config->schedule, config->zone, status->now_ms) : 0;
  status->store = store_open(config->state_dir, STORE_READ, &none);
  return status->store == NULL || (store_turn_last(status->store, NULL, &status->last, err) &&
                                   door_states(status->store, status->pid, status->doors, &status->door_count, err));
}

static bool account_state(const struct status *status, const struct account *account, struct account_state *state,
                          struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  *state = (struct account_state){0};
  return status->store == NULL || store_account_state(status->store, &key, state, err);
}

static bool alert_memory(const struct status *status, const struct account *account, struct alert_memory *memory,
                         struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  *memory = (struct alert_memory){0};
  return status->store == NULL || store_alert_memory(status->store, &key, memory, err);
}

static bool channel_state(const struct status *status, const struct channel *channel, struct channel_state *state,
                          struct err *err) {
  *state = (struct channel_state){0};
  return status->store == NULL || store_channel_state(status->store, channel->name, state, err);
}

/* --- as JSON --------------------------------------------------------------------------------------------------------- */

static void add_time(struct buf *out, const char *name, int64_t ms) {
  char text[ZONE_TIME_TEXT_MAX];
  if (ms > 0) time_print_rfc3339(text, ms);
  buf_addf(out, ",\"%s\":%s%s%s", name, ms > 0 ? "\"" : "", ms > 0 ? text : "null", ms > 0 ? "\"" : "");
}

static void add_text(struct buf *out, const char *name, const char *text) {
  buf_addf(out, ",\"%s\":", name);
  if (text == NULL || *text == '\0') {
    buf_add(out, "null");
  } else {
    buf_add_json(out, text);
  }
}

static bool add_account_json(const struct status *status, const struct account *account, struct buf *out, struct err *err) {
  struct account_state state;
  struct alert_memory memory;
  if (!account_state(status, account, &state, err) || !alert_memory(status, account, &memory, err)) return false;
  bool failed = state.seen && !reading_is_known(&state.last);
  buf_add(out, "{\"account\":");
  buf_add_json(out, account->name);
  add_text(out, "level", account->missing != NULL || !state.seen ? "unknown" : level_name(state.last_level));
  add_text(out, "missing", account->missing);
  add_time(out, "time", state.known ? state.last_known.time_ms : 0);
  add_time(out, "asked", state.seen ? state.last.asked_ms : 0);
  add_text(out, "error", failed ? err_code_name(state.last.code) : NULL);
  add_text(out, "detail", failed ? state.last.detail : NULL);
  add_time(out, "muted_until", alert_is_muted(&memory, status->now_ms) ? memory.muted_until_ms : 0);
  buf_addf(out, ",\"acknowledged\":%s", alert_is_acked(&memory) ? "true" : "false");
  return buf_add_char(out, '}');
}

static bool add_channel_json(const struct status *status, const struct channel *channel, struct buf *out, struct err *err) {
  struct channel_state state;
  if (!channel_state(status, channel, &state, err)) return false;
  buf_add(out, "{\"channel\":");
  buf_add_json(out, channel->name);
  add_text(out, "type", channel->plug->name);
  add_text(out, "missing", channel->missing);
  add_time(out, "posted", state.last_posted_ms);
  buf_addf(out, ",\"waiting\":%" PRId64 ",\"refused\":%" PRId64, state.waiting, state.refused);
  buf_addf(out, ",\"repeated\":%" PRId64 ",\"doubtful\":%" PRId64, state.repeated, state.doubtful);
  add_time(out, "disabled", deliver_is_disabled(channel, &state) ? state.disabled_ms : 0);
  add_text(out, "error", state.last_why);
  return buf_add_char(out, '}');
}

static void add_door_json(const struct door_state *door, struct buf *out) {
  buf_add(out, "{\"name\":");
  buf_add_json(out, door->name);
  add_text(out, "state", door->state);
  add_time(out, "since", door->since_ms);
  add_text(out, "why", door->why);
  buf_add_char(out, '}');
}

static bool print_json(const struct status *status, struct buf *out, struct err *err) {
  const struct config *config = status->config;
  buf_addf(out, "{\"running\":%s,\"pid\":", status->pid != 0 ? "true" : "false");
  if (status->pid != 0) buf_addf(out, "%d", status->pid);
  if (status->pid == 0) buf_add(out, "null");
  add_time(out, "last_round", status->last.started_ms);
  add_time(out, "next_round", status->next_ms);
  buf_add(out, ",\"accounts\":[");
  for (size_t i = 0; i < config->account_count; i++) {
    if (i > 0) buf_add_char(out, ',');
    if (!add_account_json(status, &config->accounts[i], out, err)) return false;
  }
  buf_add(out, "],\"channels\":[");
  for (size_t i = 0; i < config->channel_count; i++) {
    if (i > 0) buf_add_char(out, ',');
    if (!add_channel_json(status, &config->channels[i], out, err)) return false;
  }
  buf_add(out, "],\"doors\":[");
  for (size_t i = 0; i < status->door_count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_door_json(&status->doors[i], out);
  }
  return buf_add(out, "]}");
}

/* --- for people ------------------------------------------------------------------------------------------------------- */

static void print_when(char *out, size_t size, int64_t at_ms, int64_t now_ms) {
  if (at_ms == 0) {
    (void)text_copy(out, size, "never");
  } else {
    compose_age(out, size, now_ms - at_ms);
  }
}

/* What an account's line ends with: what is wrong, and who wants to hear nothing of it. */
static void add_silence(const struct status *status, const struct account *account, const struct alert_memory *memory,
                        char trouble[static CELL_MAX]) {
  struct buf said;
  buf_init(&said, CELL_MAX);
  compose_silence(account, memory, status->now_ms, &said);
  size_t length = strlen(trouble);
  if (said.len > 0) (void)text_fmt(trouble + length, CELL_MAX - length, "%s%s", length > 0 ? ", " : "", buf_text(&said));
  buf_done(&said);
}

static bool add_account_row(const struct status *status, const struct account *account, struct table *table,
                            struct err *err) {
  struct account_state state;
  char balance[CELL_MAX] = "—";
  char age[CELL_MAX];
  char trouble[CELL_MAX] = "";
  struct alert_memory memory;
  if (!account_state(status, account, &state, err) || !alert_memory(status, account, &memory, err)) return false;
  if (state.known) outcome_amount(balance, sizeof balance, &state.last_known);
  print_when(age, sizeof age, state.known ? state.last_known.time_ms : 0, status->now_ms);
  if (account->missing != NULL) {
    (void)text_fmt(trouble, sizeof trouble, "not configured (%s)", account->missing_why);
  } else if (state.seen && !reading_is_known(&state.last)) {
    (void)text_fmt(trouble, sizeof trouble, "unknown (%s)", state.last.detail);
  }
  add_silence(status, account, &memory, trouble);
  const char *level = account->missing != NULL || !state.seen ? "—" : level_name(state.last_level);
  const char *const cells[] = {account->name, level, balance, age, trouble};
  table_add(table, cells);
  return true;
}

static void print_trouble(char *out, size_t size, const struct channel *channel, const struct channel_state *state,
                          int64_t now_ms) {
  char age[CELL_MAX];
  (void)text_copy(out, size, state->last_why);
  if (!deliver_is_disabled(channel, state)) return;
  compose_age(age, sizeof age, now_ms - state->disabled_ms);
  (void)text_fmt(out, size, "disabled %s: %s", age, state->last_why);
}

static bool add_channel_row(const struct status *status, const struct channel *channel, struct table *table,
                            struct err *err) {
  struct channel_state state;
  char posted[CELL_MAX];
  char waiting[32];
  char refused[32];
  char trouble[CELL_MAX + 64];
  if (!channel_state(status, channel, &state, err)) return false;
  print_when(posted, sizeof posted, state.last_posted_ms, status->now_ms);
  (void)text_fmt(waiting, sizeof waiting, "%" PRId64, state.waiting);
  (void)text_fmt(refused, sizeof refused, "%" PRId64, state.refused);
  print_trouble(trouble, sizeof trouble, channel, &state, status->now_ms);
  if (channel->missing != NULL) (void)text_fmt(trouble, sizeof trouble, "not configured (%s)", channel->missing_why);
  const char *const cells[] = {channel->name, channel->plug->name, posted, waiting, refused, trouble};
  table_add(table, cells);
  return true;
}

/* "09:12", or "2026-01-28 09:12" if that was not today. */
static void print_since(const struct status *status, int64_t since_ms, char out[static ZONE_TIME_TEXT_MAX]) {
  char since[ZONE_TIME_TEXT_MAX];
  char now[ZONE_TIME_TEXT_MAX];
  time_print(since, status->config->zone, since_ms);
  time_print(now, status->config->zone, status->now_ms);
  size_t date = sizeof "2026-01-28"; /* and the space */
  const char *shown = strncmp(since, now, date) == 0 ? since + date : since;
  (void)text_fmt(out, ZONE_TIME_TEXT_MAX, "%.*s", (int)(strlen(shown) - strlen(":00")), shown);
}

static void add_doors(const struct status *status, struct buf *out) {
  char since[ZONE_TIME_TEXT_MAX];
  for (size_t i = 0; i < status->door_count; i++) {
    const struct door_state *door = &status->doors[i];
    print_since(status, door->since_ms, since);
    buf_addf(out, "%s: %s since %s%s%s\n", door->name, door->state, since, *door->why != '\0' ? ": " : "", door->why);
  }
}

static void add_rounds(const struct status *status, struct buf *out) {
  char when[ZONE_TIME_TEXT_MAX];
  char age[CELL_MAX];
  if (status->pid != 0) buf_addf(out, "The daemon runs (pid %d).\n", status->pid);
  if (status->pid == 0) buf_addf(out, "No daemon runs on %s.\n", status->config->state_dir);
  print_when(age, sizeof age, status->last.started_ms, status->now_ms);
  buf_addf(out, "Last round: %s", age);
  if (status->next_ms > 0) {
    time_print(when, status->config->zone, status->next_ms);
    buf_addf(out, ". Next round: %s %s", when, zone_name(status->config->zone));
  }
  buf_add(out, ".\n");
  add_doors(status, out);
  buf_add_char(out, '\n');
}

static bool print_text(const struct status *status, struct buf *out, struct err *err) {
  static const char *const account_headings[] = {"ACCOUNT", "LEVEL", "BALANCE", "AS OF", ""};
  static const char *const channel_headings[] = {"CHANNEL", "TYPE", "LAST POST", "WAITING", "REFUSED", ""};
  const struct config *config = status->config;
  struct table *accounts = table_new(account_headings, 5);
  struct table *channels = table_new(channel_headings, 6);
  bool ok = true;
  table_align_right(accounts, 2);
  add_rounds(status, out);
  for (size_t i = 0; ok && i < config->account_count; i++)
    ok = add_account_row(status, &config->accounts[i], accounts, err);
  for (size_t i = 0; ok && i < config->channel_count; i++)
    ok = add_channel_row(status, &config->channels[i], channels, err);
  if (ok && config->account_count > 0) table_print(accounts, out, terminal_is_rich());
  if (ok && config->account_count > 0) buf_add_char(out, '\n');
  if (ok) table_print(channels, out, terminal_is_rich());
  table_free(accounts);
  table_free(channels);
  return ok;
}

static int status_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  struct status status;
  struct err err = {0};
  struct buf out;
  if (config == NULL) return EXIT_TROUBLE;
  buf_init(&out, STATUS_MAX);
  bool ok = read_status(config, &status, &err);
  if (ok) ok = invocation_has(invocation, "json") ? print_json(&status, &out, &err) : print_text(&status, &out, &err);
  int result = ok ? command_print(buf_text(&out)) : command_fail(&err);
  if (result == EXIT_FINE && status.pid == 0) result = EXIT_TROUBLE;
  buf_done(&out);
  store_close(status.store);
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"json", NULL, "print it as JSON"},
    {0},
};

const struct command command_status = {
    .name = "status",
    .usage = "",
    .about = "last and next round, each account's age and last error, each channel's last post",
    .more = "Reads the store beside a running daemon. Exit code: 1 if no daemon runs on this store.",
    .flags = flags,
    .run = status_run,
};
