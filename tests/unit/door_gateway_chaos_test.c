#include <stdio.h>

#include "door_gateway_testing.h"

#define HISTORIES 300
#define EVENTS 2000
#define DAY GATEWAY_DAY_MS

static uint64_t dice;
static char on_disk[GATEWAY_MEMO_MAX]; /* what a crash leaves */
static int identifies_seen;
static int64_t identified_ms[100000];
static int identified_count;

static unsigned roll(unsigned sides) {
  dice = dice * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)((dice >> 33U) % sides);
}

static void note_what_happened(void) {
  while (identifies_seen < identifies) {
    identified_ms[identified_count++] = clock_ms;
    identifies_seen++;
  }
}

static void come_up(void) {
  start(on_disk);
  identifies_seen = 0;
  note_what_happened();
}

static void finish_keeping(void) {
  if (!machine.keeping) return;
  (void)text_copy(on_disk, sizeof on_disk, on_its_way);
  gateway_machine_kept(&machine);
}

static void answer_somehow(void) {
  static const char *const bodies[] = {
      "", "{}", "{\"url\":\"http://x\"}",
      "{\"url\":\"wss://g.gg\",\"session_start_limit\":{\"remaining\":0,\"reset_after\":900}}"};
  if (roll(4) == 0) {
    answer_http(roll(2) == 0 ? 503 : 429, 1000, bodies[roll(2)]);
  } else {
    answer_bot(roll(6) == 0 ? bodies[roll(4)] : BOT);
  }
}

static void say_something(void) {
  static const char *const frames[] = {"{\"op\":1}",
                                       "{\"op\":7}",
                                       "{\"op\":9,\"d\":false}",
                                       "{\"op\":9,\"d\":true}",
                                       "{\"op\":11}",
                                       "{\"op\":10,\"d\":{\"heartbeat_interval\":700}}",
                                       "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}",
                                       "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}",
                                       "{\"op\":10,\"d\":{}}",
                                       "{\"op\":0,\"t\":\"RESUMED\",\"s\":5,\"d\":{}}",
                                       "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{}}",
                                       "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":9,\"d\":{\"id\":\"5\"}}",
                                       "{\"op\":0,\"t\":\"X\",\"s\":99999999999999999999,\"d\":{}}",
                                       "{\"op\":42}",
                                       "garbage"};
  if (roll(3) == 0) {
    ready();
  } else {
    frame("%s", frames[roll(sizeof frames / sizeof *frames)]);
  }
}

static void do_something(void) {
  static const int codes[] = {0, 0, 1000, 1006, 4000, 4003, 4007, 4009, 4999};
  char presence[16];
  switch (roll(12)) {
  case 0: finish_keeping(); break;
  case 1: gateway_machine_opened(&machine); break;
  case 2:
    if (connection) lose(codes[roll(sizeof codes / sizeof *codes)]);
    break;
  case 3:
    (void)text_fmt(presence, sizeof presence, "$%u", roll(5));
    gateway_machine_show(&machine, presence);
    break;
  case 4:
    if (machine.phase == GATEWAY_ASKING) answer_somehow();
    break;
  case 5: pass(roll(3) == 0 ? roll(120000) : roll(2000)); break;
  case 6:
    if (roll(20) == 0) come_up(); /* after a kill -9 */
    break;
  case 7: step(); break;
  default:
    if (connection) say_something();
    break;
  }
  note_what_happened();
}

static void never_more_than_fifty_a_day(void) {
  for (int i = GATEWAY_IDENTIFIES_MAX; i < identified_count; i++) {
    if (identified_ms[i] - identified_ms[i - GATEWAY_IDENTIFIES_MAX] < DAY) broken_rules++;
  }
}

