#include <string.h>

#include "lowtide/reply.h"
#include "lowtide/text.h"
#include "notifier/slack.h"

/* An answer takes five posts at most (docs.slack.dev/interactivity/handling-user-interaction), of which one is kept for a
 * picture that has to be tried again. */
#define PARTS_MAX 4
#define BLOCKS_MAX 46  /* of 50: a word that it is cut, a picture, a note and the buttons may follow */
#define TEXT_MAX 12000 /* of a part: Slack refuses more with msg_blocks_too_long, from a length that it does not tell */
#define PART_MAX 61440 /* 60 KiB: within HTTP_REQUEST_BODY_MAX, with room for what is added */
#define WORDS_MAX 2000 /* of an image's alt_text */
#define CUT "… the rest is left out: it is too long for a chat. Ask for one account."

_Static_assert(PARTS_MAX <= REPLY_PARTS_MAX, "a reply has room for all parts");

struct laying {
  struct reply_parts *out;
  const char *response_type;
  size_t text;   /* of the open part */
  size_t blocks; /* likewise */
  bool cut;
};

static struct buf *open_part(const struct laying *laying) {
  return &laying->out->part[laying->out->count - 1];
}

static void close_part(const struct laying *laying) {
  if (laying->out->count > 0) buf_add(open_part(laying), "]}");
}

/* text is what notifications and screen readers get. */
static void begin_part(struct laying *laying, const char *piece) {
  close_part(laying);
  laying->out->count++;
  laying->text = 0;
  laying->blocks = 0;
  struct buf *part = open_part(laying);
  buf_addf(part, "{\"response_type\":\"%s\",\"text\":", laying->response_type);
  buf_add_json(part, piece);
  buf_add(part, ",\"blocks\":[");
}

static void add_section(struct laying *laying, const char *piece) {
  if (laying->blocks++ > 0) buf_add_char(open_part(laying), ',');
  slack_add_section(open_part(laying), piece);
}

static bool add_piece(void *context, const char *piece, struct err *err) {
  struct laying *laying = context;
  size_t length = strlen(piece);
  (void)err;
  if (laying->cut) return true;
  bool full = laying->blocks == BLOCKS_MAX || laying->text + length > TEXT_MAX;
  if (laying->out->count == 0 || full) {
    laying->cut = laying->out->count == PARTS_MAX;
    if (laying->cut) return true;
    begin_part(laying, piece);
  }
  laying->text += length;
  add_section(laying, piece);
  return true;
}

bool reply_slack(const struct message *message, bool in_public, struct reply_parts *out, struct err *err) {
  struct laying laying = {.out = out, .response_type = in_public ? "in_channel" : "ephemeral"};
  if (!split_text(buf_text(&message->text), "", &slack_mrkdwn, add_piece, &laying, err)) return false;
  struct buf buttons;
  buf_init(&buttons, PART_MAX);
  if (laying.cut) add_section(&laying, CUT);
  if (slack_add_buttons(&buttons, message)) buf_addf(open_part(&laying), ",%s", buf_text(&buttons));
  close_part(&laying);
  buf_done(&buttons);
  bool whole = true;
  for (int i = 0; i < out->count; i++)
    whole = whole && buf_ok(&out->part[i]);
  return whole ? true : err_set(err, ERR_LIMIT, "the answer is too long");
}

/* --- what is added later ------------------------------------------------------------------------------------------- */

/* Puts a block above the buttons, or at the end. */
static bool put_block(const char *part, const struct buf *block, struct buf *out, struct err *err) {
  const char *buttons = strstr(part, "," SLACK_ACTIONS);
  size_t length = strlen(part);
  if (!text_ends(part, "]}")) return err_set(err, ERR_MALFORMED, "the part is none of an answer's");
  size_t head = buttons != NULL ? (size_t)(buttons - part) : length - 2;
  buf_add_n(out, part, head);
  buf_addf(out, ",%s", buf_text(block));
  buf_add(out, part + head);
  return buf_ok(block) && buf_ok(out) ? true : err_set(err, ERR_LIMIT, "the answer is too long");
}

bool reply_slack_picture(const char *part, const char *file_id, const char *words, struct buf *out, struct err *err) {
  char alt[WORDS_MAX];
  struct buf block;
  text_clean(alt, sizeof alt, text_is_blank(words) ? "a chart" : words);
  buf_init(&block, PART_MAX);
  buf_add(&block, "{\"type\":\"image\",\"slack_file\":{\"id\":");
  buf_add_json(&block, file_id);
  buf_add(&block, "},\"alt_text\":");
  buf_add_json(&block, alt);
  buf_add_char(&block, '}');
  bool done = put_block(part, &block, out, err);
  buf_done(&block);
  return done;
}

bool reply_slack_note(const char *part, const char *sentence, struct buf *out, struct err *err) {
  struct buf block;
  buf_init(&block, PART_MAX);
  buf_add(&block, "{\"type\":\"context\",\"elements\":[{\"type\":\"plain_text\",\"text\":");
  buf_add_json(&block, sentence);
  buf_add(&block, "}]}");
  bool done = put_block(part, &block, out, err);
  buf_done(&block);
  return done;
}
