#include "unit/provider_testing.h"

#include <stdlib.h>

#include "lowtide/config.h"
#include "lowtide/notifier.h"
#include "lowtide/sandbox.h"
#include "sandbox/accounts.h"
#include "sandbox/serve.h"

#define SEED 7
#define ORIGIN "http://127.0.0.1:1"

/* ---- the curve ---- */

static const struct curve curve = {
    .floor_nano = 3 * MONEY_NANO, .topup_nano = 40 * MONEY_NANO, .day_nano = 4 * MONEY_NANO, .step_nano = 10000000};

static void a_balance_stays_between_its_floor_and_its_top(void **state) {
  (void)state;
  struct curve_point last = curve_at(&curve, SEED, NOW_MS - 1);
  int topups = 0;
  for (int64_t time_ms = NOW_MS; time_ms < NOW_MS + 60 * DAY_MS; time_ms += 17 * 60000) {
    struct curve_point point = curve_at(&curve, SEED, time_ms);
    assert_true(point.balance_nano > curve.floor_nano);
    assert_true(point.balance_nano <= curve.floor_nano + curve.topup_nano);
    assert_true(point.used_nano >= last.used_nano);
    assert_int_equal(point.bought_nano - point.used_nano, point.balance_nano);
    assert_int_equal(point.used_nano % curve.step_nano, 0);
    assert_int_equal(point.bought_nano % MONEY_NANO, 0);
    topups += point.bought_nano > last.bought_nano;
    last = point;
  }
  assert_in_range(topups, 5, 7);
}

static int64_t used_between(int64_t from_ms, int64_t until_ms) {
  return curve_at(&curve, SEED, until_ms).used_nano - curve_at(&curve, SEED, from_ms).used_nano;
}

static void days_nights_and_weekends_differ(void **state) {
  (void)state;
  const int64_t friday = 1795132800000; /* 2026-11-20T00:00:00Z */
  int64_t night = used_between(friday, friday + 6 * HOUR_MS);
  int64_t day = used_between(friday + 9 * HOUR_MS, friday + 15 * HOUR_MS);
  assert_true(day > 4 * night);
  int64_t friday_whole = used_between(friday, friday + DAY_MS);
  int64_t saturday = used_between(friday + DAY_MS, friday + 2 * DAY_MS);
  int64_t sunday = used_between(friday + 2 * DAY_MS, friday + 3 * DAY_MS);
  int64_t monday = used_between(friday + 3 * DAY_MS, friday + 4 * DAY_MS);
  assert_true(friday_whole > 2 * saturday && monday > 2 * sunday);
  int64_t week = used_between(friday, friday + 7 * DAY_MS);
  assert_in_range(week, 27 * MONEY_NANO, 29 * MONEY_NANO);
}

static void money_goes_little_by_little(void **state) {
  (void)state;
  for (int64_t time_ms = NOW_MS; time_ms < NOW_MS + 3 * DAY_MS; time_ms += 60000)
    assert_true(used_between(time_ms, time_ms + 60000) <= MONEY_NANO / 50);
}

static void the_same_seed_is_the_same_world(void **state) {
  (void)state;
  bool differs = false;
  for (int64_t time_ms = NOW_MS; time_ms < NOW_MS + DAY_MS; time_ms += HOUR_MS) {
    struct curve_point a = curve_at(&curve, SEED, time_ms);
    struct curve_point b = curve_at(&curve, SEED, time_ms);
    assert_memory_equal(&a, &b, sizeof a);
    b = curve_at(&curve, SEED + 1, time_ms);
    differs = differs || a.balance_nano != b.balance_nano;
  }
  assert_true(differs);
}

static void the_world_does_not_change_with_versions(void **state) {
  (void)state;
  assert_int_equal(curve_at(&curve, SEED, NOW_MS).balance_nano, 8480000000);
  assert_int_equal(curve_at(&curve, SEED, 0).used_nano, curve_at(&curve, SEED, 1000).used_nano);
}

