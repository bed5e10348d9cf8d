/* What Discord and Slack are told of the commands. */
#include "lowtide/json.h"
#include "lowtide/register.h"
#include "unit/chat_testing.h"

static struct json *discord_list(enum register_scope scope, struct buf *text) {
  struct err err = {0};
  buf_init(text, 65536);
  register_discord(scope, text);
  assert_true(buf_ok(text));
  struct json *list = json_parse(text->data, text->len, &err);
  if (list == NULL) fail_msg("%s", err.text);
  return list;
}

static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text != '\0'; text += text_utf8_length(text, strlen(text)))
    count++;
  return count;
}

/* https://docs.discord.com/developers/interactions/application-commands; all names and texts of a command: 8000. */
static size_t check_option(const struct json *option) {
  const char *name = json_string(json_member(option, "name"));
  const char *about = json_string(json_member(option, "description"));
  size_t total = characters(name) + characters(about);
  bool optional = false;
  assert_true(characters(name) >= 1 && characters(name) <= 32);
  assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
  assert_true(characters(about) >= 1 && characters(about) <= 100);
  assert_true(json_count(json_member(option, "options")) <= 25);
  for (const struct json *at = json_first(json_member(option, "options")); at != NULL; at = json_next(at)) {
    bool needed = json_type(json_member(at, "required")) == JSON_TRUE;
    assert_false(needed && optional);
    optional = optional || !needed;
    total += check_option(at);
  }
  return total;
}

static void the_list_is_within_discords_limits(void **state) {
  (void)state;
  struct buf text;
  struct json *list = discord_list(REGISTER_EVERYWHERE, &text);
  assert_int_equal(json_count(list), 2);
  for (const struct json *command = json_first(list); command != NULL; command = json_next(command))
    assert_true(check_option(command) <= 8000);
  json_free(list);
  buf_done(&text);
}

static void every_command_is_in_it_with_its_arguments(void **state) {
  (void)state;
  struct buf text;
  struct json *list = discord_list(REGISTER_GUILD, &text);
  const struct json *balance = json_first(list);
  const struct json *other = json_first(json_member(json_next(balance), "options"));
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    const struct json *found = (*command)->alone ? balance : other;
    assert_string_equal(json_string(json_member(found, "name")), (*command)->name);
    const struct json *option = json_first(json_member(found, "options"));
    for (const struct chat_argument *at = (*command)->arguments; at->name != NULL; at++) {
      assert_string_equal(json_string(json_member(option, "name")), at->name);
      option = json_next(option);
    }
    assert_null(option);
    if (!(*command)->alone) other = json_next(other);
  }
  assert_null(other);
  json_free(list);
  buf_done(&text);
}

static void only_what_is_there_for_all_says_where(void **state) {
  (void)state;
  struct buf text;
  struct json *list = discord_list(REGISTER_GUILD, &text);
  assert_null(json_member(json_first(list), "contexts"));
  assert_null(json_member(json_first(list), "default_member_permissions"));
  assert_string_equal(json_string(json_at(list, "/1/options/3/name")), "mute");
  assert_int_equal(json_type(json_at(list, "/1/options/3/options/0/required")), JSON_TRUE);
  assert_int_equal(json_type(json_at(list, "/1/options/3/options/0/autocomplete")), JSON_TRUE);
  json_free(list);
  buf_done(&text);
  list = discord_list(REGISTER_EVERYWHERE, &text);
  assert_int_equal(json_count(json_member(json_first(list), "contexts")), 1);
  json_free(list);
  buf_done(&text);
}

/* --- what Discord has ------------------------------------------------------------------------------------------------ */

/* Ours with a piece replaced, everywhere. */
static struct registered compared(enum register_scope scope, const char *piece, const char *instead) {
  struct err err = {0};
  struct buf ours;
  struct buf theirs;
  struct registered found = {0};
  buf_init(&ours, 65536);
  buf_init(&theirs, 131072);
  register_discord(scope, &ours);
  const char *at = buf_text(&ours);
  for (const char *next = strstr(at, piece); next != NULL; next = strstr(at, piece)) {
    buf_add_n(&theirs, at, (size_t)(next - at));
    buf_add(&theirs, instead);
    at = next + strlen(piece);
  }
  buf_add(&theirs, at);
  if (!register_discord_compare(buf_text(&theirs), theirs.len, scope, &found, &err)) fail_msg("%s", err.text);
  buf_done(&ours);
  buf_done(&theirs);
  return found;
}

