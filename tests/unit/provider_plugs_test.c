/* The providers in C: a query of one's own, notes, programs; and the vendors that tell no balance. */
#include "provider_testing.h"

struct plug_talk {
  struct account account;
  struct account_value values[10];
  struct gathering *gathering;
  struct ask ask;
  struct reading reading;
};

static void begin(struct plug_talk *talk, const char *provider) {
  *talk = (struct plug_talk){.account = {.name = "mine", .provider = provider, .unit = ""}};
  talk->account.values = talk->values;
}

static void say(struct plug_talk *talk, const char *name, const char *text) {
  talk->values[talk->account.value_count++] = (struct account_value){.name = name, .text = text};
}

static enum gathering_step ask_world(struct plug_talk *talk) {
  talk->gathering = gathering_new(&talk->account, NOW_MS);
  return gathering_next(talk->gathering, NULL, &talk->ask, &talk->reading);
}

static void answer_it(struct plug_talk *talk, const struct answer *answer) {
  assert_int_equal(ask_world(talk), GATHERING_ASK);
  assert_int_equal(gathering_next(talk->gathering, answer, &talk->ask, &talk->reading), GATHERING_DONE);
  ask_done(&talk->ask);
  gathering_free(talk->gathering);
  assert_int_equal(talk->reading.asked_ms, NOW_MS);
}

static void a_gathering_that_never_asked_can_be_freed(void **state) {
  (void)state;
  struct plug_talk talk;
  begin(&talk, "command");
  gathering_free(gathering_new(&talk.account, NOW_MS));
  begin(&talk, "nothing");
  gathering_free(gathering_new(&talk.account, NOW_MS));
}

/* --- postgres ------------------------------------------------------------------------------------------------------ */

static void begin_postgres(struct plug_talk *talk) {
  begin(talk, "postgres");
  say(talk, "query", "SELECT 1");
}

static void a_query_is_asked_with_the_accounts_values(void **state) {
  (void)state;
  struct plug_talk talk;
  begin_postgres(&talk);
  say(&talk, "host", "db.example.com");
  say(&talk, "port", "6543");
  say(&talk, "user", "reader");
  say(&talk, "password", "secret");
  say(&talk, "database", "billing");
  talk.account.ca_file = "ca.pem";
  assert_int_equal(ask_world(&talk), GATHERING_ASK);
  assert_int_equal(talk.ask.kind, ASK_SQL);
  const struct sql_ask *sql = &talk.ask.sql;
  assert_null(sql->dsn);
  assert_string_equal(sql->host, "db.example.com");
  assert_string_equal(sql->port, "6543");
  assert_string_equal(sql->user, "reader");
  assert_string_equal(sql->password, "secret");
  assert_string_equal(sql->database, "billing");
  assert_string_equal(sql->query, "SELECT 1");
  assert_string_equal(sql->ca_file, "ca.pem");
  assert_null(sql->sslmode);
  gathering_free(talk.gathering);
}

static void a_dsn_stands_for_all_others(void **state) {
  (void)state;
  struct plug_talk talk;
  begin_postgres(&talk);
  say(&talk, "dsn", "postgres://u:p@h/d");
  say(&talk, "port", "5432");
  assert_int_equal(ask_world(&talk), GATHERING_ASK);
  assert_string_equal(talk.ask.sql.dsn, "postgres://u:p@h/d");
  assert_null(talk.ask.sql.port);
  assert_null(talk.ask.sql.sslmode);
  gathering_free(talk.gathering);
}

static void a_written_sslmode_is_passed_on(void **state) {
  (void)state;
  struct plug_talk talk;
  begin_postgres(&talk);
  say(&talk, "host", "db.internal");
  say(&talk, "sslmode", "disable");
  assert_int_equal(ask_world(&talk), GATHERING_ASK);
  assert_string_equal(talk.ask.sql.sslmode, "disable");
  gathering_free(talk.gathering);
}

static bool check(struct plug_talk *talk, struct err *err) {
  return provider_find(talk->account.provider)->check(&talk->account, err);
}

static void either_dsn_or_host_is_needed(void **state) {
  (void)state;
  struct plug_talk talk;
  struct err err = {0};
  begin_postgres(&talk);
  assert_false(check(&talk, &err));
  assert_string_equal(err.text, "takes `dsn` or `host`");
  assert_int_equal(err.code, ERR_CONFIG);
  assert_int_equal(ask_world(&talk), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "takes `dsn` or `host`");
  gathering_free(talk.gathering);
  say(&talk, "host", "h");
  assert_true(check(&talk, &err));
  say(&talk, "dsn", "d");
  assert_false(check(&talk, &err));
  assert_string_equal(err.text, "takes either `dsn` or `host`, not both");
  begin_postgres(&talk);
  talk.account.missing = "DB_HOST";
  assert_true(check(&talk, &err));
  begin(&talk, "postgres");
  say(&talk, "host", "h");
  assert_int_equal(ask_world(&talk), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "query is not set");
  gathering_free(talk.gathering);
}

