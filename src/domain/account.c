#include "lowtide/account.h"

#include "lowtide/text.h"

const char *account_value(const struct account *account, const char *name) {
  for (size_t i = 0; i < account->value_count; i++) {
    const struct account_value *value = &account->values[i];
    if (!text_eq(value->name, name)) continue;
    return value->secret != NULL ? secret_expose(value->secret) : value->text;
  }
  return NULL;
}
