/* The first part is a recipe of any text; what follows are the answers, or one that has something of all. */
#include "fuzz/gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char rich[] =
      "0{\"a\":1,\"data\":[{\"a\":\"2.5\",\"b\":null,\"u\":\"usd\"},{\"a\":-1,\"u\":\"EUR\"}],\"n\":\"p\"}";
  struct fuzz_parts parts;
  fuzz_cut(&parts, data, size);
  struct recipe *recipe = fuzz_parse("fuzz", parts.text[0]);
  struct fuzz_parts answers = {.text = {rich}, .length = {sizeof rich - 1}, .count = 1};
  for (size_t i = 1; i < parts.count; i++) {
    answers.text[i - 1] = parts.text[i];
    answers.length[i - 1] = parts.length[i];
    answers.count = i;
  }
  /* A recipe may say itself what is a secret only here. */
  if (recipe != NULL) fuzz_gather(recipe, &answers, false);
  recipe_free(recipe);
  fuzz_parts_done(&parts);
  return 0;
}
