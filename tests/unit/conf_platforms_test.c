/* [discord], [slack] and [http]: how people ask, and who may. */
#include "conf_help.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"

static void without_the_sections_nobody_asks(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("");
  assert_int_equal(config->discord.commands, COMMANDS_OFF);
  assert_int_equal(config->slack.commands, COMMANDS_OFF);
  assert_string_equal(config->http.listen, "");
  assert_string_equal(config->discord.allow_users, "");
  assert_string_equal(config->slack.allow_users, "");
  config_release(config);
}

static void a_token_opens_the_way_that_needs_no_port(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[discord]\ntoken = dt\n[slack]\nbot_token = xoxb-1\napp_token = xapp-1\n");
  assert_int_equal(config->discord.commands, COMMANDS_SOCKET);
  assert_string_equal(secret_expose(config->discord.token), "dt");
  assert_int_equal(config->slack.commands, COMMANDS_SOCKET);
  assert_string_equal(secret_expose(config->slack.app_token), "xapp-1");
  assert_null(config->warnings[0]);
  config_release(config);
  config = parse_text("[discord]\ntoken = dt\nbase_url = https://d.example/api/\n");
  assert_string_equal(config->discord.base_url, "https://d.example/api");
  config_release(config);
  config = parse_text("[discord]\ntoken = dt\ncommands = off\n[slack]\nbot_token = xoxb-1\n");
  assert_int_equal(config->discord.commands, COMMANDS_OFF);
  assert_int_equal(config->slack.commands, COMMANDS_OFF);
  config_release(config);
}

static void what_is_written_arrives(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[discord]\ncommands = http\npublic_key = " KEY "\napplication_id = 12\nguild = 34\n"
                                     "allow_users = 1, 2\nallow_roles = 3\nallow_guilds = 4 5\npresence = on\n"
                                     "[slack]\nsigning_secret = s\ncommands = http\nallow_users = U1, W2\n"
                                     "[http]\nlisten = [::1]:8787\nhosts = a.example\n");
  assert_int_equal(config->discord.commands, COMMANDS_HTTP);
  assert_string_equal(config->discord.public_key, KEY);
  assert_string_equal(config->discord.application_id, "12");
  assert_string_equal(config->discord.guild, "34");
  assert_true(config->discord.presence);
  assert_true(config_list_has(config->discord.allow_users, "2"));
  assert_false(config_list_has(config->discord.allow_users, "3"));
  assert_true(config_list_has(config->discord.allow_guilds, "5"));
  assert_false(config_list_has("", ""));
  assert_int_equal(config->slack.commands, COMMANDS_HTTP);
  assert_true(config_list_has(config->slack.allow_users, "W2"));
  assert_string_equal(config->http.listen, "[::1]:8787");
  assert_string_equal(config->http.hosts, "a.example");
  config_release(config);
}

static void a_way_in_without_its_key_is_refused(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  assert_refused("[discord]\ncommands = gateway\n", "config.ini:2: commands = gateway needs \"token\" in [discord]");
  assert_refused("[discord]\ntoken = t\ncommands = http\n",
                 "config.ini:3: commands = http needs \"public_key\" in [discord]");
  assert_refused("[slack]\ncommands = socket\n", "config.ini:2: commands = socket needs \"app_token\" in [slack]");
  assert_refused("[slack]\ncommands = http\n", "config.ini:2: commands = http needs \"signing_secret\" in [slack]");
  assert_refused("[slack]\nsigning_secret = s\ncommands = http\n",
                 "config.ini:3: commands = http needs \"listen\" in [http]");
}

static void a_missing_variable_closes_the_way_and_stops_nothing(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[discord]\ntoken = ${NOT_THERE}\ncommands = gateway\n"
                                     "[slack]\nsigning_secret = ${NOT_HERE}\ncommands = http\n");
  assert_int_equal(config->discord.commands, COMMANDS_OFF);
  assert_string_equal(config->discord.missing, "NOT_THERE");
  assert_string_equal(config->discord.missing_why, "NOT_THERE is not set");
  assert_int_equal(config->slack.commands, COMMANDS_OFF);
  assert_string_equal(config->slack.missing, "NOT_HERE");
  config_release(config);
}

