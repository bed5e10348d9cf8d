#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "door/board.h"
#include "fake/world.h"
#include "lowtide/secret.h"

/* --- the stage ----------------------------------------------------------------------------------------------------- */

static struct fake_world fake;
static struct board *board;
static struct way_state discord;
static struct way_state slack;
static bool has_slack;
static int looks;

static void look(void *context, struct board *on) {
  assert_ptr_equal(context, &fake);
  assert_ptr_equal(on, board);
  looks++;
  board_show(on, "Discord", "connected", &discord);
  if (has_slack) board_show(on, "Slack", "connected", &slack);
}

static int set_up(void **state) {
  (void)state;
  fake_world_init(&fake);
  discord = (struct way_state){0};
  slack = (struct way_state){0};
  has_slack = false;
  looks = 0;
  board = board_new(&fake.world, look, &fake);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  board_free(board);
  fake_world_done(&fake);
  return 0;
}

static void becomes(struct way_state *door, enum way_standing standing, const char *why) {
  door->standing = standing;
  (void)text_copy(door->why, sizeof door->why, why);
}

static size_t read_states(struct door_state out[static DOORS_MAX]) {
  size_t count = 99;
  struct err err = {0};
  assert_true(door_states(fake.store, (int)getpid(), out, &count, &err));
  return count;
}

static void assert_noted(const char *state, int64_t since_ms, const char *why) {
  struct door_state doors[DOORS_MAX];
  assert_true(read_states(doors) >= 1);
  assert_string_equal(doors[0].name, "Discord");
  assert_string_equal(doors[0].state, state);
  assert_int_equal(doors[0].since_ms - FAKE_START_MS, since_ms);
  assert_string_equal(doors[0].why, why);
}

/* --- tests --------------------------------------------------------------------------------------------------------- */

static void how_a_door_stands_is_noted_soon_and_once(void **state) {
  (void)state;
  struct door_state doors[DOORS_MAX];
  assert_int_equal(read_states(doors), 0);
  becomes(&discord, WAY_OPEN, "");
  fake_run(&fake, 1100);
  assert_noted("connected", 1000, "");
  fake_run(&fake, 3600000);
  assert_int_equal(fake.commits, 1);
}

static void where_all_stands_still_it_looks_twice_a_minute(void **state) {
  (void)state;
  becomes(&discord, WAY_OPEN, "");
  fake_run(&fake, 10000);
  looks = 0;
  fake_run(&fake, 600000);
  assert_in_range(looks, 19, 21);
  becomes(&discord, WAY_STOPPED, "the token is unknown");
  fake_run(&fake, 60000);
  looks = 0;
  fake_run(&fake, 600000);
  assert_in_range(looks, 19, 21);
}

static void what_lasts_is_noted_with_when_it_began(void **state) {
  (void)state;
  becomes(&discord, WAY_OPENING, "");
  fake_run(&fake, 1100);
  assert_noted("connecting", 1000, "");
  becomes(&discord, WAY_OPEN, "");
  fake_run(&fake, 13000);
  assert_noted("connected", 4000, "");
  becomes(&discord, WAY_OPENING, "connection cut");
  fake_run(&fake, 20000);
  assert_noted("reconnecting", 16000, "connection cut");
  becomes(&discord, WAY_STOPPED, "Discord does not know the bot's token; copy it anew");
  fake_run(&fake, 20000);
  assert_noted("stopped", 37000, "Discord does not know the bot's token; copy it anew");
  assert_int_equal(fake.commits, 4);
}

static void what_is_over_at_the_next_look_is_not_noted(void **state) {
  (void)state;
  becomes(&discord, WAY_OPEN, "");
  fake_run(&fake, 20000);
  for (int i = 0; i < 100; i++) {
    becomes(&discord, i % 2 == 0 ? WAY_OPENING : WAY_OPEN, "");
    fake_run(&fake, 3000);
  }
  assert_int_equal(fake.commits, 1);
  assert_noted("connected", 1000, "");
}

