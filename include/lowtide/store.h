/* store: what outlives the process, in one SQLite file (WAL, synchronous=FULL), STATE_DIR/lowtide.db. The only SQL.
 *
 * A `struct store` is one connection and belongs to one thread. What changes something runs as a job: inside one
 * transaction, whole or not at all. Functions that take a store inside a job say "in a job".
 *
 *     static bool note_it(struct store *store, void *context, struct err *err) { return store_note_add(store, …, err); }
 *     store_do(store, note_it, &note, &err);
 */
#ifndef LOWTIDE_STORE_H
#define LOWTIDE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/alert.h"
#include "lowtide/ask.h"
#include "lowtide/loop.h"
#include "lowtide/reading.h"
#include "lowtide/runway.h"

struct store;

enum store_mode {
  STORE_READ, /* never creates or changes; ERR_STORE "no store yet" if there is none */
  STORE_WRITE /* creates the folder (0700) and file (0600), migrates if nobody else is at it */
};

struct store *store_open(const char *state_dir, enum store_mode mode, struct err *err) MUST_CHECK;
void store_close(struct store *store); /* NULL is fine */

typedef bool store_job(struct store *store, void *context, struct err *err);

/* BEGIN IMMEDIATE, job, COMMIT; rolled back if the job or the commit fails. A busy store is waited for (10 s). */
bool store_do(struct store *store, store_job *job, void *context, struct err *err) MUST_CHECK;

/* --- the writer thread --------------------------------------------------------------------------------------------- */
/* Jobs from the loop, in order; those that wait together share a commit, each under a SAVEPOINT. */
struct writer;
struct writer *writer_new(struct loop *loop, const char *state_dir, struct err *err) MUST_CHECK;
/* done is called on the loop's thread after the COMMIT, with err code ERR_NONE or why not. */
void writer_do(struct writer *writer, store_job *job, void (*done)(void *context, const struct err *err), void *context);
/* Finishes what is queued, then ends; a store that another keeps locked is waited for a second only. The done of what it
 * finishes is still called as long as the loop runs. */
void writer_free(struct writer *writer);

/* --- turns ----------------------------------------------------------------------------------------------------------- */
struct turn {
  int64_t id;
  char schedule[128]; /* the schedule whose slot it is, "update" or "start" */
  int64_t slot_ms;    /* 0: not of a slot */
  int64_t started_ms;
};

/* In a job. Sets the id. *fresh is false, and nothing is written, if this (schedule, slot) has its turn already. */
bool store_turn_add(struct store *store, struct turn *turn, bool *fresh, struct err *err) MUST_CHECK;
bool store_turn_exists(struct store *store, const char *schedule, int64_t slot_ms, bool *exists,
                       struct err *err) MUST_CHECK;
/* The newest turn of that schedule, or of any but the digests' if it is NULL; id 0 if there is none. */
bool store_turn_last(struct store *store, const char *schedule, struct turn *turn, struct err *err) MUST_CHECK;

/* --- readings -------------------------------------------------------------------------------------------------------- */
struct account_key {
  const char *account;
  const char *provider; /* account + unit + provider is a series */
};

/* In a job: adds the reading with the account's next seq, its level, and its hourly and daily roll-ups. */
bool store_reading_add(struct store *store, const struct account_key *key, int64_t turn_id, const struct reading *reading,
                       enum level level, struct err *err) MUST_CHECK;

/* What the store remembers of an account between rounds. */
struct account_state {
  bool seen;           /* there is a reading */
  struct reading last; /* the newest */
  enum level last_level;
  bool known;                /* there is a known reading */
  struct reading last_known; /* the newest known one */
  enum level known_level;
};

/* All that an ASK_LAST is answered with: of that provider, with its ask_mark. */
bool store_last_answer(struct store *store, const struct account_key *key, struct last_answer *answer,
                       struct err *err) MUST_CHECK;

