/* What is handed in with `push`: the text, its place in the store, the reading that comes of it. */
#include "provider_testing.h"

#include "lowtide/push.h"
#include "lowtide/zone.h"

static bool parse_in(const char *text, const char *unit, struct push *push, struct err *err) {
  /* Without a NUL behind it, as it comes from the network. */
  size_t length = strlen(text);
  char *bytes = mem_new(length + 1, 1);
  memcpy(bytes, text, length);
  bytes[length] = '7';
  bool parsed = push_parse(bytes, length, unit, NOW_MS, push, err);
  mem_free(bytes);
  return parsed;
}

static struct push parse(const char *text) {
  struct push push = {0};
  struct err err = {0};
  if (!parse_in(text, "USD", &push, &err)) fail_msg("%s: %s", text, err.text);
  return push;
}

static void a_bare_amount_is_of_now(void **state) {
  (void)state;
  static const char *const texts[] = {"8.07", " 8.07\r\n", "$8.07", "\t8.070\n", "807e-2"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct push push = parse(texts[i]);
    assert_amount(push.available, "8.07");
    assert_false(push.cash.known || push.voucher.known);
    assert_int_equal(push.time_ms, NOW_MS);
  }
  assert_amount(parse("-3.20").available, "-3.2");
  assert_amount(parse("1,234.56").available, "1234.56");
}

static void an_object_has_parts_and_a_time(void **state) {
  (void)state;
  struct push push = parse("{\"available\":\"12.34\",\"unit\":\"usd\",\"cash\":8.89,\"voucher\":\"3.45\","
                           "\"time\":\"2026-11-21T21:00:00+02:00\"}\n");
  assert_amount(push.available, "12.34");
  assert_amount(push.cash, "8.89");
  assert_amount(push.voucher, "3.45");
  assert_int_equal(push.time_ms, 1795287600000LL);
  push = parse("{\"available\":82.591784481,\"unit\":null,\"cash\":null,\"voucher\":null,\"time\":null}");
  assert_amount(push.available, "82.591784481");
  assert_false(push.cash.known || push.voucher.known);
  assert_int_equal(push.time_ms, NOW_MS);
}

static void a_clock_may_be_a_minute_ahead(void **state) {
  (void)state;
  char text[120];
  char time[ZONE_TIME_TEXT_MAX];
  struct push push = {0};
  struct err err = {0};
  time_print_rfc3339(time, NOW_MS + PUSH_AHEAD_MS);
  (void)text_fmt(text, sizeof text, "{\"available\":1,\"time\":\"%s\"}", time);
  assert_int_equal(parse(text).time_ms, NOW_MS);
  time_print_rfc3339(time, NOW_MS + PUSH_AHEAD_MS + 1);
  (void)text_fmt(text, sizeof text, "{\"available\":1,\"time\":\"%s\"}", time);
  assert_false(parse_in(text, "USD", &push, &err));
  assert_non_null(strstr(err.text, "is in the future"));
  assert_non_null(strstr(err.hint, "leave `time` out"));
}

static const struct wrong {
  const char *text;
  const char *sentence;
} wrongs[] = {
    {"", "nothing was handed in"},
    {" \r\n\t", "nothing was handed in"},
    {"eight", "\"eight\" is not an amount"},
    {"8.07 USD", "\"8.07 USD\" is not an amount"},
    {"8.07\n9.07", "\"8.07 9.07\" is not an amount"},
    {"$", "\"$\" is not an amount"},
    {"€8.07", "\"€8.07\" is not an amount"},
    {"1e400", "\"1e400\" is not an amount"},
    {"[8.07]", "\"[8.07]\" is not an amount"},
    {"{}", "\"available\" is missing"},
    {"{\"available\":null}", "\"available\" is missing"},
    {"{\"available\":\"\"}", "available: \"\" is not an amount"},
    {"{\"available\":\"much\"}", "available: \"much\" is not an amount"},
    {"{\"available\":true}", "available is neither a number nor a decimal string"},
    {"{\"available\":1,\"cash\":[]}", "cash is neither a number nor a decimal string"},
    {"{\"available\":1,\"voucher\":\"x\"}", "voucher: \"x\" is not an amount"},
    {"{\"available\":1,\"unit\":\"CNY\"}", "unit: CNY, but this account is in USD"},
    {"{\"available\":1,\"unit\":7}", "unit: no text, but this account is in USD"},
    {"{\"available\":1,\"time\":\"today\"}", "time: \"today\" is not a time"},
    {"{\"available\":1,\"time\":1795302245}", "time: \"no text\" is not a time"},
    {"{\"avaliable\":1}", "\"avaliable\" is none of available, unit, cash, voucher and time (did you mean \"available\"?)"},
    {"{\"available\":1,\"a\\u001b[2J\":1}", "\"a [2J\" is none of available, unit, cash, voucher and time"},
};

