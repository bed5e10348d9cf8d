#include <ctype.h>
#include <string.h>

#include "lowtide/text.h"
#include "notifier/mention.h"
#include "notifier/parts.h"
#include "notifier/slack.h"

#define SECTION_MAX 3000
#define BLOCKS_MAX 50
#define BUTTON_LABEL_MAX 75
#define PART_MAX (60 * 1024) /* within HTTP_REQUEST_BODY_MAX, with room for what closes a payload */
#define WORD_JOINER "\xE2\x81\xA0"

/* ---- mrkdwn ---- */

static void add_own(const char *character, size_t length, struct buf *out) {
  switch (*character) {
  case '&': buf_add(out, "&amp;"); break;
  case '<': buf_add(out, "&lt;"); break;
  case '>': buf_add(out, "&gt;"); break;
  default: buf_add_n(out, character, length); break;
  }
}

static bool is_word(char c) {
  return isalnum((unsigned char)c) || (unsigned char)c >= 0x80U;
}

/* Slack has no escape for * _ ~ `: a backslash is shown. They act only with a word's edge outside and no white space
 * inside, which an invisible character on each side takes from them. Between two letters, as in snake_case, _ and ~ do
 * not act anyway. A quote, "&gt;", acts at the start of a line, which a split can put anywhere. */
static bool acts(const struct stretch *stretch, size_t at) {
  char c = stretch->text[at];
  if (c == '*' || c == '`') return true;
  if (c != '_' && c != '~' && c != '>') return false;
  return !is_word(stretch_before(stretch, at)) || !is_word(stretch_after(stretch, at));
}

static void add_foreign(const struct stretch *stretch, size_t at, size_t length, struct buf *out) {
  bool joined = acts(stretch, at);
  if (joined) buf_add(out, WORD_JOINER);
  add_own(stretch->text + at, length, out);
  if (joined) buf_add(out, WORD_JOINER);
}

/* Discord's own emoji, <:moon:456>, is :moon: here. False if it is none. */
static bool add_emoji(const struct stretch *markup, struct buf *out) {
  const char *name = memchr(markup->text, ':', markup->length);
  if (name == NULL || name > markup->text + 2 || markup->text[0] != '<') return false;
  size_t left = markup->length - (size_t)(name - markup->text) - 1;
  const char *end = memchr(name + 1, ':', left);
  if (end == NULL || end == name + 1) return false;
  buf_add_n(out, name, (size_t)(end - name) + 1);
  return true;
}

/* "<#C123>" and no more: what else stood between would be markup, too. */
static bool is_reference(const struct stretch *markup) {
  if (markup->length < 4 || strncmp(markup->text, "<#", 2) != 0 || markup->text[markup->length - 1] != '>') return false;
  for (size_t at = 2; at + 1 < markup->length; at++) {
    if (!isalnum((unsigned char)markup->text[at])) return false;
  }
  return true;
}

/* A reference to a channel and emoji are all that may pass: no raw markup pings anybody. */
static void add_raw(const struct stretch *markup, struct buf *out) {
  if (add_emoji(markup, out)) return;
  if (is_reference(markup)) {
    buf_add_n(out, markup->text, markup->length);
    return;
  }
  for (size_t at = 0; at < markup->length; at++)
    add_own(markup->text + at, 1, out);
}

const struct dialect slack_mrkdwn = {
    .bold = "*", .limit = SECTION_MAX, .own = add_own, .foreign = add_foreign, .raw = add_raw};

/* ---- blocks ---- */

