/* An answer to a question as Discord's message objects. */
#include <string.h>

#include "lowtide/reply.h"
#include "notifier/discord.h"

#define FLAG_EPHEMERAL 64
#define CUT "\n… the rest is left out: it is too long for a chat. Ask for one account."

struct laying {
  struct buf *part; /* the open one; NULL: none yet */
  struct reply_parts *out;
  const struct message *message;
  bool in_public;
  bool cut;
  struct buf piece; /* of the open part */
};

static void close_part(const struct laying *laying, bool last) {
  static const struct message no_buttons = {.button_count = 0};
  struct buf *part = laying->part;
  if (part == NULL) return;
  buf_add(part, "{\"content\":");
  buf_add_json(part, buf_text(&laying->piece));
  buf_add(part, ",\"allowed_mentions\":{\"parse\":[]},\"components\":");
  discord_add_components(last ? laying->message : &no_buttons, part);
  if (!laying->in_public) buf_addf(part, ",\"flags\":%d", FLAG_EPHEMERAL);
  buf_add_char(part, '}');
}

static bool add_piece(void *context, const char *piece, struct err *err) {
  struct laying *laying = context;
  (void)err;
  laying->cut = laying->cut || laying->out->count == REPLY_PARTS_MAX;
  if (laying->cut) return true;
  close_part(laying, false);
  laying->part = &laying->out->part[laying->out->count++];
  buf_clear(&laying->piece);
  buf_add(&laying->piece, piece);
  return true;
}

bool reply_discord(const struct message *message, bool in_public, struct reply_parts *out, struct err *err) {
  struct laying laying = {.out = out, .message = message, .in_public = in_public};
  struct dialect dialect = discord_markdown;
  dialect.limit -= split_units(CUT, strlen(CUT));
  buf_init(&laying.piece, HTTP_REQUEST_BODY_MAX);
  bool whole = split_text(buf_text(&message->text), "", &dialect, add_piece, &laying, err);
  if (whole && laying.cut) buf_add(&laying.piece, CUT);
  if (whole) close_part(&laying, true);
  whole = whole && (buf_ok(&laying.piece) || err_set(err, ERR_LIMIT, "the answer is too long"));
  for (int i = 0; whole && i < out->count; i++)
    whole = buf_ok(&out->part[i]) || err_set(err, ERR_LIMIT, "the answer is too long");
  buf_done(&laying.piece);
  return whole;
}
