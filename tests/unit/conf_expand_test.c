#include "unit/conf_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lowtide/buf.h"

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  (void)text_copy(folder, sizeof folder, "/tmp/lowtide-conf-XXXXXX");
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

static void write_text(char *path, size_t size, const char *name, const char *text) {
  assert_true(text_fmt(path, size, "%s/%s", folder, name));
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void assert_title(const char *value, const char *expected) {
  struct buf text;
  buf_init(&text, 32 * 1024);
  buf_addf(&text, "[lowtide]\ntitle = %s\n", value);
  struct config *config = parse_text(buf_text(&text));
  assert_string_equal(config->title, expected);
  config_release(config);
  buf_done(&text);
}

static void references_become_their_values(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "A=one", "B_2=two", "EMPTY=");
  assert_title("${A}", "one");
  assert_title("<${A}-${B_2}>", "<one-two>");
  assert_title("${NOT_SET:-three}", "three");
  assert_title("${EMPTY:-three}", "three");
  assert_title("${A:-three}", "one");
  assert_title("x${NOT_SET:-}", "x");
  assert_title("${NOT_SET:-${A}}!", "one!");
  assert_title("${NOT_SET:-${NOR_THIS:-${B_2}}}", "two");
  assert_title("${A:-${NOT_SET}}", "one");
}

static void a_dollar_sign_is_two_of_them_or_one_alone(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "A=one");
  assert_title("$$", "$");
  assert_title("$${A}", "${A}");
  assert_title("$$$${A}", "$${A}");
  assert_title("$$${A}", "$one");
  assert_title("5$", "5$");
  assert_title("$5 and $A", "$5 and $A");
  assert_title("${NOT_SET:-a$$}", "a$");
  assert_title("${NOT_SET:-$$}}", "$}");
}

static void a_line_end_behind_a_variable_is_dropped(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "A=one\r\n", "B=a\nb");
  assert_title("${A}", "one");
  assert_refused("[lowtide]\ntitle = ${B}\n", "config.ini:2: title: a control character");
}

static void what_a_reference_brings_is_not_expanded_again(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "A=${HOME} ; $$ and more");
  assert_title("${A}", "${HOME} ; $$ and more");
}

static void a_file_gives_its_first_line(void **state) {
  char path[128];
  char title[256];
  (void)state;
  ENVIRONMENT("HOME=/h");
  write_text(path, sizeof path, "key", "first line \r\nsecond\n");
  (void)text_fmt(title, sizeof title, "<${file:%s}>", path);
  assert_title(title, "<first line >");
  assert_int_equal(unlink(path), 0);
}

static void a_file_may_lie_below_the_home_folder(void **state) {
  char path[128];
  char home[128];
  (void)state;
  (void)text_fmt(home, sizeof home, "HOME=%s", folder);
  ENVIRONMENT(home);
  write_text(path, sizeof path, "key", "at home");
  assert_title("${file:~/key}", "at home");
  assert_int_equal(unlink(path), 0);
}

static void a_credential_comes_from_systemds_folder(void **state) {
  char path[128];
  char credentials[128];
  (void)state;
  (void)text_fmt(credentials, sizeof credentials, "CREDENTIALS_DIRECTORY=%s", folder);
  ENVIRONMENT("HOME=/h", credentials);
  write_text(path, sizeof path, "kimi.key", "of systemd\n");
  assert_title("${credential:kimi.key}", "of systemd");
  assert_int_equal(unlink(path), 0);
  assert_refused("[lowtide]\ntitle = ${credential:other}\n", "config.ini:2: title: the credential other is not there");
  ENVIRONMENT("HOME=/h");
  assert_refused("[lowtide]\ntitle = ${credential:kimi.key}\n",
                 "config.ini:2: title: the credential kimi.key is not there");
}

static void a_missing_variable_or_file_makes_an_account_not_configured(void **state) {
  static const struct {
    const char *value;
    const char *missing;
    const char *why;
  } cases[] = {
      {"${KIMI_KEY}", "KIMI_KEY", "KIMI_KEY is not set"},
      {"x${A}${KIMI_KEY}${OTHER}", "KIMI_KEY", "KIMI_KEY is not set"},
      {"${file:/nowhere/key}", "/nowhere/key", "the file /nowhere/key is not there"},
      {"${file:~/key}", "~/key", "the file ~/key is not there"},
      {"${file:/proc}", "/proc", "the file /proc cannot be read: Is a directory"},
      {"${file:/dev/null/x}", "/dev/null/x", "the file /dev/null/x cannot be read: Not a directory"},
      {"${file:/dev/null}", "/dev/null", "the file /dev/null has nothing in its first line"},
      {"${credential:kimi}", "kimi", "the credential kimi is not there"},
      {"${EMPTY}", "EMPTY", "EMPTY is not set"},
      {"${KIMI_KEY:-}", "KIMI_KEY", "KIMI_KEY is not set"},
      {"${KIMI_KEY:-${OTHER}}", "OTHER", "OTHER is not set"},
  };
  (void)state;
  ENVIRONMENT("HOME=/nowhere", "A=one", "EMPTY=");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[1024];
    (void)text_fmt(text, sizeof text, "%s[account a]\nprovider = acme\nkey = %s\n", ACME, cases[i].value);
    struct config *config = parse_text(text);
    assert_string_equal(config->accounts[0].missing, cases[i].missing);
    assert_string_equal(config->accounts[0].missing_why, cases[i].why);
    assert_null(account_value(&config->accounts[0], "key"));
    config_release(config);
  }
}

