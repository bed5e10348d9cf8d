/* A person's words to a question. What a word is, is told by its name, or else by what it looks like. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define ARGUMENTS_MAX 8
#define JOINED_MAX 256
#define SHOWN_MAX 60

struct parsing {
  const struct chat_command *command;
  const struct config *config;
  const struct chat_word *words;
  size_t count;
  bool taken[ARGUMENTS_MAX];
  struct chat_question question;
};

/* --- one value ------------------------------------------------------------------------------------------------------- */

static const char *shown(char out[static SHOWN_MAX + 1], const char *word) {
  text_clean(out, SHOWN_MAX + 1, word);
  return out;
}

static bool refuse_account(const struct parsing *parsing, const char *word, struct err *err) {
  char said[SHOWN_MAX + 1];
  const struct config *config = parsing->config;
  const char **names = mem_new(2 * config->account_count + 1, sizeof *names);
  for (size_t i = 0; i < config->account_count; i++) {
    names[i] = config->accounts[i].name;
    names[config->account_count + i] = config->accounts[i].label;
  }
  (void)err_set(err, ERR_USAGE, "there is no account \"%s\"", shown(said, word));
  (void)err_suggest(err, word, names);
  mem_free(names);
  return err_hint(err, "/balance lists them");
}

static bool take_account(struct parsing *parsing, const char *word, struct err *err) {
  struct err two = {0};
  const struct account *account = words_account(parsing->config, word, &two);
  if (account != NULL) parsing->question.account = account;
  if (two.code != ERR_NONE) *err = two;
  return account != NULL || (two.code == ERR_NONE && refuse_account(parsing, word, err));
}

static bool take_span(struct parsing *parsing, const char *word, struct err *err) {
  char said[SHOWN_MAX + 1];
  struct err ignored = {0};
  if (text_duration(word, &parsing->question.span_ms, &ignored)) return true;
  return err_set(err, ERR_USAGE, "\"%s\" is no span of time: write it as 90s, 15m, 6h, 3d, 2w or 1y", shown(said, word));
}

static bool take_amount(struct parsing *parsing, const char *word, struct err *err) {
  char said[SHOWN_MAX + 1];
  struct err ignored = {0};
  struct chat_question *question = &parsing->question;
  question->amount.known = money_read(word, &question->amount.nano, question->said, &ignored);
  return question->amount.known || err_set(err, ERR_USAGE, "\"%s\" is not an amount: write it as 12.50", shown(said, word));
}

static bool take_date(struct parsing *parsing, const char *word, struct err *err) {
  char said[SHOWN_MAX + 1];
  struct err ignored = {0};
  if (time_parse(word, &parsing->question.expires_ms, &ignored)) return true;
  return err_set(err, ERR_USAGE, "\"%s\" is not a date: write it as 2026-12-31", shown(said, word));
}

static bool take_public(struct parsing *parsing, const char *word, struct err *err) {
  static const char *const yes[] = {"public", "true", "yes", "1"};
  static const char *const no[] = {"false", "no", "0", "private"};
  char said[SHOWN_MAX + 1];
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    bool is_yes = strcasecmp(word, yes[i]) == 0;
    if (is_yes) parsing->question.in_public = true;
    if (is_yes || strcasecmp(word, no[i]) == 0) return true;
  }
  return err_set(err, ERR_USAGE, "\"%s\" is not yes or no", shown(said, word));
}

static bool take_value(struct parsing *parsing, enum chat_argument_kind kind, const char *word, struct err *err) {
  switch (kind) {
  case CHAT_ACCOUNT: return take_account(parsing, word, err);
  case CHAT_SPAN: return take_span(parsing, word, err);
  case CHAT_AMOUNT: return take_amount(parsing, word, err);
  case CHAT_DATE: return take_date(parsing, word, err);
  case CHAT_PUBLIC: return take_public(parsing, word, err);
  }
  return false;
}

/* --- one word -------------------------------------------------------------------------------------------------------- */

static bool take_named(struct parsing *parsing, const char *name, const char *value, struct err *err) {
  char said[SHOWN_MAX + 1];
  const struct chat_argument *arguments = parsing->command->arguments;
  for (size_t i = 0; arguments[i].name != NULL; i++) {
    if (strcasecmp(arguments[i].name, name) != 0) continue;
    if (parsing->taken[i]) return err_set(err, ERR_USAGE, "%s is given twice", arguments[i].name);
    parsing->taken[i] = take_value(parsing, arguments[i].kind, value, err);
    return parsing->taken[i];
  }
  return err_set(err, ERR_USAGE, "%s takes no \"%s\"", parsing->command->name, shown(said, name));
}

/* A word without a name that is one of yes or no stands for nothing: "public" does. */
static bool may_be(enum chat_argument_kind kind, const char *word) {
  return kind != CHAT_PUBLIC || strcasecmp(word, "public") == 0;
}

/* A label may be several words: as many as are one account's. */
static size_t take_label(struct parsing *parsing, size_t at) {
  for (size_t end = parsing->count; end > at; end--) {
    char joined[JOINED_MAX] = "";
    struct err ignored = {0};
    bool fits = true;
    for (size_t i = at; fits && i < end; i++) {
      size_t used = strlen(joined);
      fits = parsing->words[i].name == NULL &&
             text_fmt(joined + used, sizeof joined - used, "%s%s", i > at ? " " : "", parsing->words[i].value);
    }
    if (fits && take_account(parsing, joined, &ignored)) return end - at;
  }
  return 0;
}