/* verbatim: nothing in the text becomes a mention or a link by itself. */
void slack_add_section(struct buf *out, const char *piece) {
  buf_add(out, "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":");
  buf_add_json(out, piece);
  buf_add(out, ",\"verbatim\":true}}");
}

static void add_plain(const char *text, struct buf *out) {
  char label[MESSAGE_BUTTON_LABEL_MAX];
  (void)text_copy(label, sizeof label, text);
  while (split_units(label, strlen(label)) > BUTTON_LABEL_MAX)
    (void)text_copy(label, strlen(label), text);
  buf_add(out, "{\"type\":\"plain_text\",\"text\":");
  buf_add_json(out, label);
  buf_add(out, ",\"emoji\":true}");
}

static void add_button(const struct message_button *button, size_t number, struct buf *out) {
  buf_add(out, "{\"type\":\"button\",\"text\":");
  add_plain(button->label, out);
  buf_addf(out, ",\"action_id\":\"lowtide_%zu\",\"value\":", number);
  buf_add_json(out, button->words);
  buf_add_char(out, '}');
}

static void add_select(const struct message *message, struct buf *out) {
  buf_add(out, "{\"type\":\"static_select\",\"action_id\":\"lowtide_choose\",\"placeholder\":");
  add_plain(message->choose, out);
  buf_add(out, ",\"options\":[");
  for (size_t i = 0; i < message->choice_count; i++) {
    buf_add(out, i > 0 ? ",{\"text\":" : "{\"text\":");
    add_plain(message->choices[i].label, out);
    buf_add(out, ",\"value\":");
    buf_add_json(out, message->choices[i].words);
    buf_add_char(out, '}');
  }
  buf_add(out, "]}");
}

bool slack_add_buttons(struct buf *out, const struct message *message) {
  size_t count = 0;
  for (size_t i = 0; i < message->button_count; i++) {
    const struct message_button *button = &message->buttons[i];
    if (text_is_blank(button->label) || text_is_blank(button->words)) continue;
    buf_add(out, count++ == 0 ? SLACK_ACTIONS : ",");
    add_button(button, count, out);
  }
  if (message->choice_count > 0) {
    buf_add(out, count++ == 0 ? SLACK_ACTIONS : ",");
    add_select(message, out);
  }
  if (count > 0) buf_add(out, "]}");
  return count > 0;
}

/* ---- payloads ---- */

struct rendering {
  struct parts *out;
  struct buf *part;   /* open, NULL before the first */
  struct buf blocks;  /* of the open part */
  struct buf block;   /* the one that is made */
  struct buf buttons; /* under the last part */
  int count;
};

/* text is what notifications and screen readers get: the first block's. link_names stays off. */
static void open_part(struct rendering *r, struct buf *part, const char *piece) {
  r->part = part;
  r->count = 0;
  buf_clear(&r->blocks);
  buf_add(part, "{\"text\":");
  buf_add_json(part, piece);
}

static bool close_part(struct rendering *r, struct err *err) {
  if (r->part == NULL) return true;
  buf_addf(r->part, ",\"blocks\":[%s]" SLACK_PAYLOAD_END, buf_text(&r->blocks));
  return buf_ok(r->part) ? true : err_set(err, ERR_LIMIT, "the post is too long");
}

static bool add_block(void *context, const char *piece, struct err *err) {
  struct rendering *r = context;
  buf_clear(&r->block);
  slack_add_section(&r->block, piece);
  int max = BLOCKS_MAX - (r->buttons.len > 0 ? 1 : 0);
  size_t length = r->blocks.len + r->block.len + r->buttons.len;
  bool full = r->part != NULL && (r->count == max || r->part->len + length > PART_MAX);
  if (r->part == NULL || full) {
    if (!close_part(r, err)) return false;
    struct buf *part = parts_next(r->out, err);
    if (part == NULL) return false;
    open_part(r, part, piece);
  }
  if (r->count++ > 0) buf_add_char(&r->blocks, ',');
  buf_add(&r->blocks, buf_text(&r->block));
  return true;
}

/* A role is Discord's; there is none here. */
static void add_mention(const struct mention *mention, struct buf *out) {
  if (out->len > 0 && mention->kind != MENTION_ROLE) buf_add_char(out, ' ');
  switch (mention->kind) {
  case MENTION_USER: buf_addf(out, "<@%s>", mention->id); break;
  case MENTION_GROUP: buf_addf(out, "<!subteam^%s>", mention->id); break;
  case MENTION_HERE: buf_add(out, "<!here>"); break;
  case MENTION_EVERYONE: buf_add(out, "<!channel>"); break;
  case MENTION_ROLE: break;
  }
}

bool slack_mark_repeat(const char *payload, struct buf *out, struct err *err) {
  static const char *const openings[] = {"{\"text\":\"", "\"type\":\"mrkdwn\",\"text\":\"", NULL};
  return post_mark_repeat(payload, openings, out, err);
}

const struct notifier_platform slack_platform = {.name = "Slack"};

bool slack_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err) {
  (void)channel;
  struct rendering r = {.out = out};
  struct mention mentions[MENTIONS_MAX];
  struct buf first;
  struct dialect dialect = slack_mrkdwn;
  if (message_may_repeat(message->kind)) dialect.limit -= NOTIFIER_REPEAT_UNITS;
  buf_init(&first, SECTION_MAX);
  buf_init(&r.blocks, HTTP_REQUEST_BODY_MAX);
  buf_init(&r.block, HTTP_REQUEST_BODY_MAX);
  buf_init(&r.buttons, HTTP_REQUEST_BODY_MAX);
  (void)slack_add_buttons(&r.buttons, message);
  size_t count = mention_read(message->mention, mentions);
  for (size_t i = 0; i < count; i++)
    add_mention(&mentions[i], &first);
  bool done = split_text(buf_text(&message->text), buf_text(&first), &dialect, add_block, &r, err);
  if (done && r.buttons.len > 0) buf_addf(&r.blocks, ",%s", buf_text(&r.buttons));
  done = done && close_part(&r, err);
  buf_done(&first);
  buf_done(&r.buttons);
  buf_done(&r.blocks);
  buf_done(&r.block);
  return done;
}
