/* Discord's interactions and what is sent back, in a simulated world: which requests, in what order, and how often. */
#include "door/discord_desk.h"
#include "fake/bench.h"

#define REQUESTS_MAX 64

struct request {
  char line[256]; /* "POST /api/v10/…" */
  char type[96];
  char body[8192];
  size_t length;
  bool harmless;
  int64_t at_ms;
};

struct reply {
  int status;
  const char *body;
  enum err_code code;
  int64_t retry_after_ms;
  int64_t delay_ms;
  bool unheard;
};

static struct request requests[REQUESTS_MAX];
static int request_count;
static struct reply replies[REQUESTS_MAX];
static int64_t began_ms;
static struct answering *answering;
static struct discord_desk *desk;
static struct config *chat_config;

/* --- commands and Discord's side -------------------------------------------------------------------------------------- */

static void short_answer(const struct chat_question *question, struct chat_answer *answer) {
  (void)question;
  buf_add(&answer->message.text, "**$8.07**");
  message_add_button(&answer->message, "Refresh", "refresh kimi");
}

static void long_answer(const struct chat_question *question, struct chat_answer *answer) {
  (void)question;
  for (int i = 0; i < 500; i++)
    buf_addf(&answer->message.text, "%sline %d", i > 0 ? "\n" : "", i);
}

static void no_answer(const struct chat_question *question, struct chat_answer *answer) {
  (void)question;
  (void)answer;
}

static void pictured_answer(const struct chat_question *question, struct chat_answer *answer) {
  short_answer(question, answer);
  buf_add_n(&answer->picture, "\x89PNG\0\r\n--x", 10);
  buf_add(&answer->picture_words, "Kimi fell from \"5\" to 4");
}

static bool slow_answer(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                        struct err *err) {
  (void)store;
  (void)err;
  pictured_answer(question, answer);
  return true;
}

static const struct chat_argument arguments[] = {{"public", CHAT_PUBLIC, false, "for all"}, {0}};
static const struct chat_command brief = {.name = "balance", .arguments = arguments, .answer = short_answer};
static const struct chat_command lengthy = {.name = "all", .arguments = arguments, .answer = long_answer};
static const struct chat_command silent = {.name = "silent", .arguments = arguments, .answer = no_answer};
static const struct chat_command pictured = {.name = "chart", .arguments = arguments, .answer = pictured_answer};
static const struct chat_command slow = {.name = "history", .arguments = arguments, .look = slow_answer};
static const struct chat_command *const commands[] = {&brief, &lengthy, &silent, &pictured, &slow, NULL};

static struct fake_answer discord(struct fake_world *fake, const struct ask *ask) {
  static const char front[] = "http://127.0.0.1:9/base";
  const char *url = buf_text(&ask->http.url);
  if (strncmp(url, front, sizeof front - 1) != 0) return bench_answer(fake, ask);
  assert_true(request_count < REQUESTS_MAX);
  assert_null(ask->who);
  struct request *request = &requests[request_count];
  const struct reply *reply = &replies[request_count++];
  (void)text_fmt(request->line, sizeof request->line, "%s %s", ask->http.method, url + sizeof front - 1);
  (void)text_copy(request->type, sizeof request->type, buf_text(&ask->http.headers[0]));
  request->length = ask->http.body.len;
  memcpy(request->body, ask->http.body.data,
         request->length < sizeof request->body ? request->length : sizeof request->body);
  request->harmless = ask->http.harmless;
  request->at_ms = fake->mono_ms - began_ms;
  return (struct fake_answer){.status = reply->status != 0 ? reply->status : 204,
                              .body = reply->body != NULL ? reply->body : "",
                              .code = reply->code,
                              .retry_after_ms = reply->retry_after_ms,
                              .delay_ms = reply->delay_ms > 0 ? reply->delay_ms : 1,
                              .written = !reply->unheard};
}

