/* What comes from Discord, as a knock, and what is said to it first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "door/discord_interaction.h"
#include "lowtide/text.h"

#define HEAD "\"id\":\"1001\",\"application_id\":\"2002\",\"token\":\"aW50ZXJhY3Rpb24\",\"version\":1,"
#define MEMBER(permissions)                                                                                                \
  "\"guild_id\":\"77\",\"member\":{\"user\":{\"id\":\"5\"},\"roles\":[\"30\",\"31\"],\"permissions\":\"" permissions "\"}" \
  ","
#define IN_GUILD "{" HEAD MEMBER("0")
#define IN_DM "{" HEAD "\"user\":{\"id\":\"5\"},\"context\":1,"
#define BALANCE "\"type\":2,\"data\":{\"id\":\"9\",\"name\":\"balance\",\"type\":1}}"

static struct discord_settings settings;
static struct json *root;
static struct discord_interaction read_one;
static struct err fault;

static int set_up(void **state) {
  (void)state;
  settings = (struct discord_settings){
      .application_id = "", .public_key = "", .guild = "", .allow_users = "", .allow_roles = "", .allow_guilds = ""};
  fault = (struct err){0};
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  json_free(root);
  root = NULL;
  return 0;
}

static bool take(const char *text) {
  struct err err = {0};
  json_free(root);
  fault = (struct err){0};
  root = json_parse(text, strlen(text), &err);
  if (root == NULL) fail_msg("%s", err.text);
  return discord_interaction_read(root, &settings, &read_one, &fault);
}

static const struct knock *knock_of(const char *text) {
  if (!take(text)) fail_msg("%s: %s", text, fault.text);
  return &read_one.knock;
}

/* "mute account=kimi span=6h" */
static const char *words_of(const struct knock *knock) {
  static char text[512];
  size_t length = 0;
  text[0] = '\0';
  for (size_t i = 0; i < knock->word_count; i++) {
    const struct chat_word *word = &knock->words[i];
    (void)text_fmt(text + length, sizeof text - length, "%s%s%s%s", i > 0 ? " " : "", word->name != NULL ? word->name : "",
                   word->name != NULL ? "=" : "", word->value);
    length = strlen(text);
  }
  return text;
}

/* --- what is asked ---------------------------------------------------------------------------------------------------- */

static void a_command_alone_is_one_word(void **state) {
  (void)state;
  const struct knock *knock = knock_of(IN_GUILD BALANCE);
  assert_int_equal(knock->kind, KNOCK_QUESTION);
  assert_string_equal(words_of(knock), "balance");
  assert_string_equal(knock->key, "discord:1001");
  assert_string_equal(knock->who, "5");
  assert_string_equal(read_one.application_id, "2002");
  assert_string_equal(read_one.token, "aW50ZXJhY3Rpb24");
}

static void options_are_named_words(void **state) {
  (void)state;
  const char *text = IN_GUILD "\"type\":2,\"data\":{\"name\":\"balance\",\"type\":1,\"options\":["
                              "{\"name\":\"account\",\"type\":3,\"value\":\"kimi\"},"
                              "{\"name\":\"amount\",\"type\":10,\"value\":12.50},"
                              "{\"name\":\"public\",\"type\":5,\"value\":true},"
                              "{\"name\":\"quiet\",\"type\":5,\"value\":false}]}}";
  assert_string_equal(words_of(knock_of(text)), "balance account=kimi amount=12.50 public=public");
}

static void a_subcommand_is_the_command(void **state) {
  (void)state;
  const char *text =
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"lowtide\",\"type\":1,\"options\":[{\"name\":\"mute\",\"type\":1,"
               "\"options\":[{\"name\":\"account\",\"type\":3,\"value\":\"kimi\"},"
               "{\"name\":\"span\",\"type\":3,\"value\":\"6h\"}]}]}}";
  assert_string_equal(words_of(knock_of(text)), "mute account=kimi span=6h");
  const char *grouped =
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"lowtide\",\"type\":1,\"options\":[{\"name\":\"alerts\",\"type\":2,"
               "\"options\":[{\"name\":\"ack\",\"type\":1,\"options\":[]}]}]}}";
  assert_string_equal(words_of(knock_of(grouped)), "ack");
  assert_string_equal(words_of(knock_of(IN_GUILD "\"type\":2,\"data\":{\"name\":\"lowtide\",\"type\":1}}")), "");
}

static void what_is_pressed_says_its_words(void **state) {
  (void)state;
  const struct knock *knock = knock_of(
      IN_GUILD "\"type\":3,\"message\":{\"id\":\"8\"},\"data\":{\"custom_id\":\"mute kimi  6h\",\"component_type\":2}}");
  assert_int_equal(knock->kind, KNOCK_PRESSED);
  assert_string_equal(words_of(knock), "mute kimi 6h");
}

