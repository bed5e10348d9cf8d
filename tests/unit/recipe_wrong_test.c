/* What is said about a recipe that is wrong: its line and a sentence. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance\n"
#define UNIT "unit = USD\n"

/* --- wrong recipes ------------------------------------------------------------------------------------------------- */

#define PLAIN ASK "available = /a\n" UNIT

static const struct wrong_recipe {
  const char *text;
  int line;
  const char *sentence;
} wrong_recipes[] = {
    {"", 0, "`ask` is missing"},
    {UNIT "available = 1\n", 0, "`ask` is missing"},
    {ASK UNIT, 0, "`available` or `used` is missing"},
    {ASK "cash = /a\n" UNIT, 0, "`available` or `used` is missing"},
    {ASK "available = /a\n", 0, "`unit` is missing"},
    {PLAIN "avialable = /b\n", 4, "a recipe has no key \"avialable\" (did you mean \"available\"?)"},
    {PLAIN "zzzzzzzzzz = 1\n", 4, "a recipe has no key \"zzzzzzzzzz\""},
    {PLAIN "\n; rest\navailable = /b\n", 6, "\"available\" is there twice"},
    {PLAIN "cash =\n", 4, "\"cash\" has no value"},
    /* asks */
    {PLAIN "ask.b = GET https://h/\n", 4, "ask.b: one `ask`, or at most 6 with names: `ask.NAME`"},
    {"ask.a = GET https://h/\nask = GET https://h/\n", 2, "ask: one `ask`, or at most 6 with names: `ask.NAME`"},
    {"ask.a = GET https://h/\nask.b = GET https://h/\nask.c = GET https://h/\nask.d = GET https://h/\n"
     "ask.e = GET https://h/\nask.f = GET https://h/\nask.g = GET https://h/\n",
     7, "ask.g: one `ask`, or at most 6 with names: `ask.NAME`"},
    {"ask.row = GET https://h/\n", 1, "ask.row: an ask's name is made of small letters, digits, _ and -; `row` is taken"},
    {"ask.A = GET https://h/\n", 1, "ask.A: an ask's name is made of small letters, digits, _ and -; `row` is taken"},
    {"ask. = GET https://h/\n", 1, "ask.: an ask's name is made of small letters, digits, _ and -; `row` is taken"},
    {"ask = PUT https://h/\n", 1, "ask: an ask is GET or POST, a space, and an address"},
    {"ask = https://h/\n", 1, "ask: an ask is GET or POST, a space, and an address"},
    {"ask = GET ftp://h/\n", 1, "ask: an address starts with https://HOST/ or {base}"},
    {"ask = GET h/https://x/\n", 1, "ask: an address starts with https://HOST/ or {base}"},
    {"ask = GET \n", 1, "ask: an address starts with https://HOST/ or {base}"},
    {"ask = GET /v1/x\n", 1, "ask: an address starts with https://HOST/ or {base}"},
    {"ask = GET {key}/x\n", 1, "ask: an address starts with https://HOST/ or {base}"},
    {"ask = GET https://{host}/x\n", 1, "ask: the host is written out, and a / follows it"},
    {"ask = GET https://h\n", 1, "ask: the host is written out, and a / follows it"},
    {"ask = GET https:///x\n", 1, "ask: the host is written out, and a / follows it"},
    {"ask = GET https://h/{base}/x\n", 1, "ask: {base} stands at the start"},
    {"ask = GET {base}/x{base}\n", 1, "ask: {base} stands at the start"},
    {"ask = GET https://h/a b\n", 1, "ask: an address holds no space"},
    {"ask = GET https://h/{Key}/x\n", 1, "ask: \"{Key}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{unit}\n", 1, "ask: \"{unit}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{row}\n", 1, "ask: \"{row}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{key\n", 1, "ask: \"{key\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{}\n", 1, "ask: \"{}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{day+}\n", 1, "ask: \"{day+}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{day+1x}\n", 1, "ask: \"{day+1x}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{day+401}\n", 1, "ask: \"{day+401}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{day+1000}\n", 1, "ask: \"{day+1000}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{base64 key}\n", 1, "ask: \"{base64 key}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{base64 key:K}\n", 1, "ask: \"{base64 key:K}\" is no value, time or {base64 name:name}"},
    {"ask = GET https://h/{base64 K:key}\n", 1, "ask: \"{base64 K:key}\" is no value, time or {base64 name:name}"},
    {"header.X = {K}\n", 1, "header.X: \"{K}\" is no value, time or {base64 name:name}"},
    {"header.X Y = 1\n", 1, "header.X Y: at most 10 headers of letters, digits and -"},
    {"header. = 1\n", 1, "header.: at most 10 headers of letters, digits and -"},
    {"header.A = 1\nheader.B = 1\nheader.C = 1\nheader.D = 1\nheader.E = 1\nheader.F = 1\nheader.G = 1\nheader.H = 1\n"
     "header.I = 1\nheader.J = 1\nheader.K = 1\n",
     11, "header.K: at most 10 headers of letters, digits and -"},
    {PLAIN "body = {}\n", 4, "body: only a POST takes a body"},
    {PLAIN "every = often\n", 4, NULL},
    {"ask.a = GET https://h/\nask.b = GET https://h/\navailable = /x\n" UNIT, 1, "ask.a: nothing is read from its answer"},
    {"ask.a = GET https://h/\nask.b = GET https://h/\nok = a:/x is 1\navailable = /x\n" UNIT, 1,
     "ask.a: nothing is read from its answer"},
    /* sets */
    {PLAIN "set.key = /x\n", 4, "set.key: a set cannot be called \"key\""},
    {PLAIN "set.used = /x\n", 4, "set.used: a set cannot be called \"used\""},
    {PLAIN "set.unit = /x\n", 4, "set.unit: a set cannot be called \"unit\""},
    {PLAIN "set.base = /x\n", 4, "set.base: a set cannot be called \"base\""},
    {PLAIN "set.X = /x\n", 4, "set.X: a set cannot be called \"X\""},
    {PLAIN "set. = /x\n", 4, "set.: a set cannot be called \"\""},
    {PLAIN "set.x = nothing\n", 4, "set.x: a pointer such as /data/balance was meant instead of \"nothing\""},
    {PLAIN "set.x = /x plus 1\n", 4, "set.x: \"plus\" is too much"},
    {PLAIN "set.a = /x\nset.b = /x\nset.c = /x\nset.d = /x\nset.e = /x\n", 8, "set.e: a recipe takes at most 4 sets"},
    {"ask.a = GET https://h/{x}\nset.x = a:/x\n", 2, "set.x: {x} is needed before a:/x can be read"},
    {ASK "header.X = {base64 x:key}\nset.x = /x\n", 3, "set.x: {x} is needed before /x can be read"},
    {ASK "header.X = {base64 key:x}\nset.x = /x\n", 3, "set.x: {x} is needed before /x can be read"},
    /* next */
    {PLAIN "next = page\n", 4, "next: `PARAMETER from POINTER max NUMBER` was meant"},
    {PLAIN "next = page from page max 3\n", 4, "next: a pointer such as /data/balance was meant instead of \"page\""},
    {PLAIN "next = page from /p\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p max\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p max 0\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p max 41\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p max ten\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p/*/x max 3\n", 4, "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "row = /r/*\nnext = page from row:/p max 3\n", 5,
     "next: `PARAMETER from POINTER max NUMBER`, and at most 40 pages"},
    {PLAIN "next = page from /p max 3 pages\n", 4, "next: \"pages\" is too much"},
    /* verdicts */
    {PLAIN "ok = code is 0\n", 4, "ok: a pointer such as /data/balance was meant instead of \"code\""},
    {PLAIN "ok = /code\n", 4, "ok: `is` and a value are missing after /code"},
    {PLAIN "ok = /code is\n", 4, "ok: a value is missing at the end"},
    {PLAIN "ok = /code is 0 or\n", 4, "ok: a value is missing at the end"},
    {PLAIN "ok = /code is below\n", 4, "ok: a value is missing at the end"},
    {PLAIN "ok = /code is below none\n", 4, "ok: `below` takes a number, not \"none\""},
    {PLAIN "ok = /code is 0 and\n", 4, "ok: a pointer such as /data/balance was meant instead of \"\""},
    {PLAIN "ok = /code is 0 but\n", 4, "ok: \"but\" is neither `and` nor `or`"},
    {PLAIN "ok = /l/*/code is 0\n", 4, "ok: /l/*/code: a condition takes one plain pointer"},
    {PLAIN "row = /r/*\nok = row:/code is 0\n", 5, "ok: row:/code: a condition takes one plain pointer"},
    {PLAIN "ok = other:/code is 0\n", 4, "ok: no ask is called \"other\""},
    {PLAIN "fail.broken = /x is 1\n", 4,
     "fail.broken: \"broken\" is none of auth, forbidden, unsupported, rate_limited, server, malformed"},
    {PLAIN "fail.timeout = /x is 1\n", 4,
     "fail.timeout: \"timeout\" is none of auth, forbidden, unsupported, rate_limited, server, malformed"},
    {PLAIN "fail.auth = 1\n", 4, "fail.auth: a pointer such as /data/balance was meant instead of \"1\""},
    {"ask.a = GET https://h/\nask.b = GET https://h/\navailable = /x plus a:/y\n" UNIT
     "fail.auth = a:/x is 1 and b:/y is 1\n",
     5, "fail.auth: one failure shows in one answer, not in several"},
    {PLAIN "status.200 = auth\n", 4, "status.200: a status that fails is 300 to 599"},
    {PLAIN "status.600 = auth\n", 4, "status.600: a status that fails is 300 to 599"},
    {PLAIN "status.4xx = auth\n", 4, "status.4xx: a status that fails is 300 to 599"},
    {PLAIN "status.400 = bad\n", 4,
     "status.400: \"bad\" is none of auth, forbidden, unsupported, rate_limited, server, malformed"},
    {PLAIN "hint.x = y\n", 4, "hint.x: \"x\" is none of auth, forbidden, unsupported, rate_limited, server, malformed"},
    {PLAIN "fallback = other\n", 4, "fallback: `RECIPE on CODE` was meant"},
    {PLAIN "fallback = other on\n", 4,
     "fallback: \"\" is none of auth, forbidden, unsupported, rate_limited, server, malformed"},
    {PLAIN "fallback = other on auth and server\n", 4, "fallback: \"and\" is too much"},
    {PLAIN "sure = perhaps\n", 4, "sure: \"perhaps\" is none of documented, code and medium"},
    /* rows and units */
    {PLAIN "row = /r\n", 4, "row: a row comes from a list: /* is missing"},
    {PLAIN "row = /r/* x\n", 4, "row: \"x\" is too much"},
    {PLAIN "row = /r/* with\n", 4, "row: `with most AMOUNT` was meant, such as `with most used`"},
    {PLAIN "row = /r/* with least used\n", 4, "row: `with most AMOUNT` was meant, such as `with most used`"},
    {PLAIN "row = /r/* with most\n", 4, "row: `with most AMOUNT` was meant, such as `with most used`"},
    {PLAIN "row = /r/* with most money\n", 4, "row: `with most AMOUNT` was meant, such as `with most used`"},
    {PLAIN "row = /r/* with most used x\n", 4, "row: \"x\" is too much"},
    {PLAIN "row = /r/* with most used\n", 0, "row: there is no `used` that a row could have most of"},
    {PLAIN "env.sid = ACME_SID\n", 4, "env.sid: no request has to be told that"},
    {PLAIN "env.key = ACME_KEY\n", 4, "env.key: no request has to be told that"},
    {PLAIN "header.X = {key}\nenv = K\nenv.key = ACME_KEY\n", 6, "env.key: `env` names it already"},
    {PLAIN "header.X = {sid}\nenv.sid = ${SID}\n", 5, "env.sid: \"${SID}\" is no variable's name"},
    {PLAIN "header.X = {sid}\nenv.sid = 1SID\n", 5, "env.sid: \"1SID\" is no variable's name"},
    {PLAIN "env.Sid = SID\n", 4, "env.Sid: \"Sid\" is no value's name"},
    {"ask.a = GET https://h/\nask.b = GET https://h/{p}\nset.p = a:/p\nenv.p = P\navailable = b:/x\n" UNIT, 4,
     "env.p: no request has to be told that"},
    {PLAIN "row = row:/r/*\n", 4, "row: `row:` stands for the row that `row = …` names, above it"},
    {ASK "available = row:/a\n" UNIT, 2, "available: `row:` stands for the row that `row = …` names, above it"},
    {ASK "available = 1\nunit = a unit\n", 3, "unit: \"unit\" is too much"},
    {ASK "available = 1\nunit = $\n", 3, "unit: a unit is a word such as USD or credits, of at most 15 letters"},
    {ASK "available = 1\nunit = abcdefghijklmnop\n", 3,
     "unit: a unit is a word such as USD or credits, of at most 15 letters"},
    {ASK "available = 1\nunit = /u or\n", 3, "unit: a unit is a word such as USD or credits, of at most 15 letters"},
    {ASK "available = 1\nunit = /u else USD\n", 3, "unit: \"else\" is too much"},
    {ASK "available = 1\nunit = x:/u\n", 3, "unit: no ask is called \"x\""},
    {PLAIN "unit.x.org = $\n", 4, "unit.x.org: a unit is a word such as USD or credits, of at most 15 letters"},
    {ASK "available = sum /r/*[u={unit}]/a\nunit = /u\n", 2,
     "available: {unit} needs a `unit = …` that it stands for by default"},
    {PLAIN "resets_at = tomorrow\n", 4, "resets_at: a pointer such as /data/balance was meant instead of \"tomorrow\""},
    {PLAIN "time = /t now\n", 4, "time: \"now\" is too much"},
    /* amounts */
    {ASK UNIT "available = balance\n", 3, "available: \"balance\" is no number, no pointer and no amount or set above it"},
    {ASK UNIT "available = used\nused = 1\n", 3,
     "available: \"used\" is no number, no pointer and no amount or set above it"},
    {ASK UNIT "available = 1.2.3\n", 3, "available: \"1.2.3\" is not a number"},
    {ASK UNIT "available = /a minus\n", 3, "available: an amount is missing after `minus`"},
    {ASK UNIT "available = neg\n", 3, "available: an amount is missing after `neg`"},
    {ASK UNIT "available = /a or\n", 3, "available: an amount is missing after `or`"},
    {ASK UNIT "available = /a * 2\n", 3, "available: \"*\" is none of plus, minus, times, over, unless and or"},
    {ASK UNIT "available = /a unless\n", 3, "available: \"\" is not a number"},
    {ASK UNIT "available = /a unless none\n", 3, "available: \"none\" is not a number"},
    {ASK UNIT "available = /a unless below\n", 3, "available: \"\" is not a number"},
    {ASK UNIT "available = /a unless /b\n", 3, "available: `is` and a value are missing after /b"},
    {ASK UNIT "available = /a unless 1 unless 2\n", 3,
     "available: \"unless\" is none of plus, minus, times, over, unless and or"},
    {ASK UNIT "available = /a over 0.00\n", 3, "available: nothing can be divided by 0"},
    {ASK UNIT "available = sum /a\n", 3, "available: `sum` takes a pointer with /* in it, and not from `row:`"},
    {ASK UNIT "available = sum 3\n", 3, "available: `sum` takes a pointer with /* in it, and not from `row:`"},
    {ASK UNIT "row = /r/*\navailable = sum row:/a/*\n", 4,
     "available: `sum` takes a pointer with /* in it, and not from `row:`"},
    {ASK UNIT
     "available = sum /a/* plus sum /a/* plus sum /a/* plus sum /a/* plus sum /a/* plus sum /a/* plus sum /a/* plus "
     "sum /a/* plus sum /a/*\n",
     3, "available: a recipe takes at most 8 sums"},
    {ASK UNIT "available = abs x:/a\n", 3, "available: no ask is called \"x\""},
    {ASK UNIT "available = /a*[x]\n", 0, NULL},
    {ASK UNIT "available = sum /a/*[x]\n", 3, "available: \"*[x]\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*[=x]\n", 3, "available: \"*[=x]\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*[x=]\n", 3, "available: \"*[x=]\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*[x=y\n", 3, "available: \"*[x=y\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*xy=z]\n", 3, "available: \"*xy=z]\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*x\n", 3, "available: \"*x\" is neither /* nor /*[member=value]"},
    {ASK UNIT "available = sum /a/*[x={key}]\n", 3, "available: only {unit} may stand in a filter"},
    {ASK UNIT "available = sum /*/*/*/*/*\n", 3, "available: a path takes at most 4 lists"},
};

static void what_is_wrong_is_said_with_its_line(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof wrong_recipes / sizeof wrong_recipes[0]; i++) {
    const struct wrong_recipe *wrong = &wrong_recipes[i];
    struct err err = {0};
    int line = -1;
    struct recipe *recipe = try_recipe("test", wrong->text, &line, &err);
    if (wrong->line == 0 && wrong->sentence == NULL) {
      assert_non_null(recipe);
      recipe_free(recipe);
      continue;
    }
    if (recipe != NULL) fail_msg("taken: %s", wrong->text);
    if (wrong->sentence != NULL) assert_string_equal(err.text, wrong->sentence);
    assert_int_equal(line, wrong->line);
    assert_int_equal(err.code, ERR_CONFIG);
  }
}

