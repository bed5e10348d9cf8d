#include <stdlib.h>

#include "command.h"
#include "lowtide/judge.h"
#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "terminal.h"

#define SINCE_MS (30 * DAY_MS)
#define OUT_MAX (64 * 1024 * 1024)
#define EVENTS_MAX 100000
#define LINE_TEXT_MAX 2048
#define CHANNELS_TEXT_MAX 256

/* What would have been told, or why not. */
struct event {
  int64_t at_ms;
  size_t order;
  const struct account *account;
  struct alert alert;
  char channels[CHANNELS_TEXT_MAX]; /* with commas; "": none wants it */
  char *text;                       /* marked */
};

struct replaying {
  const struct invocation *invocation;
  const struct config *config;
  const struct account **accounts;
  struct replay **replays;
  size_t count;
  int64_t since_ms;
  int64_t now_ms;
  struct event *events;
  size_t event_count;
  size_t event_room;
  size_t readings;
  size_t fates[ALERT_DROPPED + 1];
};

/* --- what the rules make of it ----------------------------------------------------------------------------------- */

static void name_channels(const struct replaying *replaying, const struct replay_event *event, struct buf *out) {
  for (size_t i = 0; i < replaying->config->channel_count; i++) {
    const struct channel *channel = &replaying->config->channels[i];
    if (judge_is_for(channel, event->judged, event->alert)) buf_addf(out, "%s%s", out->len > 0 ? ", " : "", channel->name);
  }
}

static void add_event(void *context, const struct replay_event *event) {
  struct replaying *replaying = context;
  struct buf text;
  if (replaying->event_count == EVENTS_MAX) return;
  if (replaying->event_count == replaying->event_room) {
    replaying->event_room = replaying->event_room == 0 ? 64 : 2 * replaying->event_room;
    replaying->events = mem_grow(replaying->events, replaying->event_room, sizeof *replaying->events);
  }
  struct event *kept = &replaying->events[replaying->event_count];
  *kept = (struct event){
      .at_ms = event->at_ms, .order = replaying->event_count++, .account = event->account, .alert = *event->alert};
  replaying->fates[event->alert->fate]++;
  const struct news news = {.standing = event->judged->standing, .alert = event->alert};
  buf_init(&text, LINE_TEXT_MAX);
  name_channels(replaying, event, &text);
  (void)text_copy(kept->channels, sizeof kept->channels, buf_text(&text));
  buf_clear(&text);
  compose_alert(&news, event->at_ms, &text);
  kept->text = mem_dup(buf_text(&text));
  buf_done(&text);
}

static bool take_row(void *context, const struct history_row *row) {
  struct replaying *replaying = context;
  for (size_t i = 0; i < replaying->count; i++) {
    if (!text_eq(replaying->accounts[i]->name, row->account)) continue;
    replay_take(replaying->replays[i], row->provider, &row->reading);
    replaying->readings++;
    break;
  }
  return true;
}

/* As they were granted: what was told of them in truth does not count. */
static bool begin(struct store *store, struct replaying *replaying, struct err *err) {
  for (size_t i = 0; i < replaying->count; i++) {
    const struct account *account = replaying->accounts[i];
    struct grants grants = {.count = 0};
    const char *unit = *account->unit != '\0' ? account->unit : "USD";
    if (!store_grants(store, account->name, unit, replaying->since_ms, &grants, err)) return false;
    for (int k = 0; k < grants.count; k++)
      grants.list[k].told_days = 0;
    replaying->replays[i] = replay_new(account, &grants, add_event, replaying);
  }
  return true;
}

static int by_time(const void *a, const void *b) {
  const struct event *left = a;
  const struct event *right = b;
  if (left->at_ms != right->at_ms) return left->at_ms < right->at_ms ? -1 : 1;
  return left->order < right->order ? -1 : 1;
}

