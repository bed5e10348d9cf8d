/* slack_payload: what Slack sends, taken apart into a knock, whether it came over the socket (JSON) or as a form by HTTP.
 * Pure. Private to the room. https://docs.slack.dev/interactivity/ (2026-08) */
#ifndef LOWTIDE_DOOR_SLACK_PAYLOAD_H
#define LOWTIDE_DOOR_SLACK_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "door/answering.h"
#include "lowtide/config.h"
#include "lowtide/err.h"
#include "lowtide/json.h"

#define SLACK_TEXT_MAX 2048 /* of a question; what is longer is none */
#define SLACK_URL_MAX 512
#define SLACK_ID_MAX 64
#define SLACK_STAMP_MAX 32

enum slack_call_kind {
  SLACK_CALL_KNOCK,  /* a slash command, a button, a select: to be answered */
  SLACK_CALL_IGNORED /* to be acknowledged, no more: ssl_check, shortcuts, views, link buttons */
};

/* knock points into it: it is not to be copied. */
struct slack_call {
  enum slack_call_kind kind;
  struct knock knock;
  char response_url[SLACK_URL_MAX]; /* where answers go; "": nowhere. As it came, not checked */
  char thread[SLACK_STAMP_MAX];     /* where the button stood, "1503435956.000247"; "": in no thread */
  char key[CHAT_KEY_MAX];
  char who[SLACK_ID_MAX];
  char where[SLACK_ID_MAX];
  char command[SLACK_ID_MAX];
  char text[SLACK_TEXT_MAX]; /* the words, each with a NUL behind it */
};

/* The raw body of POST /slack/commands or /slack/interactivity. ERR_MALFORMED if Slack sends no such thing. */
bool slack_payload_form(const char *body, size_t length, const struct slack_settings *settings, struct slack_call *out,
                        struct err *err) MUST_CHECK;

enum slack_envelope_kind {
  SLACK_ENVELOPE_HELLO,
  SLACK_ENVELOPE_DISCONNECT,
  SLACK_ENVELOPE_COMMAND,     /* type slash_commands */
  SLACK_ENVELOPE_INTERACTIVE, /* type interactive */
  SLACK_ENVELOPE_OTHER        /* to be acknowledged if it has an id */
};

/* A message of Socket Mode. */
struct slack_envelope {
  enum slack_envelope_kind kind;
  char id[SLACK_ID_MAX];      /* envelope_id; "": none */
  bool takes_payload;         /* the answer may be in the acknowledgement */
  char reason[SLACK_ID_MAX];  /* of a disconnect */
  const struct json *payload; /* belongs to root; NULL: none */
  struct json *root;          /* freed by slack_envelope_done */
};

bool slack_envelope_read(const char *text, size_t length, struct slack_envelope *out, struct err *err) MUST_CHECK;
void slack_envelope_done(struct slack_envelope *envelope);

/* What a COMMAND or an INTERACTIVE asks. */
bool slack_payload_envelope(const struct slack_envelope *envelope, const struct slack_settings *settings,
                            struct slack_call *out, struct err *err) MUST_CHECK;

#endif
