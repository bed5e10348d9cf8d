/* mem: memory that is there or the program ends with a sentence (its state is safe on disk), and arenas for values
 * that live and die together, as a config does. What the network sizes does not come from here: see buf.h. */
#ifndef LOWTIDE_MEM_H
#define LOWTIDE_MEM_H

#include <stddef.h>

/* Zeroed memory for count items. Never NULL. Free with mem_free. */
void *mem_new(size_t count, size_t size);

/* Grows to count items, the new ones not zeroed. Never NULL. */
void *mem_grow(void *memory, size_t count, size_t size);

char *mem_dup(const char *text);
void mem_free(void *memory);

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, aligned for anything, alive until arena_free. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_dup(struct arena *arena, const char *text);
char *arena_dup_n(struct arena *arena, const char *text, size_t length);

#endif