static int begin_desk(void **state) {
  (void)set_up(state);
  struct bench *bench = *state;
  char text[1024];
  (void)text_fmt(text, sizeof text,
                 HOURLY
                 "state_dir = %s\n[discord]\ntoken = abcdefghijkl\nbase_url = http://127.0.0.1:9/base/\n" ACCOUNT("kimi")
                     CHANNEL("team"),
                 bench->fake.folder);
  request_count = 0;
  memset(replies, 0, sizeof replies);
  memset(requests, 0, sizeof requests);
  chat_config = config_of(text);
  config_release(bench->config);
  bench->config = config_keep(chat_config);
  bench->fake.answer = discord;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  answering = answering_new(&bench->fake.world, bench->daemon, commands);
  desk = discord_desk_new(&bench->fake.world, answering);
  return 0;
}

static int end_desk(void **state) {
  struct bench *bench = *state;
  answering_free(answering);
  discord_desk_free(desk);
  config_release(chat_config);
  daemon_free(bench->daemon);
  bench->daemon = NULL;
  return tear_down(state);
}

static void take_type(struct bench *bench, const char *key, int type, const char *command, const char *options,
                      const struct discord_first *first) {
  char text[1024];
  struct err err = {0};
  (void)text_fmt(text, sizeof text,
                 "{\"id\":\"%s\",\"application_id\":\"2002\",\"token\":\"secrettoken/"
                 "1\",\"guild_id\":\"7\",\"member\":{\"user\":{\"id\":\"5\"}},\"type\":%d,"
                 "\"data\":{\"name\":\"%s\",\"type\":1,\"options\":[%s]}}",
                 key, type, command, options);
  struct json *root = json_parse(text, strlen(text), &err);
  assert_non_null(root);
  began_ms = bench->fake.mono_ms;
  if (!discord_desk_take(desk, chat_config, root, first, &err)) fail_msg("%s", err.text);
  json_free(root);
  assert_int_equal(request_count, 0);
}

static void take(struct bench *bench, const char *command) {
  take_type(bench, "1001", 2, command, "", NULL);
}

#define CALLBACK "POST /api/v10/interactions/1001/secrettoken%2F1/callback"
#define ORIGINAL "PATCH /api/v10/webhooks/2002/secrettoken%2F1/messages/@original"
#define FOLLOW_UP "POST /api/v10/webhooks/2002/secrettoken%2F1"

/* --- the usual way ---------------------------------------------------------------------------------------------------- */

static void a_short_answer_is_the_callback_itself(void **state) {
  struct bench *bench = *state;
  take(bench, "balance");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 1);
  assert_string_equal(requests[0].line, CALLBACK);
  assert_string_equal(requests[0].type, "Content-Type: application/json");
  assert_string_equal(
      requests[0].body,
      "{\"type\":4,\"data\":{\"content\":\"**$8.07**\",\"allowed_mentions\":{\"parse\":[]},\"components\":["
      "{\"type\":1,\"components\":[{\"type\":2,\"style\":2,\"label\":\"Refresh\",\"custom_id\":\"refresh kimi\"}]}"
      "],\"flags\":64}}");
  assert_true(requests[0].harmless);
  assert_int_equal(requests[0].at_ms, 0);
  assert_false(discord_desk_is_busy(desk));
}

static void a_long_answer_follows_in_parts(void **state) {
  struct bench *bench = *state;
  take(bench, "all");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 3);
  assert_string_equal(requests[0].line, CALLBACK);
  assert_string_equal(requests[1].line, FOLLOW_UP);
  assert_string_equal(requests[2].line, FOLLOW_UP);
  assert_false(requests[1].harmless);
  assert_non_null(strstr(requests[2].body, "\"flags\":64"));
  assert_non_null(strstr(requests[2].body, "line 499"));
}

