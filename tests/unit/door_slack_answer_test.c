/* From a knock to its last word, over acknowledgements and the response_url. */
#include "unit/door_slack_bench.h"

#include "door/slack_answer.h"
#include "lowtide/log.h"

#define HOOK "https://hooks.slack.com/commands/1/SECRET"

struct bench {
  struct fake_world fake;
  struct config *config;
  struct slack_answers *answers;
  struct fake_answer script[16]; /* what Slack answers, in order; then "ok" */
  int scripted;
  int next;
  int acks;
  char acked[4096];
  bool gone; /* acknowledgements cannot be delivered */
};

static struct fake_answer slack(struct fake_world *fake, const struct ask *ask) {
  struct bench *bench = fake->test;
  (void)ask;
  if (bench->next < bench->scripted) return bench->script[bench->next++];
  return (struct fake_answer){.delay_ms = 100, .status = 200, .body = "ok", .written = true};
}

static void answers_with(struct bench *bench, const char *body) {
  bench->script[bench->scripted++] = (struct fake_answer){.delay_ms = 100, .status = 200, .body = body, .written = true};
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  log_set_level((enum log_level) - 1);
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->fake.answer = slack;
  bench->config = slack_config("");
  bench->answers = slack_answers_new(&bench->fake.world, NULL, bench->config);
  knocks = 0;
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  slack_answers_free(bench->answers);
  config_release(bench->config);
  fake_world_done(&bench->fake);
  mem_free(bench);
  return 0;
}

static bool acknowledge(void *context, const char *message) {
  struct bench *bench = context;
  bench->acks++;
  (void)text_copy(bench->acked, sizeof bench->acked, message);
  return !bench->gone;
}

static void knock_form(struct bench *bench, const char *body, bool takes_message) {
  struct err err = {0};
  const struct slack_ack ack = {.acknowledge = acknowledge, .takes_message = takes_message, .context = bench};
  assert_true(slack_answers_take_form(bench->answers, body, strlen(body), &ack, &err));
}

#define COMMAND                                                                                                            \
  "command=%2Fbalance&text=kimi&user_id=U1&trigger_id=1.2&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1%"      \
  "2FSECRET"
#define PRESS                                                                                                              \
  "payload={\"type\":\"block_actions\",\"trigger_id\":\"1.2\",\"user\":{\"id\":\"U2\"},\"response_url\":\"" HOOK           \
  "\",\"actions\":[{\"type\":\"button\",\"value\":\"history kimi\",\"action_ts\":\"3\"}]}"

#define THREADED(stamp)                                                                                                    \
  "payload={\"type\":\"block_actions\",\"trigger_id\":\"1.2\",\"container\":{\"thread_ts\":\"" stamp                       \
  "\"},\"response_url\":\"" HOOK "\",\"actions\":[{\"type\":\"button\",\"value\":\"history kimi\"}]}"

static const char *sent(const struct bench *bench, int index) {
  assert_in_range(index, 0, bench->fake.sent_count - 1);
  return bench->fake.sent[index];
}

static void an_answer_at_once_is_the_acknowledgement(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  assert_int_equal(bench->acks, 0);
  assert_string_equal(knocked[0].words, "balance|kimi");
  assert_true(knocked[0].may_change);
  assert_true(slack_answers_are_busy(bench->answers));
  say(0, "hello", NULL, false);
  finish(0);
  assert_int_equal(bench->acks, 1);
  assert_true(text_starts(bench->acked, "{\"response_type\":\"ephemeral\",\"text\":\"hello\","));
  assert_int_equal(bench->fake.asks, 0);
  assert_false(slack_answers_are_busy(bench->answers));
}

static void a_deferred_answer_is_posted(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  knocked[0].way.defer(knocked[0].context, false);
  assert_int_equal(bench->acks, 1);
  assert_string_equal(bench->acked, "");
  fake_run(&bench->fake, 5000);
  say(0, "hello", NULL, false);
  finish(0);
  assert_true(slack_answers_are_busy(bench->answers));
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->fake.sent_count, 1);
  assert_string_equal(bench->fake.sent_to[0], HOOK);
  assert_non_null(strstr(sent(bench, 0), "hello"));
  assert_int_equal(bench->acks, 1);
  assert_false(slack_answers_are_busy(bench->answers));
}

static void the_time_to_acknowledge_may_end_while_it_posts(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  knocked[0].way.defer(knocked[0].context, false);
  fake_run(&bench->fake, SLACK_ACK_MS - 50);
  say(0, "hello", NULL, false);
  finish(0);
  fake_run(&bench->fake, 5000);
  assert_int_equal(bench->fake.sent_count, 1);
  assert_int_equal(bench->acks, 1);
}

