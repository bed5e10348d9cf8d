/* A ledger: the arithmetic, and its way from the note over the recipe's asks to the reading. */
#include "lowtide/ledger.h"

#include "provider_testing.h"

#define TODAY_MS (NOW_MS - NOW_MS % DAY_MS)

static struct reading cost_of(int64_t nano, const char *unit) {
  struct reading cost = {.kind = READING_SPEND, .used = amount_of(nano)};
  (void)text_copy(cost.unit, sizeof cost.unit, unit);
  return cost;
}

static void a_day_begins_at_midnight_utc(void **state) {
  (void)state;
  assert_int_equal(ledger_since_ms(NOW_MS), 1795219200000LL);
  assert_int_equal(ledger_since_ms(TODAY_MS), TODAY_MS);
  assert_int_equal(ledger_since_ms(TODAY_MS - 1), TODAY_MS - DAY_MS);
  assert_int_equal(ledger_since_ms(-1), -DAY_MS);
}

static void what_was_spent_is_taken_off_exactly(void **state) {
  (void)state;
  struct err err = {0};
  int64_t left;
  struct ledger ledger = {.unit = "USD", .balance_nano = 42100000000, .spent_before = amount_of(3)};
  struct reading cost = cost_of(4100000005, "USD");
  assert_true(ledger_left(&ledger, &cost, &left, &err));
  assert_int_equal(left, 37999999998);
  ledger.spent_before = (struct amount){0};
  assert_true(ledger_left(&ledger, &cost, &left, &err));
  assert_int_equal(left, 37999999995);
  cost.used.nano = 50000000000;
  assert_true(ledger_left(&ledger, &cost, &left, &err));
  assert_int_equal(left, -7900000000);
}

static void what_is_not_known_or_does_not_fit_is_never_taken_off(void **state) {
  (void)state;
  struct err err = {0};
  int64_t left = 7;
  struct ledger ledger = {.unit = "USD", .balance_nano = INT64_MIN};
  struct reading cost = cost_of(1, "USD");
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  assert_string_equal(err.text, "the cost is more than fits");
  ledger.spent_before = amount_of(-1);
  cost.used.nano = INT64_MAX;
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  cost = cost_of(1, "EUR");
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  assert_string_equal(err.text, "the cost is in EUR, the note in USD");
  assert_non_null(strstr(err.hint, "unit = EUR"));
  cost = (struct reading){.available = amount_of(1), .unit = "USD"};
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  assert_string_equal(err.text, "the vendor told no cost");
  cost = (struct reading){.code = ERR_SERVER, .detail = "HTTP 503", .hint = "later"};
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  assert_int_equal(err.code, ERR_SERVER);
  assert_string_equal(err.text, "HTTP 503");
  assert_string_equal(err.hint, "later");
  cost.hint[0] = '\0';
  assert_false(ledger_left(&ledger, &cost, &left, &err));
  assert_string_equal(err.hint, "");
  assert_int_equal(left, 7);
}

/* --- the gathering ------------------------------------------------------------------------------------------------- */

struct ledger_talk {
  struct recipe *recipe;
  struct account account;
  struct gathering *gathering;
  struct ask ask;
  struct reading reading;
  char url[300];
};

static void begin(struct ledger_talk *talk, const char *recipe) {
  *talk = (struct ledger_talk){.recipe = read_recipe("vendor", recipe)};
  talk->account = usual_account(NULL);
  talk->account.provider = "ledger";
  talk->account.name = "claude";
  talk->account.unit = "USD";
  talk->account.spend = talk->recipe;
  talk->account.budget = amount_of(5);
  talk->gathering = gathering_new(&talk->account, NOW_MS);
  assert_int_equal(gathering_next(talk->gathering, NULL, &talk->ask, &talk->reading), GATHERING_ASK);
  assert_int_equal(talk->ask.kind, ASK_NOTE);
  assert_string_equal(talk->ask.note.account, "claude");
  assert_string_equal(talk->ask.note.unit, "USD");
  assert_string_equal(talk->ask.who, "claude");
}

