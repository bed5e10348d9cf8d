#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "unit/door_http_street.h"

/* --- Discord -------------------------------------------------------------------------------------------------------- */

static void a_ping_is_answered_with_a_pong(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/discord/interactions", .body = "{\"type\":1}"}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_non_null(strstr(found, "Content-Type: application/json\r\n"));
  assert_true(text_ends(found, "\r\n\r\n{\"type\":1}"));
  buf_done(&heard);
  assert_int_equal(street->desk.taken, 0);
}

static void a_command_is_handed_to_the_desk_and_its_word_goes_back(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_true(text_ends(found, "\r\n\r\n{\"type\":4}"));
  buf_done(&heard);
  assert_int_equal(street->desk.taken, 1);
}

static void what_is_signed_but_no_interaction_is_400(void **state) {
  struct street *street = *state;
  static const char *const bodies[] = {"", "{", "[]", "{\"id\":\"1\"}", "{\"type\":1,\"type\":1}", "\xff", "null", "7"};
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = bodies[i]}), 400);
  }
}

/* --- signatures ----------------------------------------------------------------------------------------------------- */

static void what_is_not_signed_is_401_and_has_no_effect(void **state) {
  struct street *street = *state;
  static const struct letter wrong[] = {
      {.path = "/discord/interactions", .body = COMMAND, .wrong_sign = true},
      {.path = "/discord/interactions", .body = "{\"type\":1}", .wrong_sign = true},
      {.path = "/discord/interactions", .body = COMMAND, .off_s = -301},
      {.path = "/discord/interactions", .body = COMMAND, .off_s = 301},
      {.path = "/slack/commands", .body = SLASH, .wrong_sign = true},
      {.path = "/slack/interactivity", .body = SLASH, .wrong_sign = true},
      {.path = "/slack/commands", .body = SLASH, .off_s = -301},
      {.path = "/slack/commands", .body = SLASH, .off_s = 400}, /* Bolt takes it */
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_int_equal(status_of(street, &wrong[i]), 401);
  assert_true(says(street, "POST /discord/interactions HTTP/1.1\r\n" CLOSE "Content-Length: 10\r\n\r\n{\"type\":1}",
                   "HTTP/1.1 401 Unauthorized\r\n"));
  assert_true(says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "HTTP/1.1 401 "));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "application/problem+json"));
  assert_int_equal(street->desk.taken + street->slack.taken, 0);
  assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND, .off_s = -300}),
                   200);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH, .off_s = 300}), 200);
}

static void every_bit_of_a_body_counts(void **state) {
  struct street *street = *state;
  for (int bit = 1; bit <= (int)strlen(SLASH) * 8; bit += 5)
    assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH, .flipped = bit}), 401);
  for (int bit = 1; bit <= (int)strlen(COMMAND) * 8; bit += 5)
    assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND, .flipped = bit}),
                     401);
  assert_int_equal(street->desk.taken + street->slack.taken, 0);
}

/* The signatures of one platform are none of the other's. */
static void doors_do_not_open_with_each_others_keys(void **state) {
  struct street *street = *state;
  struct buf request;
  struct buf signature;
  buf_init(&request, 65536);
  buf_init(&signature, 256);
  sign_slack("1800000000", COMMAND, strlen(COMMAND), &signature);
  buf_addf(&request, "POST /discord/interactions HTTP/1.1\r\n" CLOSE "Content-Length: %zu\r\n", strlen(COMMAND));
  buf_addf(&request, "X-Slack-Signature: %s\r\nX-Slack-Request-Timestamp: 1800000000\r\n\r\n" COMMAND, signature.data);
  assert_true(says(street, buf_text(&request), "HTTP/1.1 401 "));
  buf_done(&request);
  buf_done(&signature);
}

/* --- replays -------------------------------------------------------------------------------------------------------- */

