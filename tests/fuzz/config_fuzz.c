/* Any bytes: either refused with one located sentence, or a config that is whole. No file is opened. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/config.h"
#include "lowtide/text.h"

static const char *fuzz_getenv(const char *name) {
  if (text_eq(name, "HOME")) return "/h";
  return text_starts(name, "SET") ? "a value of \xC3\xBC" : NULL;
}

static void check_account(const struct config *config, const struct account *account) {
  assert(account->name[0] != '\0' && strchr(account->name, '/') == NULL && account->name[0] != '.');
  assert(account->provider != NULL && account->label != NULL && account->emoji != NULL && account->unit != NULL);
  assert(account->deadline_ms > 0 && account->stale_after_ms > 0);
  assert(config_account(config, account->name) == account);
}

static void check_refusal(const struct err *err) {
  assert(err->code == ERR_CONFIG && err->hint[0] == '\0');
  assert(text_starts(err->text, "c.ini:") || text_starts(err->text, "environment: "));
  assert(strchr(err->text, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const struct config_source source = {.getenv = fuzz_getenv, .sealed = true};
  struct err err = {0};
  struct config *config = config_parse("c.ini", (const char *)data, size, &source, &err);
  if (config == NULL) {
    check_refusal(&err);
    return 0;
  }
  for (size_t i = 0; i < config->account_count; i++)
    check_account(config, &config->accounts[i]);
  assert(config->channel_count > 0 && config->state_dir != NULL && config->title != NULL);
  config_release(config);
  return 0;
}
