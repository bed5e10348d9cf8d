#include "lowtide/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without memory there is no way on: what matters is on disk, and a restart reads it from there. */
static void *there_or_die(void *memory) {
  if (memory == NULL) {
    (void)fputs("lowtide: out of memory\n", stderr);
    _exit(EXIT_FAILURE); /* what exit() would do needs memory too */
  }
  return memory;
}

void *mem_new(size_t count, size_t size) {
  return there_or_die(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *mem_grow(void *memory, size_t count, size_t size) {
  return there_or_die(reallocarray(memory, count > 0 ? count : 1, size));
}

char *mem_dup(const char *text) {
  return there_or_die(strdup(text));
}

void mem_free(void *memory) {
  free(memory);
}

#define ARENA_BLOCK 4096

struct arena_block {
  struct arena_block *next;
  size_t used;
  size_t size;
  alignas(max_align_t) unsigned char data[];
};

struct arena {
  struct arena_block *blocks;
};

struct arena *arena_new(void) {
  return mem_new(1, sizeof(struct arena));
}

void arena_free(struct arena *arena) {
  if (arena == NULL) return;
  struct arena_block *block = arena->blocks;
  while (block != NULL) {
    struct arena_block *next = block->next;
    free(block);
    block = next;
  }
  free(arena);
}

void *arena_alloc(struct arena *arena, size_t size) {
  const size_t alignment = alignof(max_align_t);
  if (size > SIZE_MAX / 2) return there_or_die(NULL);
  size = (size + alignment - 1) / alignment * alignment;
  struct arena_block *block = arena->blocks;
  if (block == NULL || block->size - block->used < size) {
    size_t room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
    block = there_or_die(calloc(1, sizeof *block + room));
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
  }
  void *memory = block->data + block->used;
  block->used += size;
  return memory;
}

char *arena_dup_n(struct arena *arena, const char *text, size_t length) {
  char *copy = arena_alloc(arena, length + 1);
  memcpy(copy, text, length);
  return copy;
}

char *arena_dup(struct arena *arena, const char *text) {
  return arena_dup_n(arena, text, strlen(text));
}
