#include <string.h>

#include "lowtide/text.h"
#include "provider/plugs.h"

const struct provider_plug *const provider_plugs[] = {&provider_command, &provider_manual, &provider_postgres, NULL};

const struct provider_plug *provider_find(const char *name) {
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    if (text_eq((*plug)->name, name)) return *plug;
  }
  return NULL;
}

bool unit_is_fit(const char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  size_t length = strlen(text);
  return length > 0 && length < UNIT_MAX && strspn(text, letters) == length;
}