static void what_is_too_long_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  int line = 0;
  char text[2048];
  char filler[600];
  memset(filler, 'x', sizeof filler - 1);
  filler[sizeof filler - 1] = '\0';
  (void)text_fmt(text, sizeof text, ASK UNIT "available = /%s\n", filler);
  assert_null(try_recipe("test", text, &line, &err));
  assert_string_equal(err.text, "available: a pointer takes at most 255 characters");
  (void)text_fmt(text, sizeof text, PLAIN "hint.auth = %s\n", filler);
  assert_null(try_recipe("test", text, &line, &err));
  assert_string_equal(err.text, "hint.auth: a hint takes at most 159 bytes");
  struct buf words;
  buf_init(&words, sizeof text);
  buf_add(&words, ASK UNIT "available = 1");
  for (int i = 0; i < 40; i++)
    buf_add(&words, " plus 1");
  assert_null(try_recipe("test", buf_text(&words), &line, &err));
  assert_string_equal(err.text, "available: more than 64 words");
  assert_int_equal(line, 3);
  buf_done(&words);
}

static void no_value_takes_more_than_64_words(void **state) {
  (void)state;
  static const char *const keys[] = {"ok",     "fail.auth", "next", "fallback",  "row",  "unit",
                                     "unit.h", "used",      "time", "resets_at", "set.x"};
  struct buf words;
  buf_init(&words, 1024);
  for (int i = 0; i < 65; i++)
    buf_add(&words, " w");
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    struct err err = {0};
    char text[512];
    char expected[64];
    int line = 0;
    (void)text_fmt(text, sizeof text, ASK "%s =%s\n", keys[i], buf_text(&words));
    (void)text_fmt(expected, sizeof expected, "%s: more than 64 words", keys[i]);
    assert_null(try_recipe("test", text, &line, &err));
    assert_string_equal(err.text, expected);
    assert_int_equal(line, 2);
  }
  buf_done(&words);
}

static void a_recipe_that_needs_an_ask_first_says_so(void **state) {
  (void)state;
  struct err err = {0};
  int line = 0;
  assert_null(try_recipe("test", UNIT "available = /a\n", &line, &err));
  assert_string_equal(err.text, "available: there is no ask that could answer this");
  assert_int_equal(line, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_wrong_is_said_with_its_line),
      cmocka_unit_test(what_is_too_long_is_refused),
      cmocka_unit_test(no_value_takes_more_than_64_words),
      cmocka_unit_test(a_recipe_that_needs_an_ask_first_says_so),
  };
  return cmocka_run_group_tests_name("wrong recipes", tests, NULL, NULL);
}
