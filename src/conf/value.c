#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define WORD_MAX 64
#define WORDS_MAX 16
#define LABEL_MAX 200
#define ID_MAX 31
#define HUNDRED_PERCENT (100 * MONEY_NANO)

static const char *const name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

bool conf_name_check(const char *name, struct err *err) {
  if (*name == '\0' || strlen(name) > CONF_NAME_MAX || name[strspn(name, name_characters)] != '\0' || *name == '.' ||
      *name == '-') {
    (void)err_set(err, ERR_CONFIG, "\"%.60s\" is not a name", name);
    return err_hint(err, "letters, digits, . _ -, at most %d", CONF_NAME_MAX);
  }
  return true;
}

/* The words of "a|b|c", NULL at the end, in memory of the caller. */
struct words {
  char text[WORD_MAX * 4];
  const char *word[WORDS_MAX + 1];
};

static void split_choices(const char *choices, struct words *words) {
  (void)text_copy(words->text, sizeof words->text, choices);
  int count = 0;
  for (char *rest = words->text; rest != NULL && count < WORDS_MAX;)
    words->word[count++] = strsep(&rest, "|");
  words->word[count] = NULL;
}

static bool refuse_choice(const struct words *words, const char *text, struct err *err) {
  struct buf list;
  buf_init(&list, ERR_TEXT_MAX);
  for (int i = 0; words->word[i] != NULL; i++)
    buf_addf(&list, "%s%s", i > 0 ? ", " : "", words->word[i]);
  (void)err_set(err, ERR_CONFIG, "\"%.60s\" is not one of %s", text, buf_text(&list));
  (void)err_suggest(err, text, words->word);
  buf_done(&list);
  return false;
}

static int choice_index(const struct words *words, const char *text) {
  for (int i = 0; words->word[i] != NULL; i++) {
    if (text_eq(words->word[i], text)) return i;
  }
  return -1;
}

static bool read_choice(const struct setting *setting, const char *text, int64_t *number, struct err *err) {
  struct words words;
  split_choices(setting->choices, &words);
  int index = choice_index(&words, text);
  if (index < 0) return refuse_choice(&words, text, err);
  *number = index;
  return true;
}

static bool read_choices(const struct setting *setting, const char *text, int64_t *number, struct err *err) {
  struct words words;
  char word[WORD_MAX];
  int64_t bits = 0;
  split_choices(setting->choices, &words);
  for (const char *p = text; conf_next_word(&p, word, sizeof word);) {
    int index = choice_index(&words, word);
    if (index < 0) return refuse_choice(&words, word, err);
    bits |= INT64_C(1) << index;
  }
  *number = bits;
  return true;
}

static bool read_percent(const char *text, int64_t *number, struct err *err) {
  char bare[WORD_MAX];
  size_t length = strlen(text);
  if (length > 0 && text[length - 1] == '%') length--;
  if (length >= sizeof bare || !text_fmt(bare, sizeof bare, "%.*s", (int)length, text) || !money_parse(bare, number, err) ||
      *number < 0 || *number > HUNDRED_PERCENT) {
    (void)err_set(err, ERR_CONFIG, "\"%.60s\" is not a percentage", text);
    return err_hint(err, "0 to 100");
  }
  return true;
}

static bool read_number(const char *text, int64_t *number, struct err *err) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 15 || text[digits] != '\0') {
    return err_set(err, ERR_CONFIG, "\"%.60s\" is not a whole number", text);
  }
  int64_t value = 0;
  for (const char *p = text; *p != '\0'; p++)
    value = value * 10 + (*p - '0');
  *number = value;
  return true;
}

static bool check_url(const char *text, struct err *err) {
  const char *host = text_starts(text, "https://") ? text + 8 : text_starts(text, "http://") ? text + 7 : "";
  size_t length = strcspn(host, "/?#");
  if (length == 0 || *host == ':' || text[strcspn(text, " \t\"<>\\")] != '\0' || strlen(text) > HTTP_URL_MAX / 2) {
    (void)err_set(err, ERR_CONFIG, "\"%.80s\" is not a URL", text);
    return err_hint(err, "https://HOST or http://HOST");
  }
  return true;
}

