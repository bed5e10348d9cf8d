/* Feeds each file of a fuzz target's corpus to it once, and speaks TAP: what was ever found stays found, with any compiler.
 * Another folder may be given as an argument. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

/* The Makefile names the target's own. */
#ifndef FUZZ_CORPUS
#define FUZZ_CORPUS "tests/fuzz/corpus"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* In memory of exactly its size, so that the sanitizers see a byte too many. */
static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  (void)fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = mem_new(*size, 1);
  bool whole = fread(data, 1, *size, file) == *size;
  (void)fclose(file);
  if (whole) return data;
  mem_free(data);
  return NULL;
}

static bool replay(const char *folder, const char *name) {
  char path[4096];
  size_t size = 0;
  uint8_t *data = text_fmt(path, sizeof path, "%s/%s", folder, name) ? read_file(path, &size) : NULL;
  if (data == NULL) return false;
  (void)LLVMFuzzerTestOneInput(data, size);
  mem_free(data);
  return true;
}

int main(int argc, char **argv) {
  const char *folder = argc > 1 ? argv[1] : FUZZ_CORPUS;
  struct dirent **entries = NULL;
  int count = scandir(folder, &entries, is_visible, alphasort);
  int failed = count > 0 ? 0 : 1;
  printf("1..%d\n", count > 0 ? count : 0);
  for (int i = 0; i < count; i++) {
    printf("# %s/%s\n", folder, entries[i]->d_name);
    (void)fflush(stdout);
    bool done = replay(folder, entries[i]->d_name);
    printf("%s %d - %s\n", done ? "ok" : "not ok", i + 1, entries[i]->d_name);
    if (!done) failed = 1;
    free(entries[i]);
  }
  free(entries);
  return failed;
}
