/* slack_request: what the doors ask Slack for, and what it says. Pure. Private to the room.
 * https://docs.slack.dev/reference/methods/ (2026-08) */
#ifndef LOWTIDE_DOOR_SLACK_REQUEST_H
#define LOWTIDE_DOOR_SLACK_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/ask.h"
#include "lowtide/config.h"
#include "lowtide/err.h"
#include "lowtide/json.h"

#define SLACK_WORD_MAX 64

/* Whether an answer may be posted there, or a picture: https to a host of Slack's, or to the one of base_url. */
bool slack_request_may_go(const char *url, const struct slack_settings *settings);
/* Whether a socket may be opened there: wss, or ws on this machine. */
bool slack_request_may_open(const char *url);

/* All of these take an ask that is ask_init'ed; ask_done is the caller's. */
bool slack_request_connection(const struct slack_settings *settings, struct ask *out, struct err *err) MUST_CHECK;
bool slack_request_post(const char *url, const char *message, struct ask *out, struct err *err) MUST_CHECK;

/* The three steps of an upload; words: for those who cannot see it. */
bool slack_request_upload_place(const struct slack_settings *settings, const struct buf *picture, const char *words,
                                struct ask *out, struct err *err) MUST_CHECK;
bool slack_request_upload(const char *url, const struct buf *picture, struct ask *out, struct err *err) MUST_CHECK;
bool slack_request_upload_end(const struct slack_settings *settings, const char *file_id, struct ask *out,
                              struct err *err) MUST_CHECK;

/* What Slack said, whether with a status or inside HTTP 200. */
struct slack_said {
  bool ok;
  bool again;                /* worth another try soon */
  bool in_doubt;             /* it may have been taken: no answer came */
  int64_t after_ms;          /* again: not before; 0: not told */
  char word[SLACK_WORD_MAX]; /* "invalid_auth"; "" if there is none */
  struct err err;            /* !ok: what happened */
};
/* root: the answer's JSON, to be freed by the caller; NULL if it is none. May be NULL where nobody wants it. */
struct slack_said slack_request_heard(const struct answer *answer, struct json **root);

#endif
