#include "lowtide/chart.h"
#include "words.h"

#define PICTURE_WORDS_MAX 2000

void chat_answer_init(struct chat_answer *answer) {
  message_init(&answer->message, MESSAGE_ANSWER);
  buf_init(&answer->picture, CHART_PNG_MAX);
  buf_init(&answer->picture_words, PICTURE_WORDS_MAX);
}

void chat_answer_done(struct chat_answer *answer) {
  message_done(&answer->message);
  buf_done(&answer->picture);
  buf_done(&answer->picture_words);
}

void chat_answer_fail(struct chat_answer *answer, const struct err *err) {
  struct buf *text = words_begin(answer);
  buf_add(text, "⚠️ ");
  message_add_foreign(text, err->text);
  if (err->hint[0] == '\0') return;
  buf_add(text, "\n→ ");
  message_add_foreign(text, err->hint);
}
