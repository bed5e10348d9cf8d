#include "lowtide/text.h"
#include "provider/plugs.h"

const struct provider_plug *const provider_plugs[] = {&provider_command, &provider_manual, &provider_postgres, NULL};

const struct provider_plug *provider_find(const char *name) {
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    if (text_eq((*plug)->name, name)) return *plug;
  }
  return NULL;
}