static void deferred_in_public_the_channel_sees_what_was_asked(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  knocked[0].way.defer(knocked[0].context, true);
  assert_string_equal(bench->acked, "{\"response_type\":\"in_channel\"}");
  say(0, "hello", NULL, true);
  finish(0);
  fake_run(&bench->fake, 1000);
  assert_non_null(strstr(sent(bench, 0), "\"in_channel\""));
}

static void where_acknowledgements_take_no_message_it_is_posted(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, false);
  say(0, "hello", NULL, true);
  finish(0);
  assert_string_equal(bench->acked, "");
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->fake.sent_count, 1);
}

static void an_acknowledgement_that_is_lost_is_posted(void **state) {
  struct bench *bench = *state;
  bench->gone = true;
  knock_form(bench, COMMAND, true);
  say(0, "hello", NULL, false);
  finish(0);
  assert_int_equal(bench->acks, 1);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->fake.sent_count, 1);
  assert_non_null(strstr(sent(bench, 0), "hello"));
}

static void a_button_is_acknowledged_at_once_and_answered_by_a_message_of_its_own(void **state) {
  struct bench *bench = *state;
  knock_form(bench, PRESS, true);
  assert_int_equal(bench->acks, 1);
  assert_string_equal(bench->acked, "");
  assert_string_equal(knocked[0].words, "history|kimi");
  assert_false(knocked[0].may_change);
  say(0, "hello", NULL, false);
  finish(0);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->fake.sent_count, 1);
  assert_true(
      text_starts(sent(bench, 0), "{\"replace_original\":false,\"response_type\":\"ephemeral\",\"text\":\"hello\""));
  assert_int_equal(bench->acks, 1);
}

static void a_button_in_a_thread_is_answered_there(void **state) {
  struct bench *bench = *state;
  knock_form(bench, THREADED("1503435956.000247"), true);
  say(0, "hello", NULL, false);
  finish(0);
  knock_form(bench, THREADED("1\\\",\\\"x"), true);
  say(1, "hello", NULL, false);
  finish(1);
  fake_run(&bench->fake, 1000);
  assert_true(text_starts(sent(bench, 0), "{\"replace_original\":false,\"thread_ts\":\"1503435956.000247\",\"response"));
  assert_null(strstr(sent(bench, 1), "thread_ts"));
}

static void a_picture_is_uploaded_before_it_is_said(void **state) {
  struct bench *bench = *state;
  answers_with(bench, "{\"ok\":true,\"upload_url\":\"https://files.slack.com/u\",\"file_id\":\"F1\"}");
  answers_with(bench, "OK");
  answers_with(bench, "{\"ok\":true}");
  knock_form(bench, COMMAND, true);
  say(0, "hello", "PNG", false);
  finish(0);
  assert_string_equal(bench->acked, ""); /* at once, long before the upload */
  assert_int_equal(bench->acks, 1);
  fake_run(&bench->fake, 5000);
  assert_int_equal(bench->fake.sent_count, 4);
  assert_string_equal(sent(bench, 1), "PNG");
  assert_non_null(strstr(sent(bench, 3), "\"slack_file\":{\"id\":\"F1\"}"));
  assert_false(slack_answers_are_busy(bench->answers));
}

static void without_a_bot_the_text_is_said_at_once(void **state) {
  struct bench *bench = *state;
  struct config *config = slack_config("");
  config->slack.bot_token = NULL;
  slack_answers_reload(bench->answers, config);
  knock_form(bench, COMMAND, true);
  say(0, "hello", "PNG", false);
  finish(0);
  assert_non_null(strstr(bench->acked, "hello"));
  assert_non_null(strstr(bench->acked, "No picture: set bot_token in [slack]"));
  assert_int_equal(bench->fake.asks, 0);
  config_release(config);
}

static void too_many_pictures_at_once_are_left(void **state) {
  struct bench *bench = *state;
  for (size_t i = 0; i < 5; i++) {
    knock_form(bench, COMMAND, true);
    say(i, "hello", "PNG", false);
    finish(i);
  }
  assert_non_null(strstr(bench->acked, "No picture: too many are asked for at once."));
  fake_run(&bench->fake, 60000);
  assert_false(slack_answers_are_busy(bench->answers));
  knock_form(bench, COMMAND, true);
  say(5, "hello", "PNG", false);
  finish(5);
  assert_string_equal(bench->acked, "");
  fake_run(&bench->fake, 60000);
}

static void what_is_not_answered_is_acknowledged_in_time(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  fake_run(&bench->fake, SLACK_ACK_MS - 1);
  assert_int_equal(bench->acks, 0);
  fake_run(&bench->fake, 1);
  assert_int_equal(bench->acks, 1);
  finish(0);
  assert_int_equal(bench->acks, 1);
  knock_form(bench, COMMAND, true);
  finish(1);
  assert_int_equal(bench->acks, 2);
  assert_false(slack_answers_are_busy(bench->answers));
}