static void a_line_that_comes_and_goes_is_noted_every_ten_seconds_at_most(void **state) {
  (void)state;
  fake_run(&fake, 1000);
  for (int i = 0; i < 100; i++) {
    becomes(&discord, i % 2 == 0 ? WAY_OPEN : WAY_OPENING, "cut");
    fake_run(&fake, 6000);
  }
  assert_in_range(fake.commits, 20, 61);
}

static void the_same_for_another_reason_is_noted_every_minute(void **state) {
  (void)state;
  becomes(&discord, WAY_OPENING, "refused");
  fake_run(&fake, 2000);
  for (int i = 0; i < 60; i++) {
    becomes(&discord, WAY_OPENING, i % 2 == 0 ? "timeout" : "refused");
    fake_run(&fake, 10000);
  }
  assert_in_range(fake.commits, 6, 11);
}

static void a_door_that_is_gone_is_taken_down(void **state) {
  (void)state;
  struct door_state doors[DOORS_MAX];
  has_slack = true;
  becomes(&slack, WAY_STOPPED, "Socket Mode is switched off");
  fake_run(&fake, 2000);
  assert_int_equal(read_states(doors), 2);
  assert_string_equal(doors[1].name, "Slack");
  assert_string_equal(doors[1].state, "stopped");
  has_slack = false;
  fake_run(&fake, 15000);
  assert_int_equal(read_states(doors), 1);
}

static void at_the_end_nothing_is_left(void **state) {
  (void)state;
  struct door_state doors[DOORS_MAX];
  fake_run(&fake, 2000);
  assert_int_equal(read_states(doors), 1);
  board_shut(board);
  assert_true(board_is_busy(board));
  fake_run(&fake, 1000);
  assert_false(board_is_busy(board));
  assert_int_equal(read_states(doors), 0);
  board_shut(board);
  fake_run(&fake, 60000);
  assert_int_equal(fake.commits, 2);
}

static void what_another_process_has_noted_is_not_believed(void **state) {
  (void)state;
  struct door_state doors[DOORS_MAX];
  struct err err = {0};
  size_t count = 99;
  fake_run(&fake, 2000);
  assert_true(door_states(fake.store, (int)getpid() + 1, doors, &count, &err));
  assert_int_equal(count, 0);
  assert_true(door_states(fake.store, 0, doors, &count, &err));
  assert_int_equal(count, 0);
}

static void a_store_that_takes_nothing_is_tried_again(void **state) {
  (void)state;
  fake.store_is_broken = true;
  fake_run(&fake, 30000);
  fake.store_is_broken = false;
  fake_run(&fake, 60000);
  assert_noted("connecting", 1000, "");
}

static void a_reason_is_one_line_without_secrets(void **state) {
  (void)state;
  struct secret *token = secret_new("planted-token-0123456789");
  becomes(&discord, WAY_OPENING, "bad\nthing with planted-token-0123456789");
  fake_run(&fake, 2000);
  struct door_state doors[DOORS_MAX];
  assert_int_equal(read_states(doors), 1);
  assert_null(strchr(doors[0].why, '\n'));
  assert_null(strstr(doors[0].why, "planted-token"));
  secret_free(token);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(how_a_door_stands_is_noted_soon_and_once),
      TEST(where_all_stands_still_it_looks_twice_a_minute),
      TEST(what_lasts_is_noted_with_when_it_began),
      TEST(what_is_over_at_the_next_look_is_not_noted),
      TEST(a_line_that_comes_and_goes_is_noted_every_ten_seconds_at_most),
      TEST(the_same_for_another_reason_is_noted_every_minute),
      TEST(a_door_that_is_gone_is_taken_down),
      TEST(at_the_end_nothing_is_left),
      TEST(what_another_process_has_noted_is_not_believed),
      TEST(a_store_that_takes_nothing_is_tried_again),
      TEST(a_reason_is_one_line_without_secrets),
  };
  return cmocka_run_group_tests_name("door_board", tests, NULL, NULL);
}