static void what_comes_again_is_200_and_has_no_effect(void **state) {
  struct street *street = *state;
  const struct letter discord = {.path = "/discord/interactions", .body = COMMAND};
  const struct letter later = {.path = "/discord/interactions", .body = COMMAND, .off_s = 60}; /* signed anew */
  const struct letter slack = {.path = "/slack/commands", .body = SLASH};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(status_of(street, &discord), 200);
    assert_int_equal(status_of(street, &later), 200);
    assert_int_equal(status_of(street, &slack), 200);
  }
  assert_int_equal(street->desk.taken, 1);
  assert_int_equal(street->slack.taken, 1);
  street->mono_ms += 600999; /* both ends of the window */
  assert_int_equal(status_of(street, &discord), 200);
  assert_int_equal(status_of(street, &slack), 200);
  assert_int_equal(street->desk.taken + street->slack.taken, 2);
}

static void what_is_remembered_has_a_bound(void **state) {
  (void)state;
  struct signed_replay *replay = signed_replay_new();
  char key[SIGNED_KEY_MAX];
  for (int i = 0; i < SIGNED_REPLAY_MAX + 100; i++) {
    (void)text_fmt(key, sizeof key, "discord:%d", i);
    assert_true(signed_replay_is_new(replay, key, i));
    assert_false(signed_replay_is_new(replay, key, i));
  }
  assert_int_equal(signed_replay_count(replay), SIGNED_REPLAY_MAX);
  assert_false(signed_replay_is_new(replay, "discord:100", SIGNED_REPLAY_MAX));
  assert_true(signed_replay_is_new(replay, "discord:99", SIGNED_REPLAY_MAX));
  assert_false(signed_replay_is_new(replay, "discord:4000", 4000 + SIGNED_REPLAY_MS));
  assert_true(signed_replay_is_new(replay, "discord:4000", 4001 + SIGNED_REPLAY_MS));
  assert_true(signed_replay_is_new(replay, "last", INT64_C(100000000)));
  assert_int_equal(signed_replay_count(replay), 1);
  signed_replay_free(replay);
}

/* --- Slack ---------------------------------------------------------------------------------------------------------- */

static void a_slash_command_is_acknowledged_with_its_answer(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/slack/commands", .body = SLASH}, &heard);
  assert_non_null(strstr(found, "Content-Type: application/json\r\n"));
  assert_true(text_ends(found, "{\"text\":\"hi\"}"));
  buf_done(&heard);
  found = post(street, &(struct letter){.path = "/slack/interactivity", .body = "command=%2Fx&text=quiet"}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_true(text_ends(found, "\r\n\r\n"));
  assert_null(strstr(found, "Content-Type"));
  buf_done(&heard);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = "other=1"}), 400);
}

static void slacks_look_at_the_certificate_is_answered_and_no_more(void **state) {
  struct street *street = *state;
  assert_true(says(street, "GET /slack/commands?ssl_check=1&token=x HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 200 OK"));
  assert_true(says(street,
                   "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 28\r\n\r\ncommand=%2Fmute&ssl_check=1&",
                   "HTTP/1.1 200 OK"));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 12\r\n\r\nssl_check=12", "HTTP/1.1 401 "));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 12\r\n\r\nxssl_check=1", "HTTP/1.1 401 "));
  assert_int_equal(street->slack.taken, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_ping_is_answered_with_a_pong, begin, end),
      cmocka_unit_test_setup_teardown(a_command_is_handed_to_the_desk_and_its_word_goes_back, begin, end),
      cmocka_unit_test_setup_teardown(what_is_signed_but_no_interaction_is_400, begin, end),
      cmocka_unit_test_setup_teardown(what_is_not_signed_is_401_and_has_no_effect, begin, end),
      cmocka_unit_test_setup_teardown(every_bit_of_a_body_counts, begin, end),
      cmocka_unit_test_setup_teardown(doors_do_not_open_with_each_others_keys, begin, end),
      cmocka_unit_test_setup_teardown(what_comes_again_is_200_and_has_no_effect, begin, end),
      cmocka_unit_test(what_is_remembered_has_a_bound),
      cmocka_unit_test_setup_teardown(a_slash_command_is_acknowledged_with_its_answer, begin, end),
      cmocka_unit_test_setup_teardown(slacks_look_at_the_certificate_is_answered_and_no_more, begin, end),
  };
  return cmocka_run_group_tests_name("door_signed", tests, NULL, NULL);
}
