/* err: why something failed, for machines (a code), for people (a sentence) and for whoever mends it (a hint).
 *
 * What can fail takes `struct err *` last, answers false (or NULL) on failure, and leaves its out-parameters untouched.
 * Text travels outward-in: each caller may put its own words in front, "kimi: credits: no number at /data/total".
 *
 *     struct err err = {0};
 *     if (!money_parse(text, &nano, &err)) return err_wrap(&err, "warning");
 */
#ifndef LOWTIDE_ERR_H
#define LOWTIDE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define ERR_TEXT_MAX 256
#define ERR_HINT_MAX 160

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_code {
  ERR_NONE,
  /* why a reading is unknown: the names that users see (contract, section 3) */
  ERR_NOT_CONFIGURED,
  ERR_AUTH,
  ERR_FORBIDDEN,
  ERR_UNSUPPORTED,
  ERR_RATE_LIMITED,
  ERR_SERVER,
  ERR_NETWORK,
  ERR_TLS,
  ERR_TIMEOUT,
  ERR_MALFORMED,
  ERR_IMPLAUSIBLE,
  ERR_STALE,
  ERR_DATABASE,
  ERR_COMMAND,
  /* why the program itself could not do something */
  ERR_CONFIG,
  ERR_USAGE,
  ERR_FILE,
  ERR_STORE,
  ERR_LIMIT,
  ERR_COUNT
};

struct err {
  enum err_code code;
  char text[ERR_TEXT_MAX];
  char hint[ERR_HINT_MAX]; /* what a person can do about it; "" where nothing better than the text is known */
};

/* Sets code and sentence, drops the hint. Always answers false, so that `return err_set(…)` reads as it should. */
bool err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Adds what a person can do. Answers false as err_set does. */
bool err_hint(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Puts "WORDS: " in front of the sentence. Answers false. */
bool err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds ` (did you mean "NAME"?)` with the nearest of the names (NULL-terminated); false if none is near enough. */
bool err_suggest(struct err *err, const char *typed, const char *const *names);

/* "SENTENCE; HINT", or the sentence alone. */
void err_print(const struct err *err, char *out, size_t size);

/* The code's name as in the contract, "rate_limited"; "none" for ERR_NONE. */
const char *err_code_name(enum err_code code);

/* The code of that name; ERR_NONE if there is none. */
enum err_code err_code_of(const char *name);

/* The one place that decides whether trying again soon can help: network, timeout, rate_limited, server. */
bool err_is_transient(enum err_code code);

#endif
