#include "lowtide/notifier.h"

#include "lowtide/text.h"

/* A new channel type is its file and its line here. Each file defines `const struct notifier_plug NAME_plug`. */
#define PLUGS(X)                                                                                                           \
  X(console)                                                                                                               \
  X(discord_webhook)                                                                                                       \
  X(slack_webhook)

#define DECLARE(name) extern const struct notifier_plug name##_plug;
#define ADDRESS(name) &name##_plug,

PLUGS(DECLARE)

const struct notifier_plug *const notifier_plugs[] = {PLUGS(ADDRESS) NULL};

const struct notifier_plug *notifier_find(const char *name) {
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL; plug++) {
    if (text_eq((*plug)->name, name)) return *plug;
  }
  return NULL;
}