static void a_missing_variable_makes_a_channel_not_configured(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[channel c]\ntype = slack-webhook\nurl = ${SLACK_URL}\nmention = ${WHO}\n");
  assert_string_equal(config->channels[0].missing, "SLACK_URL");
  assert_string_equal(config->channels[0].missing_why, "SLACK_URL is not set");
  assert_null(channel_value(&config->channels[0], "url"));
  config_release(config);
}

static void a_missing_secret_of_a_later_section_stops_nothing(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  config_release(parse_text("[discord]\ntoken = ${DISCORD_TOKEN}\n[redis]\nurl = ${REDIS_URL}\n"));
  assert_refused("[discord]\ntoken = ${DISCORD_TOKEN}\nguild = ${GUILD}\n", "config.ini:3: guild: GUILD is not set");
}

static void a_value_of_4_kib_arrives_whole(void **state) {
  static char value[4096 + 1];
  struct buf text;
  (void)state;
  ENVIRONMENT("HOME=/h");
  for (size_t i = 0; i + 1 < sizeof value; i++)
    value[i] = (char)('a' + i % 26);
  buf_init(&text, 16384);
  buf_addf(&text, "%s[account a]\nprovider = acme\nkey = %s ; a remark\n", ACME, value);
  struct config *config = parse_text(buf_text(&text));
  assert_string_equal(account_value(&config->accounts[0], "key"), value);
  config_release(config);
  buf_done(&text);
}

static void a_variable_of_8_kib_arrives_whole_and_more_is_refused(void **state) {
  static char entry[16384];
  (void)state;
  memset(entry, 'v', 8192 + 4);
  memcpy(entry, "BIG=", 4);
  ENVIRONMENT("HOME=/h", entry);
  static const char text[] = ACME "[account a]\nprovider = acme\nkey = ${BIG}\n";
  struct config *config = parse_text(text);
  assert_string_equal(account_value(&config->accounts[0], "key"), entry + 4);
  config_release(config);
  entry[8192 + 4] = 'v';
  assert_refused(text, "config.ini:11: key: its value is longer than 8192 bytes");
}

static void a_variable_that_is_not_utf8_is_refused(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "BAD=\xC3");
  assert_refused("[lowtide]\ntitle = ${BAD}\n", "config.ini:2: title: its value is not UTF-8");
}

static void a_sealed_source_opens_no_file(void **state) {
  static const char text[] = ACME "[account a]\nprovider = acme\nkey = ${file:/etc/passwd}\n[lowtide]\nrecipes = /etc\n";
  const struct config_source sealed = {.getenv = fake_getenv, .sealed = true};
  struct err err = {0};
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = config_parse("config.ini", text, sizeof text - 1, &sealed, &err);
  assert_non_null(config);
  assert_string_equal(config->accounts[0].missing, "/etc/passwd");
  config_release(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(references_become_their_values),
      cmocka_unit_test(a_dollar_sign_is_two_of_them_or_one_alone),
      cmocka_unit_test(a_line_end_behind_a_variable_is_dropped),
      cmocka_unit_test(what_a_reference_brings_is_not_expanded_again),
      cmocka_unit_test(a_file_gives_its_first_line),
      cmocka_unit_test(a_file_may_lie_below_the_home_folder),
      cmocka_unit_test(a_credential_comes_from_systemds_folder),
      cmocka_unit_test(a_missing_variable_or_file_makes_an_account_not_configured),
      cmocka_unit_test(a_missing_variable_makes_a_channel_not_configured),
      cmocka_unit_test(a_missing_secret_of_a_later_section_stops_nothing),
      cmocka_unit_test(a_value_of_4_kib_arrives_whole),
      cmocka_unit_test(a_variable_of_8_kib_arrives_whole_and_more_is_refused),
      cmocka_unit_test(a_variable_that_is_not_utf8_is_refused),
      cmocka_unit_test(a_sealed_source_opens_no_file),
  };
  return cmocka_run_group_tests_name("conf_expand", tests, make_folder, remove_folder);
}