/* ---- vendors ---- */

struct world {
  const char *key;
  int64_t now_ms;
  int status;
  char body[4096];
};

static void read_answer(const struct local_script *script, struct world *world) {
  const char *text = buf_text(&script->bytes);
  const char *body = strstr(text, "\r\n\r\n");
  assert_non_null(body);
  world->status = atoi(text + strlen("HTTP/1.1 "));
  assert_true(text_copy(world->body, sizeof world->body, body + 4));
}

static void ask_world(struct world *world, const char *method, const char *target) {
  char authorization[128];
  struct local_script script = {0};
  buf_init(&script.bytes, LOCAL_SCRIPT_MAX);
  text_fmt(authorization, sizeof authorization, "Bearer %s", world->key);
  struct local_request request = {.method = method, .target = target, .body = "", .header_count = world->key != NULL};
  request.headers[0] = (struct local_header){.name = "authorization", .value = authorization};
  const struct serving serving = {.seed = SEED};
  serve_request(&serving, &request, world->now_ms, &script);
  read_answer(&script, world);
  buf_done(&script.bytes);
}

/* What the real recipe makes of the simulated vendor. */
static struct reading gather(const char *recipe_name, const char *unit, const char *base_url, struct world *world) {
  struct recipe *recipe = read_recipe(recipe_name, embedded_text(recipe_name));
  const struct account_value key = {.name = "key", .text = world->key};
  const struct account account = {.name = "test",
                                  .provider = recipe_name,
                                  .recipe = recipe,
                                  .unit = unit,
                                  .base_url = base_url,
                                  .values = &key,
                                  .value_count = 1};
  struct gathering *gathering = gathering_new(&account, world->now_ms);
  struct reading reading = {0};
  struct ask ask;
  ask_init(&ask);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &reading);
  while (step == GATHERING_ASK) {
    const char *url = buf_text(&ask.http.url);
    assert_true(text_starts(url, ORIGIN));
    ask_world(world, ask.http.method, url + strlen(ORIGIN));
    const struct answer answer = {
        .http = {.status = world->status, .retry_after_ms = -1, .body = world->body, .length = strlen(world->body)}};
    ask_done(&ask);
    step = gathering_next(gathering, &answer, &ask, &reading);
  }
  ask_done(&ask);
  gathering_free(gathering);
  recipe_free(recipe);
  return reading;
}

static void assert_same_amount(struct amount a, struct amount b) {
  assert_int_equal(a.known, b.known);
  if (a.known) assert_int_equal(a.nano, b.nano);
}

static void the_real_recipes_read_what_the_curve_says(void **state) {
  (void)state;
  for (const struct sim_account *account = sim_accounts; account->name != NULL; account++) {
    for (int hours = 0; hours < 200; hours += 7) {
      char key[64];
      text_fmt(key, sizeof key, "sandbox-%s", account->name);
      struct world world = {.key = key, .now_ms = NOW_MS + hours * HOUR_MS};
      struct reading read = gather(sim_recipe(account->vendor), account->unit, ORIGIN, &world);
      struct reading said = sim_reading(account, SEED, world.now_ms);
      if (!reading_is_known(&read)) print_message("%s: %s\n", account->name, read.detail);
      assert_true(reading_is_known(&read));
      assert_int_equal(read.kind, said.kind);
      assert_string_equal(read.unit, said.unit);
      assert_same_amount(read.available, said.available);
      assert_same_amount(read.cash, said.cash);
      assert_same_amount(read.voucher, said.voucher);
      assert_same_amount(read.used, said.used);
      assert_same_amount(read.limit, said.limit);
      assert_int_equal(read.time_ms, said.time_ms);
    }
  }
}

