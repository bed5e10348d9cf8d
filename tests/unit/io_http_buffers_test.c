#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/http_buffers.h"

#define FRAME 16385
#define THREADS 4
#define TURNS 2000

/* Pages of a buffer that have memory. */
static size_t resident(void *buffer) {
  unsigned char pages[HTTP_BUFFER_MOST / 4096] = {0};
  size_t count = 0;
  assert_int_equal(mincore(buffer, HTTP_BUFFER_MOST, pages), 0);
  for (size_t i = 0; i < sizeof pages; i++)
    count += pages[i] & 1U;
  return count;
}

static void a_buffer_takes_memory_only_where_it_is_written(void **state) {
  (void)state;
  if (sysconf(_SC_PAGESIZE) != 4096) {
    print_message("needs pages of 4096 bytes\n");
    skip();
  }
  char *first = http_buffers_new(FRAME);
  char *second = http_buffers_new(FRAME);
  assert_int_equal(second - first, HTTP_BUFFER_MOST);
  assert_int_equal(resident(first), 0);
  memset(first, 'x', 300);
  assert_int_equal(resident(first), 1);
  assert_int_equal(resident(second), 0);
  http_buffers_free(first);
  assert_int_equal(resident(first), 0);
  http_buffers_free(second);
}

static void what_is_given_back_is_used_again_and_empty(void **state) {
  (void)state;
  char *first = http_buffers_new(FRAME);
  char *second = http_buffers_new(FRAME);
  memset(first, 'x', FRAME);
  http_buffers_free(first);
  char *third = http_buffers_new(HTTP_BUFFER_LEAST);
  assert_ptr_equal(third, first);
  for (size_t i = 0; i < FRAME; i++)
    assert_int_equal(third[i], 0);
  http_buffers_free(second);
  http_buffers_free(third);
}

static bool is_apart(const void *memory, const char *first) {
  return (uintptr_t)memory - (uintptr_t)first < (size_t)HTTP_BUFFERS_MAX * HTTP_BUFFER_MOST;
}

static void other_sizes_and_what_is_too_many_lie_on_the_heap(void **state) {
  (void)state;
  static void *buffers[HTTP_BUFFERS_MAX + 2];
  static const size_t others[] = {0, 1, HTTP_BUFFER_LEAST - 1, HTTP_BUFFER_MOST + 1, 1048576};
  for (size_t i = 0; i < HTTP_BUFFERS_MAX + 2; i++) {
    buffers[i] = http_buffers_new(FRAME);
    memset(buffers[i], 'x', FRAME);
    assert_int_equal(is_apart(buffers[i], buffers[0]), i < HTTP_BUFFERS_MAX);
  }
  for (size_t i = 0; i < HTTP_BUFFERS_MAX + 2; i++)
    http_buffers_free(buffers[i]);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    void *other = http_buffers_new(others[i]);
    assert_false(is_apart(other, buffers[0]));
    http_buffers_free(other);
  }
  http_buffers_free(NULL);
}

static void a_buffer_that_grows_keeps_what_is_in_it(void **state) {
  (void)state;
  char *buffer = http_buffers_new(FRAME);
  memset(buffer, 'x', FRAME);
  assert_ptr_equal(http_buffers_resize(buffer, 100), buffer);
  assert_ptr_equal(http_buffers_resize(buffer, HTTP_BUFFER_MOST), buffer);
  char *larger = http_buffers_resize(buffer, 100000);
  for (size_t i = 0; i < FRAME; i++)
    assert_int_equal(larger[i], 'x');
  larger[99999] = 'y';
  assert_ptr_equal(http_buffers_new(FRAME), buffer);
  http_buffers_free(buffer);
  http_buffers_free(http_buffers_resize(larger, 200000));
  http_buffers_free(http_buffers_resize(NULL, FRAME));
}

static void *take_and_give(void *mark) {
  for (int i = 0; i < TURNS; i++) {
    char *buffer = http_buffers_new(FRAME);
    bool empty = buffer[0] == '\0' && buffer[FRAME - 1] == '\0';
    memset(buffer, *(const char *)mark, FRAME);
    bool own = buffer[0] == *(const char *)mark && buffer[FRAME - 1] == *(const char *)mark;
    http_buffers_free(buffer);
    if (!empty || !own) return mark;
  }
  return NULL;
}

static void no_buffer_is_given_to_two_threads(void **state) {
  (void)state;
  pthread_t threads[THREADS];
  char marks[THREADS] = {'a', 'b', 'c', 'd'};
  for (size_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &marks[i]), 0);
  for (size_t i = 0; i < THREADS; i++) {
    void *wrong = NULL;
    assert_int_equal(pthread_join(threads[i], &wrong), 0);
    assert_null(wrong);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_buffer_takes_memory_only_where_it_is_written),
      cmocka_unit_test(what_is_given_back_is_used_again_and_empty),
      cmocka_unit_test(other_sizes_and_what_is_too_many_lie_on_the_heap),
      cmocka_unit_test(a_buffer_that_grows_keeps_what_is_in_it),
      cmocka_unit_test(no_buffer_is_given_to_two_threads),
  };
  return cmocka_run_group_tests_name("io_http_buffers", tests, NULL, NULL);
}