bool store_account_state(struct store *store, const struct account_key *key, struct account_state *state,
                         struct err *err) MUST_CHECK;
struct history_row {
  char account[64];
  char provider[64];
  struct reading reading;
  enum level level;
};

/* A reading's place in history is reading_at_ms, then the order of arrival. */
struct history_query {
  const char *const *accounts; /* NULL or NULL-terminated */
  int64_t since_ms;
  int64_t until_ms; /* 0: no end */
  int limit;        /* 0: none; the newest, oldest first */
};

/* each answers false to stop. */
bool store_history(struct store *store, const struct history_query *query,
                   bool (*each)(void *context, const struct history_row *row), void *context, struct err *err) MUST_CHECK;

/* The account's trend as of its newest reading; from history where none is kept, and empty for another provider. */
bool store_trend(struct store *store, const struct account_key *key, int64_t now_ms, struct trend *trend,
                 struct err *err) MUST_CHECK;
bool store_trend_put(struct store *store, const struct account_key *key, const struct trend *trend,
                     struct err *err) MUST_CHECK; /* in a job */
/* The trends of these accounts (NULL-terminated, each named once) as the history of their last weeks has it; trends has
 * room for as many. Half filled if it fails. */
bool store_trends_rebuild(struct store *store, const char *const *accounts, int64_t now_ms, struct trend *trends,
                          struct err *err) MUST_CHECK;

struct cleanup_chunk {
  int64_t before_ms;
  int limit;       /* rows of each kind */
  int64_t deleted; /* out: readings */
  bool more;       /* out: another chunk may find something, of whatever kind */
};

/* In a job: deletes readings older than before_ms. Each account's newest and newest known ones stay, and the daily
 * roll-ups; hourly ones, turns and messages of that age go too. */
bool store_cleanup(struct store *store, struct cleanup_chunk *chunk, struct err *err) MUST_CHECK;

/* When the oldest reading was; INT64_MAX if there is none. */
bool store_oldest_reading(struct store *store, int64_t *at_ms, struct err *err) MUST_CHECK;

/* In a job: a reading from an old log, unless there is one of that account in that second already. */
bool store_import_add(struct store *store, const struct account_key *key, const struct reading *reading, enum level level,
                      bool *fresh, struct err *err) MUST_CHECK;

/* --- alerts ---------------------------------------------------------------------------------------------------------- */
/* What the rules remember of the account. Another provider starts with nothing told. */
bool store_alert_memory(struct store *store, const struct account_key *key, struct alert_memory *memory,
                        struct err *err) MUST_CHECK;
bool store_alert_memory_put(struct store *store, const struct account_key *key, const struct alert_memory *memory,
                            struct err *err) MUST_CHECK; /* in a job */

/* An alert that a message to a channel tells; all borrowed. */
struct told_alert {
  const char *channel;
  const char *alert; /* alert_key */
  const char *account;
  const char *message; /* the outbox row's key */
  int64_t told_ms;
  const char *line; /* what is said, with marks */
};
/* In a job. *fresh is false, and nothing is written, if that channel is told of it already. */
bool store_alert_told(struct store *store, const struct told_alert *told, bool *fresh, struct err *err) MUST_CHECK;
/* Those of a message, in order; each answers false to stop. */
bool store_alerts_of(struct store *store, const char *channel, const char *message,
                     bool (*each)(void *context, const struct told_alert *told), void *context, struct err *err) MUST_CHECK;

/* Grants that run out after now_ms, the first first, so many as there is room for; nano is what was granted. */
bool store_grants(struct store *store, const char *account, const char *unit, int64_t now_ms, struct grants *grants,
                  struct err *err) MUST_CHECK;
bool store_grant_told(struct store *store, int64_t id, int days, struct err *err) MUST_CHECK; /* in a job */

/* --- notes of people (`set`, `topup`) ------------------------------------------------------------------------------ */
enum note_kind { NOTE_SET, NOTE_TOPUP };

