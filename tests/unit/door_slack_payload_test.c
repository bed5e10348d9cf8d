#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "door/slack_payload.h"
#include "door/slack_words.h"
#include "lowtide/text.h"

static const struct slack_settings settings = {.allow_users = "U1, W2", .allow_teams = ""};

/* The words with bars between them. */
static void join(const char *const *words, size_t count, char *out, size_t size) {
  struct buf joined;
  buf_init(&joined, size - 1);
  for (size_t i = 0; i < count; i++)
    buf_addf(&joined, "%s%s", i > 0 ? "|" : "", words[i]);
  assert_true(text_copy(out, size, buf_text(&joined)));
  buf_done(&joined);
}

static void assert_split(const char *text, const char *expected) {
  char copy[512];
  char joined[512];
  const char *words[CHAT_WORDS_MAX];
  assert_true(text_copy(copy, sizeof copy, text));
  size_t count = slack_words_split(copy, words, CHAT_WORDS_MAX);
  join(words, count, joined, sizeof joined);
  assert_string_equal(joined, expected);
}

static void assert_words(const struct slack_call *call, const char *expected) {
  const char *words[CHAT_WORDS_MAX];
  char joined[4096];
  assert_int_equal(call->kind, SLACK_CALL_KNOCK);
  for (size_t i = 0; i < call->knock.word_count; i++) {
    assert_null(call->knock.words[i].name);
    words[i] = call->knock.words[i].value;
  }
  join(words, call->knock.word_count, joined, sizeof joined);
  assert_string_equal(joined, expected);
}

static void words_are_parted_by_every_kind_of_space(void **state) {
  (void)state;
  assert_split("history kimi 7d", "history|kimi|7d");
  assert_split("  history \t kimi\u00A07d\u3000\u202Fpublic\n", "history|kimi|7d|public");
  assert_split("", "");
  assert_split(" \u00A0 ", "");
  assert_split("\u200Bki\u2060mi\uFEFF x\u200E", "kimi|x");
}

static void quotes_of_every_shape_hold_words_together(void **state) {
  (void)state;
  assert_split("mute \"Deep Seek\" 6h", "mute|Deep Seek|6h");
  assert_split("mute “Deep  Seek” 6h", "mute|Deep  Seek|6h");
  assert_split("mute „Deep Seek“ 'a b' ‘c d’ `e f` «g h»", "mute|Deep Seek|a b|c d|e f|g h");
  assert_split("\"\" x", "x");
  assert_split("\"it's “so”", "it's “so");
}

static void a_quote_that_is_not_closed_is_a_letter(void **state) {
  (void)state;
  assert_split("\"Deep Seek", "\"Deep|Seek");
  assert_split("Peter's 5\" 'tis", "Peter's|5\"|'tis");
  assert_split("a\"b c\"d", "a\"b|c\"d");
}

static void slacks_markup_becomes_what_was_seen(void **state) {
  (void)state;
  assert_split("<@U1|peter> <@U2> <#C1|general> <!here>", "@peter|@U2|#general|!here");
  assert_split("<https://deepseek.com|deepseek.com> <http://x.example>", "deepseek.com|http://x.example");
  assert_split("R&amp;D &lt;b&gt; <3 a<b a&b", "R&D|<b>|<3|a<b|a&b");
  assert_split("<> < > <x> <@|>", "<>|<|>|<x>|@");
  assert_split("🌙 kimi:moon: 👩‍💻", "🌙|kimi:moon:|👩‍💻");
}

static void more_words_than_there_is_room_for_are_left_out(void **state) {
  (void)state;
  assert_split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16");
}

/* --- forms --------------------------------------------------------------------------------------------------------- */

static void take_form(const char *body, struct slack_call *call) {
  struct err err = {0};
  bool taken = slack_payload_form(body, strlen(body), &settings, call, &err);
  if (!taken) print_message("%s\n", err.text);
  assert_true(taken);
}

#define REST "&user_id=U1&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1&trigger_id=1.2.abc"

static void a_slash_command_is_a_question(void **state) {
  (void)state;
  struct slack_call call;
  take_form("token=x&team_id=T1&command=%2Fbalance&text=kimi+public" REST, &call);
  assert_words(&call, "balance|kimi|public");
  assert_int_equal(call.knock.kind, KNOCK_QUESTION);
  assert_string_equal(call.knock.key, "slack:1.2.abc");
  assert_string_equal(call.knock.who, "U1");
  assert_string_equal(call.response_url, "https://hooks.slack.com/commands/1");
}

