#include "lowtide/provider.h"
#include "lowtide/text.h"

/* A new provider in C is its file and its line here. Each file defines `const struct provider_plug provider_NAME`. */
#define PLUGS(X)                                                                                                           \
  X(command)                                                                                                               \
  X(ledger)                                                                                                                \
  X(manual)                                                                                                                \
  X(postgres)                                                                                                              \
  X(push)

#define DECLARE(name) extern const struct provider_plug provider_##name;
#define ADDRESS(name) &provider_##name,

PLUGS(DECLARE)

const struct provider_plug *const provider_plugs[] = {PLUGS(ADDRESS) NULL};

const struct provider_plug *provider_find(const char *name) {
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    if (text_eq((*plug)->name, name)) return *plug;
  }
  return NULL;
}
