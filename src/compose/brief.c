#include "lowtide/text.h"
#include "words.h"

#define AMOUNT_MAX 256

void compose_name(const struct account *account, struct buf *out) {
  words_add_emoji(out, account->emoji);
  buf_add(out, MARK_BOLD);
  message_add_foreign(out, account->label);
  buf_add(out, ":" MARK_BOLD_END " ");
}

void compose_amount(const struct standing *standing, char *out, size_t size) {
  struct buf marked;
  struct buf plain;
  buf_init(&marked, AMOUNT_MAX);
  buf_init(&plain, AMOUNT_MAX);
  if (reading_is_known(&standing->reading)) words_add_amount(&marked, &standing->reading);
  if (marked.len == 0) buf_add(&marked, "unknown");
  message_print_plain(&plain, buf_text(&marked), false);
  (void)text_copy(out, size, buf_text(&plain));
  buf_done(&marked);
  buf_done(&plain);
}