static void lowtide_has_its_command_as_the_first_word(void **state) {
  (void)state;
  struct slack_call call;
  take_form("command=%2flowtide&text=history+%22Deep%C2%A0Seek%22+++7d" REST, &call);
  assert_words(&call, "history|Deep Seek|7d");
  take_form("command=%2Flowtide-dev&text=History+Kimi" REST, &call);
  assert_words(&call, "history|Kimi");
  take_form("command=%2FBalance&text=KIMI" REST, &call);
  assert_words(&call, "balance|KIMI");
}

static void lowtide_alone_asks_for_help(void **state) {
  (void)state;
  struct slack_call call;
  take_form("command=%2Flowtide&text=" REST, &call);
  assert_words(&call, "help");
  take_form("command=%2Flowtide&text=+%C2%A0" REST, &call);
  assert_words(&call, "help");
  take_form("command=%2Flowtide" REST, &call);
  assert_words(&call, "help");
}

static void who_may_change_is_listed(void **state) {
  (void)state;
  struct slack_call call;
  struct err err = {0};
  const char *body = "command=%2Fbalance&trigger_id=1&user_id=U1";
  const struct slack_settings nobody = {.allow_users = "", .allow_teams = ""};
  take_form(body, &call);
  assert_true(call.knock.may_ask && call.knock.may_change);
  take_form("command=%2Fbalance&trigger_id=1&user_id=U11", &call);
  assert_true(call.knock.may_ask && !call.knock.may_change);
  take_form("command=%2Fbalance&trigger_id=1&user_id=", &call);
  assert_true(call.knock.may_ask && !call.knock.may_change);
  assert_true(slack_payload_form(body, strlen(body), &nobody, &call, &err));
  assert_true(call.knock.may_ask && !call.knock.may_change);
}

static void odd_escapes_are_read_without_harm(void **state) {
  (void)state;
  struct slack_call call;
  take_form("command=%2Fbalance&text=a%00b%zz%4+100%+%e2%82%ac%ff" REST, &call);
  assert_words(&call, "balance|a|b%zz%4|100%|€");
}

static void a_text_that_is_too_long_is_none(void **state) {
  (void)state;
  struct slack_call call;
  struct buf body;
  buf_init(&body, 100000);
  buf_add(&body, "command=%2Flowtide" REST "&text=");
  for (int i = 0; i < 3000; i++)
    buf_add_char(&body, 'x');
  take_form(buf_text(&body), &call);
  assert_words(&call, "help");
  buf_done(&body);
}

static void a_long_trigger_is_told_from_another(void **state) {
  (void)state;
  struct slack_call call;
  char body[600];
  char first[CHAT_KEY_MAX];

  assert_true(text_fmt(body, sizeof body, "command=%%2Fbalance&trigger_id=%0150d%d", 7, 1));
  take_form(body, &call);
  assert_true(text_copy(first, sizeof first, call.knock.key));
  assert_true(text_fmt(body, sizeof body, "command=%%2Fbalance&trigger_id=%0150d%d", 7, 2));
  take_form(body, &call);
  assert_string_not_equal(first, call.knock.key);
}

static void slacks_look_at_the_certificate_is_ignored(void **state) {
  (void)state;
  struct slack_call call;
  take_form("ssl_check=1&token=x", &call);
  assert_int_equal(call.kind, SLACK_CALL_IGNORED);
}

