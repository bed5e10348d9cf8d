#include "lowtide/sandbox.h"
#include "lowtide/zone.h"
#include "sandbox/accounts.h"

#define MONTH_MS (30 * DAY_MS)

void sandbox_history(uint64_t seed, int64_t now_ms, void (*each)(void *context, const struct sandbox_point *point),
                     void *context) {
  int64_t first_ms = now_ms - MONTH_MS;
  first_ms += (HOUR_MS - first_ms % HOUR_MS) % HOUR_MS;
  for (int64_t time_ms = first_ms; time_ms < now_ms; time_ms += HOUR_MS) {
    for (const struct sim_account *account = sim_accounts; account->name != NULL; account++) {
      const struct sandbox_point point = {.account = account->name,
                                          .provider = sim_recipe(account->vendor),
                                          .reading = sim_reading(account, seed, time_ms)};
      each(context, &point);
    }
  }
}