static enum gathering_step tell(struct ledger_talk *talk, const struct answer *answer) {
  enum gathering_step step = gathering_next(talk->gathering, answer, &talk->ask, &talk->reading);
  if (step == GATHERING_ASK) {
    assert_int_equal(talk->ask.kind, ASK_HTTP);
    assert_string_equal(talk->ask.who, "claude");
    (void)text_copy(talk->url, sizeof talk->url, buf_text(&talk->ask.http.url));
    ask_done(&talk->ask);
  }
  return step;
}

static enum gathering_step tell_note(struct ledger_talk *talk, int64_t noted_ms, struct amount spent_before) {
  const struct answer answer = {.note = {.noted = true,
                                         .balance = amount_of(42100000000),
                                         .noted_ms = noted_ms,
                                         .time_ms = noted_ms + 5,
                                         .spent_before = spent_before}};
  return tell(talk, &answer);
}

static enum gathering_step tell_body(struct ledger_talk *talk, int status, const char *body) {
  const struct answer answer = {.http = {.status = status, .body = body, .length = strlen(body)}};
  return tell(talk, &answer);
}

static void end(struct ledger_talk *talk) {
  gathering_free(talk->gathering);
  ask_done(&talk->ask);
  recipe_free(talk->recipe);
}

#define VENDOR                                                                                                             \
  "ask = GET https://h/cost?from={since_day}&at={since}\nused = sum /d/*/c\nunit = /u or USD\n"                            \
  "next = page from /n max 3\nhint.auth = an admin key is wanted\n"

static void the_cost_since_the_notes_day_is_taken_off(void **state) {
  (void)state;
  struct ledger_talk talk;
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS - 12 * DAY_MS, amount_of(100000000)), GATHERING_ASK);
  assert_string_equal(talk.url, "https://h/cost?from=2026-11-09&at=1794182400");
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":\"1.5\"},{\"c\":2}],\"n\":\"p2\"}"), GATHERING_ASK);
  assert_string_equal(talk.url, "https://h/cost?from=2026-11-09&at=1794182400&page=p2");
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":0.6}],\"n\":null,\"u\":\"usd\"}"), GATHERING_DONE);
  assert_int_equal(talk.reading.code, ERR_NONE);
  assert_int_equal(talk.reading.kind, READING_PREPAID);
  assert_amount(talk.reading.available, "38.1");
  assert_false(talk.reading.used.known || talk.reading.limit.known);
  assert_true(talk.reading.estimated);
  assert_string_equal(talk.reading.unit, "USD");
  assert_int_equal(talk.reading.asked_ms, NOW_MS);
  assert_int_equal(talk.reading.time_ms, NOW_MS);
  assert_int_equal(talk.reading.noted_ms, NOW_MS - 12 * DAY_MS);
  end(&talk);
}

static void a_ledger_that_owes_shows_debt(void **state) {
  (void)state;
  struct ledger_talk talk;
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS, (struct amount){0}), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":45.30}]}"), GATHERING_DONE);
  assert_amount(talk.reading.available, "-3.2");
  end(&talk);
}

static void without_a_note_nothing_is_asked(void **state) {
  (void)state;
  struct ledger_talk talk;
  const struct answer none = {.note = {.pushed = true, .push = {.available = amount_of(1)}}};
  begin(&talk, VENDOR);
  assert_int_equal(tell(&talk, &none), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "nothing noted yet");
  assert_string_equal(talk.reading.hint, "lowtide set claude AMOUNT");
  end(&talk);
  const struct answer failed = {.err = {.code = ERR_STORE, .text = "disk full"}};
  begin(&talk, VENDOR);
  assert_int_equal(tell(&talk, &failed), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_DATABASE, "disk full");
  end(&talk);
}

static void a_cost_that_cannot_be_read_makes_the_balance_unknown(void **state) {
  (void)state;
  struct ledger_talk talk;
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS, (struct amount){0}), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 401, "{}"), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_AUTH, "HTTP 401");
  assert_string_equal(talk.reading.hint, "an admin key is wanted");
  end(&talk);
  const struct answer failed = {.err = {.code = ERR_NETWORK, .text = "connection refused"},
                                .http = {.err = {.code = ERR_NETWORK, .text = "connection refused"}}};
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS, (struct amount){0}), GATHERING_ASK);
  assert_int_equal(tell(&talk, &failed), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_NETWORK, "connection refused");
  end(&talk);
}

