/* The first line names a recipe that comes along, in full or, if it is one byte, by its number; the answers follow. */
#include "fuzz/gather.h"

#define RECIPES_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct recipe *recipes[RECIPES_MAX];
static size_t recipe_count;

/* Once, and with their fallbacks. */
static void parse_all(void) {
  struct err err = {0};
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++) {
    assert(recipe_count < RECIPES_MAX);
    recipes[recipe_count] = fuzz_parse(recipe->name, recipe->text);
    assert(recipes[recipe_count] != NULL);
    recipe_count++;
  }
  for (size_t i = 0; i < recipe_count; i++) {
    bool linked = recipe_link(recipes[i], recipes, recipe_count, &err);
    assert(linked);
    (void)linked;
  }
}

static const struct recipe *choose(const char *name, size_t length) {
  if (length == 1) return recipes[(uint8_t)*name % recipe_count];
  for (size_t i = 0; i < recipe_count; i++) {
    const char *known = recipe_about(recipes[i])->name;
    if (strlen(known) == length && memcmp(known, name, length) == 0) return recipes[i];
  }
  return recipes[0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
  struct fuzz_parts answers;
  if (end == NULL) return 0;
  if (recipe_count == 0) parse_all();
  size_t length = (size_t)(end - data);
  fuzz_cut(&answers, end + 1, size - length - 1);
  fuzz_gather(choose((const char *)data, length), &answers, true);
  fuzz_parts_done(&answers);
  return 0;
}
