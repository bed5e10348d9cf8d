#include "lowtide/account.h"

#include "lowtide/text.h"

const char *account_value_in(const struct account_value *values, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (!text_eq(values[i].name, name)) continue;
    return values[i].secret != NULL ? secret_expose(values[i].secret) : values[i].text;
  }
  return NULL;
}

const char *account_value(const struct account *account, const char *name) {
  return account_value_in(account->values, account->value_count, name);
}

const char *account_unit(const struct account *account) {
  return account->unit == NULL || *account->unit == '\0' ? "USD" : account->unit;
}

bool account_is_noted(const struct account *account) {
  return text_eq(account->provider, "manual") || text_eq(account->provider, "ledger");
}