static bool run(struct replaying *replaying, struct err *err) {
  const char **names = mem_new(replaying->count + 1, sizeof(const char *));
  const struct history_query query = {.accounts = names, .since_ms = replaying->since_ms};
  struct store *store = store_open(replaying->config->state_dir, STORE_READ, err);
  for (size_t i = 0; i < replaying->count; i++)
    names[i] = replaying->accounts[i]->name;
  bool ok = store != NULL && begin(store, replaying, err) && store_history(store, &query, take_row, replaying, err);
  for (size_t i = 0; ok && i < replaying->count; i++)
    replay_end(replaying->replays[i], replaying->now_ms);
  store_close(store);
  mem_free(names);
  if (ok && replaying->event_count > 1)
    qsort(replaying->events, replaying->event_count, sizeof *replaying->events, by_time);
  return ok;
}

/* --- as JSON ----------------------------------------------------------------------------------------------------- */

static const char *const fate_names[] = {[ALERT_TOLD] = "sent", [ALERT_HELD] = "held", [ALERT_DROPPED] = "dropped"};

static void add_channels_json(const struct event *event, struct buf *out) {
  const char *separator = "[";
  if (event->channels[0] == '\0') buf_add(out, "[");
  for (const char *name = event->channels; *name != '\0';) {
    char one[CHANNELS_TEXT_MAX];
    const char *comma = name;
    while (*comma != '\0' && *comma != ',')
      comma++;
    (void)text_fmt(one, sizeof one, "%.*s", (int)(comma - name), name);
    buf_add(out, separator);
    buf_add_json(out, one);
    separator = ",";
    name = *comma == ',' ? comma + 2 : comma;
  }
  buf_add_char(out, ']');
}

static void add_event_json(const struct event *event, struct buf *out) {
  char when[ZONE_TIME_TEXT_MAX];
  char key[ALERT_KEY_MAX];
  struct buf plain;
  time_print_rfc3339(when, event->at_ms);
  alert_key(key, &event->alert, event->account->name);
  buf_addf(out, "{\"time\":\"%s\",\"account\":", when);
  buf_add_json(out, event->account->name);
  buf_addf(out, ",\"fate\":\"%s\",\"kind\":\"%s\",\"key\":", fate_names[event->alert.fate],
           alert_kind_name(event->alert.kind));
  buf_add_json(out, key);
  buf_add(out, ",\"channels\":");
  add_channels_json(event, out);
  buf_add(out, ",\"text\":");
  buf_init(&plain, LINE_TEXT_MAX);
  message_print_plain(&plain, event->text, false);
  buf_add_json(out, buf_text(&plain));
  buf_done(&plain);
  buf_add(out, ",\"why\":");
  if (event->alert.fate == ALERT_TOLD) buf_add(out, "null");
  if (event->alert.fate != ALERT_TOLD) buf_add_json(out, event->alert.why);
  if (event->alert.fate == ALERT_HELD) time_print_rfc3339(when, event->alert.until_ms);
  const char *quote = event->alert.fate == ALERT_HELD ? "\"" : "";
  buf_addf(out, ",\"until\":%s%s%s}", quote, event->alert.fate == ALERT_HELD ? when : "null", quote);
}

static void add_json(const struct replaying *replaying, struct buf *out) {
  char since[ZONE_TIME_TEXT_MAX];
  time_print_rfc3339(since, replaying->since_ms);
  buf_addf(out, "{\"since\":\"%s\",\"readings\":%zu,\"events\":[", since, replaying->readings);
  for (size_t i = 0; i < replaying->event_count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_event_json(&replaying->events[i], out);
  }
  buf_add(out, "]}");
}

/* --- for people
 * ------------------------------------------------------------------------------------------------------------ */

static void print_fate(const struct replaying *replaying, const struct event *event, char *out, size_t size) {
  char until[ZONE_TIME_TEXT_MAX];
  switch (event->alert.fate) {
  case ALERT_TOLD:
    (void)text_fmt(out, size, event->channels[0] != '\0' ? "to %s" : "no channel wants it%s", event->channels);
    return;
  case ALERT_HELD:
    time_print_minute(until, replaying->config->zone, event->alert.until_ms);
    (void)text_fmt(out, size, "held: %s until %s", event->alert.why, until);
    return;
  case ALERT_DROPPED: (void)text_fmt(out, size, "dropped: %s", event->alert.why); return;
  }
}

