#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "unit/http_world.h"

struct move {
  struct http_world *world;
  char where[128];
  useconds_t waits_us; /* on the loop, before it moves */
  bool moved;
  struct err err;
  size_t done;
};

static void move_now(void *context) {
  struct move *move = context;
  (void)usleep(move->waits_us);
  move->moved = http_server_move(move->world->server, move->where, &move->err);
  move->world->port = http_server_port(move->world->server);
  __atomic_add_fetch(&move->done, 1, __ATOMIC_SEQ_CST);
}

static struct move move_to(struct http_world *world, const char *where) {
  struct move move = {.world = world};
  (void)text_copy(move.where, sizeof move.where, where);
  loop_post(world->loop, move_now, &move);
  assert_true(http_reaches(&move.done, 1));
  return move;
}

static bool serves(const struct http_world *world) {
  return http_says(world, "GET /here HTTP/1.1\r\n" CLOSE "\r\n", "GET /here ");
}

/* Somebody else of this machine may have got the port since. */
static bool is_left(struct http_world *world, uint16_t port) {
  size_t before = world->requests;
  int fd = http_dial_port(port);
  if (fd < 0) return true;
  struct buf heard;
  buf_init(&heard, HEARD_MAX);
  (void)http_put(fd, "GET /left HTTP/1.1\r\n" CLOSE "\r\n");
  http_hear(fd, &heard, NULL, 1000);
  (void)close(fd);
  buf_done(&heard);
  return __atomic_load_n(&world->requests, __ATOMIC_SEQ_CST) == before;
}

static const char *on_port(char *out, size_t size, const char *host, uint16_t port) {
  (void)text_fmt(out, size, "%s:%u", host, port);
  return out;
}

/* --- ports ------------------------------------------------------------------------------------------------------------ */

static void another_place_is_served_and_the_old_one_is_left(void **state) {
  struct http_world *world = *state;
  uint16_t old = world->port;
  assert_true(move_to(world, "localhost:0").moved);
  assert_string_equal(http_server_where(world->server), "localhost:0");
  assert_int_not_equal(world->port, old);
  assert_true(serves(world));
  assert_true(is_left(world, old));
}

static void the_same_place_keeps_its_socket(void **state) {
  struct http_world *world = *state;
  uint16_t old = world->port;
  assert_true(move_to(world, "127.0.0.1:0").moved);
  assert_int_equal(world->port, old);
  assert_true(serves(world));
}

static void a_place_that_cannot_be_had_leaves_it_where_it_is(void **state) {
  struct http_world *world = *state;
  struct http_world other;
  char taken[64];
  uint16_t old = world->port;
  assert_true(http_begin(&other));
  const char *const wrong[] = {on_port(taken, sizeof taken, "127.0.0.1", other.port), "192.0.2.1:1",
                               "/no/such/folder/http.sock", "nonsense"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct move move = move_to(world, wrong[i]);
    assert_false(move.moved);
    assert_int_equal(move.err.code, ERR_NETWORK);
    assert_int_equal(world->port, old);
    assert_string_equal(http_server_where(world->server), "127.0.0.1:0");
    assert_true(serves(world));
  }
  assert_true(serves(&other));
  http_end(&other);
}

/* One contains the other: neither can be listened on while the other is, unless both agree. */
static void a_place_that_overlaps_with_the_old_one_is_served(void **state) {
  struct http_world *world = *state;
  char where[64];
  uint16_t old = world->port;
  static const char *const hosts[] = {"0.0.0.0", "127.0.0.1", "localhost", "0.0.0.0", "127.0.0.1"};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    assert_true(move_to(world, on_port(where, sizeof where, hosts[i], old)).moved);
    assert_int_equal(world->port, old);
    assert_true(serves(world));
  }
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  assert_null(http_server_new(loop, where, http_handle, world, &err)); /* nobody else may share it */
  loop_free(loop);
}

static void who_is_there_stays_and_is_answered(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int waits = http_dial(world);
  int idle = http_dial(world);
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(waits, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert_true(http_put(idle, "GET /before HTTP/1.1\r\nHost: x\r\n\r\n"));
  http_hear(idle, &heard, "body=0:", LONG_MS);
  assert_true(http_reaches(&world->held_count, 1));
  assert_true(move_to(world, "localhost:0").moved);
  buf_clear(&heard);
  assert_true(http_put(idle, "GET /after HTTP/1.1\r\nHost: x\r\n\r\n"));
  http_hear(idle, &heard, "body=0:", LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "GET /after "));
  loop_post(world->loop, http_answer_held, world);
  http_hear(waits, &heard, "held\n", LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "held\n"));
  (void)close(waits);
  (void)close(idle);
  buf_done(&heard);
}

/* The kernel has let it in; the loop, which is busy, has not seen it. */
static void who_has_called_before_is_served(void **state) {
  struct http_world *world = *state;
  struct move move = {.world = world, .where = "localhost:0", .waits_us = 200000};
  struct buf heard;
  buf_init(&heard, HEARD_MAX);
  loop_post(world->loop, move_now, &move);
  (void)usleep(50000);
  int fd = http_dial(world);
  assert_true(http_put(fd, "GET /early HTTP/1.1\r\n" CLOSE "\r\n"));
  assert_true(http_reaches(&move.done, 1));
  assert_true(move.moved);
  http_hear(fd, &heard, NULL, LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "GET /early "));
  (void)close(fd);
  buf_done(&heard);
}

