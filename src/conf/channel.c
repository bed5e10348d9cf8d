#include "conf/conf.h"
#include "lowtide/text.h"

const char *channel_value(const struct channel *channel, const char *name) {
  return account_value_in(channel->values, channel->value_count, name);
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
