/* What the tests of the pipeline share: a simulated world with vendors and hooks whose answers a test sets by name, one
 * config, and whoever runs on it: a daemon, a sender, or single rounds. Header only. */
#ifndef LOWTIDE_TESTS_FAKE_BENCH_H
#define LOWTIDE_TESTS_FAKE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/world.h"
#include "lowtide/config.h"
#include "lowtide/daemon.h"
#include "lowtide/deliver.h"
#include "lowtide/log.h"
#include "lowtide/round.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define UNUSED __attribute__((unused))

/* Sections of a config; what follows one belongs to it. The name is also what the test calls its vendor or hook. */
#define HOURLY "[lowtide]\nschedule = @hourly\n"
#define ACCOUNT_LOGGED(name)                                                                                               \
  "[account " name "]\nprovider = moonshot\nkey = k-" name "\nlabel = " name "\nemoji = 🌙\n"                            \
  "base_url = http://127.0.0.1:1/" name "\n"
#define ACCOUNT(name) ACCOUNT_LOGGED(name) "log = none\n"
#define WEBHOOK "https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyz"
#define CHANNEL(name)                                                                                                      \
  "[channel " name "]\ntype = discord-webhook\nbase_url = http://127.0.0.1:1/" name "\n"                                   \
  "url = " WEBHOOK "\n"

#define PEERS_MAX 512
#define SENT_MAX 1024

/* A vendor or a hook, and what happened to it. */
struct peer {
  char name[32];
  int64_t cents; /* a vendor's balance */
  int status;
  enum err_code code; /* other than ERR_NONE: there is no answer */
  int64_t delay_ms;
  int64_t retry_after_ms;
  bool deleted; /* knows of no message to edit */
  bool unheard; /* what has no answer never reached it */
  struct http_rate rate;
  char body[160];
  const char *says; /* a hook's answer in place of the usual one */
  int asks;         /* of a hook: tries */
  int64_t asked_mono_ms;
  int summaries; /* those accepted */
  int alerts;
  int recoveries;
  int edits;
};

struct sent {
  const struct peer *peer;
  int64_t wall_ms;
  char body[1024];
};

struct bench {
  struct fake_world fake;
  struct config *config;
  struct daemon *daemon;
  struct deliver *deliver;
  struct err err;
  int ready;
  bool ready_of_slot;
  int ended;
  struct round_report report; /* of the last single round; what it points to is gone */
  struct peer *peers;
  size_t peer_count;
  struct sent *sent;
  size_t sent_count;
};