struct note {
  const char *account;
  const char *unit;
  enum note_kind kind;
  int64_t nano;
  int64_t time_ms;
  int64_t expires_ms;         /* 0: never */
  struct amount spent_before; /* of a ledger: what the day had cost before a `set` */
};

bool store_note_add(struct store *store, const struct note *note, struct err *err) MUST_CHECK; /* in a job */
/* All that an ASK_NOTE is answered with. */
bool store_note_balance(struct store *store, const char *account, const char *unit, struct note_answer *answer,
                        struct err *err) MUST_CHECK;

struct push_note {
  const char *account;
  const char *unit;
  struct push push;
  int64_t now_ms;
};

/* In a job: takes what was handed in, unless something newer is there already; what bears a time after now_ms is not
 * newer, a clock went wrong. */
bool store_push_put(struct store *store, const struct push_note *note, bool *fresh, struct err *err) MUST_CHECK;

/* --- outbox: pending -> sending (claimed) -> sent | refused | superseded | doubtful ------------------------------- */
#define OUTBOX_CHANNEL_MAX 64

struct outbox_row {
  int64_t id;
  char kind[16]; /* message_kind_name, or an alert's own key */
  char key[96];  /* unique with channel and part: "summary:TURN", "low:kimi:EPISODE:critical" */
  int64_t turn_id;
  char channel[OUTBOX_CHANNEL_MAX];
  int part;
  char *payload; /* mem_free */
  int attempts;
  int64_t created_ms;
  int64_t due_ms;
  int64_t fence;
  bool doubt;          /* an earlier try may have arrived: it had no answer, or its process died over it */
  int64_t doubtful_ms; /* when the first such try began; 0: none */
};

/* In a job. *fresh is false if a row of that key, channel and part is there already. Queueing part 0 of a "summary"
 * supersedes older summaries of that channel of which nothing is sent or being sent. */
bool store_outbox_add(struct store *store, const struct outbox_row *row, bool *fresh, struct err *err) MUST_CHECK;

/* In a job: the next row of that channel that is due at now_ms, whose earlier parts are sent and before which no other
 * message about one of its accounts waits, claimed for this process until lease_ms; row->id 0 if there is none. A claim of
 * a process that is gone is free at once, and in doubt. */
bool store_outbox_claim(struct store *store, const char *channel, int64_t now_ms, int64_t lease_ms, struct outbox_row *row,
                        struct err *err) MUST_CHECK;

enum outbox_verdict {
  OUTBOX_SENT,
  OUTBOX_RETRY,
  OUTBOX_REFUSED,
  OUTBOX_DOUBTFUL /* it may have arrived, and is not sent again */
};

struct outbox_settlement {
  int64_t id;
  int64_t fence; /* of the claim; a row claimed by another since stays as it is */
  enum outbox_verdict verdict;
  int64_t now_ms;
  int64_t due_ms; /* RETRY: the next try */
  const char *why;
  bool untried;              /* RETRY: no request has left; this try does not count */
  bool doubt;                /* RETRY: this try may have arrived */
  bool repeated;             /* SENT: marked as what may have come before */
  const char *disabled_mark; /* REFUSED: notifier_mark of an address that is void; NULL: it is not */
  const char *message_id;    /* of the summary that an edit changes; "": there is none; NULL: as it was */
  uint64_t message_mark;     /* of the payload that is to be seen there */
};

/* In a job. SENT of a summary's first part releases the turn's held log lines, once, stamped now_ms. REFUSED and DOUBTFUL
 * take the other parts along. RETRY of a summary that a newer one has overtaken meanwhile supersedes it, or makes it
 * doubtful if it is. SENT ends what disabled the channel. *settled is false, and nothing is changed, if another has claimed
 * the row since. */
bool store_outbox_settle(struct store *store, const struct outbox_settlement *settlement, bool *settled,
                         struct err *err) MUST_CHECK;

/* When the next row of that channel can be claimed (it is due, or the lease of the one being sent ends); 0 if nothing
 * waits. */