static void a_slow_answer_is_deferred_and_edited_in_with_its_picture(void **state) {
  struct bench *bench = *state;
  bench->fake.work_ms = 1000;
  take_type(bench, "1001", 2, "history", "{\"name\":\"public\",\"type\":5,\"value\":true}", NULL);
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 2);
  assert_string_equal(requests[0].body, "{\"type\":5}");
  assert_int_equal(requests[0].at_ms, ANSWER_DEFER_MS);
  assert_string_equal(requests[1].line, ORIGINAL);
  const struct request *edit = &requests[1];
  assert_true(text_starts(edit->type, "Content-Type: multipart/form-data; boundary=lowtide"));
  const char *boundary = strchr(edit->type, '=') + 1;
  char end[96];
  (void)text_fmt(end, sizeof end, "\r\n--%s--\r\n", boundary);
  assert_memory_equal(edit->body + edit->length - strlen(end), end, strlen(end));
  assert_non_null(strstr(edit->body, "name=\"payload_json\""));
  assert_non_null(strstr(edit->body, "\"attachments\":[{\"id\":\"0\",\"filename\":\"chart.png\","
                                     "\"description\":\"Kimi fell from \\\"5\\\" to 4\"}]}\r\n--"));
  assert_null(strstr(edit->body, "\"flags\""));
  assert_non_null(memmem(edit->body, edit->length, "\x89PNG\0\r\n--x\r\n", 12));
}

static void a_picture_that_is_ready_still_waits_for_the_first_word(void **state) {
  struct bench *bench = *state;
  take(bench, "chart");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 2);
  assert_string_equal(requests[0].body, "{\"type\":5,\"data\":{\"flags\":64}}");
  assert_string_equal(requests[1].line, ORIGINAL);
}

static void one_picture_too_many_is_left_to_words(void **state) {
  struct bench *bench = *state;
  int pictures = 0;
  for (int i = 0; i < 17; i++) {
    char key[16];
    (void)text_fmt(key, sizeof key, "%d", 1001 + i);
    replies[17 + i].delay_ms = 5000;
    take_type(bench, key, 2, "chart", "", NULL);
  }
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 34);
  for (int i = 17; i < 34; i++)
    pictures += strstr(requests[i].type, "multipart") != NULL ? 1 : 0;
  assert_int_equal(pictures, 16);
  request_count = 0;
  take_type(bench, "1099", 2, "chart", "", NULL);
  fake_run(&bench->fake, 20000);
  assert_non_null(strstr(requests[1].type, "multipart"));
}

static void choices_are_a_callback(void **state) {
  struct bench *bench = *state;
  take_type(bench, "1001", 4, "balance", "{\"name\":\"public\",\"value\":\"x\",\"focused\":true}", NULL);
  fake_run(&bench->fake, 100);
  assert_int_equal(request_count, 1);
  assert_true(text_starts(requests[0].body, "{\"type\":8,"));
}

static void an_answer_without_a_word_says_so(void **state) {
  struct bench *bench = *state;
  hush(true);
  take(bench, "silent");
  fake_run(&bench->fake, 100);
  hush(false);
  assert_int_equal(request_count, 1);
  assert_non_null(strstr(requests[0].body, "the message is empty"));
}

static void what_came_twice_is_answered_once(void **state) {
  struct bench *bench = *state;
  take(bench, "balance");
  take(bench, "balance");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 1);
  assert_false(discord_desk_is_busy(desk));
}

/* --- when Discord does not take it ------------------------------------------------------------------------------- */

static void a_first_word_is_tried_again_within_three_seconds(void **state) {
  struct bench *bench = *state;
  replies[0] = (struct reply){.code = ERR_NETWORK};
  replies[1] = (struct reply){.status = 502, .body = "<html>"};
  replies[2] = (struct reply){.status = 400, .body = "{\"code\":40060,\"message\":\"already acknowledged\"}"};
  take(bench, "all");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 5); /* an earlier try had arrived: the rest follows */
  assert_string_equal(requests[3].line, FOLLOW_UP);
  assert_in_range(requests[2].at_ms, 300, 400);
}