static void what_is_wrong_is_said_and_nothing_is_taken(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
    struct push push = {.time_ms = 7};
    struct err err = {0};
    assert_false(parse_in(wrongs[i].text, "USD", &push, &err));
    assert_string_equal(err.text, wrongs[i].sentence);
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_true(push.time_ms == 7 && !push.available.known);
  }
  struct push push = {0};
  struct err err = {0};
  assert_false(parse_in("{\"available\":1", "USD", &push, &err));
  assert_true(text_starts(err.text, "not JSON: "));
  assert_false(parse_in("$5", "EUR", &push, &err));
  assert_false(push_parse("8\0.07", 5, "USD", NOW_MS, &push, &err));
}

static void what_is_too_long_is_refused(void **state) {
  (void)state;
  char text[PUSH_TEXT_MAX + 2];
  struct push push = {0};
  struct err err = {0};
  memset(text, '1', sizeof text);
  assert_false(push_parse(text, 100, "USD", NOW_MS, &push, &err));
  assert_false(push_parse(text, sizeof text - 1, "USD", NOW_MS, &push, &err));
  assert_string_equal(err.text, "longer than 4096 bytes");
}

/* --- the reading --------------------------------------------------------------------------------------------------- */

static struct reading read_back(const struct note_answer *note, const char *unit) {
  struct ask ask;
  struct reading reading = {0};
  struct account account = {.name = "claude", .provider = "push", .unit = unit};
  struct answer answer = {.note = *note};
  ask_init(&ask);
  struct gathering *gathering = gathering_new(&account, NOW_MS);
  assert_int_equal(gathering_next(gathering, NULL, &ask, &reading), GATHERING_ASK);
  assert_int_equal(ask.kind, ASK_NOTE);
  assert_string_equal(ask.note.account, "claude");
  assert_string_equal(ask.note.unit, *unit == '\0' ? "USD" : unit);
  assert_int_equal(gathering_next(gathering, &answer, &ask, &reading), GATHERING_DONE);
  ask_done(&ask);
  gathering_free(gathering);
  return reading;
}

static void what_was_handed_in_is_as_old_as_it_says(void **state) {
  (void)state;
  const int64_t week_ms = 7LL * 86400000;
  struct note_answer note = {
      .pushed = true, .push = {.available = amount_of(8070000000), .cash = amount_of(5), .time_ms = NOW_MS - week_ms}};
  struct reading reading = read_back(&note, "CNY");
  assert_int_equal(reading.code, ERR_NONE);
  assert_int_equal(reading.kind, READING_PREPAID);
  assert_amount(reading.available, "8.07");
  assert_amount(reading.cash, "0.000000005");
  assert_false(reading.voucher.known || reading.estimated);
  assert_string_equal(reading.unit, "CNY");
  assert_int_equal(reading.time_ms, NOW_MS - week_ms);
  assert_int_equal(provider_find("push")->stale_after_ms, week_ms);
  assert_int_equal(reading_fresh(reading, week_ms, NOW_MS).code, ERR_NONE);
  assert_int_equal(reading_fresh(reading, week_ms, NOW_MS + 1).code, ERR_STALE);
}

static void as_long_as_nothing_was_handed_in_it_is_unknown(void **state) {
  (void)state;
  struct note_answer noted_only = {.noted = true, .balance = amount_of(5), .time_ms = NOW_MS};
  struct reading reading = read_back(&noted_only, "");
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "nothing handed in yet");
  assert_string_equal(reading.hint, "echo AMOUNT | lowtide push claude");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_bare_amount_is_of_now),
      cmocka_unit_test(an_object_has_parts_and_a_time),
      cmocka_unit_test(a_clock_may_be_a_minute_ahead),
      cmocka_unit_test(what_is_wrong_is_said_and_nothing_is_taken),
      cmocka_unit_test(what_is_too_long_is_refused),
      cmocka_unit_test(what_was_handed_in_is_as_old_as_it_says),
      cmocka_unit_test(as_long_as_nothing_was_handed_in_it_is_unknown),
  };
  return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
