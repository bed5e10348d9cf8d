#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

bool conf_next_word(const char **text, char *word, size_t size) {
  const char *p = *text + strspn(*text, ", \t");
  size_t length = strcspn(p, ", \t");
  if (length == 0) return false;
  (void)text_fmt(word, size, "%.*s", (int)length, p);
  *text = p + length;
  return true;
}
