/* A vendor is added by one file and shown by one answer; no code, here or elsewhere, knows it. */
#include <stdlib.h>

#include "lowtide/config.h"
#include "provider_testing.h"

#define FOLDER "tests/fixtures/newcomer"

static const char *no_getenv(const char *name) {
  return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

static struct config *load(const char *account) {
  const struct config_source source = {.getenv = no_getenv};
  struct err err = {0};
  struct buf text;
  char *root = realpath(FOLDER, NULL);
  assert_non_null(root);
  buf_init(&text, 8192);
  buf_addf(&text, "[lowtide]\nrecipes = %s\n[account quark]\nprovider = quarkcloud\n%s\n", root, account);
  struct config *config = config_parse("config.ini", text.data, text.len, &source, &err);
  if (config == NULL) fail_msg("%s", err.text);
  buf_done(&text);
  free(root);
  return config;
}

static void talk_to(struct talk *talk, const char *account) {
  struct config *config = load(account);
  assert_int_equal(config->account_count, 1);
  talk_through(talk, &config->accounts[0]);
  config_release(config);
}

static void a_file_and_an_answer_make_a_vendor(void **state) {
  (void)state;
  char *body = read_fixture("../newcomer/quarkcloud.json");
  struct talk talk = {.answers = {{200, body}}};
  talk_to(&talk, "key = k\nteam = a b");
  assert_int_equal(talk.asked, 1);
  assert_string_equal(talk.requests[0],
                      "POST https://api.quark.example/v3/a%20b/wallet\nX-Quark-Key: k\nAccept: application/json\n"
                      "Content-Type: application/json\n\n{\"since\":\"2026-11-01\"}");
  assert_int_equal(talk.reading.code, ERR_NONE);
  assert_amount(talk.reading.available, "6300.005");
  assert_amount(talk.reading.used, "4200");
  assert_amount(talk.reading.limit, "10500.005");
  assert_string_equal(talk.reading.unit, "EUR");
  talk_to(&talk, "key = k\nteam = t\nunit = CHF");
  assert_amount(talk.reading.available, "0");
  assert_string_equal(talk.reading.unit, "CHF");
  mem_free(body);
}

static void its_failures_are_its_own(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"state\":\"stranger\"}"}}};
  talk_to(&talk, "key = k\nteam = t");
  assert_unknown(&talk.reading, ERR_AUTH, "HTTP 200, but /state is stranger");
  assert_string_equal(talk.reading.hint, "quarks are asked for at https://quark.example/keys");
  talk.answers[0].body = "{\"state\":\"tired\"}";
  talk_to(&talk, "key = k\nteam = t");
  assert_unknown(&talk.reading, ERR_SERVER, "HTTP 200, but /state is not fine");
}

static void an_account_of_it_is_checked_as_all_are(void **state) {
  (void)state;
  struct config *config = load("team = t");
  assert_string_equal(config->accounts[0].missing, "QUARKCLOUD_API_KEY");
  assert_string_equal(config->accounts[0].label, "Quark");
  config_release(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_and_an_answer_make_a_vendor),
      cmocka_unit_test(its_failures_are_its_own),
      cmocka_unit_test(an_account_of_it_is_checked_as_all_are),
  };
  return cmocka_run_group_tests_name("recipe newcomer", tests, NULL, NULL);
}