static void a_full_house_moves_too(void **state) {
  struct http_world *world = *state;
  static int fds[HTTP_SERVER_CONNECTIONS_MAX + 1];
  struct buf heard;
  for (size_t i = 0; i <= HTTP_SERVER_CONNECTIONS_MAX; i++) {
    if (i == HTTP_SERVER_CONNECTIONS_MAX) assert_true(move_to(world, "localhost:0").moved);
    fds[i] = http_dial(world);
    assert_true(http_put(fds[i], "GET /hold HTTP/1.1\r\n" CLOSE "\r\n"));
    if (i < HTTP_SERVER_CONNECTIONS_MAX) assert_true(http_reaches(&world->held_count, i + 1));
  }
  (void)usleep(50000);
  assert_int_equal(world->held_count, HTTP_SERVER_CONNECTIONS_MAX);
  loop_post(world->loop, http_answer_held, world);
  assert_true(http_reaches(&world->requests, HTTP_SERVER_CONNECTIONS_MAX + 1));
  loop_post(world->loop, http_answer_held, world);
  for (size_t i = 0; i <= HTTP_SERVER_CONNECTIONS_MAX; i++) {
    buf_init(&heard, HEARD_MAX);
    http_hear(fds[i], &heard, NULL, LONG_MS);
    assert_non_null(strstr(buf_text(&heard), "held\n"));
    (void)close(fds[i]);
    buf_done(&heard);
  }
}

/* --- unix sockets ----------------------------------------------------------------------------------------------------- */

struct spot {
  char folder[64];
  char first[96];
  char second[96];
};

static struct spot spot_new(void) {
  struct spot spot = {.folder = "/tmp/lowtide-move-XXXXXX"};
  assert_non_null(mkdtemp(spot.folder));
  (void)text_fmt(spot.first, sizeof spot.first, "%s/first.sock", spot.folder);
  (void)text_fmt(spot.second, sizeof spot.second, "%s/second.sock", spot.folder);
  return spot;
}

static bool is_served(const char *path) {
  struct buf heard;
  int fd = http_dial_path(path);
  if (fd < 0) return false;
  buf_init(&heard, HEARD_MAX);
  (void)http_put(fd, "GET /here HTTP/1.1\r\n" CLOSE "\r\n");
  http_hear(fd, &heard, NULL, LONG_MS);
  bool served = strstr(buf_text(&heard), "GET /here ") != NULL;
  (void)close(fd);
  buf_done(&heard);
  return served;
}

static void the_old_path_goes_when_another_is_served(void **state) {
  struct http_world *world = *state;
  struct spot spot = spot_new();
  struct stat file;
  assert_true(move_to(world, spot.first).moved);
  assert_true(is_served(spot.first));
  assert_true(move_to(world, spot.second).moved);
  assert_true(is_served(spot.second));
  assert_int_equal(stat(spot.second, &file), 0);
  assert_int_equal(file.st_mode & 0777, 0600);
  assert_int_not_equal(lstat(spot.first, &file), 0);
  assert_false(move_to(world, "/no/such/folder/http.sock").moved);
  assert_true(is_served(spot.second));
  assert_true(move_to(world, "127.0.0.1:0").moved);
  assert_int_not_equal(lstat(spot.second, &file), 0);
  assert_true(serves(world));
  assert_int_equal(rmdir(spot.folder), 0);
}

static void the_same_path_is_made_anew_only_where_it_was_taken_away(void **state) {
  struct http_world *world = *state;
  struct spot spot = spot_new();
  struct stat before;
  struct stat after;
  assert_true(move_to(world, spot.first).moved);
  assert_int_equal(stat(spot.first, &before), 0);
  assert_true(move_to(world, spot.first).moved);
  assert_int_equal(stat(spot.first, &after), 0);
  assert_true(before.st_ino == after.st_ino && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec);
  assert_int_equal(unlink(spot.first), 0);
  assert_true(move_to(world, spot.first).moved);
  assert_true(is_served(spot.first));
  assert_true(move_to(world, "127.0.0.1:0").moved);
  assert_int_equal(rmdir(spot.folder), 0);
}

/* --- want of files ---------------------------------------------------------------------------------------------------- */

static void who_cannot_be_taken_for_want_of_files_waits_and_costs_nothing(void **state) {
  struct http_world *world = *state;
  struct rlimit files;
  struct buf heard;
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(world->port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
  const struct rlimit few = {.rlim_cur = (rlim_t)fd + 1, .rlim_max = files.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
  int connected = connect(fd, (struct sockaddr *)&to, sizeof to);
  (void)http_put(fd, "GET /poor HTTP/1.1\r\n" CLOSE "\r\n");
  bool rested = http_rests(world, 500000, 20000);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
  assert_int_equal(connected, 0);
  assert_int_equal(world->requests, 0);
  assert_true(rested);
  buf_init(&heard, HEARD_MAX);
  http_hear(fd, &heard, NULL, LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "GET /poor "));
  (void)close(fd);
  buf_done(&heard);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(another_place_is_served_and_the_old_one_is_left, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(the_same_place_keeps_its_socket, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_place_that_cannot_be_had_leaves_it_where_it_is, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_place_that_overlaps_with_the_old_one_is_served, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(who_is_there_stays_and_is_answered, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(who_has_called_before_is_served, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_full_house_moves_too, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(the_old_path_goes_when_another_is_served, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(the_same_path_is_made_anew_only_where_it_was_taken_away, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(who_cannot_be_taken_for_want_of_files_waits_and_costs_nothing, http_set_up,
                                      http_tear_down),
  };
  return cmocka_run_group_tests_name("http_server_move", tests, NULL, NULL);
}
