/* What the tests of commands that look or change share: a store with a history. */
#ifndef LOWTIDE_CHAT_STORE_TESTING_H
#define LOWTIDE_CHAT_STORE_TESTING_H

#include <stdlib.h>

#include "unit/chat_testing.h"

static char chat_folder[256];

static UNUSED int chat_folder_make(void **state) {
  const char *tmp = getenv("TMPDIR");
  (void)state;
  (void)text_fmt(chat_folder, sizeof chat_folder, "%s/lowtide-chat-XXXXXX", tmp != NULL ? tmp : "/tmp");
  return mkdtemp(chat_folder) != NULL ? 0 : -1;
}

static UNUSED int chat_folder_remove(void **state) {
  char command[512];
  (void)state;
  (void)text_fmt(command, sizeof command, "rm -rf '%s'", chat_folder);
  return system(command) == 0 ? 0 : -1;
}

static UNUSED void asking_open(struct asking *asking) {
  struct err err = {0};
  asking->store = store_open(chat_folder, STORE_WRITE, &err);
  if (asking->store == NULL) fail_msg("%s", err.text);
}

struct writing {
  struct account_key key;
  struct reading reading;
  struct trend *trend;
  struct alert_memory memory;
};

static UNUSED bool add_reading_job(struct store *store, void *context, struct err *err) {
  struct writing *writing = context;
  struct turn turn = {.schedule = "update", .started_ms = writing->reading.asked_ms};
  bool fresh = false;
  if (!store_turn_add(store, &turn, &fresh, err)) return false;
  if (!store_reading_add(store, &writing->key, turn.id, &writing->reading, LEVEL_OK, err)) return false;
  if (!store_trend(store, &writing->key, writing->reading.asked_ms, writing->trend, err)) return false;
  trend_update(writing->trend, &writing->reading);
  return store_trend_put(store, &writing->key, writing->trend, err);
}

/* A reading so long ago; cents below zero: unknown. */
static UNUSED void had(struct asking *asking, const char *name, int64_t ago_ms, int64_t cents) {
  struct err err = {0};
  struct trend trend = {0};
  struct writing writing = {.trend = &trend};
  writing.key.account = name;
  writing.key.provider = config_account(asking->config, name)->provider;
  writing.reading.asked_ms = writing.reading.time_ms = NOW_MS - ago_ms;
  writing.reading.available = (struct amount){.known = cents >= 0, .nano = cents >= 0 ? cents * CENT : 0};
  writing.reading.code = cents >= 0 ? ERR_NONE : ERR_TIMEOUT;
  const char *unit = config_account(asking->config, name)->unit;
  (void)text_copy(writing.reading.unit, sizeof writing.reading.unit, *unit != '\0' ? unit : "USD");
  if (!store_do(asking->store, add_reading_job, &writing, &err)) fail_msg("%s", err.text);
}

static UNUSED bool put_memory_job(struct store *store, void *context, struct err *err) {
  struct writing *writing = context;
  return store_alert_memory_put(store, &writing->key, &writing->memory, err);
}

static UNUSED void remember(struct asking *asking, const char *name, const struct alert_memory *memory) {
  struct err err = {0};
  struct writing writing = {.memory = *memory};
  writing.key.account = name;
  writing.key.provider = config_account(asking->config, name)->provider;
  if (!store_do(asking->store, put_memory_job, &writing, &err)) fail_msg("%s", err.text);
}

static UNUSED struct alert_memory memory_of(struct asking *asking, const char *name) {
  struct err err = {0};
  struct alert_memory memory = {0};
  const struct account_key key = {.account = name, .provider = config_account(asking->config, name)->provider};
  if (!store_alert_memory(asking->store, &key, &memory, &err)) fail_msg("%s", err.text);
  return memory;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chat_folder_make, chat_folder_remove)

#endif