bool store_outbox_next(struct store *store, const char *channel, int64_t *due_ms, struct err *err) MUST_CHECK;

struct channel_state {
  bool posted; /* something was ever accepted */
  int64_t last_posted_ms;
  int64_t waiting; /* messages */
  int64_t refused;
  char last_why[200];     /* of the newest failure that nothing succeeded after; "" */
  int64_t disabled_ms;    /* since when its address is void; 0: it is not */
  char disabled_mark[16]; /* of that address, as notifier_mark has it: another one is another matter */
  int64_t repeated;       /* messages sent once more, marked, since nobody knew whether they had arrived */
  int64_t doubtful;       /* messages that nobody knows of, and that were not sent again */
  char message_id[64];    /* of the newest summary; "" where it is not known */
  uint64_t message_mark;  /* of what is to be seen there */
};
/* All but waiting and refused, which need counting. */
bool store_channel_kept(struct store *store, const char *channel, struct channel_state *state, struct err *err) MUST_CHECK;
bool store_channel_state(struct store *store, const char *channel, struct channel_state *state, struct err *err) MUST_CHECK;
/* Rows of a turn that have not ended yet, and those that ended refused or doubtful. */
bool store_turn_unsent(struct store *store, int64_t turn_id, int64_t *waiting, int64_t *refused,
                       struct err *err) MUST_CHECK;

/* --- lines for text logs: queued in the turn's job, written after its commit, then forgotten ----------------------- */
struct log_entry {
  int64_t id;
  char *path; /* mem_free */
  char *text; /* without a line break; mem_free */
  bool fresh; /* false: queued by another process or before a failed commit, and may have been written already */
};

/* In a job. held lines wait for store_outbox_settle, which stamps them. */
bool store_log_add(struct store *store, int64_t turn_id, const char *path, const char *text, bool held,
                   struct err *err) MUST_CHECK;
/* The oldest unwritten lines after after_id, at most max; *count says how many. Lines of a transaction that is still open
 * are not among them. */
bool store_log_pending(struct store *store, int64_t after_id, struct log_entry *entries, int max, int *count,
                       struct err *err) MUST_CHECK;
/* In a job. Should its commit fail, the lines come back with fresh == false. */
bool store_log_written(struct store *store, const int64_t *ids, int count, struct err *err) MUST_CHECK;
/* In a job: keeps the newest lines that wait for a path, drops the others. */
bool store_log_trim(struct store *store, const char *path, int keep, int64_t *dropped, struct err *err) MUST_CHECK;

/* --- chats --------------------------------------------------------------------------------------------------------- */
/* In a job: takes note of an interaction. *fresh is false if it was taken note of before. What is older than a day is
 * forgotten as new ones come. */
bool store_interaction_add(struct store *store, const char *key, int64_t now_ms, bool *fresh, struct err *err) MUST_CHECK;

/* A text that is kept under a name, such as a gateway's session; "" if there is none. No secrets. */
#define STORE_MEMO_MAX 4096
bool store_memo_put(struct store *store, const char *name, const char *text, struct err *err) MUST_CHECK; /* in a job */
bool store_memo(struct store *store, const char *name, char out[static STORE_MEMO_MAX], struct err *err) MUST_CHECK;

/* --- who runs here ------------------------------------------------------------------------------------------------- */
/* The daemon's lock on STATE_DIR/daemon.lock (fcntl: gone with its process). NULL with ERR_STORE and the pid if held. */
struct state_lock;
struct state_lock *state_lock_take(const char *state_dir, struct err *err) MUST_CHECK;
void state_lock_free(struct state_lock *lock);
/* The pid of the daemon that holds it, 0 if none does. */
int state_lock_holder(const char *state_dir);
/* Tells that daemon, if it is another process, that the store has changed: SIGUSR1. After the commit; best effort. */
void state_lock_nudge(const char *state_dir);

#endif
