/* The real world at its end: a daemon on a real loop and a real writer. */
#include "fake/bench.h"
#include "lowtide/loop.h"

struct ending {
  struct real_world real;
  struct world world;
  int told;
};

static void open_world(struct bench *bench, struct ending *ending) {
  *ending = (struct ending){0};
  ending->real.loop = loop_new(&bench->err);
  assert_non_null(ending->real.loop);
  ending->real.writer = writer_new(ending->real.loop, bench->fake.folder, &bench->err);
  assert_non_null(ending->real.writer);
  ending->real.asker = asker_new(ending->real.loop, &bench->err);
  assert_non_null(ending->real.asker);
  ending->world = world_real(&ending->real);
}

static void end_writer(struct ending *ending) {
  writer_free(ending->real.writer);
  ending->real.writer = NULL;
}

static void close_world(struct ending *ending) {
  asker_free(ending->real.asker);
  loop_free(ending->real.loop);
}

static bool write_turn(struct store *store, void *context, struct err *err) {
  struct turn turn = {.schedule = "update"};
  bool fresh = false;
  (void)context;
  return store_turn_add(store, &turn, &fresh, err);
}

static void tell(void *context, const struct err *err) {
  struct ending *ending = context;
  assert_int_equal(err->code, ERR_NONE);
  ending->told++;
  loop_stop(ending->real.loop);
}

static void a_commit_is_told_when_it_is_done(void **state) {
  struct bench *bench = *state;
  struct ending ending;
  open_world(bench, &ending);
  ending.world.commit(ending.world.context, write_turn, tell, &ending);
  loop_run(ending.real.loop);
  assert_int_equal(ending.told, 1);
  end_writer(&ending);
  close_world(&ending);
}

static void what_the_writer_finishes_at_its_end_is_kept_but_told_to_nobody(void **state) {
  struct bench *bench = *state;
  struct ending ending;
  struct turn last = {0};
  open_world(bench, &ending);
  ending.world.commit(ending.world.context, write_turn, tell, &ending);
  end_writer(&ending);
  close_world(&ending);
  assert_int_equal(ending.told, 0);
  assert_ok(store_turn_last(bench->fake.store, "update", &last, &bench->err));
  assert_int_not_equal(last.id, 0);
}

static void end_loop(void *context) {
  struct ending *ending = context;
  loop_stop(ending->real.loop);
}

struct stopping {
  struct bench *bench;
  struct ending *ending;
  struct daemon *daemon;
};

static void stop_daemon(void *context) {
  const struct stopping *stopping = context;
  daemon_stop(stopping->daemon);
}

/* Another process is at the store meanwhile, so that the daemon's first look at it is not back when the loop ends. */
static bool start_and_stop(struct store *store, void *context, struct err *err) {
  struct stopping *stopping = context;
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = end_loop, .context = stopping->ending};
  (void)store;
  (void)err;
  stopping->daemon = daemon_start(&stopping->ending->world, stopping->bench->config, &hooks);
  loop_run(stopping->ending->real.loop);
  return true;
}

static void a_daemon_stopped_at_once_is_not_called_after_its_end(void **state) {
  struct bench *bench = *state;
  struct ending ending;
  open_world(bench, &ending);
  struct stopping stopping = {.bench = bench, .ending = &ending};
  loop_post(ending.real.loop, stop_daemon, &stopping);
  assert_ok(store_do(bench->fake.store, start_and_stop, &stopping, &bench->err));
  end_writer(&ending);
  daemon_free(stopping.daemon);
  close_world(&ending);
}

static void the_real_clocks_move_and_chance_differs(void **state) {
  struct bench *bench = *state;
  struct ending ending;
  open_world(bench, &ending);
  const struct world *world = &ending.world;
  assert_true(world->wall_ms(world->context) > FAKE_START_MS);
  int64_t before_ms = world->mono_ms(world->context);
  assert_true(world->mono_ms(world->context) >= before_ms);
  assert_true(world->chance(world->context) != world->chance(world->context));
  end_writer(&ending);
  close_world(&ending);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_commit_is_told_when_it_is_done),
      TEST(what_the_writer_finishes_at_its_end_is_kept_but_told_to_nobody),
      TEST(a_daemon_stopped_at_once_is_not_called_after_its_end),
      TEST(the_real_clocks_move_and_chance_differs),
  };
  return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
