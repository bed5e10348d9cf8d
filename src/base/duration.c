#include <inttypes.h>
#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"

static const struct duration_unit {
  char letter;
  int64_t ms;
} units[] = {
    {'y', 365 * DAY_MS}, {'w', 7 * DAY_MS}, {'d', DAY_MS}, {'h', HOUR_MS}, {'m', MINUTE_MS}, {'s', 1000},
};
#define UNIT_COUNT (sizeof units / sizeof units[0])
#define DURATION_MS_MAX (100 * 365 * DAY_MS)

static int64_t unit_ms(char letter) {
  for (size_t i = 0; i < UNIT_COUNT; i++) {
    if (units[i].letter == letter) return units[i].ms;
  }
  return 0;
}

bool text_duration(const char *text, int64_t *ms, struct err *err) {
  int64_t total = 0;
  const char *p = text + strspn(text, " ");
  while (*p != '\0') {
    int64_t number = 0;
    const char *digits = p;
    while (*p >= '0' && *p <= '9' && number < DURATION_MS_MAX)
      number = number * 10 + (*p++ - '0');
    int64_t unit = p > digits ? unit_ms(*p) : 0;
    if (unit == 0 || number > DURATION_MS_MAX / unit) break;
    total += number * unit;
    if (total > DURATION_MS_MAX) break;
    p++;
    p += strspn(p, " ");
  }
  if (*p != '\0' || total == 0) {
    char shown[48];
    text_clean(shown, sizeof shown, text);
    (void)err_set(err, ERR_CONFIG, "\"%s\" is not a duration", shown);
    return err_hint(err, "write it as 90s, 15m, 6h, 3d, 2w or 1y");
  }
  *ms = total;
  return true;
}

/* Weeks and years are for typing: people read "9d 4h" more easily than "1w 2d". */
void text_print_duration(char *out, size_t size, int64_t ms) {
  static const size_t shown_from = 2;
  int64_t left = ms < 0 ? 0 : ms;
  for (size_t i = shown_from; i < UNIT_COUNT; i++) {
    int64_t count = left / units[i].ms;
    if (count == 0) continue;
    (void)text_fmt(out, size, "%" PRId64 "%c", count, units[i].letter);
    int64_t rest = i + 1 < UNIT_COUNT ? left % units[i].ms / units[i + 1].ms : 0;
    size_t used = strlen(out);
    if (rest > 0) (void)text_fmt(out + used, size - used, " %" PRId64 "%c", rest, units[i + 1].letter);
    return;
  }
  (void)text_copy(out, size, "0s");
}
