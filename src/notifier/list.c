#include "lowtide/notifier.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

/* A new channel type is its file and its line here. Each file defines `const struct notifier_plug NAME_plug`. */
#define PLUGS(X)                                                                                                           \
  X(console)                                                                                                               \
  X(discord_webhook)                                                                                                       \
  X(discord_bot)                                                                                                           \
  X(slack_webhook)                                                                                                         \
  X(slack_bot)                                                                                                             \
  X(email)                                                                                                                 \
  X(webhook)                                                                                                               \
  X(exec)

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

/* A short hash: enough to see a change, far too little to find what it is of. */
void notifier_mark(const struct channel *channel, char out[static NOTIFIER_MARK_MAX]) {
  uint64_t hash = text_hash(channel->plug->name, strlen(channel->plug->name));
  for (size_t i = 0; i <= channel->value_count; i++) {
    const char *text = channel->base_url;
    if (i < channel->value_count) text = account_value_in(&channel->values[i], 1, channel->values[i].name);
    uint64_t more = text_hash(text != NULL ? text : "", text != NULL ? strlen(text) : 0);
    hash = (hash ^ more) * 0x100000001B3U;
    if (i < channel->value_count) hash ^= text_hash(channel->values[i].name, strlen(channel->values[i].name));
  }
  (void)text_fmt(out, NOTIFIER_MARK_MAX, "%08x", (unsigned)((hash >> 32U) ^ (hash & 0xFFFFFFFFU)));
}

static char *blotted(const char *bytes, size_t length) {
  char *copy = mem_new(length + 1, 1);
  if (length > 0) memcpy(copy, bytes, length);
  (void)secret_blot_n(copy, length);
  return copy;
}

/* Apart: cppcheck takes a returned verdict for one that points into the answer. */
static void judge(const struct notifier_plug *plug, const struct answer *answer, struct verdict *verdict) {
  *verdict = plug->verdict(answer);
}

struct verdict notifier_judge(const struct notifier_plug *plug, const struct answer *answer) {
  struct answer clean = *answer;
  char *body = blotted(answer->http.body, answer->http.length);
  char *output = blotted(answer->program.output, answer->program.length);
  clean.http.body = body;
  clean.program.output = output;
  (void)secret_blot(clean.err.text);
  (void)secret_blot(clean.http.err.text);
  (void)secret_blot(clean.mail.reply);
  struct verdict verdict;
  judge(plug, &clean, &verdict);
  mem_free(body);
  mem_free(output);
  return verdict;
}