static void two_ids_where_one_belongs_are_refused(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  assert_refused("[discord]\nguild = 42, 43\n",
                 "config.ini:2: guild: one id alone can stand here (for several servers leave "
                 "guild out, and name them in allow_guilds)");
  assert_refused("[discord]\napplication_id = 1 2\n",
                 "config.ini:2: application_id: one id alone can stand here (that of the page General Information)");
}

static void a_name_where_an_id_belongs_is_refused(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  static const char *const nobody[] = {"1234", "peter", "PETER", "T0123456789"};
  assert_refused("[discord]\nallow_users = 1, peter\n",
                 "config.ini:2: allow_users: \"peter\" is not an id (a number: in Discord switch on Developer Mode, "
                 "right-click, Copy ID)");
  assert_refused("[discord]\nguild = My Server\n",
                 "config.ini:2: guild: \"My\" is not an id (a number: in Discord switch on Developer Mode, right-click, "
                 "Copy ID)");
  assert_refused(
      "[slack]\nallow_users = @peter\n",
      "config.ini:2: allow_users: \"@peter\" is not an id (U0123456789: in Slack the profile's menu, Copy member ID)");
  for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
    char config[64];
    char sentence[200];
    assert_true(text_fmt(config, sizeof config, "[slack]\nallow_users = U1, %s\n", nobody[i]));
    assert_true(text_fmt(sentence, sizeof sentence,
                         "config.ini:2: allow_users: \"%s\" is not an id (U0123456789: in Slack the "
                         "profile's menu, Copy member ID)",
                         nobody[i]));
    assert_refused(config, sentence);
  }
  assert_refused("[slack]\nallow_teams = E1, acme\n", "config.ini:2: allow_teams: \"acme\" is not an id (T0123456789: it "
                                                      "stands in Slack's address, app.slack.com/client/T…)");
  assert_refused("[discord]\npublic_key = 12ab\n",
                 "config.ini:2: public_key: not a public key (64 hex digits: Developer Portal, General Information)");
  /* One digit wrong, so that it is no point of the curve; and a weak one, with which everybody can sign. */
  assert_refused("[discord]\npublic_key = 0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEC\n",
                 "config.ini:2: public_key: not a public key (64 hex digits: Developer Portal, General Information)");
  assert_refused("[discord]\npublic_key = 0100000000000000000000000000000000000000000000000000000000000000\n",
                 "config.ini:2: public_key: not a public key (64 hex digits: Developer Portal, General Information)");
}

static void a_place_to_listen_is_an_address_or_a_path(void **state) {
  static const char *const wrong[] = {"8787",     "127.0.0.1",     "127.0.0.1:", ":8787",     "a:b",
                                      "::1:8787", "1.2.3.4:65536", "1.2.3.4:8a", "run/x.sock"};
  (void)state;
  ENVIRONMENT("HOME=/h");
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char text[200];
    struct err err = {0};
    (void)text_fmt(text, sizeof text, "[http]\nlisten = %s\n", wrong[i]);
    assert_null(try_text(text, &err));
    assert_non_null(strstr(err.text, "is no place to listen"));
  }
  config_release(parse_text("[http]\nlisten = /run/lowtide/http.sock\n"));
  config_release(parse_text("[http]\nlisten = 0.0.0.0:80\n"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_the_sections_nobody_asks),
      cmocka_unit_test(a_token_opens_the_way_that_needs_no_port),
      cmocka_unit_test(what_is_written_arrives),
      cmocka_unit_test(a_way_in_without_its_key_is_refused),
      cmocka_unit_test(a_missing_variable_closes_the_way_and_stops_nothing),
      cmocka_unit_test(two_ids_where_one_belongs_are_refused),
      cmocka_unit_test(a_name_where_an_id_belongs_is_refused),
      cmocka_unit_test(a_place_to_listen_is_an_address_or_a_path),
  };
  return cmocka_run_group_tests_name("conf: platforms", tests, NULL, NULL);
}