#define assert_ok(call)                                                                                                    \
  do {                                                                                                                     \
    if (!(call)) fail_msg("%s: %s", #call, bench->err.text);                                                               \
  } while (0)

static struct peer *peer_of(struct bench *bench, const char *name) {
  for (size_t i = 0; i < bench->peer_count; i++) {
    if (text_eq(bench->peers[i].name, name)) return &bench->peers[i];
  }
  assert_true(bench->peer_count < PEERS_MAX);
  struct peer *peer = &bench->peers[bench->peer_count++];
  *peer = (struct peer){.cents = 1234, .status = 200, .delay_ms = 50};
  (void)text_copy(peer->name, sizeof peer->name, name);
  return peer;
}

static struct peer *peer_asked(struct bench *bench, const struct ask *ask) {
  static const char front[] = "http://127.0.0.1:1/";
  char name[32];
  const char *url = buf_text(&ask->http.url);
  assert_memory_equal(url, front, sizeof front - 1);
  (void)text_copy(name, sizeof name, url + sizeof front - 1);
  name[strcspn(name, "/?")] = '\0';
  return peer_of(bench, name);
}

static void note_sent(struct bench *bench, struct peer *peer, const char *body) {
  bool is_summary = strstr(body, "API Balance Summary") != NULL;
  bool is_alert = !is_summary && (strstr(body, "credits low!") != NULL || strstr(body, "credits critical!") != NULL);
  if (is_summary) {
    peer->summaries++;
  } else if (is_alert) {
    peer->alerts++;
  } else {
    peer->recoveries++;
  }
  assert_true(bench->sent_count < SENT_MAX);
  struct sent *sent = &bench->sent[bench->sent_count++];
  sent->peer = peer;
  sent->wall_ms = bench->fake.wall_ms;
  (void)text_copy(sent->body, sizeof sent->body, body);
}

static struct fake_answer bench_answer(struct fake_world *fake, const struct ask *ask) {
  struct bench *bench = fake->test;
  struct peer *peer = peer_asked(bench, ask);
  struct fake_answer answer = {.delay_ms = peer->delay_ms,
                               .code = peer->code,
                               .status = peer->status,
                               .retry_after_ms = peer->retry_after_ms,
                               .rate = peer->rate,
                               .written = !peer->unheard,
                               .body = "{\"id\":\"1\"}"};
  fake->sent_count = 0;
  peer->asks++;
  peer->asked_mono_ms = fake->mono_ms;
  if (strcmp(ask->http.method, "GET") != 0) {
    bool accepts = peer->code == ERR_NONE && peer->status == 200;
    bool edits = strcmp(ask->http.method, "PATCH") == 0;
    if (peer->says != NULL) answer.body = peer->says;
    if (edits && peer->deleted) {
      answer.status = 404;
      answer.body = "{\"code\":10008,\"message\":\"Unknown Message\"}";
      return answer;
    }
    if (accepts) note_sent(bench, peer, buf_text(&ask->http.body));
    if (accepts && edits) peer->edits++;
    return answer;
  }
  (void)text_fmt(peer->body, sizeof peer->body,
                 "{\"code\":0,\"data\":{\"available_balance\":%lld.%02lld,\"voucher_balance\":0,\"cash_balance\":1},"
                 "\"scode\":\"0x0\",\"status\":true}",
                 (long long)(peer->cents / 100), (long long)(peer->cents % 100));
  answer.body = peer->body;
  return answer;
}

/* --- the config and whoever runs on it ------------------------------------------------------------------------- */

static UNUSED struct config *config_of(const char *text) {
  struct err err = {0};
  const struct config_source source = {.getenv = fake_getenv};
  struct config *config = config_parse("test.ini", text, strlen(text), &source, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static UNUSED void configure(struct bench *bench, const char *text) {
  config_release(bench->config);
  bench->config = config_of(text);
}

static UNUSED void run_until(struct bench *bench, int64_t wall_ms) {
  assert_true(wall_ms >= bench->fake.wall_ms);
  fake_run(&bench->fake, wall_ms - bench->fake.wall_ms);
}

static UNUSED void hush(bool quiet) {
  log_set_level(quiet ? (enum log_level) - 1 : LOG_LEVEL_ERROR);
}

static UNUSED struct channel_state channel_state_of(struct bench *bench, const char *name) {
  struct channel_state state = {0};
  assert_ok(store_channel_state(bench->fake.store, name, &state, &bench->err));
  return state;
}

static UNUSED void on_ready(void *context, const struct round_report *report, bool was_slot) {
  struct bench *bench = context;
  assert_int_equal(report->err.code, ERR_NONE);
  bench->ready++;
  bench->ready_of_slot = was_slot;
}

static UNUSED void on_ended(void *context) {
  struct bench *bench = context;
  bench->ended++;
}

static UNUSED void begin(struct bench *bench) {
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = on_ended, .context = bench};
  bench->daemon = daemon_start(&bench->fake.world, bench->config, &hooks);
}

static UNUSED void stop(struct bench *bench) {
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, 20000);
  daemon_free(bench->daemon);
  bench->daemon = NULL;
}

static UNUSED void reload_to(struct bench *bench, const char *text) {
  struct config *config = config_of(text);
  daemon_reload(bench->daemon, config);
  config_release(config);
}

/* --- single rounds --------------------------------------------------------------------------------------------- */

static UNUSED void round_over(void *context, const struct round_report *report) {
  struct bench *bench = context;
  bench->report = *report;
}

/* All accounts at once; returns when it is over. */
static UNUSED void run_round(struct bench *bench, const struct turn *slots, size_t slot_count, enum round_posts posts) {
  const struct config *config = bench->config;
  const struct account **accounts = mem_new(config->account_count, sizeof(const struct account *));
  const struct round_request request = {.config = bench->config,
                                        .accounts = accounts,
                                        .count = config->account_count,
                                        .slots = slots,
                                        .slot_count = slot_count,
                                        .posts = posts};
  for (size_t i = 0; i < config->account_count; i++)
    accounts[i] = &config->accounts[i];
  bench->report = (struct round_report){.turn_id = -1};
  const struct round_hooks hooks = {.done = round_over, .context = bench};
  struct round *round = round_start(&bench->fake.world, &request, &hooks);
  fake_run(&bench->fake, 30000);
  assert_int_not_equal(bench->report.turn_id, -1);
  round_free(round);
  mem_free(accounts);
}

/* A round of the config's own schedule, or of none (0). */
static UNUSED void run_slot(struct bench *bench, int64_t slot_ms) {
  struct turn slot = {.slot_ms = slot_ms};
  (void)text_copy(slot.schedule, sizeof slot.schedule, slot_ms != 0 ? bench->config->schedule_text : "update");
  run_round(bench, &slot, 1, ROUND_POSTS_ALL);
  assert_int_equal(bench->report.err.code, ERR_NONE);
}

static UNUSED void run_start(struct bench *bench) {
  const struct turn start = {.schedule = "start"};
  run_round(bench, &start, 1, ROUND_POSTS_NEW);
  assert_int_equal(bench->report.err.code, ERR_NONE);
}

/* --- senders ------------------------------------------------------------------------------------------------------- */

/* A round that queues an alert (the first time) and a summary. */
static UNUSED void queue_both(struct bench *bench) {
  peer_of(bench, "kimi")->cents = 420;
  run_slot(bench, 0);
}

static UNUSED bool add_row_job(struct store *store, void *context, struct err *err) {
  bool fresh = false;
  return store_outbox_add(store, context, &fresh, err);
}

/* A message that no round has made. */
static UNUSED void add_row(struct bench *bench, const char *kind, const char *key, const char *channel) {
  char payload[] = "{\"content\":\"credits low!\"}";
  int64_t now_ms = bench->fake.wall_ms;
  struct outbox_row row = {.turn_id = 1, .payload = payload, .created_ms = now_ms, .due_ms = now_ms};
  (void)text_copy(row.kind, sizeof row.kind, kind);
  (void)text_copy(row.key, sizeof row.key, key);
  (void)text_copy(row.channel, sizeof row.channel, channel);
  assert_ok(store_do(bench->fake.store, add_row_job, &row, &bench->err));
}

static UNUSED void begin_sending(struct bench *bench) {
  bench->deliver = deliver_new(&bench->fake.world, bench->config, NULL, true);
  deliver_wake(bench->deliver);
}

static UNUSED void stop_sending(struct bench *bench) {
  deliver_free(bench->deliver);
  bench->deliver = NULL;
}

static UNUSED void quiet_run(struct bench *bench, int64_t for_ms) {
  hush(true);
  fake_run(&bench->fake, for_ms);
  hush(false);
}

/* How many messages with that text went out; *at_ms: when the last did. */
static UNUSED int count_sent(const struct bench *bench, const char *part, int64_t *at_ms) {
  int count = 0;
  for (size_t i = 0; i < bench->sent_count; i++) {
    if (strstr(bench->sent[i].body, part) == NULL) continue;
    count++;
    if (at_ms != NULL) *at_ms = bench->sent[i].wall_ms;
  }
  return count;
}

struct taking {
  const char *channel;
  int64_t now_ms;
  struct outbox_row row;
};

static UNUSED bool take_job(struct store *store, void *context, struct err *err) {
  struct taking *taking = context;
  struct outbox_settlement sent = {.verdict = OUTBOX_SENT, .now_ms = taking->now_ms};
  bool settled = false;
  if (!store_outbox_claim(store, taking->channel, taking->now_ms, taking->now_ms + MINUTE, &taking->row, err)) return false;
  sent.id = taking->row.id;
  sent.fence = taking->row.fence;
  return sent.id == 0 || store_outbox_settle(store, &sent, &settled, err);
}

static UNUSED bool add_alert_key(void *context, const struct told_alert *told) {
  char *keys = context;
  size_t length = strlen(keys);
  (void)text_fmt(keys + length, 512 - length, "%s%s", length > 0 ? "," : "", told->alert);
  return true;
}

/* Takes the next message of that channel out of the outbox as if it had been accepted: "KEY PAYLOAD", "" if there is none.
 * The key of one that tells alerts is theirs, with commas between. */
static UNUSED const char *take_message(struct bench *bench, const char *channel) {
  static char text[8192];
  struct taking taking = {.channel = channel, .now_ms = bench->fake.wall_ms};
  assert_ok(store_do(bench->fake.store, take_job, &taking, &bench->err));
  text[0] = '\0';
  char keys[512] = "";
  if (taking.row.id != 0) {
    assert_ok(store_alerts_of(bench->fake.store, channel, taking.row.key, add_alert_key, keys, &bench->err));
    const char *key = keys[0] != '\0' ? keys : taking.row.key;
    assert_true(text_fmt(text, sizeof text, "%s %s", key, taking.row.payload));
  }
  mem_free(taking.row.payload);
  return text;
}

static UNUSED struct account_state account_state_of(struct bench *bench, const char *account) {
  struct account_state state = {0};
  const struct account_key key = {.account = account, .provider = "moonshot"};
  assert_ok(store_account_state(bench->fake.store, &key, &state, &bench->err));
  return state;
}

static UNUSED struct alert_memory memory_of(struct bench *bench, const char *account) {
  struct alert_memory memory = {0};
  const struct account_key key = {.account = account, .provider = "moonshot"};
  assert_ok(store_alert_memory(bench->fake.store, &key, &memory, &bench->err));
  return memory;
}

static UNUSED bool count_row(void *context, const struct history_row *row) {
  (void)row;
  (*(int *)context)++;
  return true;
}

/* How many readings there are of that account (NULL: of all). */
static UNUSED int count_readings(struct bench *bench, const char *account) {
  const char *names[] = {account, NULL};
  const struct history_query query = {.accounts = account != NULL ? names : NULL, .since_ms = INT64_MIN / 2};
  int count = 0;
  assert_ok(store_history(bench->fake.store, &query, count_row, &count, &bench->err));
  return count;
}

/* --- a test's own bench ------------------------------------------------------------------------------------------ */

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  log_set_level(LOG_LEVEL_ERROR);
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->fake.answer = bench_answer;
  bench->fake.wall_ms = FAKE_START_MS + 20 * MINUTE;
  bench->peers = mem_new(PEERS_MAX, sizeof *bench->peers);
  bench->sent = mem_new(SENT_MAX, sizeof *bench->sent);
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team"));
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  if (bench->daemon != NULL) stop(bench);
  deliver_free(bench->deliver);
  fake_world_done(&bench->fake);
  config_release(bench->config);
  mem_free(bench->peers);
  mem_free(bench->sent);
  mem_free(bench);
  return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