static void a_cost_in_another_unit_is_not_taken_off(void **state) {
  (void)state;
  static const char *const recipes[] = {VENDOR, "ask = GET https://h/cost?at={since}\nused = sum /d/*/c\nunit = EUR\n"};
  for (size_t i = 0; i < 2; i++) {
    struct ledger_talk talk;
    begin(&talk, recipes[i]);
    assert_int_equal(tell_note(&talk, NOW_MS, (struct amount){0}), GATHERING_ASK);
    assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":1}],\"u\":\"EUR\"}"), GATHERING_DONE);
    assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "the cost is in EUR, the note in USD");
    end(&talk);
  }
}

static void a_ledger_given_up_half_way_leaks_nothing(void **state) {
  (void)state;
  struct ledger_talk talk;
  begin(&talk, VENDOR);
  end(&talk);
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS, (struct amount){0}), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[],\"n\":\"p2\"}"), GATHERING_ASK);
  end(&talk);
}

static void a_ledger_is_as_polite_as_its_recipe(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("vendor", VENDOR "every = 60s\n");
  struct account account = usual_account(recipe);
  assert_int_equal(provider_every_ms(&account), 60000);
  account.recipe = NULL;
  assert_int_equal(provider_every_ms(&account), 0);
  account.spend = recipe;
  assert_int_equal(provider_every_ms(&account), 60000);
  recipe_free(recipe);
}

/* --- {since} ------------------------------------------------------------------------------------------------------- */

static void since_is_the_months_start_where_nobody_says_another(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("vendor", VENDOR);
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"d\":[]}"}}};
  talk_through(&talk, &account);
  assert_true(text_starts(talk.requests[0], "GET https://h/cost?from=2026-11-01&at=1793491200\n"));
  assert_amount(talk.reading.used, "0");
  recipe_free(recipe);
}

static struct answer note_of(int64_t nano) {
  return (struct answer){
      .note = {.noted = true, .balance = amount_of(nano), .noted_ms = NOW_MS - DAY_MS, .time_ms = NOW_MS - DAY_MS}};
}

/* A gathering at now_ms that looks back at last, and what it asks the vendor; DONE if nothing. */
static enum gathering_step look_back(struct ledger_talk *talk, int64_t now_ms, int64_t noted_nano,
                                     const struct answer *last) {
  const struct answer note = note_of(noted_nano);
  gathering_free(talk->gathering);
  talk->gathering = gathering_new(&talk->account, now_ms);
  gathering_look_back(talk->gathering);
  assert_int_equal(gathering_next(talk->gathering, NULL, &talk->ask, &talk->reading), GATHERING_ASK);
  assert_int_equal(talk->ask.kind, ASK_NOTE);
  assert_int_equal(gathering_next(talk->gathering, &note, &talk->ask, &talk->reading), GATHERING_ASK);
  assert_int_equal(talk->ask.kind, ASK_LAST);
  assert_string_equal(talk->ask.last.account, "claude");
  return tell(talk, last);
}

static void a_ledgers_last_reading_stands_until_it_is_noted_anew(void **state) {
  (void)state;
  struct ledger_talk talk;
  const struct answer nothing = {.last = {.found = false}};
  begin(&talk, "every = 60s\n" VENDOR);
  assert_int_equal(look_back(&talk, NOW_MS, 42100000000, &nothing), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":2}]}"), GATHERING_DONE);
  assert_amount(talk.reading.available, "40.1");
  assert_true(talk.reading.ask_mark != 0 && !talk.reading.reused);
  const struct answer last = {.last = {.found = true, .reading = talk.reading}};
  assert_int_equal(look_back(&talk, NOW_MS + 30000, 42100000000, &last), GATHERING_DONE);
  assert_true(talk.reading.reused && talk.reading.estimated);
  assert_amount(talk.reading.available, "40.1");
  assert_int_equal(talk.reading.asked_ms, NOW_MS);
  assert_int_equal(look_back(&talk, NOW_MS + 60000, 42100000000, &last), GATHERING_ASK);
  assert_int_equal(look_back(&talk, NOW_MS + 30000, 50000000000, &last), GATHERING_ASK); /* noted anew */
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[{\"c\":2}]}"), GATHERING_DONE);
  assert_amount(talk.reading.available, "48");
  end(&talk);
}

