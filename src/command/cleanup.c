#include <inttypes.h>

#include "command.h"
#include "lowtide/loop.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

#define CHUNK 1000

static bool delete_chunk(struct store *store, void *context, struct err *err) {
  return store_cleanup(store, context, err);
}

/* In chunks, so that a daemon beside it is never kept waiting. */
static bool delete_all(const struct config *config, int64_t before_ms, int64_t *total, struct err *err) {
  struct cleanup_chunk chunk = {.before_ms = before_ms, .limit = CHUNK, .more = true};
  struct store *store = store_open(config->state_dir, STORE_WRITE, err);
  bool ok = store != NULL;
  while (ok && chunk.more) {
    ok = store_do(store, delete_chunk, &chunk, err);
    if (ok) *total += chunk.deleted;
  }
  store_close(store);
  if (*total > 0) state_lock_nudge(config->state_dir);
  return ok;
}

static int cleanup_run(const struct invocation *invocation) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const char *keep = invocation_flag(invocation, "keep");
  int64_t keep_ms = config->keep_ms;
  int64_t total = 0;
  int result = EXIT_TROUBLE;
  bool ok = keep == NULL || text_duration(keep, &keep_ms, &err);
  if (!ok) err_wrap(&err, "--keep");
  if (ok) ok = delete_all(config, loop_wall_ms() - keep_ms, &total, &err);
  if (ok) {
    char line[64];
    (void)text_fmt(line, sizeof line, "%" PRId64 " reading%s deleted", total, text_plural(total));
    result = command_print(line);
  } else {
    result = command_fail(&err);
  }
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"keep", "30d", "delete what is older; the config's `keep` if not given"},
    {0},
};

const struct command command_cleanup = {
    .name = "cleanup",
    .usage = "",
    .about = "delete old readings (the daemon does it daily)",
    .more = "Each account's newest reading always stays.",
    .flags = flags,
    .run = cleanup_run,
};
