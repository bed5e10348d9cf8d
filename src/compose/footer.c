#include "footer.h"

#include <string.h>

#include "lowtide/text.h"
#include "words.h"

#define SCHEDULE_TEXT_MAX 128

/* What the accounts have in common as their warning level. */
enum agreement {
  AGREE_NONE, /* no account has any level */
  AGREE_SAME, /* all have the same amount */
  AGREE_NOT
};

static enum agreement agreement_of(const struct summary *summary, int64_t *level_nano) {
  bool any = false;
  bool same = summary->count > 0;
  for (size_t i = 0; i < summary->count; i++) {
    struct limits warning = words_thresholds(&summary->standings[i]).warning;
    any = any || limits_amounts(&warning);
    if (i == 0) *level_nano = warning.left.nano;
    same = same && warning.left.known && warning.left.nano == *level_nano &&
           text_eq(words_unit(&summary->standings[i]), words_unit(&summary->standings[0]));
  }
  if (!any) return AGREE_NONE;
  return same ? AGREE_SAME : AGREE_NOT;
}

static void add_zone(struct buf *out, const struct summary *summary) {
  buf_addf(out, " (%s)", zone_name(summary->config->zone));
}

static void add_short(struct buf *out, const struct summary *summary, const char *schedule) {
  int64_t level_nano = 0;
  if (text_eq(schedule, "every hour on the hour")) schedule = "hourly";
  char first = *schedule;
  if (first >= 'a' && first <= 'z') first = (char)(first - 'a' + 'A');
  buf_addf(out, "\n\n%c%s", first, schedule + 1);
  add_zone(out, summary);
  switch (agreement_of(summary, &level_nano)) {
  case AGREE_SAME:
    buf_add(out, " · alerts below ");
    compose_money(out, level_nano, words_unit(&summary->standings[0]));
    break;
  case AGREE_NOT: buf_add(out, " · alerts below each one's threshold"); break;
  case AGREE_NONE: break;
  }
}

/* "$5": whole amounts lose their decimals. */
static void add_rough_money(struct buf *out, int64_t nano, const char *unit) {
  char text[64];
  char *decimals = NULL;
  money_print(text, sizeof text, nano, unit);
  if (nano % MONEY_NANO == 0 && text_ends(text, ".00")) decimals = text + strlen(text) - 3;
  if (decimals == NULL) {
    compose_money(out, nano, unit);
    return;
  }
  *decimals = '\0';
  buf_add(out, text);
}

static void add_full(struct buf *out, const struct summary *summary, const char *schedule) {
  int64_t level_nano = 0;
  buf_addf(out, "\n\nRuns %s", schedule);
  add_zone(out, summary);
  if (*summary->channel_id != '\0') buf_addf(out, "\nPosts to " MARK_RAW "<#%s>" MARK_RAW_END, summary->channel_id);
  enum agreement agreement = agreement_of(summary, &level_nano);
  if (agreement == AGREE_NONE) return;
  if (agreement == AGREE_SAME && summary->count == 2) {
    buf_add(out, "\nAdds alerts if either < ");
    add_rough_money(out, level_nano, words_unit(&summary->standings[0]));
  } else {
    buf_add(out, "\nAdds alerts if any is below its threshold");
  }
}

void footer_add(struct buf *out, const struct summary *summary) {
  const struct config *config = summary->config;
  char schedule[SCHEDULE_TEXT_MAX];
  cron_describe(&config->schedule, config->schedule_text, schedule, sizeof schedule);
  switch (config->footer) {
  case FOOTER_NONE: break;
  case FOOTER_SHORT: add_short(out, summary, schedule); break;
  case FOOTER_FULL: add_full(out, summary, schedule); break;
  }
}