static struct reading read_rows(const struct sql_answer *rows, const char *unit) {
  struct plug_talk talk;
  struct answer answer = {.sql = *rows};
  begin_postgres(&talk);
  say(&talk, "host", "h");
  talk.account.unit = unit;
  answer_it(&talk, &answer);
  return talk.reading;
}

static void the_first_column_is_the_balance(void **state) {
  (void)state;
  struct sql_answer rows = {.rows = 1, .columns = 1, .field = {"8.07"}};
  struct reading reading = read_rows(&rows, "");
  assert_int_equal(reading.code, ERR_NONE);
  assert_int_equal(reading.kind, READING_PREPAID);
  assert_amount(reading.available, "8.07");
  assert_string_equal(reading.unit, "USD");
  assert_int_equal(reading.time_ms, NOW_MS);
  reading = read_rows(&rows, "CNY");
  assert_string_equal(reading.unit, "CNY");
  reading = read_rows(&rows, NULL);
  assert_string_equal(reading.unit, "USD");
}

static void a_second_column_of_a_time_type_is_the_time(void **state) {
  (void)state;
  struct sql_answer rows = {.rows = 1, .columns = 2, .field = {"8.07", "2026-11-20 01:00:00+01"}, .second_is_time = true};
  assert_int_equal(read_rows(&rows, "").time_ms, 1795132800000);
  rows.null[1] = true;
  assert_int_equal(read_rows(&rows, "").time_ms, NOW_MS);
  rows.null[1] = false;
  rows.second_is_time = false;
  assert_int_equal(read_rows(&rows, "").time_ms, NOW_MS);
  rows.second_is_time = true;
  (void)text_copy(rows.field[1], sizeof rows.field[1], "infinity");
  struct reading reading = read_rows(&rows, "");
  assert_unknown(&reading, ERR_MALFORMED, "the second column is not a time");
}

static void no_row_or_null_is_unknown(void **state) {
  (void)state;
  struct sql_answer rows = {.rows = 0, .columns = 1, .field = {"8.07"}};
  struct reading reading = read_rows(&rows, "");
  assert_unknown(&reading, ERR_DATABASE, "no row");
  rows = (struct sql_answer){.rows = 1, .columns = 0};
  reading = read_rows(&rows, "");
  assert_unknown(&reading, ERR_DATABASE, "no row");
  rows = (struct sql_answer){.rows = 1, .columns = 1, .null = {true}};
  reading = read_rows(&rows, "");
  assert_unknown(&reading, ERR_DATABASE, "the balance is NULL");
  rows = (struct sql_answer){.rows = 1, .columns = 1, .field = {"NaN"}};
  reading = read_rows(&rows, "");
  assert_unknown(&reading, ERR_MALFORMED, "the first column is not a number");
  assert_string_equal(reading.hint, "select it as numeric: balance::numeric");
}

static void a_query_that_failed_keeps_its_reason(void **state) {
  (void)state;
  struct plug_talk talk;
  struct answer answer = {.err = {.code = ERR_DATABASE, .text = "the query failed: 42P01"}};
  begin_postgres(&talk);
  say(&talk, "host", "h");
  answer_it(&talk, &answer);
  assert_unknown(&talk.reading, ERR_DATABASE, "the query failed: 42P01");
}

/* --- manual -------------------------------------------------------------------------------------------------------- */

static void a_note_is_an_estimate_of_its_time(void **state) {
  (void)state;
  struct plug_talk talk;
  struct answer answer = {.note = {.noted = true, .balance = {true, 15290000000}, .time_ms = 1000}};
  begin(&talk, "manual");
  assert_int_equal(ask_world(&talk), GATHERING_ASK);
  assert_int_equal(talk.ask.kind, ASK_NOTE);
  assert_string_equal(talk.ask.note.account, "mine");
  assert_string_equal(talk.ask.note.unit, "USD");
  gathering_free(talk.gathering);
  answer_it(&talk, &answer);
  assert_amount(talk.reading.available, "15.29");
  assert_true(talk.reading.estimated);
  assert_int_equal(talk.reading.time_ms, 1000);
  assert_string_equal(talk.reading.unit, "USD");
  assert_int_equal(provider_find("manual")->stale_after_ms, 7LL * 24 * 60 * 60 * 1000);
}