static void a_first_word_that_is_too_late_is_dropped(void **state) {
  struct bench *bench = *state;
  hush(true);
  for (int i = 0; i < REQUESTS_MAX; i++)
    replies[i] = (struct reply){.code = ERR_NETWORK};
  take(bench, "all");
  fake_run(&bench->fake, 60000);
  hush(false);
  assert_in_range(request_count, 4, 6);
  assert_true(requests[request_count - 1].at_ms < 3000);
  assert_false(discord_desk_is_busy(desk));
}

/* "Lowtide is thinking ..." stands there otherwise until the token dies. */
static void a_first_word_that_may_have_arrived_is_followed_by_the_answer(void **state) {
  struct bench *bench = *state;
  hush(true);
  replies[0] = (struct reply){.code = ERR_TIMEOUT, .delay_ms = 2500};
  replies[1] = (struct reply){.code = ERR_TIMEOUT, .delay_ms = 2500};
  take(bench, "chart");
  fake_run(&bench->fake, 60000);
  hush(false);
  assert_int_equal(request_count, 3);
  assert_string_equal(requests[1].line, CALLBACK);
  assert_string_equal(requests[2].line, ORIGINAL);
  assert_false(discord_desk_is_busy(desk));
}

static void an_interaction_that_discord_forgot_is_dropped_quietly(void **state) {
  struct bench *bench = *state;
  replies[0] = (struct reply){.status = 404, .body = "{\"code\":10062,\"message\":\"Unknown interaction\"}"};
  take(bench, "all");
  fake_run(&bench->fake, 60000);
  assert_int_equal(request_count, 1);
}

static void what_another_process_has_answered_is_left_alone(void **state) {
  struct bench *bench = *state;
  replies[0] = (struct reply){.status = 400, .body = "{\"code\":40060,\"message\":\"already acknowledged\"}"};
  take(bench, "all");
  fake_run(&bench->fake, 60000);
  assert_int_equal(request_count, 1);
}

static void an_edit_waits_as_long_as_discord_says(void **state) {
  struct bench *bench = *state;
  replies[1] = (struct reply){.status = 429, .body = "{\"retry_after\":1.5,\"global\":false}", .retry_after_ms = 1000};
  replies[2] = (struct reply){.status = 429, .body = "error code: 1015", .retry_after_ms = 7000};
  take(bench, "chart");
  fake_run(&bench->fake, 20000);
  assert_int_equal(request_count, 4);
  assert_in_range(requests[2].at_ms - requests[1].at_ms, 1500, 1510);
  assert_in_range(requests[3].at_ms - requests[2].at_ms, 7000, 7010);
}

static void an_edit_is_tried_for_fourteen_minutes(void **state) {
  struct bench *bench = *state;
  hush(true);
  for (int i = 1; i < REQUESTS_MAX; i++)
    replies[i] = (struct reply){.status = 503};
  take(bench, "chart");
  fake_run(&bench->fake, 16 * MINUTE);
  hush(false);
  assert_in_range(requests[request_count - 1].at_ms, 13 * MINUTE, 14 * MINUTE);
  assert_false(discord_desk_is_busy(desk));
}

static void a_picture_that_discord_does_not_want_is_left_out(void **state) {
  struct bench *bench = *state;
  hush(true);
  replies[1] = (struct reply){.status = 403, .body = "{\"code\":50013,\"message\":\"Missing Permissions\"}"};
  take(bench, "chart");
  fake_run(&bench->fake, 20000);
  hush(false);
  assert_int_equal(request_count, 3);
  assert_string_equal(requests[2].line, ORIGINAL);
  assert_string_equal(requests[2].type, "Content-Type: application/json");
}

static void a_part_that_may_have_arrived_is_not_sent_again(void **state) {
  struct bench *bench = *state;
  replies[1] = (struct reply){.code = ERR_NETWORK};
  take(bench, "all");
  fake_run(&bench->fake, 60000);
  assert_int_equal(request_count, 3);
  assert_non_null(strstr(requests[2].body, "line 499"));
}

static void a_part_that_never_left_is_sent_again(void **state) {
  struct bench *bench = *state;
  replies[1] = (struct reply){.code = ERR_NETWORK, .unheard = true};
  take(bench, "all");
  fake_run(&bench->fake, 60000);
  assert_int_equal(request_count, 4);
}