static void add_row(const struct replaying *replaying, const struct event *event, struct table *table) {
  char when[ZONE_TIME_TEXT_MAX];
  char fate[CHANNELS_TEXT_MAX + 32];
  struct buf plain;
  time_print_minute(when, replaying->config->zone, event->at_ms);
  print_fate(replaying, event, fate, sizeof fate);
  buf_init(&plain, LINE_TEXT_MAX);
  message_print_plain(&plain, event->text, false);
  const char *const cells[] = {when, event->account->name, fate, buf_text(&plain)};
  table_add(table, cells);
  buf_done(&plain);
}

static void add_table(const struct replaying *replaying, struct buf *out) {
  static const char *const headings[] = {"TIME", "ACCOUNT", "SENT", "MESSAGE"};
  char since[ZONE_TIME_TEXT_MAX];
  struct table *table = table_new(headings, 4);
  for (size_t i = 0; i < replaying->event_count; i++)
    add_row(replaying, &replaying->events[i], table);
  if (replaying->event_count > 0) table_print(table, out, terminal_is_rich());
  if (replaying->event_count > 0) buf_add_char(out, '\n');
  table_free(table);
  time_print_minute(since, replaying->config->zone, replaying->since_ms);
  buf_addf(out, "%zu reading%s since %s: %zu sent, %zu held, %zu dropped", replaying->readings,
           text_plural((int64_t)replaying->readings), since, replaying->fates[ALERT_TOLD], replaying->fates[ALERT_HELD],
           replaying->fates[ALERT_DROPPED]);
}

static int print(const struct replaying *replaying) {
  struct buf out;
  buf_init(&out, OUT_MAX);
  if (invocation_has(replaying->invocation, "json")) {
    add_json(replaying, &out);
  } else {
    add_table(replaying, &out);
  }
  int result = EXIT_TROUBLE;
  if (buf_ok(&out) && replaying->event_count < EVENTS_MAX) {
    result = command_print(buf_text(&out));
  } else {
    struct err err = {0};
    (void)err_set(&err, ERR_LIMIT, "that is more than fits");
    (void)err_hint(&err, "ask for less with --since or ACCOUNT");
    result = command_fail(&err);
  }
  buf_done(&out);
  return result;
}

static void end(struct replaying *replaying) {
  for (size_t i = 0; replaying->replays != NULL && i < replaying->count; i++)
    replay_free(replaying->replays[i]);
  for (size_t i = 0; i < replaying->event_count; i++)
    mem_free(replaying->events[i].text);
  mem_free(replaying->events);
  mem_free(replaying->replays);
  mem_free(replaying->accounts);
}

static int replay_run(const struct invocation *invocation) {
  struct err err = {0};
  int64_t since_ms = SINCE_MS;
  const char *since = invocation_flag(invocation, "since");
  if (since != NULL && !command_since(since, &since_ms, &err)) return command_fail(&err);
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  struct replaying replaying = {.invocation = invocation, .config = config, .now_ms = loop_wall_ms()};
  replaying.since_ms = replaying.now_ms - since_ms;
  replaying.accounts = invocation_accounts(invocation, config, &replaying.count);
  int result = EXIT_TROUBLE;
  if (replaying.accounts != NULL) {
    replaying.replays = mem_new(replaying.count + 1, sizeof(struct replay *));
    result = run(&replaying, &err) ? print(&replaying) : command_fail(&err);
  }
  end(&replaying);
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"since", "30d", "how far back; a bare number is hours"},
    {"json", NULL, "print it as JSON"},
    {0},
};

const struct command command_replay = {
    .name = "replay",
    .usage = "[ACCOUNT…]",
    .about = "what the alert rules of the present config would have sent, and when",
    .more =
        "Runs them over the recorded readings, each account from an empty memory, and says what they would have held back\n"
        "or dropped, and why. Sends and records nothing: try warning, runway, quiet, cooldown and remind with it.",
    .args_max = COMMAND_ANY_NUMBER,
    .flags = flags,
    .run = replay_run,
};