static void nothing_noted_is_not_configured(void **state) {
  (void)state;
  struct plug_talk talk;
  struct answer answer = {.note = {.noted = false}};
  begin(&talk, "manual");
  answer_it(&talk, &answer);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "nothing noted yet");
  assert_string_equal(talk.reading.hint, "lowtide set mine AMOUNT");
  answer.note.noted = true;
  answer_it(&talk, &answer);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "nothing noted yet");
}

/* --- command ------------------------------------------------------------------------------------------------------- */

static const struct split_case {
  const char *command;
  const char *words; /* joined by | */
} split_cases[] = {
    {"balance", "balance"},
    {"  a\tb\nc  ", "a|b|c"},
    {"a 'b c' \"d e\"", "a|b c|d e"},
    {"a b' c'd\"e \"f", "a|b cde f"},
    {"a ''", "a|"},
    {"a \"\" b", "a||b"},
    {"a b\\ c \\' \\\"", "a|b c|'|\""},
    {"a 'b\\c'", "a|b\\c"},
    {"a \"b\\c\\\\d\\\"e\\$\\`\"", "a|b\\c\\d\"e$`"},
    {"a $HOME ~ *.c `x` $(y) ; | >", "a|$HOME|~|*.c|`x`|$(y)|;|||>"},
    {"a 'it''s' \"it's\"", "a|its|it's"},
};

static void a_command_is_split_as_a_shell_would(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof split_cases / sizeof split_cases[0]; i++) {
    struct plug_talk talk;
    struct buf joined;
    begin(&talk, "command");
    say(&talk, "command", split_cases[i].command);
    assert_int_equal(ask_world(&talk), GATHERING_ASK);
    assert_int_equal(talk.ask.kind, ASK_PROGRAM);
    buf_init(&joined, 512);
    for (size_t at = 0; at < talk.ask.program.words.len; at += strlen(talk.ask.program.words.data + at) + 1)
      buf_addf(&joined, "%s%s", at == 0 ? "" : "|", talk.ask.program.words.data + at);
    assert_string_equal(buf_text(&joined), split_cases[i].words);
    buf_done(&joined);
    ask_done(&talk.ask);
    gathering_free(talk.gathering);
  }
}

static const char *const wrong_commands[][2] = {
    {"", "command: no program is named"},
    {"   ", "command: no program is named"},
    {"''", "command: no program is named"},
    {"a 'b", "command: a quote (') is not closed"},
    {"a \"b", "command: a quote (\") is not closed"},
    {"a \"b\\\"", "command: a quote (\") is not closed"},
    {"a b\\", "command: nothing follows the last backslash"},
    {"a \"b\\", "command: nothing follows the last backslash"},
};

static void a_command_that_is_no_command_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wrong_commands / sizeof wrong_commands[0]; i++) {
    struct plug_talk talk;
    struct err err = {0};
    begin(&talk, "command");
    say(&talk, "command", wrong_commands[i][0]);
    assert_false(check(&talk, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, wrong_commands[i][1]);
    assert_int_equal(ask_world(&talk), GATHERING_DONE);
    assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, wrong_commands[i][1]);
    gathering_free(talk.gathering);
  }
  struct plug_talk talk;
  struct err err = {0};
  begin(&talk, "command");
  assert_false(check(&talk, &err));
  talk.account.missing = "TOOL";
  assert_true(check(&talk, &err));
}

static void a_command_has_limits(void **state) {
  (void)state;
  struct plug_talk talk;
  struct err err = {0};
  char text[5000];
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = i % 2 == 0 ? 'x' : ' ';
  text[4999] = '\0';
  begin(&talk, "command");
  say(&talk, "command", text);
  assert_false(check(&talk, &err));
  assert_string_equal(err.text, "command: longer than 4095 bytes");
  text[2 * ASK_ARGS_MAX + 1] = '\0';
  assert_false(check(&talk, &err));
  assert_string_equal(err.text, "command: more than 64 words");
  text[2 * ASK_ARGS_MAX] = '\0';
  assert_true(check(&talk, &err));
  memset(text, 'x', 4095);
  text[4095] = '\0';
  assert_true(check(&talk, &err));
}

static struct reading run_program(int exit_code, const char *output, size_t length, const char *unit) {
  struct plug_talk talk;
  struct answer answer = {.program = {.exit_code = exit_code, .output = output, .length = length}};
  begin(&talk, "command");
  say(&talk, "command", "tool");
  talk.account.unit = unit;
  answer_it(&talk, &answer);
  return talk.reading;
}

