#include "words.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

#include "lowtide/text.h"

#define HOURS_MAX 48
#define SAME_ROUND_MS 600000 /* readings that are no farther apart have one age */
#define OLDER_MAX 5
#define MUTED_MAX 5

void words_argument(char *out, size_t size, const struct chat_argument *argument) {
  char name[32];
  (void)text_copy(name, sizeof name, argument->name);
  for (char *c = name; *c != '\0' && argument->kind != CHAT_PUBLIC; c++)
    *c = (char)toupper((unsigned char)*c);
  (void)text_fmt(out, size, argument->needed ? "%s" : "[%s]", name);
}

void chat_print_arguments(const struct chat_command *command, enum chat_place place, struct buf *out) {
  const char *before = "";
  for (const struct chat_argument *argument = command->arguments; argument->name != NULL; argument++) {
    char word[40];
    if (argument->kind == CHAT_PUBLIC && place == CHAT_ON_A_LINE) continue;
    words_argument(word, sizeof word, argument);
    buf_addf(out, "%s%s", before, word);
    before = " ";
  }
}

void chat_print_usage(const struct chat_command *command, struct buf *out) {
  buf_addf(out, "/%s%s%s", command->alone ? "" : "lowtide ", command->name, command->arguments->name != NULL ? " " : "");
  chat_print_arguments(command, CHAT_IN_A_CHAT, out);
}

static const struct account *account_labelled(const struct config *config, const char *label, struct err *err) {
  const struct account *found = NULL;
  for (size_t i = 0; i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    if (strcasecmp(account->label, label) != 0) continue;
    if (found != NULL) {
      (void)err_set(err, ERR_USAGE, "\"%.60s\" is the label of %s and of %s: say which by its name", label, found->name,
                    account->name);
      return NULL;
    }
    found = account;
  }
  return found;
}

const struct account *words_account(const struct config *config, const char *word, struct err *err) {
  const struct account *account = config_account(config, word);
  for (size_t i = 0; account == NULL && i < config->account_count; i++) {
    if (strcasecmp(config->accounts[i].name, word) == 0) account = &config->accounts[i];
  }
  return account != NULL ? account : account_labelled(config, word, err);
}

void words_span(char *out, size_t size, int64_t ms) {
  bool days = ms % DAY_MS == 0 && ms > DAY_MS;
  int64_t count = ms / (days ? DAY_MS : HOUR_MS);
  if (days || (ms % HOUR_MS == 0 && count <= HOURS_MAX)) {
    (void)text_fmt(out, size, "%" PRId64 " %s%s", count, days ? "day" : "hour", text_plural(count));
  } else {
    text_print_duration(out, size, ms);
  }
}

int words_calm(enum level level) {
  switch (level) {
  case LEVEL_CRITICAL: return 0;
  case LEVEL_WARNING: return 1;
  case LEVEL_UNKNOWN: return 2;
  case LEVEL_OK: break;
  }
  return WORDS_CALMEST;
}

unsigned words_mute_button(const struct standing *standing, int64_t now_ms) {
  if (standing->muted_until_ms > now_ms) return BUTTON_UNMUTE;
  return standing->level != LEVEL_OK ? BUTTON_MUTE : 0U;
}

/* --- ages ------------------------------------------------------------------------------------------------------------ */

static void add_age(struct buf *out, const struct standing *standing, int64_t now_ms) {
  char age[32];
  compose_age(age, sizeof age, now_ms - standing->reading.asked_ms);
  buf_addf(out, "as of %s", age);
}

static bool is_looked_at(const struct standing *standing) {
  return standing->account->missing == NULL && standing->reading.asked_ms != 0;
}

/* What is told of each is as old as its reading. Most are of the same round. */
static void add_all_ages(const struct view *view, int64_t now_ms, struct buf *out) {
  const struct standing *newest = NULL;
  int older = 0;
  for (size_t i = 0; i < view->count; i++) {
    const struct standing *standing = &view->standings[i];
    if (!is_looked_at(standing)) continue;
    if (newest == NULL || standing->reading.asked_ms > newest->reading.asked_ms) newest = standing;
  }
  if (newest == NULL) return;
  buf_add(out, "\n\n🕘 ");
  add_age(out, newest, now_ms);
  for (size_t i = 0; i < view->count && older < OLDER_MAX; i++) {
    const struct standing *standing = &view->standings[i];
    if (!is_looked_at(standing) || newest->reading.asked_ms - standing->reading.asked_ms < SAME_ROUND_MS) continue;
    buf_add(out, "\n🕘 ");
    message_add_foreign(out, standing->account->label);
    buf_add_char(out, ' ');
    add_age(out, standing, now_ms);
    older++;
  }
}

void words_add_ages(const struct chat_question *question, struct buf *out) {
  const char *name = question->account != NULL ? question->account->name : NULL;
  const struct standing *one = name != NULL ? view_standing(question->view, name) : NULL;
  if (name == NULL) add_all_ages(question->view, question->now_ms, out);
  if (one == NULL || !is_looked_at(one)) return;
  buf_add(out, "\n🕘 ");
  add_age(out, one, question->now_ms);
}

/* --- mutes ----------------------------------------------------------------------------------------------------------- */

static void add_mute(struct buf *out, const struct standing *standing) {
  char until[ZONE_TIME_TEXT_MAX];
  const struct zone *zone = standing->account->zone;
  time_print_minute(until, zone, standing->muted_until_ms);
  buf_addf(out, "muted until %s %s", until, zone_name(zone));
}

static void add_all_mutes(const struct view *view, int64_t now_ms, struct buf *out) {
  size_t muted = 0;
  for (size_t i = 0; i < view->count; i++) {
    const struct standing *standing = &view->standings[i];
    if (standing->account->missing != NULL || standing->muted_until_ms <= now_ms || ++muted > MUTED_MAX) continue;
    buf_add(out, muted == 1 ? "\n\n🔕 " : "\n🔕 ");
    message_add_foreign(out, standing->account->label);
    buf_add_char(out, ' ');
    add_mute(out, standing);
  }
  if (muted > MUTED_MAX) buf_addf(out, "\n🔕 and %zu more", muted - MUTED_MAX);
}

void words_add_mutes(const struct chat_question *question, struct buf *out) {
  const struct account *account = question->account;
  const struct standing *one = account != NULL ? view_standing(question->view, account->name) : NULL;
  if (account == NULL) add_all_mutes(question->view, question->now_ms, out);
  if (one == NULL || one->muted_until_ms <= question->now_ms) return;
  buf_add(out, "\n🔕 ");
  add_mute(out, one);
}

bool words_not_configured(const struct chat_question *question, struct chat_answer *answer) {
  const struct account *account = question->account;
  if (account == NULL || account->missing == NULL) return false;
  struct buf *out = words_begin(answer);
  buf_add(out, "❔ ");
  message_add_foreign(out, account->label);
  buf_add(out, " is not configured; `lowtide doctor` says what is missing");
  return true;
}

struct buf *words_begin(struct chat_answer *answer) {
  buf_clear(&answer->message.text);
  buf_clear(&answer->picture);
  buf_clear(&answer->picture_words);
  answer->message.button_count = 0;
  answer->message.choice_count = 0;
  return &answer->message.text;
}
