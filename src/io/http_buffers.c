#include "io/http_buffers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *_Atomic start; /* NULL until the first is wanted; there to stay */
static bool is_used[HTTP_BUFFERS_MAX];
static size_t lowest_free; /* none below it */

#define ROOM ((size_t)HTTP_BUFFERS_MAX * HTTP_BUFFER_MOST)

/* Addresses only: memory comes with the first byte that is written. */
static bool reserve(void) {
  if (start != NULL) return true;
  void *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) start = room;
  return start != NULL;
}

static void *take(void) {
  void *buffer = NULL;
  (void)pthread_mutex_lock(&mutex);
  while (lowest_free < HTTP_BUFFERS_MAX && is_used[lowest_free])
    lowest_free++;
  if (lowest_free < HTTP_BUFFERS_MAX && reserve()) {
    buffer = start + lowest_free * HTTP_BUFFER_MOST;
    is_used[lowest_free++] = true;
  }
  (void)pthread_mutex_unlock(&mutex);
  return buffer;
}

static bool is_buffer(const void *memory) {
  return start != NULL && (uintptr_t)memory - (uintptr_t)start < ROOM;
}

void *http_buffers_new(size_t size) {
  void *buffer = size >= HTTP_BUFFER_LEAST && size <= HTTP_BUFFER_MOST ? take() : NULL;
  return buffer != NULL ? buffer : malloc(size);
}

void http_buffers_free(void *memory) {
  if (!is_buffer(memory)) {
    free(memory);
    return;
  }
  size_t index = (size_t)((char *)memory - start) / HTTP_BUFFER_MOST;
  (void)madvise(memory, HTTP_BUFFER_MOST, MADV_DONTNEED);
  (void)pthread_mutex_lock(&mutex);
  is_used[index] = false;
  if (index < lowest_free) lowest_free = index;
  (void)pthread_mutex_unlock(&mutex);
}

void *http_buffers_resize(void *memory, size_t size) {
  if (!is_buffer(memory)) return realloc(memory, size);
  if (size <= HTTP_BUFFER_MOST) return memory;
  void *larger = malloc(size);
  if (larger == NULL) return NULL;
  memcpy(larger, memory, HTTP_BUFFER_MOST);
  http_buffers_free(memory);
  return larger;
}