static void a_program_prints_a_number(void **state) {
  (void)state;
  struct reading reading = run_program(0, " 12.34\n", 7, "");
  assert_amount(reading.available, "12.34");
  assert_string_equal(reading.unit, "USD");
  assert_int_equal(reading.kind, READING_PREPAID);
  assert_int_equal(reading.time_ms, NOW_MS);
  reading = run_program(0, "-5", 2, "EUR");
  assert_amount(reading.available, "-5");
  assert_string_equal(reading.unit, "EUR");
}

static struct reading run_printing(const char *output, const char *unit) {
  return run_program(0, output, strlen(output), unit);
}

static void a_currency_sign_in_front_is_taken_if_it_is_the_units(void **state) {
  (void)state;
  static const char *const fine[][3] = {
      {"$7.12\n", "", "7.12"},   {" $7.12", "USD", "7.12"}, {"$ 7.12", "USD", "7.12"},
      {"-$3.20", "USD", "-3.2"}, {"$-3.20", "USD", "-3.2"}, {"¥1,234.5", "CNY", "1234.5"},
      {"¥120", "JPY", "120"},    {"€0", "EUR", "0"},        {"£5", "GBP", "5"},
  };
  for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
    struct reading reading = run_printing(fine[i][0], fine[i][1]);
    assert_int_equal(reading.code, ERR_NONE);
    assert_amount(reading.available, fine[i][2]);
  }
  static const char *const wrong[][3] = {
      {"$7.12", "EUR", "the output is in $, the account in EUR"},
      {"-€7.12", "", "the output is in €, the account in USD"},
      {"¥7", "credits", "the output is in ¥, the account in credits"},
      {"$$7.12", "USD", "the output is neither a number nor JSON"},
      {"$", "USD", "the output is neither a number nor JSON"},
      {"--$7", "USD", "the output is neither a number nor JSON"},
      {"-$-7", "USD", "the output is neither a number nor JSON"},
      {"7.12$", "USD", "the output is neither a number nor JSON"},
      {"$sk-secret", "USD", "the output is neither a number nor JSON"},
      {"$000000000000000000000000000000000000000000000000000000000000000000000001", "USD",
       "the output is neither a number nor JSON"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct reading reading = run_printing(wrong[i][0], wrong[i][1]);
    assert_unknown(&reading, ERR_MALFORMED, wrong[i][2]);
  }
  assert_string_equal(run_printing("$7.12", "EUR").hint, "name the currency in the account's `unit`");
}

static void a_program_prints_json(void **state) {
  (void)state;
  static const char all[] =
      "{\"available\":\"1.5\",\"cash\":1,\"voucher\":0.5,\"used\":\"2\",\"limit\":null,\"unit\":\"credits\","
      "\"resets_at\":\"2026-12-01T00:00:00Z\",\"more\":[1]}\n";
  struct reading reading = run_program(0, all, sizeof all - 1, "EUR");
  assert_int_equal(reading.code, ERR_NONE);
  assert_amount(reading.available, "1.5");
  assert_amount(reading.cash, "1");
  assert_amount(reading.voucher, "0.5");
  assert_amount(reading.used, "2");
  assert_amount(reading.limit, "unknown");
  assert_string_equal(reading.unit, "credits");
  assert_int_equal(reading.resets_ms, 1796083200000);
  static const char spend[] = "{\"used\":2,\"limit\":5}";
  reading = run_program(0, spend, sizeof spend - 1, "");
  assert_int_equal(reading.kind, READING_QUOTA);
  assert_amount(reading.limit, "5");
  static const char quota[] = "{\"used\":2,\"limit\":5,\"unit\":null,\"resets_at\":\"2026-12-01\"}";
  reading = run_program(0, quota, sizeof quota - 1, "points");
  assert_int_equal(reading.kind, READING_QUOTA);
  assert_string_equal(reading.unit, "points");
}

