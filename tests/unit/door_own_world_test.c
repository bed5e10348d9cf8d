/* The doors' own connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/own_world.h"
#include "fake/world.h"
#include "unit/io_world.h"

#define QUIET_MS 120000

static struct io_world io;
static struct fake_world fake;
static struct own_world *own;

/* How many requests its connection has brought. */
static void count(void *context, const struct local_request *request, struct local_script *script) {
  char text[16];
  (void)context;
  (void)text_fmt(text, sizeof text, "%u", request->nth);
  local_script_answer(script, 200, "", text, strlen(text));
}

static int begin(void **state) {
  struct err err = {0};
  (void)state;
  if (!io_begin(&io, count, NULL)) return -1;
  fake_world_init(&fake);
  own = own_world_new(io.loop, &fake.world, &err);
  return own != NULL ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  own_world_free(own);
  fake_world_done(&fake);
  io_end(&io);
  return 0;
}

static void assert_asked_as(const char *number) {
  const struct world *world = own_world(own);
  struct heard heard = {.world = &io};
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/", io.port);
  io.waiting++;
  (void)world->ask(world->context, &ask, PATIENCE_MS, io_hear, &heard);
  io_wait(&io);
  assert_string_equal(heard.body, number);
}

static void connections_are_kept_until_nobody_has_asked_for_a_while(void **state) {
  (void)state;
  assert_asked_as("1");
  fake_run(&fake, QUIET_MS - 1);
  assert_asked_as("2");
  fake_run(&fake, QUIET_MS - 1);
  assert_asked_as("3");
  fake_run(&fake, QUIET_MS);
  assert_asked_as("1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(connections_are_kept_until_nobody_has_asked_for_a_while, begin, end),
  };
  return cmocka_run_group_tests_name("door_own_world", tests, NULL, NULL);
}