static bool check_schedule(const char *text, struct err *err) {
  struct cron cron;
  if (!cron_parse(text, &cron, err)) return false;
  struct zone *zone = zone_new("UTC", err);
  if (zone == NULL) return false;
  bool comes = cron_next(&cron, zone, 0) != 0;
  zone_free(zone);
  return comes || err_set(err, ERR_CONFIG, "\"%.60s\" names a day that never comes", text);
}

static bool check_zone(const char *text, struct err *err) {
  struct zone *zone = zone_new(text, err);
  if (zone == NULL) return false;
  zone_free(zone);
  return true;
}

static bool check_remind(const char *text, struct err *err) {
  enum remind remind;
  int64_t ms;
  return remind_parse(text, &remind, &ms, err);
}

static bool check_quiet(const char *text, struct err *err) {
  struct quiet quiet;
  return quiet_parse(text, &quiet, err);
}

static bool is_mention(const char *word) {
  static const char id_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  static const char *const kinds[] = {"user:", "role:", "group:"};
  if (text_eq(word, "here") || text_eq(word, "everyone")) return true;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    const char *id = word + strlen(kinds[i]);
    size_t letters = text_starts(word, kinds[i]) ? strspn(id, id_characters) : 0;
    if (letters > 0 && letters <= ID_MAX && id[letters] == '\0') return true;
  }
  return false;
}

static bool check_mention(const char *text, struct err *err) {
  char word[WORD_MAX];
  for (const char *p = text; conf_next_word(&p, word, sizeof word);) {
    if (is_mention(word)) continue;
    (void)err_set(err, ERR_CONFIG, "\"%.60s\" cannot be mentioned", word);
    return err_hint(err, "user:ID role:ID group:ID here everyone");
  }
  return true;
}

static bool check_unit(const char *text, struct err *err) {
  if (strlen(text) < UNIT_MAX && text[strspn(text, name_characters)] == '\0') return true;
  (void)err_set(err, ERR_CONFIG, "\"%.60s\" is not a unit", text);
  return err_hint(err, "a currency such as USD, or a word such as credits");
}

static bool check_short(const char *text, struct err *err) {
  for (const char *p = text; *p != '\0'; p++) {
    if ((unsigned char)*p < 0x20 || *p == 0x7F) return err_set(err, ERR_CONFIG, "a control character");
  }
  if (strlen(text) <= LABEL_MAX) return true;
  return err_set(err, ERR_CONFIG, "longer than %d bytes", LABEL_MAX);
}

/* What the type alone does not say. */
static const struct {
  const char *key;
  bool (*check)(const char *text, struct err *err);
} checks[] = {
    {"remind", check_remind}, {"quiet", check_quiet}, {"mention", check_mention}, {"unit", check_unit},
    {"label", check_short},   {"emoji", check_short}, {"title", check_short},
};

static bool check_text(const char *key, const char *text, struct err *err) {
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    if (text_eq(checks[i].key, key)) return checks[i].check(text, err);
  }
  return true;
}

bool conf_value_read(const struct setting *setting, const char *text, int64_t *number, struct err *err) {
  *number = 0;
  switch (setting->type) {
  case SETTING_TEXT: return check_text(setting->name, text, err);
  case SETTING_SECRET:
  case SETTING_PATH: return true;
  case SETTING_MONEY: return money_parse(text, number, err);
  case SETTING_PERCENT: return read_percent(text, number, err);
  case SETTING_DURATION: return text_duration(text, number, err);
  case SETTING_SCHEDULE: return check_schedule(text, err);
  case SETTING_ZONE: return check_zone(text, err);
  case SETTING_CHOICE: return read_choice(setting, text, number, err);
  case SETTING_CHOICES: return read_choices(setting, text, number, err);
  case SETTING_URL: return check_url(text, err);
  case SETTING_NUMBER: return read_number(text, number, err);
  }
  return true;
}
