#include "conf/conf.h"
#include "lowtide/text.h"

const char *channel_value(const struct channel *channel, const char *name) {
  for (size_t i = 0; i < channel->value_count; i++) {
    const struct account_value *value = &channel->values[i];
    if (!text_eq(value->name, name)) continue;
    return value->secret != NULL ? secret_expose(value->secret) : value->text;
  }
  return NULL;
}

bool channel_wants_account(const struct channel *channel, const char *account) {
  const char *p = channel->accounts;
  char name[CONF_NAME_MAX * 2];
  if (*p == '\0') return true;
  while (conf_next_word(&p, name, sizeof name)) {
    if (text_eq(name, account)) return true;
  }
  return false;
}
