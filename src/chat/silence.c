#include "silence.h"

bool silence_change(struct store *store, const struct chat_question *question, silence_word *word,
                    struct chat_answer *answer, struct err *err) {
  struct alert_memory memory = {0};
  const struct account_key key = {.account = question->account->name, .provider = question->account->provider};
  if (!store_alert_memory(store, &key, &memory, err)) return false;
  word(question, &memory, answer);
  return store_alert_memory_put(store, &key, &memory, err);
}