/* "20 usd" */
static bool is_unit(const struct parsing *parsing, const char *word) {
  struct err ignored = {0};
  char upper[MONEY_SAID_MAX];
  const struct account *account = parsing->question.account;
  if (account != NULL && strcasecmp(account_unit(account), word) == 0) return true;
  if (words_account(parsing->config, word, &ignored) != NULL || !text_copy(upper, sizeof upper, word)) return false;
  for (char *c = upper; *c != '\0'; c++)
    *c = (char)toupper((unsigned char)*c);
  return *unit_sign(upper) != '\0';
}

static size_t take_sum(struct parsing *parsing, size_t at) {
  struct err ignored = {0};
  char joined[JOINED_MAX];
  const struct chat_word *word = &parsing->words[at];
  bool two = at + 1 < parsing->count && word[1].name == NULL && is_unit(parsing, word[1].value);
  if (two && text_fmt(joined, sizeof joined, "%s %s", word->value, word[1].value) && take_amount(parsing, joined, &ignored))
    return 2;
  return take_amount(parsing, word->value, &ignored) ? 1 : 0;
}

/* How many words it took; 0: it fits none that is open. */
static size_t take_by_looks(struct parsing *parsing, size_t at) {
  const struct chat_argument *arguments = parsing->command->arguments;
  for (size_t i = 0; arguments[i].name != NULL; i++) {
    struct err ignored = {0};
    size_t taken = 0;
    if (parsing->taken[i] || !may_be(arguments[i].kind, parsing->words[at].value)) continue;
    if (arguments[i].kind == CHAT_ACCOUNT) {
      taken = take_label(parsing, at);
    } else if (arguments[i].kind == CHAT_AMOUNT) {
      taken = take_sum(parsing, at);
    } else if (take_value(parsing, arguments[i].kind, parsing->words[at].value, &ignored)) {
      taken = 1;
    }
    parsing->taken[i] = taken > 0;
    if (taken > 0) return taken;
  }
  return 0;
}

/* "account:kimi" or "span=7d", as Discord shows it and people type it. */
static bool take_spelt_out(struct parsing *parsing, const char *word, bool *is_one, struct err *err) {
  char name[32];
  size_t length = strcspn(word, ":=");
  const struct chat_argument *arguments = parsing->command->arguments;
  *is_one = false;
  if (word[length] == '\0' || !text_fmt(name, sizeof name, "%.*s", (int)length, word)) return false;
  for (size_t i = 0; arguments[i].name != NULL; i++)
    *is_one = *is_one || strcasecmp(arguments[i].name, name) == 0;
  return *is_one && take_named(parsing, name, word + length + 1, err);
}

/* What it should have been: the first that is open, given that it fits none. */
static bool refuse_word(struct parsing *parsing, const char *word, struct err *err) {
  char said[SHOWN_MAX + 1];
  const struct chat_argument *arguments = parsing->command->arguments;
  for (size_t i = 0; arguments[i].name != NULL; i++) {
    if (parsing->taken[i] || arguments[i].kind == CHAT_PUBLIC) continue;
    return take_value(parsing, arguments[i].kind, word, err);
  }
  return err_set(err, ERR_USAGE, "%s: \"%s\" is one word too many", parsing->command->name, shown(said, word));
}

static bool take_word(struct parsing *parsing, size_t at, size_t *used, struct err *err) {
  const struct chat_word *word = &parsing->words[at];
  bool spelt_out = false;
  *used = 1;
  if (word->name != NULL) return take_named(parsing, word->name, word->value, err);
  if (text_is_blank(word->value)) return true;
  *used = take_by_looks(parsing, at);
  if (*used > 0) return true;
  *used = 1;
  return take_spelt_out(parsing, word->value, &spelt_out, err) || (!spelt_out && refuse_word(parsing, word->value, err));
}

/* --- all of them ----------------------------------------------------------------------------------------------------- */

static bool take_words(struct parsing *parsing, struct err *err) {
  const struct chat_argument *arguments = parsing->command->arguments;
  if (parsing->count > CHAT_WORDS_MAX) return err_set(err, ERR_USAGE, "%s: too many words", parsing->command->name);
  size_t used = 0;
  for (size_t at = 0; at < parsing->count; at += used) {
    if (!take_word(parsing, at, &used, err)) return false;
  }
  for (size_t i = 0; arguments[i].name != NULL; i++) {
    char wanted[40];
    if (!arguments[i].needed || parsing->taken[i]) continue;
    words_argument(wanted, sizeof wanted, &arguments[i]);
    return err_set(err, ERR_USAGE, "%s wants %s", parsing->command->name, wanted);
  }
  return true;
}

bool chat_parse(const struct chat_command *command, const struct config *config, const struct chat_word *words,
                size_t count, struct chat_question *out, struct err *err) {
  struct parsing parsing = {.command = command, .config = config, .words = words, .count = count};
  if (!take_words(&parsing, err)) {
    struct buf usage;
    if (err->hint[0] != '\0') return false;
    buf_init(&usage, ERR_HINT_MAX);
    chat_print_usage(command, &usage);
    (void)err_hint(err, "%s", buf_text(&usage));
    buf_done(&usage);
    return false;
  }
  out->command = command;
  out->account = parsing.question.account;
  out->span_ms = parsing.question.span_ms;
  out->amount = parsing.question.amount;
  memcpy(out->said, parsing.question.said, sizeof out->said);
  out->expires_ms = parsing.question.expires_ms;
  out->in_public = parsing.question.in_public;
  return true;
}
