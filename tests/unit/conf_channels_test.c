#include "unit/conf_help.h"

#define USUAL (SENDS_SUMMARY | SENDS_ALERTS | SENDS_RECOVERIES)

static void without_any_channel_it_is_the_console(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("");
  assert_int_equal(config->channel_count, 1);
  const struct channel *channel = &config->channels[0];
  assert_string_equal(channel->name, "console");
  assert_ptr_equal(channel->plug, notifier_find("console"));
  assert_int_equal(channel->sends, USUAL);
  assert_string_equal(channel->mention, "");
  assert_string_equal(channel->accounts, "");
  assert_int_equal(channel->min_level, LEVEL_OK);
  assert_int_equal(channel->summary_when, SUMMARY_ALWAYS);
  assert_null(channel->base_url);
  assert_null(channel->ca_file);
  assert_null(channel->missing);
  config_release(config);
}

static void webhooks_of_the_environment_make_channels(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "DISCORD_WEBHOOK_URL=https://d.example/1", "SLACK_WEBHOOK_URL=https://s.example/2");
  struct config *config = parse_text("");
  assert_int_equal(config->channel_count, 2);
  assert_string_equal(channel_value(config_channel(config, "discord"), "url"), "https://d.example/1");
  assert_string_equal(channel_value(config_channel(config, "slack"), "url"), "https://s.example/2");
  assert_null(config_channel(config, "console"));
  config_release(config);
  config = parse_text("[channel mine]\ntype = console\n");
  assert_int_equal(config->channel_count, 1);
  assert_string_equal(config->channels[0].name, "mine");
  config_release(config);
}

static void a_channel_says_what_it_carries(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[account kimi]\nprovider = manual\n[account claude]\nprovider = manual\n"
                                     "[channel c]\ntype = discord-webhook\nurl = https://d.example/1\n"
                                     "sends = alerts,digest\nmention = role:1234 here\naccounts = kimi, claude\n"
                                     "min_level = critical\nsummary_when = change\nbase_url = http://127.0.0.1:1\n"
                                     "ca_file = /ca.pem\n");
  const struct channel *channel = config_channel(config, "c");
  assert_int_equal(channel->sends, SENDS_ALERTS | SENDS_DIGEST);
  assert_string_equal(channel->mention, "role:1234 here");
  assert_int_equal(channel->min_level, LEVEL_CRITICAL);
  assert_int_equal(channel->summary_when, SUMMARY_CHANGE);
  assert_string_equal(channel->base_url, "http://127.0.0.1:1");
  assert_string_equal(channel->ca_file, "/ca.pem");
  assert_int_equal(channel->value_count, 1);
  assert_null(channel_value(channel, "token"));
  config_release(config);
}

static void a_channel_wants_all_accounts_or_those_it_names(void **state) {
  (void)state;
  struct channel channel = {.accounts = ""};
  assert_true(channel_wants_account(&channel, "kimi"));
  channel.accounts = "claude, kimi";
  assert_true(channel_wants_account(&channel, "kimi"));
  assert_true(channel_wants_account(&channel, "claude"));
  assert_false(channel_wants_account(&channel, "kim"));
  assert_false(channel_wants_account(&channel, "other"));
}

static void a_channel_may_name_a_vendor_whose_variable_is_not_set_today(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  config_release(parse_text(ACME "[channel c]\ntype = console\naccounts = acme\n"));
  assert_refused(ACME "[lowtide]\naccounts = listed\n[channel c]\ntype = console\naccounts = acme\n",
                 "config.ini:13: there is no [account acme]");
}

#define BOTS "[channel d]\ntype = discord-bot\nchannel = 42\n[channel s]\ntype = slack-bot\nchannel = C1\n"

static void bots_take_token_and_host_from_their_platforms_section(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config =
      parse_text(BOTS "[discord]\ntoken = dt\nbase_url = http://127.0.0.1:1\n[slack]\nbot_token = st\n");
  const struct channel *discord = config_channel(config, "d");
  assert_string_equal(channel_value(discord, "token"), "dt");
  assert_string_equal(discord->base_url, "http://127.0.0.1:1");
  assert_string_equal(channel_value(config_channel(config, "s"), "token"), "st");
  assert_null(config_channel(config, "s")->base_url);
  assert_null(config->warnings[0]);
  config_release(config);
  config =
      parse_text("[discord]\ntoken = dt\nbase_url = http://127.0.0.1:1\n[channel d]\ntype = discord-bot\nchannel = 42\n"
                 "token = own\nbase_url = http://127.0.0.1:2\n");
  assert_string_equal(channel_value(config_channel(config, "d"), "token"), "own");
  assert_string_equal(config_channel(config, "d")->base_url, "http://127.0.0.1:2");
  config_release(config);
}

static void a_bot_without_a_token_is_refused_or_not_configured(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  assert_refused("[channel d]\ntype = discord-bot\nchannel = 42\n",
                 "config.ini:1: [channel d]: the bot's token is missing (set token here, or in [discord])");
  assert_refused("[channel s]\ntype = slack-bot\nchannel = C1\n",
                 "config.ini:1: [channel s]: the bot's token is missing (set token here, or bot_token in [slack])");
  assert_refused("[channel d]\ntype = discord-bot\ntoken = x\n",
                 "config.ini:1: [channel d] needs \"channel\" (id of the channel "
                 "to post into)");
  struct config *config = parse_text(BOTS "[discord]\ntoken = ${NOT_THERE}\n[slack]\nbot_token = ${NOT_HERE}\n");
  assert_string_equal(config_channel(config, "d")->missing, "NOT_THERE");
  assert_string_equal(config_channel(config, "s")->missing, "NOT_HERE");
  assert_string_equal(config_channel(config, "s")->missing_why, "NOT_HERE is not set");
  config_release(config);
}

static void only_what_can_edit_may_be_told_to(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[channel d]\ntype = discord-bot\nchannel = 42\ntoken = x\nmode = edit\n");
  assert_int_equal(config->channels[0].mode, CHANNEL_EDIT);
  assert_null(config->warnings[0]);
  config_release(config);
  assert_refused("[channel c]\ntype = console\nmode = edit\n",
                 "config.ini:3: mode = edit: console cannot change what it has posted");
  assert_refused("[channel c]\ntype = slack-webhook\nurl = https://s.example/1\nmode = edit\n",
                 "config.ini:4: mode = edit: slack-webhook cannot change what it has posted");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_any_channel_it_is_the_console),
      cmocka_unit_test(webhooks_of_the_environment_make_channels),
      cmocka_unit_test(a_channel_says_what_it_carries),
      cmocka_unit_test(a_channel_wants_all_accounts_or_those_it_names),
      cmocka_unit_test(bots_take_token_and_host_from_their_platforms_section),
      cmocka_unit_test(a_bot_without_a_token_is_refused_or_not_configured),
      cmocka_unit_test(only_what_can_edit_may_be_told_to),
      cmocka_unit_test(a_channel_may_name_a_vendor_whose_variable_is_not_set_today),
  };
  return cmocka_run_group_tests_name("conf_channels", tests, NULL, NULL);
}
