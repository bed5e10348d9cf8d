/* slack_delivery: the messages of one answer on their way to a response_url, with a picture uploaded before. Pure: it says
 * what to ask and when, and is told what came. Slack takes five posts within 30 minutes. Private to the room. */
#ifndef LOWTIDE_DOOR_SLACK_DELIVERY_H
#define LOWTIDE_DOOR_SLACK_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "door/slack_payload.h"
#include "lowtide/ask.h"
#include "lowtide/config.h"
#include "lowtide/reply.h"

#define SLACK_POSTS_MAX 5
#define SLACK_WHY_MAX 200

enum slack_picture { SLACK_PICTURE_NONE, SLACK_PICTURE_PLACE, SLACK_PICTURE_BYTES, SLACK_PICTURE_END, SLACK_PICTURE_UP };

/* Fill parts, url and, for a picture, its three; the rest is its own. */
struct slack_delivery {
  const struct slack_settings *settings; /* borrowed */
  struct reply_parts parts;
  int next; /* the part that is due; those before it are said */
  char url[SLACK_URL_MAX];
  bool in_public;
  bool beside;                  /* under a message that stays: a button of it was pressed */
  char thread[SLACK_STAMP_MAX]; /* of that message; "": none */
  struct buf picture;           /* a PNG; empty: none */
  struct buf words;
  enum slack_picture stage;
  char why_no_picture[SLACK_WHY_MAX]; /* "": there is one, or none was meant */

  char upload_url[1024];
  char file_id[SLACK_ID_MAX];
  int posts;          /* that Slack may have counted */
  int tries;          /* of what is due */
  int refusals;       /* of the picture in a post */
  struct err failure; /* what ended it */
};

void slack_delivery_init(struct slack_delivery *delivery, const struct slack_settings *settings);
void slack_delivery_done(struct slack_delivery *delivery); /* wipes */

/* Whether the app can upload at all; else why_no_picture is set, and there is none. */
bool slack_delivery_has_picture(struct slack_delivery *delivery, const struct buf *picture, const struct buf *words);

/* Goes on without it. why: the end of a sentence. */
void slack_delivery_drop_picture(struct slack_delivery *delivery, const char *why);

/* The part that is due, with its picture or with the sentence why there is none. */
bool slack_delivery_part(const struct slack_delivery *delivery, struct buf *out, struct err *err) MUST_CHECK;

enum slack_delivery_step {
  SLACK_DELIVERY_ASK,  /* out is to be asked, wait_ms from now; then next is to be called with the answer */
  SLACK_DELIVERY_DONE, /* all is said */
  SLACK_DELIVERY_FAILED
};

/* answer: of what was asked; NULL at the start. */
enum slack_delivery_step slack_delivery_next(struct slack_delivery *delivery, const struct answer *answer, struct ask *out,
                                             int64_t *wait_ms);

#endif
