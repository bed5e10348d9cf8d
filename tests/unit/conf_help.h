/* What the tests of the config share: an environment of their own, and a vendor that is nobody's. */
#ifndef TESTS_CONF_HELP_H
#define TESTS_CONF_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lowtide/config.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

/* Needs the key of acme. */
#define ACME                                                                                                               \
  "[recipe acme]\n"                                                                                                        \
  "ask = GET https://acme.example/balance\n"                                                                               \
  "header.Authorization = Bearer {key}\n"                                                                                  \
  "available = /balance\n"                                                                                                 \
  "unit = USD\n"                                                                                                           \
  "env = ACME_API_KEY\n"                                                                                                   \
  "label = Acme\n"                                                                                                         \
  "emoji = A\n"

#define ENVIRONMENT_MAX 16

/* "NAME=value", NULL at the end. */
static const char *environment[ENVIRONMENT_MAX];

static inline const char *fake_getenv(const char *name) {
  size_t length = strlen(name);
  for (size_t i = 0; environment[i] != NULL; i++) {
    if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=') return environment[i] + length + 1;
  }
  return NULL;
}

static inline void set_environment(const char *const *entries) {
  size_t i = 0;
  for (; entries[i] != NULL && i + 1 < ENVIRONMENT_MAX; i++)
    environment[i] = entries[i];
  environment[i] = NULL;
}

#define ENVIRONMENT(...) set_environment((const char *const[]){__VA_ARGS__, NULL})

static const struct config_source fake_source = {.getenv = fake_getenv};

static inline struct config *try_text(const char *text, struct err *err) {
  return config_parse("config.ini", text, strlen(text), &fake_source, err);
}

static inline struct config *parse_text(const char *text) {
  struct err err = {0};
  struct config *config = try_text(text, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static inline void assert_refused(const char *text, const char *sentence) {
  struct err err = {0};
  struct config *config = try_text(text, &err);
  if (config != NULL) {
    config_release(config);
    fail_msg("was taken, but should say: %s", sentence);
  }
  assert_string_equal(err.text, sentence);
  assert_int_equal(err.code, ERR_CONFIG);
  assert_string_equal(err.hint, "");
}

#endif