/* --- in the answer to a signed request --------------------------------------------------------------------------- */

struct exchange {
  char said[4096];
  int times;
};

static void say(void *context, const char *json, size_t length) {
  struct exchange *exchange = context;
  exchange->times++;
  (void)text_copy(exchange->said, sizeof exchange->said, json != NULL ? json : "nothing");
  if (json != NULL) assert_int_equal(strlen(json), length);
}

static void the_first_word_goes_where_the_question_came_from(void **state) {
  struct bench *bench = *state;
  struct exchange exchange = {.times = 0};
  const struct discord_first first = {.say = say, .context = &exchange};
  take_type(bench, "1001", 2, "balance", "", &first);
  assert_int_equal(exchange.times, 0);
  fake_run(&bench->fake, 20000);
  assert_int_equal(exchange.times, 1);
  assert_true(text_starts(exchange.said, "{\"type\":4,"));
  assert_int_equal(request_count, 0);
  take_type(bench, "1001", 2, "balance", "", &first);
  fake_run(&bench->fake, 20000);
  assert_int_equal(exchange.times, 2);
  assert_string_equal(exchange.said, "nothing");
}

static void what_follows_goes_by_itself(void **state) {
  struct bench *bench = *state;
  struct exchange exchange = {.times = 0};
  const struct discord_first first = {.say = say, .context = &exchange};
  replies[0] = (struct reply){.status = 404, .body = "{\"code\":10015,\"message\":\"Unknown Webhook\"}"};
  take_type(bench, "1001", 2, "chart", "", &first);
  fake_run(&bench->fake, 20000);
  assert_int_equal(exchange.times, 1);
  assert_int_equal(request_count, 2);
  assert_true(requests[0].at_ms >= 100);
  assert_string_equal(requests[1].line, ORIGINAL);
}

static void at_the_end_every_question_has_its_answer(void **state) {
  struct bench *bench = *state;
  struct exchange exchange = {.times = 0};
  const struct discord_first first = {.say = say, .context = &exchange};
  bench->fake.work_ms = 10000;
  take_type(bench, "1001", 2, "history", "", &first);
  answering_free(answering);
  answering = NULL;
  assert_int_equal(exchange.times, 1);
  assert_string_equal(exchange.said, "nothing");
}

#define DESK(name) cmocka_unit_test_setup_teardown(name, begin_desk, end_desk)

int main(void) {
  const struct CMUnitTest tests[] = {
      DESK(a_short_answer_is_the_callback_itself),
      DESK(a_long_answer_follows_in_parts),
      DESK(a_slow_answer_is_deferred_and_edited_in_with_its_picture),
      DESK(a_picture_that_is_ready_still_waits_for_the_first_word),
      DESK(one_picture_too_many_is_left_to_words),
      DESK(choices_are_a_callback),
      DESK(an_answer_without_a_word_says_so),
      DESK(what_came_twice_is_answered_once),
      DESK(a_first_word_is_tried_again_within_three_seconds),
      DESK(a_first_word_that_is_too_late_is_dropped),
      DESK(a_first_word_that_may_have_arrived_is_followed_by_the_answer),
      DESK(an_interaction_that_discord_forgot_is_dropped_quietly),
      DESK(what_another_process_has_answered_is_left_alone),
      DESK(an_edit_waits_as_long_as_discord_says),
      DESK(an_edit_is_tried_for_fourteen_minutes),
      DESK(a_picture_that_discord_does_not_want_is_left_out),
      DESK(a_part_that_may_have_arrived_is_not_sent_again),
      DESK(a_part_that_never_left_is_sent_again),
      DESK(the_first_word_goes_where_the_question_came_from),
      DESK(what_follows_goes_by_itself),
      DESK(at_the_end_every_question_has_its_answer),
  };
  return cmocka_run_group_tests_name("discord_desk", tests, NULL, NULL);
}
