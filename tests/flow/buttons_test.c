/* What is to be pressed under what a bot tells. */
#include "fake/bench.h"

#define DISCORD(commands)                                                                                                  \
  "[discord]\ntoken = T\npublic_key = 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29\ncommands "         \
  "= " commands "\n"
#define BOT                                                                                                                \
  "[channel team]\ntype = discord-bot\nchannel = 42\nbase_url = http://127.0.0.1:1/team\nsends = alerts, recoveries, "     \
  "topups\n"

static const char *check(struct bench *bench, int64_t cents, const char *starts) {
  run_until(bench, bench->fake.wall_ms + 2 * HOUR);
  peer_of(bench, "kimi")->cents = cents;
  run_slot(bench, 0);
  const char *text = take_message(bench, "team");
  if (strncmp(text, starts, strlen(starts)) != 0) fail_msg("%s expected, not \"%s\"", starts, text);
  return text;
}

static void an_alert_about_one_account_can_be_answered_by_a_press(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") ACCOUNT("other") DISCORD("gateway") BOT);
  const char *text = check(bench, 420, "low:kimi:1:warning ");
  assert_non_null(strstr(text, "\"custom_id\":\"refresh kimi\""));
  assert_non_null(strstr(text, "\"custom_id\":\"history kimi\""));
  assert_non_null(strstr(text, "\"custom_id\":\"mute kimi 6h\""));
  text = check(bench, 2000, "low:kimi:1:over ");
  assert_non_null(strstr(text, "\"custom_id\":\"history kimi\""));
  assert_null(strstr(text, "mute"));
}

static void of_several_accounts_one_is_chosen(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") ACCOUNT("other") DISCORD("gateway") BOT);
  peer_of(bench, "other")->cents = 80;
  const char *text = check(bench, 420, "low:kimi:1:warning");
  assert_non_null(strstr(text,
                         "\"options\":[{\"label\":\"kimi\",\"value\":\"history kimi\"},{\"label\":\"other\",\"value\":"
                         "\"history other\"}]"));
  assert_null(strstr(text, "mute"));
}

static void where_nobody_would_answer_there_is_nothing_to_press(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") DISCORD("off") BOT);
  assert_null(strstr(check(bench, 420, "low:kimi:1:warning "), "components"));
  configure(bench, HOURLY ACCOUNT("kimi") DISCORD("gateway") CHANNEL("team") "sends = alerts\n");
  assert_null(strstr(check(bench, 80, "low:kimi:1:critical "), "components"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_alert_about_one_account_can_be_answered_by_a_press),
      TEST(of_several_accounts_one_is_chosen),
      TEST(where_nobody_would_answer_there_is_nothing_to_press),
  };
  return cmocka_run_group_tests_name("buttons under alerts", tests, NULL, NULL);
}
