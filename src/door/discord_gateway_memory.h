/* gateway_memory: what is known of the session with Discord's gateway, and how often a new one was asked for; kept over
 * restarts. Discord takes the token away from an application that identifies 1,000 times in a day: a crash loop must not
 * get anywhere near. Pure, and private to the room. */
#ifndef LOWTIDE_DOOR_DISCORD_GATEWAY_MEMORY_H
#define LOWTIDE_DOOR_DISCORD_GATEWAY_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/json.h"

#define GATEWAY_URL_MAX 512
#define GATEWAY_SESSION_MAX 128
#define GATEWAY_IDENTIFIES_MAX 50 /* in GATEWAY_DAY_MS */
#define GATEWAY_DAY_MS 86400000LL
#define GATEWAY_MARK_MAX 17
#define GATEWAY_MEMO_MAX 4096

struct gateway_session {
  char id[GATEWAY_SESSION_MAX]; /* "": none is held */
  char url[GATEWAY_URL_MAX];    /* where to resume it; "": where a new one would be had */
  int64_t sequence;             /* of the last event; -1: none */
};

/* When IDENTIFY was sent: wall clock, oldest first. */
struct gateway_budget {
  int64_t at_ms[GATEWAY_IDENTIFIES_MAX];
  int count;
};

struct gateway_memory {
  struct gateway_session session;
  struct gateway_budget budget;
};

bool gateway_session_is_held(const struct gateway_session *session);
void gateway_session_forget(struct gateway_session *session);

/* How long IDENTIFY must wait; 0: not at all. A burst of five, then ever further apart. What lies in the future, because
 * the clock was set back, counts as now. */
int64_t gateway_budget_wait_ms(struct gateway_budget *budget, int64_t now_ms);
/* Only when nothing had to wait. */
void gateway_budget_spend(struct gateway_budget *budget, int64_t now_ms);
/* The last one spent goes out only now. */
void gateway_budget_note(struct gateway_budget *budget, int64_t now_ms);

/* Both as short keyed hashes: enough to see that it is another token, far too little to find it. */
void gateway_memory_write(const struct gateway_memory *memory, const char *token, const char *base_url, struct buf *out);
/* A session of another token or base_url is not read, nor a budget of another application. What is broken is not there. */
void gateway_memory_read(const char *text, const char *token, const char *base_url, struct gateway_memory *memory);

/* wss, or ws to this machine; without a user, a fragment or odd characters. */
bool gateway_url_is_fit(const char *url);
/* With what Discord leaves to the caller: "/?v=10&encoding=json". False if it does not fit. */
bool gateway_url_complete(const char *url, char *out, size_t size);

#endif