static void what_asks_nothing_is_acknowledged(void **state) {
  struct bench *bench = *state;
  knock_form(bench, "ssl_check=1", true);
  assert_int_equal(bench->acks, 1);
  assert_string_equal(bench->acked, "");
  assert_int_equal(knocks, 0);
}

static void what_slack_does_not_send_is_not_acknowledged(void **state) {
  struct bench *bench = *state;
  struct err err = {0};
  const struct slack_ack ack = {.acknowledge = acknowledge, .context = bench};
  assert_false(slack_answers_take_form(bench->answers, "x=y", 3, &ack, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  assert_int_equal(bench->acks, 0);
}

static void shut_it_asks_for_patience(void **state) {
  struct bench *bench = *state;
  slack_answers_shut(bench->answers);
  knock_form(bench, COMMAND, true);
  assert_non_null(strstr(bench->acked, "being restarted"));
  knock_form(bench, COMMAND, false);
  assert_string_equal(bench->acked, "");
  knock_form(bench, PRESS, true);
  assert_string_equal(bench->acked, "");
  assert_int_equal(bench->acks, 3);
  assert_int_equal(knocks, 0);
}

static void more_than_can_be_answered_are_told_to_ask_again(void **state) {
  struct bench *bench = *state;
  for (size_t i = 0; i < SLACK_REPLIES_MAX; i++)
    knock_form(bench, COMMAND, true);
  assert_int_equal(bench->acks, 0);
  knock_form(bench, COMMAND, true);
  assert_int_equal(bench->acks, 1);
  assert_non_null(strstr(bench->acked, "is asked too much at once"));
  knock_form(bench, COMMAND, false);
  assert_string_equal(bench->acked, "");
  assert_int_equal(knocks, SLACK_REPLIES_MAX);
  finish(0);
  knock_form(bench, COMMAND, true);
  assert_int_equal(knocks, SLACK_REPLIES_MAX + 1);
  for (size_t i = 1; i < knocks; i++)
    finish(i);
}

static void a_failed_post_ends_it(void **state) {
  struct bench *bench = *state;
  for (int i = 0; i < 3; i++)
    bench->script[bench->scripted++] = (struct fake_answer){.delay_ms = 10, .status = 500, .written = true};
  knock_form(bench, COMMAND, false);
  say(0, "hello", NULL, false);
  finish(0);
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->fake.sent_count, 3);
  assert_false(slack_answers_are_busy(bench->answers));
}

static void an_empty_answer_is_none(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);
  say(0, " ", NULL, false);
  finish(0);
  assert_int_equal(bench->acks, 1);
  assert_string_equal(bench->acked, "");
  assert_false(slack_answers_are_busy(bench->answers));
}

static void freed_in_the_middle_it_acknowledges_and_forgets(void **state) {
  struct bench *bench = *state;
  knock_form(bench, COMMAND, true);  /* waits for its answer */
  knock_form(bench, COMMAND, false); /* is being posted */
  say(1, "hello", NULL, false);
  finish(1);
  knock_form(bench, COMMAND, false); /* is being posted, and not ended */
  say(2, "hello", NULL, false);
  assert_int_equal(bench->acks, 2);
  slack_answers_free(bench->answers);
  bench->answers = NULL;
  assert_int_equal(bench->acks, 3);
  knocked[0].way.defer(knocked[0].context, false);
  say(0, "too late", NULL, false);
  finish(0);
  finish(2);
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->acks, 3);
  assert_int_equal(bench->fake.sent_count, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_answer_at_once_is_the_acknowledgement, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_deferred_answer_is_posted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_time_to_acknowledge_may_end_while_it_posts, set_up, tear_down),
      cmocka_unit_test_setup_teardown(deferred_in_public_the_channel_sees_what_was_asked, set_up, tear_down),
      cmocka_unit_test_setup_teardown(where_acknowledgements_take_no_message_it_is_posted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_acknowledgement_that_is_lost_is_posted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_button_is_acknowledged_at_once_and_answered_by_a_message_of_its_own, set_up,
                                      tear_down),
      cmocka_unit_test_setup_teardown(a_button_in_a_thread_is_answered_there, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_picture_is_uploaded_before_it_is_said, set_up, tear_down),
      cmocka_unit_test_setup_teardown(without_a_bot_the_text_is_said_at_once, set_up, tear_down),
      cmocka_unit_test_setup_teardown(too_many_pictures_at_once_are_left, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_not_answered_is_acknowledged_in_time, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_asks_nothing_is_acknowledged, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_slack_does_not_send_is_not_acknowledged, set_up, tear_down),
      cmocka_unit_test_setup_teardown(shut_it_asks_for_patience, set_up, tear_down),
      cmocka_unit_test_setup_teardown(more_than_can_be_answered_are_told_to_ask_again, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_failed_post_ends_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_empty_answer_is_none, set_up, tear_down),
      cmocka_unit_test_setup_teardown(freed_in_the_middle_it_acknowledges_and_forgets, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("door_slack_answer", tests, NULL, NULL);
}