static void assert_form_refused(const char *body, const char *piece) {
  struct err err = {0};
  struct slack_call call;
  assert_false(slack_payload_form(body, strlen(body), &settings, &call, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  if (strstr(err.text, piece) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.text, piece);
}

static void what_slack_does_not_send_is_refused(void **state) {
  (void)state;
  assert_form_refused("", "without a name");
  assert_form_refused("{\"type\":1}", "without a name");
  assert_form_refused("command=balance&trigger_id=1", "without a name");
  assert_form_refused("command=%2F&trigger_id=1", "without a name");
  assert_form_refused("command=%2Fbalance", "trigger_id");
  assert_form_refused("payload=%7B", "payload: not JSON");
  assert_form_refused("payload=%5B%5D", "not an object");
  assert_form_refused("ssl_check=0", "without a name");
}

static void a_pressed_button_asks_its_words(void **state) {
  (void)state;
  struct slack_call call;
  take_form(
      "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221.2%22%2C%22user%22%3A%7B%22id%22%3A%22U1%"
      "22%7D%2C%22response_url%22%3A%22https%3A%2F%2Fhooks.slack.com%2Factions%2F1%22%2C%22actions%22%3A%5B%7B%22type%"
      "22%3A%22button%22%2C%22value%22%3A%22mute+kimi+6h%22%2C%22action_ts%22%3A%221.5%22%7D%5D%7D",
      &call);
  assert_words(&call, "mute|kimi|6h");
  assert_int_equal(call.knock.kind, KNOCK_PRESSED);
  assert_string_equal(call.knock.key, "slack:1.2:1.5");
  assert_string_equal(call.response_url, "https://hooks.slack.com/actions/1");
  assert_true(call.knock.may_change);
}

/* --- envelopes ----------------------------------------------------------------------------------------------------- */

static void read_envelope(const char *text, struct slack_envelope *envelope) {
  struct err err = {0};
  bool done = slack_envelope_read(text, strlen(text), envelope, &err);
  if (!done) print_message("%s\n", err.text);
  assert_true(done);
}

static void take_envelope(const char *text, struct slack_call *call) {
  struct err err = {0};
  struct slack_envelope envelope;
  read_envelope(text, &envelope);
  bool taken = slack_payload_envelope(&envelope, &settings, call, &err);
  if (!taken) print_message("%s\n", err.text);
  assert_true(taken);
  slack_envelope_done(&envelope);
}

static void an_envelope_holds_a_command(void **state) {
  (void)state;
  struct slack_call call;
  take_envelope("{\"type\":\"slash_commands\",\"envelope_id\":\"e-1\",\"accepts_response_payload\":true,\"payload\":{"
                "\"command\":\"/lowtide\",\"text\":\"mute “Deep Seek” 6h\",\"user_id\":\"W2\",\"trigger_id\":\"9.8\","
                "\"response_url\":\"https://hooks.slack.com/x\"}}",
                &call);
  assert_words(&call, "mute|Deep Seek|6h");
  assert_string_equal(call.knock.key, "slack:9.8");
  assert_string_equal(call.response_url, "https://hooks.slack.com/x");
  assert_true(call.knock.may_change);
}

static void an_envelope_tells_what_it_is(void **state) {
  (void)state;
  struct slack_envelope envelope;
  read_envelope("{\"type\":\"slash_commands\",\"envelope_id\":\"e-1\",\"accepts_response_payload\":true}", &envelope);
  assert_int_equal(envelope.kind, SLACK_ENVELOPE_COMMAND);
  assert_string_equal(envelope.id, "e-1");
  assert_true(envelope.takes_payload);
  slack_envelope_done(&envelope);
  read_envelope("{\"type\":\"hello\",\"num_connections\":1}", &envelope);
  assert_int_equal(envelope.kind, SLACK_ENVELOPE_HELLO);
  slack_envelope_done(&envelope);
  read_envelope("{\"type\":\"disconnect\",\"reason\":\"link_disabled\"}", &envelope);
  assert_int_equal(envelope.kind, SLACK_ENVELOPE_DISCONNECT);
  assert_string_equal(envelope.reason, "link_disabled");
  slack_envelope_done(&envelope);
  read_envelope("{\"type\":\"events_api\",\"envelope_id\":\"e-2\",\"accepts_response_payload\":1}", &envelope);
  assert_int_equal(envelope.kind, SLACK_ENVELOPE_OTHER);
  assert_false(envelope.takes_payload);
  slack_envelope_done(&envelope);
  read_envelope("{}", &envelope);
  assert_int_equal(envelope.kind, SLACK_ENVELOPE_OTHER);
  assert_string_equal(envelope.id, "");
  slack_envelope_done(&envelope);
}

static void what_is_no_envelope_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct slack_envelope envelope;
  assert_false(slack_envelope_read("[]", 2, &envelope, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  assert_false(slack_envelope_read("hello", 5, &envelope, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
}

static void without_a_trigger_the_envelope_is_the_key(void **state) {
  (void)state;
  struct slack_call call;
  take_envelope("{\"type\":\"slash_commands\",\"envelope_id\":\"e-1\",\"payload\":{\"command\":\"/balance\"}}", &call);
  assert_string_equal(call.knock.key, "slack:e-1");
  assert_words(&call, "balance");
}

static void a_command_without_a_name_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct slack_call call;
  struct slack_envelope envelope;
  read_envelope("{\"type\":\"slash_commands\",\"envelope_id\":\"e-1\"}", &envelope);
  assert_false(slack_payload_envelope(&envelope, &settings, &call, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  slack_envelope_done(&envelope);
}

#define PRESSED(action)                                                                                                    \
  "{\"type\":\"interactive\",\"envelope_id\":\"e-3\",\"payload\":{\"type\":\"block_actions\",\"trigger_id\":\"4.5\","      \
  "\"user\":{\"id\":\"U9\"},\"response_url\":\"https://hooks.slack.com/y\",\"actions\":[" action "]}}"

static void a_choice_asks_its_words(void **state) {
  (void)state;
  struct slack_call call;
  take_envelope(
      PRESSED("{\"type\":\"static_select\",\"selected_option\":{\"value\":\"history kimi\"},\"action_ts\":\"6.7\"}"),
      &call);
  assert_words(&call, "history|kimi");
  assert_int_equal(call.knock.kind, KNOCK_PRESSED);
  assert_string_equal(call.knock.key, "slack:4.5:6.7");
  assert_false(call.knock.may_change);
}

static void what_asks_nothing_is_ignored(void **state) {
  (void)state;
  static const char *const all[] = {
      PRESSED("{\"type\":\"button\",\"url\":\"https://x.example\"}"),
      PRESSED("{\"type\":\"button\",\"value\":\" \"}"),
      PRESSED("{\"type\":\"button\",\"value\":\"\u200B\"}"),
      PRESSED("{\"type\":\"button\",\"value\":7}"),
      PRESSED(""),
      "{\"type\":\"interactive\",\"envelope_id\":\"e\",\"payload\":{\"type\":\"view_submission\",\"trigger_id\":\"1\"}}",
      "{\"type\":\"interactive\",\"envelope_id\":\"e\"}",
      "{\"type\":\"interactive\",\"payload\":{\"type\":\"block_actions\",\"actions\":[{\"value\":\"balance\"}]}}",
      "{\"type\":\"events_api\",\"envelope_id\":\"e\",\"payload\":{\"event\":{}}}",
  };
  struct slack_call call;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    take_envelope(all[i], &call);
    assert_int_equal(call.kind, SLACK_CALL_IGNORED);
  }
}

#define FROM(user, team, enterprise)                                                                                       \
  "{\"type\":\"interactive\",\"envelope_id\":\"e\",\"payload\":{\"type\":\"block_actions\",\"trigger_id\":\"4.5\","        \
  "\"user\":{" user "},\"team\":" team ",\"enterprise\":" enterprise                                                       \
  ",\"actions\":[{\"type\":\"button\",\"value\":\"balance\"}]}}"

static bool may_ask(const char *text, const char *teams) {
  const struct slack_settings by = {.allow_users = "U1", .allow_teams = teams};
  struct slack_envelope envelope;
  struct slack_call call;
  struct err err = {0};
  assert_true(slack_envelope_read(text, strlen(text), &envelope, &err));
  assert_true(slack_payload_envelope(&envelope, &by, &call, &err));
  slack_envelope_done(&envelope);
  assert_int_equal(call.kind, SLACK_CALL_KNOCK);
  return call.knock.may_ask;
}

/* team is null where an organization has the app; the payloads are those of the documentation. */
static void people_of_other_workspaces_may_not_ask(void **state) {
  (void)state;
  static const char home[] = FROM("\"id\":\"U9\",\"team_id\":\"T1\"", "{\"id\":\"T1\",\"domain\":\"d\"}", "null");
  static const char guest[] = FROM("\"id\":\"U9\",\"team_id\":\"T2\"", "{\"id\":\"T1\",\"domain\":\"d\"}", "null");
  static const char silent[] = FROM("\"id\":\"U9\"", "{\"id\":\"T1\"}", "null");
  static const char nowhere[] = FROM("\"id\":\"U9\",\"team_id\":\"\"", "{\"id\":\"\"}", "{\"id\":\"\"}");
  static const char boss[] = FROM("\"id\":\"U1\",\"team_id\":\"T2\"", "{\"id\":\"T1\"}", "null");
  assert_true(may_ask(home, ""));
  assert_false(may_ask(guest, ""));
  assert_false(may_ask(silent, ""));
  assert_false(may_ask(nowhere, ""));
  assert_true(may_ask(boss, ""));
  assert_true(may_ask(guest, "T3, T2"));
  assert_false(may_ask(home, "T3, T2"));
  assert_false(may_ask(silent, "T1"));
}

static void an_organization_is_one_place(void **state) {
  (void)state;
  static const char org_wide[] = FROM("\"id\":\"U9\",\"team_id\":\"E1\"", "null", "{\"id\":\"E1\",\"name\":\"o\"}");
  static const char of_it[] = FROM("\"id\":\"U9\",\"team_id\":\"E1\"", "{\"id\":\"T1\",\"enterprise_id\":\"E1\"}", "null");
  static const char other[] = FROM("\"id\":\"U9\",\"team_id\":\"E2\"", "{\"id\":\"T1\",\"enterprise_id\":\"E1\"}", "null");
  static const char unsure[] = FROM("\"id\":\"U9\",\"team_id\":\"T7\"", "null", "{\"id\":\"E1\"}");
  assert_true(may_ask(org_wide, ""));
  assert_true(may_ask(of_it, ""));
  assert_false(may_ask(other, ""));
  assert_false(may_ask(unsure, ""));
  assert_true(may_ask(unsure, "T7"));
  assert_false(may_ask(unsure, "E1")); /* nothing says that T7 is of E1 */
  assert_true(may_ask(org_wide, "E1"));
}

static void a_command_is_asked_by_whoever_slack_offers_it_to_unless_teams_are_named(void **state) {
  (void)state;
#define ASKED(more)                                                                                                        \
  "{\"type\":\"slash_commands\",\"envelope_id\":\"e\",\"payload\":{\"command\":\"/"                                        \
  "balance\",\"trigger_id\":\"1\",\"user_id\":"                                                                            \
  "\"U9\"" more "}}"
  assert_true(may_ask(ASKED(",\"team_id\":\"T2\""), ""));
  assert_true(may_ask(ASKED(",\"team_id\":\"T2\""), "T2"));
  assert_true(may_ask(ASKED(",\"team_id\":\"T2\",\"enterprise_id\":\"E1\""), "E1"));
  assert_false(may_ask(ASKED(",\"team_id\":\"T2\",\"enterprise_id\":\"E1\""), "T1"));
  assert_false(may_ask(ASKED(""), "T1"));
  struct slack_call call;
  const struct slack_settings by = {.allow_users = "", .allow_teams = "T1, E1"};
  struct err err = {0};
  static const char form[] = "command=%2Fbalance&trigger_id=1&user_id=U9&team_id=T2&enterprise_id=E1";
  assert_true(slack_payload_form(form, strlen(form), &by, &call, &err));
  assert_true(call.knock.may_ask);
  assert_string_equal(call.knock.where, "T2");
  assert_true(slack_payload_form(form, strlen(form) - strlen("&enterprise_id=E1"), &by, &call, &err));
  assert_false(call.knock.may_ask);
}

static void an_address_that_is_too_long_is_none(void **state) {
  (void)state;
  struct slack_call call;
  char text[1024];
  assert_true(text_fmt(text, sizeof text,
                       "{\"type\":\"slash_commands\",\"envelope_id\":\"e\",\"payload\":{\"command\":\"/balance\","
                       "\"response_url\":\"https://hooks.slack.com/%0600d\"}}",
                       1));
  take_envelope(text, &call);
  assert_string_equal(call.response_url, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_parted_by_every_kind_of_space),
      cmocka_unit_test(quotes_of_every_shape_hold_words_together),
      cmocka_unit_test(a_quote_that_is_not_closed_is_a_letter),
      cmocka_unit_test(slacks_markup_becomes_what_was_seen),
      cmocka_unit_test(more_words_than_there_is_room_for_are_left_out),
      cmocka_unit_test(a_slash_command_is_a_question),
      cmocka_unit_test(lowtide_has_its_command_as_the_first_word),
      cmocka_unit_test(lowtide_alone_asks_for_help),
      cmocka_unit_test(who_may_change_is_listed),
      cmocka_unit_test(odd_escapes_are_read_without_harm),
      cmocka_unit_test(a_text_that_is_too_long_is_none),
      cmocka_unit_test(a_long_trigger_is_told_from_another),
      cmocka_unit_test(slacks_look_at_the_certificate_is_ignored),
      cmocka_unit_test(what_slack_does_not_send_is_refused),
      cmocka_unit_test(a_pressed_button_asks_its_words),
      cmocka_unit_test(an_envelope_holds_a_command),
      cmocka_unit_test(an_envelope_tells_what_it_is),
      cmocka_unit_test(what_is_no_envelope_is_refused),
      cmocka_unit_test(without_a_trigger_the_envelope_is_the_key),
      cmocka_unit_test(a_command_without_a_name_is_refused),
      cmocka_unit_test(a_choice_asks_its_words),
      cmocka_unit_test(what_asks_nothing_is_ignored),
      cmocka_unit_test(an_address_that_is_too_long_is_none),
      cmocka_unit_test(people_of_other_workspaces_may_not_ask),
      cmocka_unit_test(an_organization_is_one_place),
      cmocka_unit_test(a_command_is_asked_by_whoever_slack_offers_it_to_unless_teams_are_named),
  };
  return cmocka_run_group_tests_name("door_slack_payload", tests, NULL, NULL);
}
