#include "lowtide/compose.h"

#define LINES_MAX 20
#define NAMES_MAX 20

static bool is_first(const struct news *news) {
  return news->alert->rank == RANK_CRITICAL;
}

static size_t count_accounts(const struct news *news, size_t count) {
  size_t accounts = 0;
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || news[i].standing != news[i - 1].standing) accounts++;
  }
  return accounts;
}

static void add_heading(const struct news *news, size_t count, struct buf *out) {
  size_t accounts = count_accounts(news, count);
  const char *one = accounts == 1 ? "" : "s";
  buf_addf(out, MARK_BOLD "%zu account%s ", accounts, one);
  if (news[0].alert->kind == ALERT_TOPUP) {
    buf_add(out, accounts == 1 ? "was topped up" : "were topped up");
  } else if (news[0].alert->event == ALERT_OVER) {
    buf_add(out, accounts == 1 ? "is fine again" : "are fine again");
  } else {
    buf_add(out, accounts == 1 ? "needs attention" : "need attention");
  }
  buf_add(out, MARK_BOLD_END "\n");
}

/* The place-th of them, critical ones first, else in their order. */
static const struct news *in_order(const struct news *news, size_t count, size_t *cursor, bool *first_pass) {
  for (; *first_pass && *cursor < count; (*cursor)++) {
    if (is_first(&news[*cursor])) return &news[(*cursor)++];
  }
  if (*first_pass) *cursor = 0;
  *first_pass = false;
  for (; *cursor < count; (*cursor)++) {
    if (!is_first(&news[*cursor])) return &news[(*cursor)++];
  }
  return NULL;
}

void compose_news(const struct news *news, size_t count, int64_t now_ms, struct buf *out) {
  size_t cursor = 0;
  bool first_pass = true;
  if (count > 1) add_heading(news, count, out);
  for (size_t place = 0; place < count; place++) {
    const struct news *next = in_order(news, count, &cursor, &first_pass);
    if (place < LINES_MAX) {
      if (count > 1) buf_add_char(out, '\n');
      compose_alert(next, now_ms, out);
    } else if (place < LINES_MAX + NAMES_MAX) {
      if (place == LINES_MAX) buf_addf(out, "\n… and %zu more: ", count - place);
      if (place > LINES_MAX) buf_add(out, ", ");
      message_add_foreign(out, next->standing->account->label);
    }
  }
  if (count > LINES_MAX + NAMES_MAX) buf_add(out, " …");
}