static void a_note_too_many_pages_old_says_what_to_do(void **state) {
  (void)state;
  struct ledger_talk talk;
  begin(&talk, VENDOR);
  assert_int_equal(tell_note(&talk, NOW_MS - 900 * DAY_MS, amount_of(0)), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[],\"n\":\"a\"}"), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[],\"n\":\"b\"}"), GATHERING_ASK);
  assert_int_equal(tell_body(&talk, 200, "{\"d\":[],\"n\":\"c\"}"), GATHERING_DONE);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 3 pages since the note");
  assert_string_equal(talk.reading.hint, "note the balance anew: lowtide set claude AMOUNT");
  end(&talk);
}

static void a_recipe_tells_whether_it_knows_since(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool knows;
  } cases[] = {
      {VENDOR, true},
      {"ask = GET https://h/\nheader.X-From = {since_day}\nused = /u\nunit = USD\n", true},
      {"ask = POST https://h/\nbody = {\"from\":{since}}\nused = /u\nunit = USD\n", true},
      {"ask = GET https://h/{month}?a={month_start}&b={day}\nused = /u\nunit = USD\n", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct recipe *recipe = read_recipe("vendor", cases[i].text);
    assert_int_equal(recipe_about(recipe)->knows_since, cases[i].knows);
    recipe_free(recipe);
  }
  static const char *const known[] = {"anthropic", "openai"};
  for (size_t i = 0; i < 2; i++) {
    struct recipe *recipe = read_recipe(known[i], embedded_text(known[i]));
    assert_true(recipe_about(recipe)->knows_since);
    recipe_free(recipe);
  }
}

static void since_asks_for_a_cost(void **state) {
  (void)state;
  struct err err = {0};
  int line = -1;
  assert_null(try_recipe("v", "ask = GET https://h/{since}\navailable = /a\nunit = USD\n", &line, &err));
  assert_string_equal(err.text, "`used` is missing: {since} asks for a cost");
  struct recipe *since = read_recipe("since", "ask = GET https://h/{since}\nused = /u\nunit = USD\nfallback = b on auth\n");
  struct recipe *other = read_recipe("b", "ask = GET https://h/\nused = /u\nunit = USD\n");
  struct recipe *const all[] = {since, other};
  assert_false(recipe_link(since, all, 2, &err));
  assert_string_equal(err.text, "fallback: b does not know {since}");
  recipe_free(since);
  recipe_free(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_day_begins_at_midnight_utc),
      cmocka_unit_test(what_was_spent_is_taken_off_exactly),
      cmocka_unit_test(what_is_not_known_or_does_not_fit_is_never_taken_off),
      cmocka_unit_test(the_cost_since_the_notes_day_is_taken_off),
      cmocka_unit_test(a_ledger_that_owes_shows_debt),
      cmocka_unit_test(without_a_note_nothing_is_asked),
      cmocka_unit_test(a_cost_that_cannot_be_read_makes_the_balance_unknown),
      cmocka_unit_test(a_cost_in_another_unit_is_not_taken_off),
      cmocka_unit_test(a_ledger_given_up_half_way_leaks_nothing),
      cmocka_unit_test(a_ledgers_last_reading_stands_until_it_is_noted_anew),
      cmocka_unit_test(since_is_the_months_start_where_nobody_says_another),
      cmocka_unit_test(a_ledger_is_as_polite_as_its_recipe),
      cmocka_unit_test(a_note_too_many_pages_old_says_what_to_do),
      cmocka_unit_test(a_recipe_tells_whether_it_knows_since),
      cmocka_unit_test(since_asks_for_a_cost),
  };
  return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
