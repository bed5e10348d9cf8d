/* slack_link: when Socket Mode asks for an address, opens a line, changes over to a new one, waits and gives up. A machine
 * without clock or network: it is told what happened and says what to do. Times are monotonic. Private to the room.
 * https://docs.slack.dev/apis/events-api/using-socket-mode (2026-08) */
#ifndef LOWTIDE_DOOR_SLACK_LINK_H
#define LOWTIDE_DOOR_SLACK_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "door/slack_request.h"
#include "lowtide/buf.h"

#define SLACK_LINES 3 /* one in use, one to come, one that goes */
#define SLACK_TROUBLE_MAX (ERR_TEXT_MAX + ERR_HINT_MAX)

enum slack_line_state {
  SLACK_LINE_NONE,
  SLACK_LINE_OPENING, /* name, TCP, TLS, upgrade: bounded by the socket */
  SLACK_LINE_GREETS,  /* open, but without its hello */
  SLACK_LINE_READY,
  SLACK_LINE_LEAVES, /* another is ready: what is under way on it may end */
  SLACK_LINE_CLOSING /* bounded by the socket */
};

struct slack_line {
  enum slack_line_state state;
  int64_t since_ms;
  bool doomed; /* Slack will end it soon */
};

struct slack_link {
  uint64_t (*chance)(void *context);
  void *chance_context;
  struct slack_line lines[SLACK_LINES];
  bool asking;
  bool addressed;      /* there is an address to open */
  int64_t retry_at_ms; /* not before */
  int failures;        /* in a row */
  bool was_ready;      /* once, since the start */
  bool shut;
  bool stopped;                    /* until a person has mended something */
  char trouble[SLACK_TROUBLE_MAX]; /* why it waits or has stopped; "": nothing is wrong */
};

void slack_link_start(struct slack_link *link, uint64_t (*chance)(void *context), void *chance_context);
/* Hangs up and begins nothing any more. */
void slack_link_shut(struct slack_link *link);

enum slack_link_step {
  SLACK_LINK_REST, /* until something happens, or wait_ms have passed; -1: no matter when */
  SLACK_LINK_ASK,  /* ask for an address */
  SLACK_LINK_OPEN, /* open the address on that line */
  SLACK_LINK_CLOSE,
  SLACK_LINK_DROP
};
struct slack_link_do {
  enum slack_link_step step;
  int line;
  int64_t wait_ms;
};
/* To be called until it says REST. */
struct slack_link_do slack_link_next(struct slack_link *link, int64_t now_ms);

/* What happened. */
void slack_link_addressed(struct slack_link *link);
void slack_link_refused(struct slack_link *link, const struct slack_said *said, int64_t now_ms);
void slack_link_opened(struct slack_link *link, int line, int64_t now_ms);
void slack_link_greeted(struct slack_link *link, int line, int64_t now_ms);
void slack_link_warned(struct slack_link *link, int index, const char *reason, int64_t now_ms);
void slack_link_closed(struct slack_link *link, int index, const char *why, int64_t now_ms);

/* What a person must mend, of what apps.connections.open answers; NULL: nothing. */
const char *slack_link_mend(const char *word);

bool slack_link_is_ready(const struct slack_link *link);
bool slack_link_is_steady(const struct slack_link *link, int64_t now_ms); /* ready, and for a minute now */
bool slack_link_is_down(const struct slack_link *link);                   /* no line is left */
/* Worth a person's attention: it has stopped, never came up, or failed more than once. */
bool slack_link_is_in_trouble(const struct slack_link *link);
void slack_link_print(const struct slack_link *link, int64_t now_ms, struct buf *out);

#endif
