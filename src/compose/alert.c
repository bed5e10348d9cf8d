#include "words.h"

void compose_alert(const struct standing *standing, struct buf *out) {
  buf_addf(out, "%s ", words_mark(standing->level));
  words_add_low(out, standing);
  buf_add(out, " ");
  words_add_holding(out, &standing->reading);
  words_add_tail(out, standing);
}

void compose_recovery(const struct standing *standing, struct buf *out) {
  buf_add(out, "✅ ");
  message_add_foreign(out, standing->account->label);
  buf_add(out, " credits recovered. ");
  words_add_holding(out, &standing->reading);
  words_add_tail(out, standing);
}