static void a_key_that_is_nobodys_is_refused_as_the_vendor_would(void **state) {
  (void)state;
  static const struct {
    const char *key;
    const char *target;
    int status;
    const char *body; /* a piece of it */
  } cases[] = {
      {NULL, "/v1/users/me/balance", 401, "invalid_authentication_error"},
      {"sandbox-nobody", "/v1/users/me/balance", 401, "Invalid Authentication"},
      {"sandbox-deepseek", "/v1/users/me/balance", 401, "Invalid Authentication"},
      {"sk-real", "/user/balance", 401, "Authentication Fails"},
      {"sk-real", "/api/v1/credits", 401, "User not found."},
      {"sandbox-team-key", "/api/v1/credits", 403, "Only management keys"},
      {"sk-bench-", "/api/v1/key", 401, "User not found."},
      {"sk-bench-1x", "/api/v1/key", 401, "User not found."},
      {"sk-bench-1234567890", "/api/v1/key", 401, "User not found."},
      {"sandbox-kimi", "/v1/elsewhere", 404, "Not Found"},
      {"sandbox-kimi", "/fault/unheard-of/v1/users/me/balance", 404, "Not Found"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct world world = {.key = cases[i].key, .now_ms = NOW_MS};
    ask_world(&world, "GET", cases[i].target);
    assert_int_equal(world.status, cases[i].status);
    assert_non_null(strstr(world.body, cases[i].body));
  }
  struct world world = {.key = "sandbox-kimi", .now_ms = NOW_MS};
  ask_world(&world, "POST", "/v1/users/me/balance");
  assert_int_equal(world.status, 405);
}

static void a_benchmarks_accounts_never_change(void **state) {
  (void)state;
  struct world world = {.key = "sk-bench-0017", .now_ms = NOW_MS};
  struct reading first = gather("moonshot", "", ORIGIN, &world);
  world.now_ms += 9 * DAY_MS;
  struct reading second = gather("moonshot", "", ORIGIN, &world);
  assert_int_equal(first.available.nano, 28290000000);
  assert_int_equal(second.available.nano, first.available.nano);
  world.key = "sk-bench-69";
  assert_true(gather("openrouter", "", ORIGIN, &world).available.nano >= 5 * MONEY_NANO);
}

/* ---- the month before ---- */

struct month {
  int count;
  int64_t last_ms;
  int warnings;
  int criticals;
};

static void count_point(void *context, const struct sandbox_point *point) {
  struct month *month = context;
  const struct thresholds levels = {.warning.left = amount_of(5 * MONEY_NANO), .critical.left = amount_of(MONEY_NANO)};
  assert_true(point->reading.time_ms >= month->last_ms);
  assert_int_equal(point->reading.time_ms % HOUR_MS, 0);
  assert_true(point->reading.simulated);
  enum level level = level_of(&point->reading, &levels);
  month->warnings += level == LEVEL_WARNING;
  month->criticals += level == LEVEL_CRITICAL;
  month->last_ms = point->reading.time_ms;
  month->count++;
}

static void the_month_before_is_hourly_and_all_simulated(void **state) {
  (void)state;
  struct month month = {0};
  sandbox_history(SEED, NOW_MS, count_point, &month);
  assert_int_equal(month.count, 6 * 30 * 24);
  assert_true(month.last_ms < NOW_MS && month.last_ms > NOW_MS - HOUR_MS);
  assert_int_equal(month.criticals, 30 * 24);
  assert_true(month.warnings >= 30 * 24);
  month = (struct month){0};
  sandbox_history(SEED, NOW_MS - NOW_MS % HOUR_MS, count_point, &month);
  assert_int_equal(month.count, 6 * 30 * 24);
}

/* ---- its config ---- */

static void the_config_names_real_recipes_and_no_real_keys(void **state) {
  (void)state;
  struct buf text;
  buf_init(&text, 8192);
  sandbox_config(&text, 1234, "/tmp/a$b");
  assert_true(buf_ok(&text));
  assert_non_null(strstr(text.data, "[lowtide]\ntitle = API Balance Summary\nstate_dir = /tmp/a$$b\n"));
  assert_non_null(strstr(text.data, "\n[account kimi]\nprovider = moonshot\nkey = sandbox-kimi\nlabel = Kimi\nemoji = 🌙\n"
                                    "unit = USD\nbase_url = http://127.0.0.1:1234\n"));
  assert_non_null(strstr(text.data, "\n[channel console]\ntype = console\n"));
  for (const struct sim_account *account = sim_accounts; account->name != NULL; account++)
    embedded_text(sim_recipe(account->vendor));
  buf_done(&text);
}

static const char *no_environment(const char *name) {
  (void)name;
  return NULL;
}

static void its_config_is_one_that_the_loader_takes(void **state) {
  (void)state;
  struct err err = {0};
  struct buf text;
  const struct config_source source = {.getenv = no_environment, .simulated = true};
  buf_init(&text, 8192);
  sandbox_config(&text, 1234, "/tmp/a$b");
  struct config *config = config_parse("sandbox", text.data, text.len, &source, &err);
  if (config == NULL) print_message("%s\n", err.text);
  assert_non_null(config);
  assert_string_equal(config->state_dir, "/tmp/a$b");
  assert_int_equal(config->account_count, 6);
  assert_int_equal(config->channel_count, 1);
  for (size_t i = 0; i < config->account_count; i++) {
    assert_true(config->accounts[i].simulated);
    assert_null(config->accounts[i].missing);
    assert_non_null(config->accounts[i].recipe);
  }
  assert_true(config->channels[0].plug->local);
  config_release(config);
  buf_done(&text);
}

/* ---- faults ---- */

static void play_fault(const char *kind, struct local_script *script) {
  char target[128];
  *script = (struct local_script){0};
  buf_init(&script->bytes, LOCAL_SCRIPT_MAX);
  text_fmt(target, sizeof target, "/fault/%s/v1/users/me/balance?x=1", kind);
  struct local_request request = {.method = "GET", .target = target, .body = "", .header_count = 1};
  request.headers[0] = (struct local_header){.name = "Authorization", .value = "Bearer sandbox-kimi"};
  const struct serving serving = {.seed = SEED, .latency_ms = 5};
  serve_request(&serving, &request, NOW_MS, script);
  assert_true(buf_ok(&script->bytes));
}

static void each_fault_does_its_own(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    const char *starts;
    const char *holds;
    enum local_ending ending;
  } cases[] = {
      {"500", "HTTP/1.1 500 ", "", LOCAL_KEEP},
      {"401", "HTTP/1.1 401 ", "", LOCAL_KEEP},
      {"403", "HTTP/1.1 403 ", "", LOCAL_KEEP},
      {"404", "HTTP/1.1 404 ", "", LOCAL_KEEP},
      {"429", "HTTP/1.1 429 ", "\r\nRetry-After: 1\r\n", LOCAL_KEEP},
      {"garbage", "HTTP/1.1 200 ", "\x16\x03", LOCAL_KEEP},
      {"big", "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n", "", LOCAL_KEEP},
      {"nested", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n", "[[[[", LOCAL_KEEP},
      {"slow", "HTTP/1.1 200 OK\r\nContent-Length: 3600\r\n", "", LOCAL_KEEP},
      {"half", "HTTP/1.1 200 ", "{\"code\":0", LOCAL_CLOSE},
      {"nothing", "", "", LOCAL_CLOSE},
      {"reset", "", "", LOCAL_RESET},
      {"hang", "", "", LOCAL_HANG},
      {"redirect", "HTTP/1.1 302 ", "Location: http://elsewhere.invalid/", LOCAL_KEEP},
      {"redirect-here", "HTTP/1.1 302 ", "\r\nLocation: /v1/users/me/balance?x=1\r\n", LOCAL_KEEP},
      {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "", LOCAL_KEEP},
      {"wrongtype", "HTTP/1.1 200 ", "\"data\":[", LOCAL_KEEP},
      {"html", "HTTP/1.1 200 ", "\r\nContent-Type: text/html\r\n", LOCAL_KEEP},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct local_script script;
    play_fault(cases[i].kind, &script);
    const char *sent = buf_text(&script.bytes);
    assert_true(text_starts(sent, cases[i].starts));
    assert_non_null(strstr(sent, cases[i].holds));
    assert_int_equal(script.ending, cases[i].ending);
    assert_int_equal(script.step_count > 0 ? script.steps[0].delay_ms : script.wait_ms, 5);
    buf_done(&script.bytes);
  }
}

static void a_half_answer_promises_more_than_it_sends(void **state) {
  (void)state;
  struct local_script script;
  play_fault("half", &script);
  const char *length = strstr(buf_text(&script.bytes), "Content-Length: ");
  const char *body = strstr(buf_text(&script.bytes), "\r\n\r\n");
  assert_true(length != NULL && body != NULL);
  assert_int_equal(strlen(body + 4), strtoul(length + strlen("Content-Length: "), NULL, 10) / 2);
  buf_done(&script.bytes);
}

static void faulty_accounts_are_unknown_for_the_right_reason(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    enum err_code code;
  } cases[] = {{"500", ERR_SERVER},        {"401", ERR_AUTH},         {"403", ERR_FORBIDDEN},
               {"404", ERR_UNSUPPORTED},   {"429", ERR_RATE_LIMITED}, {"empty", ERR_MALFORMED},
               {"garbage", ERR_MALFORMED}, {"html", ERR_MALFORMED},   {"wrongtype", ERR_MALFORMED}};
  static const char *const recipes[] = {"moonshot", "deepseek", "openrouter-key"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (size_t j = 0; j < sizeof recipes / sizeof *recipes; j++) {
      char base_url[64];
      struct world world = {.key = "sk-bench-1", .now_ms = NOW_MS};
      text_fmt(base_url, sizeof base_url, ORIGIN "/fault/%s", cases[i].kind);
      struct reading reading = gather(recipes[j], "USD", base_url, &world);
      if (reading.code != cases[i].code) print_message("%s %s: %s\n", recipes[j], cases[i].kind, reading.detail);
      assert_int_equal(reading.code, cases[i].code);
    }
  }
}

/* ---- the server ---- */

static void it_serves_on_a_port_of_its_own_and_says_if_there_is_none(void **state) {
  (void)state;
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  assert_non_null(loop);
  struct sandbox_options options = {.seed = SEED};
  struct sandbox *sandbox = sandbox_new(loop, &options, &err);
  assert_non_null(sandbox);
  assert_true(sandbox_port(sandbox) > 0);
  options.port = sandbox_port(sandbox);
  assert_null(sandbox_new(loop, &options, &err));
  assert_int_equal(err.code, ERR_NETWORK);
  sandbox_free(sandbox);
  sandbox_free(NULL);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_balance_stays_between_its_floor_and_its_top),
      cmocka_unit_test(days_nights_and_weekends_differ),
      cmocka_unit_test(money_goes_little_by_little),
      cmocka_unit_test(the_same_seed_is_the_same_world),
      cmocka_unit_test(the_world_does_not_change_with_versions),
      cmocka_unit_test(the_real_recipes_read_what_the_curve_says),
      cmocka_unit_test(a_key_that_is_nobodys_is_refused_as_the_vendor_would),
      cmocka_unit_test(a_benchmarks_accounts_never_change),
      cmocka_unit_test(the_month_before_is_hourly_and_all_simulated),
      cmocka_unit_test(the_config_names_real_recipes_and_no_real_keys),
      cmocka_unit_test(its_config_is_one_that_the_loader_takes),
      cmocka_unit_test(each_fault_does_its_own),
      cmocka_unit_test(a_half_answer_promises_more_than_it_sends),
      cmocka_unit_test(faulty_accounts_are_unknown_for_the_right_reason),
      cmocka_unit_test(it_serves_on_a_port_of_its_own_and_says_if_there_is_none),
  };
  return cmocka_run_group_tests_name("the sandbox", tests, NULL, NULL);
}
