/* account: one thing to watch, as configured. Belongs to its config and lives as long as it. */
#ifndef LOWTIDE_ACCOUNT_H
#define LOWTIDE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/alert.h"
#include "lowtide/reading.h"
#include "lowtide/secret.h"

struct recipe;
struct cron;

/* What the provider takes besides the common keys: key, team, query, … Exactly one of text and secret is set. */
struct account_value {
  const char *name;
  const char *text;
  struct secret *secret;
};

enum log_format { LOG_FORMAT_SHORT, LOG_FORMAT_DETAILED };

struct account {
  const char *name;            /* of [account NAME]: letters, digits, . _ - */
  const char *provider;        /* a plug's or a recipe's name */
  const struct recipe *recipe; /* NULL where the provider is C code */
  const struct recipe *spend;  /* of a ledger: what tells the cost; else NULL */
  int64_t since_ms;            /* the UTC midnight that {since} stands for; 0: this month's first */
  const char *label;
  const char *emoji;
  const char *unit; /* "" where the vendor names it */
  struct threshold_settings thresholds;
  const char *log_path; /* NULL: no text log */
  enum log_format log_format;
  const struct cron *schedule; /* NULL: the config's */
  int64_t deadline_ms;
  int64_t stale_after_ms;
  struct alert_policy alerts;
  const struct zone *zone; /* the config's */
  const char *base_url;    /* NULL: the recipe's own hosts */
  const char *ca_file;     /* NULL: the system's certificates */
  struct amount budget;
  bool simulated; /* belongs to the sandbox */
  const struct account_value *values;
  size_t value_count;
  const char *missing; /* the variable or file that a value needs and that is not there, NULL if all is: not configured */
  const char *missing_why; /* "MOONSHOT_API_KEY is not set", "the file ~/key is not there"; with `missing` */
};

/* The text of the value of that name, exposed if it is a secret; NULL if it is not set. */
const char *account_value_in(const struct account_value *values, size_t count, const char *name);
const char *account_value(const struct account *account, const char *name);

/* The unit of what stands without one: USD unless the account says another. */
const char *account_unit(const struct account *account);
/* Whether people note what it has: `provider = manual` or `ledger`. */
bool account_is_noted(const struct account *account);

#endif
