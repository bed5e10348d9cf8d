/* accounts: who is simulated, at which vendor, and how they fare. One line in a table each. */
#ifndef LOWTIDE_SANDBOX_ACCOUNTS_H
#define LOWTIDE_SANDBOX_ACCOUNTS_H

#include <stdint.h>

#include "lowtide/reading.h"
#include "sandbox/curve.h"

#define SIM_KEY "sandbox-"    /* and the account's name: no vendor has such a key */
#define BENCH_KEY "sk-bench-" /* and a number: an account whose balance is derived from it and never changes */

enum sim_vendor { SIM_MOONSHOT, SIM_OPENROUTER, SIM_OPENROUTER_KEY, SIM_DEEPSEEK };

struct sim_account {
  const char *name;
  enum sim_vendor vendor;
  const char *label;
  const char *emoji;
  const char *unit;
  int64_t voucher_nano; /* of the balance, at most */
  struct curve curve;
};

extern const struct sim_account sim_accounts[]; /* a NULL name at the end */

/* The recipe's name. */
const char *sim_recipe(enum sim_vendor vendor);

/* What a vendor knows about an account at a time. */
struct sim_state {
  const char *unit;
  int64_t balance_nano;
  int64_t voucher_nano; /* within the balance */
  int64_t used_nano;    /* ever */
  int64_t bought_nano;  /* ever */
  int64_t limit_nano;   /* of a key */
};

struct sim_state sim_state_at(const struct sim_account *account, uint64_t seed, int64_t time_ms);

/* The same for a bearer's key; false if it belongs to nobody, or to an account of another vendor. */
bool sim_state_of_key(const char *key, enum sim_vendor vendor, uint64_t seed, int64_t time_ms, struct sim_state *state);

/* What the vendor's recipe makes of it. */
struct reading sim_reading(const struct sim_account *account, uint64_t seed, int64_t time_ms);

#endif