static void what_is_chosen_says_its_value(void **state) {
  (void)state;
  const char *text = IN_GUILD "\"type\":3,\"data\":{\"custom_id\":\"choose\",\"component_type\":3,"
                              "\"values\":[\"history kimi 7d\"]}}";
  assert_string_equal(words_of(knock_of(text)), "history kimi 7d");
}

static void what_is_typed_so_far_is_to_be_completed(void **state) {
  (void)state;
  const char *text =
      IN_GUILD "\"type\":4,\"data\":{\"name\":\"lowtide\",\"type\":1,\"options\":[{\"name\":\"history\",\"type\":1,"
               "\"options\":[{\"name\":\"account\",\"type\":3,\"value\":\"ki\",\"focused\":true}]}]}}";
  const struct knock *knock = knock_of(text);
  assert_int_equal(knock->kind, KNOCK_COMPLETE);
  assert_string_equal(knock->focused, "account");
  assert_string_equal(words_of(knock), "history account=ki");
}

/* --- who asks --------------------------------------------------------------------------------------------------------- */

static void manage_server_may_change_where_nobody_is_named(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool may;
  } cases[] = {
      {"{" HEAD MEMBER("0") BALANCE, false},
      {"{" HEAD MEMBER("32") BALANCE, true},
      {"{" HEAD MEMBER("8") BALANCE, true},
      {"{" HEAD MEMBER("16") BALANCE, false},
      {"{" HEAD MEMBER("2248473465835073") BALANCE, false},
      {"{" HEAD MEMBER("2248473465835105") BALANCE, true},
      {"{" HEAD MEMBER("18446744073709551583") BALANCE, true},
      {"{" HEAD MEMBER("18446744073709551616") BALANCE, false},
      {"{" HEAD MEMBER("99999999999999999999999999") BALANCE, false},
      {"{" HEAD MEMBER("-1") BALANCE, false},
      {"{" HEAD MEMBER("") BALANCE, false},
      {IN_DM BALANCE, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const struct knock *knock = knock_of(cases[i].text);
    assert_int_equal(knock->may_ask, strstr(cases[i].text, IN_DM) == NULL);
    if (knock->may_change != cases[i].may) fail_msg("%s", cases[i].text);
  }
}

static void whoever_is_named_may_change_and_nobody_else(void **state) {
  (void)state;
  settings.allow_users = "4, 5";
  assert_true(knock_of(IN_GUILD BALANCE)->may_change);
  assert_true(knock_of(IN_DM BALANCE)->may_change);
  settings.allow_users = "50, 55";
  assert_false(knock_of(IN_GUILD BALANCE)->may_change);
  assert_false(knock_of("{" HEAD MEMBER("40") BALANCE)->may_change);
  settings.allow_roles = "31";
  assert_true(knock_of(IN_GUILD BALANCE)->may_change);
  assert_false(knock_of(IN_DM BALANCE)->may_change);
  settings.allow_roles = "3";
  assert_false(knock_of(IN_GUILD BALANCE)->may_change);
}

static void other_servers_may_not_ask_where_some_are_named(void **state) {
  (void)state;
  settings.allow_guilds = "76, 77";
  assert_true(knock_of(IN_GUILD BALANCE)->may_ask);
  assert_false(knock_of(IN_DM BALANCE)->may_ask);
  settings.allow_guilds = "7";
  assert_false(knock_of("{" HEAD MEMBER("40") BALANCE)->may_ask);
  assert_false(knock_of("{" HEAD MEMBER("40") BALANCE)->may_change);
  settings.allow_users = "5";
  assert_true(knock_of(IN_DM BALANCE)->may_ask);
  settings.allow_guilds = "";
  settings.guild = "78";
  assert_false(knock_of(IN_GUILD BALANCE)->may_ask);
  settings.guild = "77";
  assert_true(knock_of(IN_GUILD BALANCE)->may_ask);
}

static void what_somebody_installed_for_herself_is_no_server_s(void **state) {
  (void)state;
#define OWNERS(owners) IN_GUILD "\"authorizing_integration_owners\":" owners "," BALANCE
  static const char herself[] = OWNERS("{\"1\":\"5\"}");
  assert_true(knock_of(OWNERS("{\"0\":\"77\"}"))->may_ask);
  assert_true(knock_of(OWNERS("{\"0\":\"77\",\"1\":\"5\"}"))->may_ask);
  assert_false(knock_of(herself)->may_ask);
  assert_false(knock_of(herself)->may_change);
  settings.guild = "77"; /* which is trusted, whoever brought the application there */
  assert_true(knock_of(herself)->may_ask);
  settings.guild = "";
  settings.allow_users = "5";
  assert_true(knock_of(herself)->may_ask);
  assert_string_equal(knock_of(herself)->where, "77");
  assert_null(knock_of(IN_DM BALANCE)->where);
}

/* --- what is none ------------------------------------------------------------------------------------------------ */