static const struct output_case {
  const char *output;
  const char *detail;
} output_cases[] = {
    {"", "no output"},
    {" \n", "no output"},
    {"sk-secret", "the output is neither a number nor JSON"},
    {"12.34 USD", "the output is neither a number nor JSON"},
    {"{\"available\":", "the output is neither a number nor JSON"},
    {"[1]", "the output is neither a number nor an object"},
    {"\"12\"", "the output is neither a number nor an object"},
    {"1e29", "the output is neither a number nor an object"},
    {"{}", "the output has neither \"available\" nor \"used\""},
    {"{\"cash\":1}", "the output has neither \"available\" nor \"used\""},
    {"{\"available\":\"sk-secret\"}", "no number at \"available\" of the output"},
    {"{\"available\":true}", "no number at \"available\" of the output"},
    {"{\"cash\":[]}", "no number at \"cash\" of the output"},
    {"{\"voucher\":{}}", "no number at \"voucher\" of the output"},
    {"{\"used\":\"\"}", "no number at \"used\" of the output"},
    {"{\"limit\":1e29}", "no number at \"limit\" of the output"},
    {"{\"available\":1,\"unit\":7}", "no unit at \"unit\" of the output"},
    {"{\"available\":1,\"unit\":\"\"}", "no unit at \"unit\" of the output"},
    {"{\"available\":1,\"unit\":\"sk-secret\"}", "no unit at \"unit\" of the output"},
    {"{\"available\":1,\"unit\":\"abcdefghijklmnopq\"}", "no unit at \"unit\" of the output"},
    {"{\"available\":1,\"resets_at\":7}", "no time at \"resets_at\" of the output"},
    {"{\"available\":1,\"resets_at\":\"soon\"}", "no time at \"resets_at\" of the output"},
};

static void the_output_of_a_program_is_never_echoed(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof output_cases / sizeof output_cases[0]; i++) {
    const char *output = output_cases[i].output;
    struct reading reading = run_program(0, output, strlen(output), "");
    assert_unknown(&reading, ERR_MALFORMED, output_cases[i].detail);
    assert_null(strstr(reading.hint, "secret"));
  }
  struct reading reading = run_program(0, "12\0garbage", 10, "");
  assert_unknown(&reading, ERR_MALFORMED, "the output is neither a number nor JSON");
  reading = run_program(0, NULL, 0, "");
  assert_unknown(&reading, ERR_MALFORMED, "no output");
}

static void a_program_that_fails_is_unknown(void **state) {
  (void)state;
  struct reading reading = run_program(3, "12.34", 5, "");
  assert_unknown(&reading, ERR_COMMAND, "exit status 3");
  reading = run_program(-1, "12.34", 5, "");
  assert_unknown(&reading, ERR_COMMAND, "ended by a signal");
}

/* --- lists --------------------------------------------------------------------------------------------------------- */

static void the_list_names_each_provider_once(void **state) {
  (void)state;
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    assert_ptr_equal(provider_find((*plug)->name), *plug);
    assert_true(*(*plug)->about != '\0' && *(*plug)->label != '\0' && *(*plug)->emoji != '\0');
    for (const struct setting *setting = (*plug)->settings; setting->name != NULL; setting++)
      assert_true(*setting->about != '\0');
  }
  assert_null(provider_find("moonshot"));
}

static void vendors_without_a_balance_are_named_with_their_page(void **state) {
  (void)state;
  size_t count = 0;
  for (const struct console_only *vendor = console_only_vendors; vendor->env != NULL; vendor++, count++) {
    assert_true(text_ends(vendor->env, "_API_KEY"));
    assert_true(text_starts(vendor->page, "https://"));
    assert_true(*vendor->label != '\0' && *vendor->instead != '\0');
  }
  assert_int_equal(count, 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gathering_that_never_asked_can_be_freed),
      cmocka_unit_test(a_query_is_asked_with_the_accounts_values),
      cmocka_unit_test(a_dsn_stands_for_all_others),
      cmocka_unit_test(a_written_sslmode_is_passed_on),
      cmocka_unit_test(either_dsn_or_host_is_needed),
      cmocka_unit_test(the_first_column_is_the_balance),
      cmocka_unit_test(a_second_column_of_a_time_type_is_the_time),
      cmocka_unit_test(no_row_or_null_is_unknown),
      cmocka_unit_test(a_query_that_failed_keeps_its_reason),
      cmocka_unit_test(a_note_is_an_estimate_of_its_time),
      cmocka_unit_test(nothing_noted_is_not_configured),
      cmocka_unit_test(a_command_is_split_as_a_shell_would),
      cmocka_unit_test(a_command_that_is_no_command_is_refused),
      cmocka_unit_test(a_command_has_limits),
      cmocka_unit_test(a_program_prints_a_number),
      cmocka_unit_test(a_currency_sign_in_front_is_taken_if_it_is_the_units),
      cmocka_unit_test(a_program_prints_json),
      cmocka_unit_test(the_output_of_a_program_is_never_echoed),
      cmocka_unit_test(a_program_that_fails_is_unknown),
      cmocka_unit_test(the_list_names_each_provider_once),
      cmocka_unit_test(vendors_without_a_balance_are_named_with_their_page),
  };
  return cmocka_run_group_tests_name("provider plugs", tests, NULL, NULL);
}
