/* Old readings go once a day, in small jobs. */
#include "fake/bench.h"
#include "flow/retention.h"

#define CHUNK 1000

struct filling {
  int count;
  int64_t oldest_ms;
};

static bool fill_job(struct store *store, void *context, struct err *err) {
  const struct filling *filling = context;
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  for (int i = 0; i < filling->count; i++) {
    struct reading reading = {.asked_ms = filling->oldest_ms + i * 1000LL, .unit = "USD"};
    reading.time_ms = reading.asked_ms;
    reading.available = (struct amount){.known = true, .nano = 5000000000};
    if (!store_reading_add(store, &key, 1, &reading, LEVEL_OK, err)) return false;
  }
  return true;
}

/* count readings a second apart from age_ms before now on. */
static void fill(struct bench *bench, int count, int64_t age_ms) {
  struct filling filling = {.count = count, .oldest_ms = bench->fake.wall_ms - age_ms};
  assert_ok(store_do(bench->fake.store, fill_job, &filling, &bench->err));
}

static void keep_thirty_days(struct bench *bench) {
  configure(bench, "[lowtide]\nschedule = @hourly\nkeep = 30d\n" ACCOUNT("kimi") CHANNEL("team"));
}

/* It looks at the clock for an hour before it believes it. */
static struct retention *watch_an_hour(struct bench *bench) {
  struct retention *retention = retention_new(&bench->fake.world);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, HOUR);
  assert_int_equal(bench->fake.commits, 0);
  return retention;
}

static void old_readings_go_a_thousand_a_job(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, 2 * CHUNK + 500, 40 * DAY);
  fill(bench, 3, DAY);
  struct retention *retention = watch_an_hour(bench);
  retention_tick(retention, bench->config);
  assert_int_equal(count_readings(bench, NULL), CHUNK + 503);
  retention_tick(retention, bench->config); /* it is at it already */
  assert_int_equal(count_readings(bench, NULL), CHUNK + 503);
  assert_true(fake_step(&bench->fake, INT64_MAX));
  assert_int_equal(count_readings(bench, NULL), 503);
  assert_true(fake_step(&bench->fake, INT64_MAX));
  assert_int_equal(count_readings(bench, NULL), 3);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->fake.commits, 3);
  retention_free(retention);
}

static void the_next_look_is_a_day_later(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, 10, 40 * DAY);
  fill(bench, 10, 30 * DAY - 2 * HOUR); /* too young by an hour */
  fill(bench, 1, DAY);
  struct retention *retention = watch_an_hour(bench);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, DAY - 1000);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, 1000);
  assert_int_equal(count_readings(bench, NULL), 11);
  assert_int_equal(bench->fake.commits, 1);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, 1000);
  assert_int_equal(count_readings(bench, NULL), 1);
  retention_free(retention);
}

static void after_a_failure_it_goes_on_the_next_day(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, 10, 40 * DAY);
  fill(bench, 1, DAY);
  struct retention *retention = watch_an_hour(bench);
  hush(true);
  bench->fake.store_is_broken = true;
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, DAY);
  bench->fake.store_is_broken = false;
  hush(false);
  assert_int_equal(count_readings(bench, NULL), 11);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, 1000);
  assert_int_equal(count_readings(bench, NULL), 1);
  retention_free(retention);
}

static void the_daemon_does_it_by_itself(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, CHUNK + 1, 40 * DAY);
  begin(bench);
  fake_run(&bench->fake, HOUR + 2 * MINUTE);
  assert_int_equal(count_readings(bench, NULL), 1 + 1);
  fill(bench, 5, 40 * DAY);
  fake_run(&bench->fake, DAY + 2 * MINUTE);
  assert_int_equal(count_readings(bench, NULL), 1 + 1 + 24);
}

static void the_newest_known_reading_stays_however_old(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, 10, 400 * DAY);
  struct retention *retention = watch_an_hour(bench);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, 1000);
  assert_int_equal(count_readings(bench, NULL), 1);
  assert_true(account_state_of(bench, "kimi").known);
  retention_free(retention);
}

static void a_clock_that_stays_in_2038_takes_a_month_a_day_at_most(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @hourly\nkeep = 1y\n" ACCOUNT("kimi") CHANNEL("team"));
  fill(bench, 10, 300 * DAY);
  fill(bench, 10, 200 * DAY);
  fill(bench, 10, DAY);
  bench->fake.wall_ms += 12LL * 365 * DAY;
  struct retention *retention = watch_an_hour(bench);
  retention_tick(retention, bench->config);
  fake_run(&bench->fake, HOUR);
  assert_int_equal(count_readings(bench, NULL), 20);
  retention_free(retention);
}

static void a_visit_of_the_clock_to_2038_deletes_nothing(void **state) {
  struct bench *bench = *state;
  keep_thirty_days(bench);
  fill(bench, 10, DAY);
  begin(bench);
  fake_run(&bench->fake, 23 * HOUR);
  int before = count_readings(bench, NULL);
  int64_t home_ms = bench->fake.wall_ms;
  bench->fake.wall_ms = 2147483647000LL;
  fake_run(&bench->fake, 50 * MINUTE);
  bench->fake.wall_ms = home_ms + 50 * MINUTE;
  fake_run(&bench->fake, 3 * HOUR);
  assert_true(count_readings(bench, NULL) > before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(old_readings_go_a_thousand_a_job),
      TEST(the_next_look_is_a_day_later),
      TEST(after_a_failure_it_goes_on_the_next_day),
      TEST(the_daemon_does_it_by_itself),
      TEST(the_newest_known_reading_stays_however_old),
      TEST(a_clock_that_stays_in_2038_takes_a_month_a_day_at_most),
      TEST(a_visit_of_the_clock_to_2038_deletes_nothing),
  };
  return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
