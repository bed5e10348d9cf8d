/* provider: how a balance is read. A plug is one file and one line in the list of src/provider/list.c; a recipe is one
 * INI file under src/provider/recipes/. All of them are pure: bytes in, readings out.
 *
 *     struct gathering *g = gathering_new(account, now_ms);
 *     enum gathering_step step = gathering_next(g, NULL, &ask, &reading);
 *     while (step == GATHERING_ASK) { …ask the world…; step = gathering_next(g, &answer, &ask, &reading); }
 *     gathering_free(g);
 */
#ifndef LOWTIDE_PROVIDER_H
#define LOWTIDE_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/account.h"
#include "lowtide/ask.h"
#include "lowtide/reading.h"
#include "lowtide/setting.h"

enum gathering_step { GATHERING_ASK, GATHERING_DONE };

struct gathering;

/* The account must outlive it. Never NULL. */
struct gathering *gathering_new(const struct account *account, int64_t now_ms);
void gathering_free(struct gathering *gathering);

/* Before gathering_next: where the recipe has an `every`, the first ask is an ASK_LAST, and what it finds is the result if
 * the very same was asked that shortly before and told something: an amount, or to ask less often. asked_ms and time_ms
 * stay then, `reused` is set. */
void gathering_look_back(struct gathering *gathering);
/* What else the result depends on, beside what is asked: a ledger's note. Before gathering_next. */
void gathering_salt(struct gathering *gathering, uint32_t salt);

/* The first call takes no answer. GATHERING_ASK fills ask, GATHERING_DONE fills reading (asked_ms is now_ms). At most
 * GATHERING_ASKS_MAX asks, then the reading is unknown. An account that lacks a value is done at once, not_configured. */
#define GATHERING_ASKS_MAX 40
enum gathering_step gathering_next(struct gathering *gathering, const struct answer *answer, struct ask *ask,
                                   struct reading *reading);

/* One step of a recipe on its way through an answer, told to people who write recipes. Borrowed for the call. */
struct recipe_step {
  const char *key;     /* that is at work: "ok", "set.team", "available"; "status" and "sum" too */
  const char *formula; /* what is looked at: a pointer, or a condition or an amount as it is written; "" if nothing is */
  const char *found;   /* what stands there as JSON, or why nothing does; of a result, what came of it */
  bool is_result;      /* of the key, and of all that was found for it just before */
};

struct recipe_listener {
  void (*hear)(void *context, const struct recipe_step *step);
  void *context;
};

/* From now on the listener, which must outlive the gathering, hears each step; a provider in C makes none. */
void gathering_listen(struct gathering *gathering, const struct recipe_listener *listener);

/* A provider in C. */
struct provider_plug {
  const char *name;
  const char *about; /* what it reports, one line */
  const char *label; /* defaults for its accounts */
  const char *emoji;
  const struct setting *settings; /* ends with a NULL name */
  int64_t stale_after_ms;         /* 0: the config's */
  size_t state_size;              /* zeroed memory that next gets, wiped afterwards */
  bool hears_failures;            /* next gets failed answers too; else the first of them ends the gathering */
  void (*start)(void *state, const struct account *account, int64_t now_ms); /* before the first next; NULL: nothing */
  void (*look_back)(void *state); /* as gathering_look_back; NULL: it never does */
  void (*end)(void *state);       /* frees what state holds; NULL: nothing */
  enum gathering_step (*next)(void *state, const struct account *account, const struct answer *answer, struct ask *ask,
                              struct reading *reading);
  /* Whether the account's values fit together; ERR_CONFIG if not. NULL: they always do. */
  bool (*check)(const struct account *account, struct err *err);
};

/* A ledger's account as one of the recipe that tells its cost: `used` is what was spent from since_ms on, a UTC midnight.
 * It borrows all it has from the ledger's. */
struct account provider_cost_account(const struct account *ledger, int64_t since_ms);
/* The `every` of the recipe that the account asks, be it a ledger's; 0: it has none. */
int64_t provider_every_ms(const struct account *account);

/* The list, NULL at its end. */
extern const struct provider_plug *const provider_plugs[];
const struct provider_plug *provider_find(const char *name);

/* --- recipes ------------------------------------------------------------------------------------------------------- */

struct recipe_about {
  const char *name;
  const char *label;
  const char *emoji;
  const char *env;      /* well-known variable of its key; "" if there is none */
  const char *variable; /* its key is read from it where an account says no other: env, or one that makes no account */
  const char *home;     /* where its users look after billing */
  const char *key_kind; /* "ordinary key", "management key" */
  const char *sure;     /* documented | code | medium */
  const char *as_of;    /* 2026-11 */
  const char *reports;  /* one line */
  const char *unit;     /* of its amounts where it is fixed or the default choice; "" otherwise */
  bool by_month;        /* what it asks for begins anew with the month */
  bool paged;           /* it may take several requests: `next` */
  bool knows_since;     /* it can tell what was spent since a day: what a ledger wants */
  int64_t every_ms;     /* the vendor wants to be asked, or its answer changes, no more often; 0: not told */
};

struct recipe;

/* Reads a recipe from its section; ERR_CONFIG with the pair's line in *line if it is wrong, 0 if the whole is. Free with
 * recipe_free. */
struct recipe *recipe_parse(const char *name, const struct pair *pairs, size_t count, int *line,
                            struct err *err) MUST_CHECK;
void recipe_free(struct recipe *recipe);
const struct recipe_about *recipe_about(const struct recipe *recipe);
/* What an account of it takes besides the common keys; ends with a NULL name. */
const struct setting *recipe_settings(const struct recipe *recipe);
/* Cross-checks `fallback = NAME on CODE` against its fellows, once all are parsed. */
bool recipe_link(struct recipe *recipe, struct recipe *const *all, size_t count, struct err *err) MUST_CHECK;

/* The recipes that come along: INI text, embedded at build from src/provider/recipes/, NULL text at the end. */
struct embedded_recipe {
  const char *name;
  const char *text;
};
extern const struct embedded_recipe embedded_recipes[];

/* Keys that open no balance call: named once by `check` and `doctor`, sent nowhere. NULL env at the end. */
struct console_only {
  const char *env;
  const char *label;
  const char *page;    /* where the balance can be seen */
  const char *instead; /* which kinds of account help */
};
extern const struct console_only console_only_vendors[];

#endif
