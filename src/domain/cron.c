#include "lowtide/cron.h"

#include <string.h>
#include <strings.h>

#include "lowtide/text.h"

#define FIELDS 5
#define TEXT_MAX 256
#define RANGE_TEXT_MAX 64

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct field {
  const char *name;
  int low;
  int high;
  const char *const *names; /* of low, low + 1, … */
} fields[FIELDS] = {
    {"minute", 0, 59, NULL},          {"hour", 0, 23, NULL}, {"day", 1, 31, NULL}, {"month", 1, 12, month_names},
    {"weekday", 0, 7, weekday_names},
};

static const struct macro {
  const char *name;
  const char *text;
} macros[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};
#define MACRO_COUNT (sizeof macros / sizeof macros[0])
static const char *const macro_names[] = {"@hourly", "@daily",    "@midnight", "@weekly", "@monthly",
                                          "@yearly", "@annually", "@every",    NULL};

static bool refuse_word(const struct field *field, const char *word, struct err *err) {
  err_set(err, ERR_CONFIG, "\"%.40s\" is not a %s", word, field->name);
  const char *nearest = field->names != NULL ? text_nearest(word, field->names) : NULL;
  if (nearest != NULL) return err_hint(err, "did you mean %s?", nearest);
  return err_hint(err, "write *, a number from %d to %d, a range such as %d-%d, a list or a step such as */5", field->low,
                  field->high, field->low, field->high);
}

/* A number or a name. */
static bool parse_value(const struct field *field, const char *word, int *out, struct err *err) {
  for (int i = 0; field->names != NULL && field->names[i] != NULL; i++) {
    if (strcasecmp(field->names[i], word) != 0) continue;
    *out = field->low + i;
    return true;
  }
  size_t digits = strspn(word, "0123456789");
  if (digits == 0 || word[digits] != '\0') return refuse_word(field, word, err);
  int value = 0;
  for (; *word != '\0' && value <= field->high; word++)
    value = value * 10 + (*word - '0');
  if (value < field->low || value > field->high || *word != '\0') {
    return err_set(err, ERR_CONFIG, "%s %d%s is out of range %d-%d", field->name, value, word, field->low, field->high);
  }
  *out = value;
  return true;
}

struct range {
  int low;
  int high;
  int step;
};

static bool parse_step(const struct field *field, const char *text, int *step, struct err *err) {
  static const int most = 1000;
  int value = 0;
  for (; *text >= '0' && *text <= '9' && value < most; text++)
    value = value * 10 + (*text - '0');
  if (*text != '\0' || value < 1 || value > field->high) {
    err_set(err, ERR_CONFIG, "the %s's step must be from 1 to %d", field->name, field->high);
    return err_hint(err, "every fifth is written as */5");
  }
  *step = value;
  return true;
}

/* "*", "5", "1-30", each but the second with "/5" behind it. Cuts the text up. */
static bool parse_range(const struct field *field, char *text, struct range *out, struct err *err) {
  struct range range = {field->low, field->high, 1};
  char *step = strchr(text, '/');
  if (step != NULL) *step++ = '\0';
  char *high = strchr(text, '-');
  if (high != NULL) *high++ = '\0';
  if (!text_eq(text, "*") || high != NULL) {
    if (!parse_value(field, text, &range.low, err)) return false;
    range.high = range.low;
    if (high != NULL && !parse_value(field, high, &range.high, err)) return false;
    if (high == NULL && step != NULL) {
      err_set(err, ERR_CONFIG, "the %s %s has a step but no range", field->name, text);
      return err_hint(err, "write %s-%d/%s", text, field->high, step);
    }
  }
  bool sunday_ends_it = field->names == weekday_names && range.high == 0 && range.low > 0;
  if (sunday_ends_it) range.high = 7;
  if (range.low > range.high) {
    err_set(err, ERR_CONFIG, "the %s range %s-%s runs backwards", field->name, text, high);
    return err_hint(err, "write it as two ranges separated by a comma");
  }
  if (step != NULL && !parse_step(field, step, &range.step, err)) return false;
  *out = range;
  return true;
}

static bool parse_field(const struct field *field, char *text, uint64_t *bits, struct err *err) {
  uint64_t found = 0;
  for (char *item = NULL; (item = strsep(&text, ",")) != NULL;) {
    struct range range = {0, 0, 1};
    if (!parse_range(field, item, &range, err)) return false;
    for (int value = range.low; value <= range.high; value += range.step)
      found |= UINT64_C(1) << value;
  }
  *bits = found;
  return true;
}

static bool parse_fields(char *text, struct cron *out, struct err *err) {
  uint64_t bits[FIELDS] = {0};
  bool star[FIELDS] = {false};
  int count = 0;
  for (char *word = NULL; (word = strsep(&text, " \t")) != NULL;) {
    if (*word == '\0') continue;
    if (count < FIELDS) {
      star[count] = *word == '*';
      if (!parse_field(&fields[count], word, &bits[count], err)) return false;
    }
    count++;
  }
  if (count != FIELDS) {
    err_set(err, ERR_CONFIG, "a schedule has five fields, not %d", count);
    return err_hint(err, "write minute hour day month weekday, such as 0 * * * *, or @hourly, @daily, @every 30m");
  }
  bits[4] = (bits[4] | bits[4] >> 7) & 0x7F;
  *out = (struct cron){.minutes = bits[0],
                       .hours = (uint32_t)bits[1],
                       .days = (uint32_t)bits[2],
                       .months = (uint32_t)bits[3],
                       .weekdays = (uint32_t)bits[4],
                       .any_day = star[2],
                       .any_weekday = star[4],
                       .any_hour = star[1] || bits[1] == 0xFFFFFF};
  return true;
}

static bool parse_macro(char *text, struct cron *out, struct err *err) {
  char *rest = text;
  const char *name = strsep(&rest, " \t");
  if (strcasecmp(name, "@every") == 0) {
    struct cron every = {0};
    if (!text_duration(rest != NULL ? rest : "", &every.every_ms, err)) return err_wrap(err, "@every");
    *out = every;
    return true;
  }
  for (size_t i = 0; i < MACRO_COUNT; i++) {
    if (strcasecmp(macros[i].name, name) != 0 || !text_is_blank(rest != NULL ? rest : "")) continue;
    char copy[RANGE_TEXT_MAX];
    (void)text_copy(copy, sizeof copy, macros[i].text);
    return parse_fields(copy, out, err);
  }
  err_set(err, ERR_CONFIG, "\"%.40s\" is not a schedule", name);
  const char *nearest = text_nearest(name, macro_names);
  return err_hint(err, "did you mean %s?", nearest != NULL ? nearest : "@hourly, @daily, @weekly, @monthly or @every 30m");
}

bool cron_parse(const char *text, struct cron *out, struct err *err) {
  char copy[TEXT_MAX];
  if (!text_copy(copy, sizeof copy, text + strspn(text, " \t"))) {
    return err_set(err, ERR_CONFIG, "a schedule has at most %d characters", TEXT_MAX - 1);
  }
  return copy[0] == '@' ? parse_macro(copy, out, err) : parse_fields(copy, out, err);
}