static void what_is_no_interaction_is_refused(void **state) {
  (void)state;
  static const char *const broken[] = {
      "null",
      "[]",
      "{}",
      "{\"id\":1001,\"application_id\":\"2002\",\"token\":\"t\",\"user\":{\"id\":\"5\"}," BALANCE,
      "{\"id\":\"../1\",\"application_id\":\"2002\",\"token\":\"t\",\"user\":{\"id\":\"5\"}," BALANCE,
      "{\"id\":\"1\",\"application_id\":\"2002/x\",\"token\":\"t\",\"user\":{\"id\":\"5\"}," BALANCE,
      "{\"id\":\"1\",\"application_id\":\"2002\",\"token\":\"\",\"user\":{\"id\":\"5\"}," BALANCE,
      "{" HEAD BALANCE,
      "{" HEAD "\"user\":{\"id\":\"five\"}," BALANCE,
      "{" HEAD "\"user\":{}," BALANCE,
      "{" HEAD "\"guild_id\":77,\"member\":{\"user\":null}," BALANCE,
      IN_GUILD "\"type\":2}",
      IN_GUILD "\"type\":2,\"data\":[]}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"\",\"type\":1}}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"a\",\"options\":[{\"name\":\"b\"}]}}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"a\",\"options\":[{\"value\":\"b\"}]}}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"value\":{}}]}}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"a\",\"options\":[{\"type\":1}]}}",
      IN_GUILD "\"type\":3,\"data\":{\"component_type\":2}}",
      IN_GUILD "\"type\":3,\"data\":{\"custom_id\":\"  \"}}",
      IN_GUILD "\"type\":3,\"data\":{\"custom_id\":\"a a a a a a a a a a a a a a a a a\"}}",
      IN_GUILD "\"type\":4,\"data\":{\"name\":\"a\",\"options\":[{\"name\":\"b\",\"value\":\"c\"}]}}",
  };
  for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
    if (take(broken[i])) fail_msg("%s", broken[i]);
    assert_int_equal(fault.code, ERR_MALFORMED);
  }
}

static void what_nobody_has_asked_for_is_passed_over(void **state) {
  (void)state;
  static const char *const strange[] = {
      "{" HEAD "\"user\":{\"id\":\"5\"},\"type\":1}",
      IN_GUILD "\"type\":5,\"data\":{\"custom_id\":\"x\"}}",
      IN_GUILD "\"type\":99}",
      IN_GUILD "\"data\":{\"name\":\"balance\"}}",
      IN_GUILD "\"type\":2,\"data\":{\"name\":\"Balance\",\"type\":2}}",
  };
  for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
    assert_false(take(strange[i]));
    assert_int_equal(fault.code, ERR_UNSUPPORTED);
  }
}

/* --- what is said ------------------------------------------------------------------------------------------------ */

static void callbacks_are_as_discord_wants_them(void **state) {
  (void)state;
  struct buf json;
  struct chat_choices choices = {.name = {"Kimi \"K\"", "b"}, .value = {"kimi", "b"}, .count = 2};
  buf_init(&json, 65536);
  discord_callback_defer(true, &json);
  assert_string_equal(buf_text(&json), "{\"type\":5}");
  buf_clear(&json);
  discord_callback_defer(false, &json);
  assert_string_equal(buf_text(&json), "{\"type\":5,\"data\":{\"flags\":64}}");
  buf_clear(&json);
  discord_callback_answer("{\"content\":\"x\"}", &json);
  assert_string_equal(buf_text(&json), "{\"type\":4,\"data\":{\"content\":\"x\"}}");
  buf_clear(&json);
  discord_callback_choices(&choices, &json);
  assert_string_equal(buf_text(&json),
                      "{\"type\":8,\"data\":{\"choices\":[{\"name\":\"Kimi \\\"K\\\"\",\"value\":\"kimi\"},"
                      "{\"name\":\"b\",\"value\":\"b\"}]}}");
  buf_clear(&json);
  choices.count = 0;
  discord_callback_choices(&choices, &json);
  assert_string_equal(buf_text(&json), "{\"type\":8,\"data\":{\"choices\":[]}}");
  buf_done(&json);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_command_alone_is_one_word),
      TEST(options_are_named_words),
      TEST(a_subcommand_is_the_command),
      TEST(what_is_pressed_says_its_words),
      TEST(what_is_chosen_says_its_value),
      TEST(what_is_typed_so_far_is_to_be_completed),
      TEST(manage_server_may_change_where_nobody_is_named),
      TEST(whoever_is_named_may_change_and_nobody_else),
      TEST(other_servers_may_not_ask_where_some_are_named),
      TEST(what_somebody_installed_for_herself_is_no_server_s),
      TEST(what_is_no_interaction_is_refused),
      TEST(what_nobody_has_asked_for_is_passed_over),
      TEST(callbacks_are_as_discord_wants_them),
  };
  return cmocka_run_group_tests_name("door_discord", tests, NULL, NULL);
}