static void what_discord_adds_is_no_difference(void **state) {
  (void)state;
  static const char filled[] =
      "{\"id\":\"1\",\"application_id\":\"2\",\"version\":\"3\",\"default_member_permissions\":null,\"nsfw\":false,"
      "\"name_localizations\":null,\"dm_permission\":true,\"type\":1,\"name\":\"balance\"";
  assert_true(compared(REGISTER_GUILD, "{\"type\":1,\"name\":\"balance\"", filled).same);
  assert_true(compared(REGISTER_GUILD, ",\"required\":true", ",\"required\":true,\"choices\":[]").same);
  assert_true(compared(REGISTER_GUILD, ",\"name\":\"help\"", ",\"name\":\"help\",\"options\":[]").same);
  assert_true(compared(REGISTER_EVERYWHERE, "nothing", "").same);
  assert_int_equal(compared(REGISTER_GUILD, "nothing", "").own, 2);
}

static void every_other_difference_is_one(void **state) {
  (void)state;
  static const char *const pieces[][2] = {
      {"\"type\":5", "\"type\":3"},
      {"\"name\":\"span\"", "\"name\":\"time\""},
      {",\"required\":true", ""},
      {",\"autocomplete\":true", ""},
      {"how a balance went", "how it went"},
      {"\"name\":\"balance\"", "\"name\":\"money\""},
      {"\"name\":\"lowtide\"", "\"name\":\"lowtide\",\"default_member_permissions\":\"0\""},
      {"\"name\":\"amount\"", "\"name\":\"amount\",\"choices\":[{\"name\":\"a\",\"value\":\"1\"}]"},
      {"\"options\":[{\"type\":3,\"name\":\"account\"",
       "\"options\":[{\"type\":5,\"name\":\"x\"},{\"type\":3,\"name\":\"account\""},
  };
  for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
    if (compared(REGISTER_GUILD, pieces[i][0], pieces[i][1]).same) fail_msg("%s", pieces[i][0]);
  }
  assert_false(compared(REGISTER_EVERYWHERE, "\"contexts\":[0]", "\"contexts\":[0,1]").same);
  assert_false(compared(REGISTER_EVERYWHERE, ",\"contexts\":[0]", "").same);
  assert_false(compared(REGISTER_EVERYWHERE, "\"contexts\":[0]", "\"contexts\":[1]").same);
}

static void the_commands_of_others_are_named(void **state) {
  (void)state;
  assert_string_equal(compared(REGISTER_GUILD, "nothing", "").foreign, "");
  struct registered found = compared(REGISTER_GUILD, "[{\"type\":1,\"name\":\"balance\"",
                                     "[{\"name\":\"dice\"},{\"name\":\"a\\u0007b\"},{},{\"type\":1,\"name\":\"balance\"");
  assert_string_equal(found.foreign, "dice, a b, ?");
  assert_true(found.same);
  assert_int_equal(found.own, 2);
}

static void what_is_no_list_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"", "{}", "[", "null", "<html>"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct err err = {0};
    struct registered found = {0};
    assert_false(register_discord_compare(texts[i], strlen(texts[i]), REGISTER_GUILD, &found, &err));
    assert_int_equal(err.code, ERR_MALFORMED);
  }
}

/* --- Slack ------------------------------------------------------------------------------------------------------------ */

static void expect_manifest(const char *url, const char *pointer, const char *expected) {
  struct err err = {0};
  struct buf text;
  buf_init(&text, 65536);
  register_slack(url, &text);
  struct json *root = json_parse(buf_text(&text), text.len, &err);
  if (root == NULL) fail_msg("%s", err.text);
  const char *found = json_string(json_at(root, pointer));
  assert_string_equal(found != NULL ? found : "nothing", expected);
  bool by_socket = json_type(json_at(root, "/settings/socket_mode_enabled")) == JSON_TRUE;
  assert_int_equal(by_socket, *url == '\0');
  json_free(root);
  buf_done(&text);
}

static void the_manifest_is_slacks(void **state) {
  (void)state;
  expect_manifest("", "/features/slash_commands/0/command", "/balance");
  expect_manifest("", "/features/slash_commands/0/url", "nothing");
  expect_manifest("", "/features/slash_commands/0/usage_hint", "[ACCOUNT] [public]");
  expect_manifest("", "/features/slash_commands/1/usage_hint", "history|runway|refresh|mute|unmute|ack|topup|usage|help");
  expect_manifest("", "/settings/interactivity/request_url", "nothing");
  expect_manifest("https://x", "/features/slash_commands/1/url", "https://x/slack/commands");
  expect_manifest("https://x", "/settings/interactivity/request_url", "https://x/slack/interactivity");
  expect_manifest("https://x", "/oauth_config/scopes/bot/1", "chat:write");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_list_is_within_discords_limits),
      cmocka_unit_test(every_command_is_in_it_with_its_arguments),
      cmocka_unit_test(only_what_is_there_for_all_says_where),
      cmocka_unit_test(what_discord_adds_is_no_difference),
      cmocka_unit_test(every_other_difference_is_one),
      cmocka_unit_test(the_commands_of_others_are_named),
      cmocka_unit_test(what_is_no_list_is_refused),
      cmocka_unit_test(the_manifest_is_slacks),
  };
  return cmocka_run_group_tests_name("chat: registration", tests, NULL, NULL);
}