/* As it should be: everything is answered at once. */
static void be_a_good_server(void) {
  switch (machine.phase) {
  case GATEWAY_ASKING: answer_bot(BOT); break;
  case GATEWAY_CONNECTING:
    gateway_machine_opened(&machine);
    hello();
    break;
  case GATEWAY_IDENTIFYING: ready(); break;
  case GATEWAY_RESUMING: frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":7,\"d\":{}}"); break;
  case GATEWAY_NOTING:
  case GATEWAY_OFF:
  case GATEWAY_WAITING:
  case GATEWAY_READY:
  case GATEWAY_FAILED: break;
  }
  finish_keeping();
}

static void whatever_happens_no_rule_is_broken_and_it_comes_back(void **state) {
  (void)state;
  for (uint64_t history = 1; history <= HISTORIES; history++) {
    dice = seed = history;
    on_disk[0] = '\0';
    identified_count = 0;
    come_up();
    for (int i = 0; i < EVENTS; i++)
      do_something();
    never_more_than_fifty_a_day();
    int64_t quiet_ms = clock_ms;
    while (machine.phase != GATEWAY_READY && clock_ms - quiet_ms < 2 * DAY) {
      be_a_good_server();
      note_what_happened();
      if (machine.phase == GATEWAY_WAITING) step();
    }
    if (broken_rules > 0 || machine.phase != GATEWAY_READY || clock_ms - quiet_ms > DAY) {
      print_message("seed %u: %d broken rules, phase %d\n", (unsigned)history, broken_rules, (int)machine.phase);
      fail();
    }
  }
}

/* A server that takes us in and throws us out 2 s later, for so long; worst of all if it forgets the session each time. */
static int flap(int64_t for_ms, bool forgets) {
  on_disk[0] = '\0';
  identified_count = 0;
  come_up();
  int64_t until_ms = clock_ms + for_ms;
  while (clock_ms < until_ms) {
    bool refused = machine.phase == GATEWAY_RESUMING && forgets;
    if (refused) frame("{\"op\":9,\"d\":false}");
    be_a_good_server();
    if (machine.phase == GATEWAY_READY) {
      pass(2000);
      lose(0);
    } else if (machine.phase == GATEWAY_WAITING) {
      step();
    }
    note_what_happened();
  }
  never_more_than_fifty_a_day();
  assert_int_equal(broken_rules, 0);
  return identified_count;
}

static void flapping_for_ten_minutes_costs_few_sessions(void **state) {
  (void)state;
  int kept = flap(600000, false);
  int forgotten = flap(600000, true);
  print_message("# 10 minutes of flapping every 2 s: %d IDENTIFY with sessions kept, %d without (50 a day are allowed)\n",
                kept, forgotten);
  assert_int_equal(kept, 1);
  assert_in_range(forgotten, 2, 15);
}

static void flapping_for_a_week_stays_within_fifty_a_day(void **state) {
  (void)state;
  int forgotten = flap(7 * DAY, true);
  print_message("# a week of it: %d\n", forgotten);
  assert_in_range(forgotten, 250, 350);
}

/* A program that dies as soon as it has identified, and is started again at once. */
static void a_crash_loop_stays_within_fifty_a_day(void **state) {
  (void)state;
  on_disk[0] = '\0';
  identified_count = 0;
  int64_t until_ms = clock_ms + DAY;
  while (clock_ms < until_ms) {
    come_up();
    for (int64_t since_ms = clock_ms; machine.phase != GATEWAY_IDENTIFYING && clock_ms - since_ms < 60000;) {
      be_a_good_server();
      if (machine.phase == GATEWAY_WAITING) step();
      note_what_happened();
    }
  }
  never_more_than_fifty_a_day();
  assert_int_equal(broken_rules, 0);
  assert_in_range(identified_count, 40, 51); /* the last step may go past the day's end */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whatever_happens_no_rule_is_broken_and_it_comes_back),
      cmocka_unit_test(flapping_for_ten_minutes_costs_few_sessions),
      cmocka_unit_test(flapping_for_a_week_stays_within_fifty_a_day),
      cmocka_unit_test(a_crash_loop_stays_within_fifty_a_day),
  };
  return cmocka_run_group_tests_name("door gateway chaos", tests, NULL, NULL);
}
