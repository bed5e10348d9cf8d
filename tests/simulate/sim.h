/* What the parts of the simulation share: one seed's world, its accounts and channels, and how a broken law is told.
 * Header only, one program. */
#ifndef LOWTIDE_TESTS_SIMULATE_SIM_H
#define LOWTIDE_TESTS_SIMULATE_SIM_H

#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "fake/world.h"
#include "lowtide/config.h"
#include "lowtide/daemon.h"
#include "lowtide/log.h"
#include "lowtide/runway.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define ACCOUNTS_MAX 64
#define CHANNELS_MAX 6
#define CONFIG_MAX 65536
#define VERDICT_MAX 1024
#define NEVER INT64_MAX

/* What the command line says. */
struct plan {
  int accounts; /* 0: chance */
  int days;
  bool loud;
};

/* The truth about one account, and what its vendor says of it. */
struct vendor {
  char name[8];
  double burn;      /* cents an hour, on average */
  double left;      /* cents */
  int64_t spent_ms; /* monotonic, up to when */
  int64_t topup_ms; /* monotonic: when somebody will notice and pay; NEVER */
  int topup_cents;
  /* faults */
  int64_t fault_until_ms;
  int fault;
  int zeros; /* so many answers that say 0 */
  char body[256];
  /* the last gather, for the law that readings are what was told */
  bool told;
  int64_t told_cents;
  int64_t told_asks; /* of the world, when it was told */
};

enum hook_type { HOOK_DISCORD_WEBHOOK, HOOK_SLACK_WEBHOOK, HOOK_WEBHOOK, HOOK_DISCORD_BOT, HOOK_TYPES };

enum hook_fault {
  HOOK_FINE,
  HOOK_503,
  HOOK_429,
  HOOK_CUT_BEFORE, /* no connection */
  HOOK_CUT_AFTER,  /* taken, but the answer was lost */
  HOOK_CUT_LOST,   /* written, and lost on the way */
  HOOK_SLOW,       /* taken, but the answer comes too late */
  HOOK_BAD,        /* 400: this message is refused */
  HOOK_GONE,       /* 404 for good */
  HOOK_FAULTS
};

struct hook {
  char name[8];
  enum hook_type type;
  int64_t fault_until_ms;
  enum hook_fault fault;
  int64_t not_before_ms; /* monotonic, from a 429 */
  bool gone;             /* it has said 404 or 410: nothing is to come any more */
  bool was_gone;         /* once */
  bool heard;            /* and the daemon has heard so */
  int address;           /* counts those that people set */
  int64_t summary_turn;  /* of the newest that was taken */
  int posts;
};

struct laws;

enum sim_sql { SQL_TURN, SQL_FACTS, SQL_QUEUED, SQL_SENDING, SQL_DYING, SQL_LEFT, SQL_GIVEN_UP, SQL_COUNT };
#define SIM_INDEX_HEADER 48

struct sim {
  struct fake_world fake;
  struct plan plan;
  uint64_t seed;
  uint64_t chance;
  struct config *config;
  char config_text[CONFIG_MAX];
  struct daemon *daemon;
  bool ended;
  bool started;
  int64_t begin_mono_ms;
  struct vendor vendors[ACCOUNTS_MAX];
  int vendor_count;
  struct hook hooks[CHANNELS_MAX];
  int hook_count;
  /* faults of the world */
  bool calm; /* the drain: no faults any more */
  int64_t store_until_ms;
  int crash_in; /* so many steps; 0: not */
  int64_t jobs_until_ms;
  bool dirty; /* something was committed since the laws were looked at */
  int crashes;
  int steps;
  int64_t hour;
  int hour_steps;
  sqlite3 *db; /* the laws' own eyes */
  sqlite3_stmt *statements[SQL_COUNT];
  const char *index; /* mapped */
  char index_before[SIM_INDEX_HEADER];
  int log_fd;
  int64_t log_read;
  struct laws *laws;
  char *verdict; /* shared with the parent: VERDICT_MAX */
};

/* --- chance (splitmix64) --------------------------------------------------------------------------------------------- */

static uint64_t sim_bits(struct sim *sim) {
  uint64_t x = sim->chance += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/* 0 to n - 1. */
static int64_t sim_below(struct sim *sim, int64_t n) {
  return (int64_t)(sim_bits(sim) % (uint64_t)n);
}

static int64_t sim_between(struct sim *sim, int64_t low, int64_t high) {
  return low + sim_below(sim, high - low + 1);
}

static bool sim_percent(struct sim *sim, int percent) {
  return sim_below(sim, 100) < percent;
}

static double sim_even(struct sim *sim) {
  return (double)(sim_bits(sim) >> 11) * 0x1p-53;
}

/* --- telling --------------------------------------------------------------------------------------------------------- */

static void sim_where(const struct sim *sim, char out[64]) {
  char wall[ZONE_TIME_TEXT_MAX];
  int64_t passed = sim->fake.mono_ms - sim->begin_mono_ms;
  time_print_rfc3339(wall, sim->fake.wall_ms);
  (void)text_fmt(out, 64, "day %d %02d:%02d (%s)", (int)(passed / DAY), (int)(passed / HOUR % 24),
                 (int)(passed / MINUTE % 60), wall);
}

/* A law is broken: this seed is over. */
static __attribute__((noreturn, format(printf, 2, 3))) void sim_broken(struct sim *sim, const char *format, ...) {
  char where[64];
  char what[VERDICT_MAX - 128];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(what, sizeof what, format, args);
  va_end(args);
  sim_where(sim, where);
  (void)snprintf(sim->verdict, VERDICT_MAX, "%s: %s", where, what);
  if (!sim->plan.loud) (void)nftw(sim->fake.folder, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
  _exit(1);
}

static __attribute__((format(printf, 2, 3))) void sim_say(struct sim *sim, const char *format, ...) {
  char where[64];
  va_list args;
  if (!sim->plan.loud) return;
  sim_where(sim, where);
  printf("# %s ", where);
  va_start(args, format);
  (void)vprintf(format, args);
  va_end(args);
  (void)putchar('\n');
  (void)fflush(stdout);
}

/* --- the laws' own look at the store --------------------------------------------------------------------------------- */

/* Ready to be bound; sim_done ends it. */
static sqlite3_stmt *sim_query(struct sim *sim, enum sim_sql which, const char *sql) {
  sqlite3_stmt **statement = &sim->statements[which];
  if (*statement == NULL && sqlite3_prepare_v2(sim->db, sql, -1, statement, NULL) != SQLITE_OK)
    sim_broken(sim, "the simulation's own query: %s: %s", sqlite3_errmsg(sim->db), sql);
  return *statement;
}

static void sim_done(sqlite3_stmt *statement) {
  (void)sqlite3_reset(statement);
}

/* Whether anything was committed since the last look, as the header of the WAL's index has it: most jobs only look. */
static bool sim_has_changed(struct sim *sim) {
  if (memcmp(sim->index, sim->index_before, SIM_INDEX_HEADER) == 0) return false;
  memcpy(sim->index_before, sim->index, SIM_INDEX_HEADER);
  return true;
}

static void sim_bind(sqlite3_stmt *statement, int at, const char *text) {
  (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static const char *sim_text(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return text != NULL ? text : "";
}

#endif
