#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "notifier/discord.h"
#include "notifier/mention.h"
#include "notifier/parts.h"
#include "notifier/split.h"

#define CONTENT_MAX 2000
#define FLAG_SILENT 4096 /* SUPPRESS_NOTIFICATIONS */
#define ZERO_WIDTH_SPACE "\xE2\x80\x8B"
#define COMPONENT_BUTTON 2
#define COMPONENT_SELECT 3
#define COMPONENTS_KEY ",\"components\":"
#define CODE_UNKNOWN_MESSAGE "10008"
#define CODE_TOO_OLD_TO_EDIT "30046"

/* ---- markdown ---- */

static bool starts_word(const struct stretch *stretch, size_t at, const char *word) {
  size_t length = strlen(word);
  return stretch->length - at >= length && strncasecmp(stretch->text + at, word, length) == 0;
}

/* A backslash does not keep "@everyone" from being one: only a character between does. At the end of the stretch nobody
 * knows what follows. */
static bool pings_all(const struct stretch *stretch, size_t at) {
  return at + 1 == stretch->length || starts_word(stretch, at + 1, "everyone") || starts_word(stretch, at + 1, "here");
}

static bool is_space_or_end(char c) {
  return c == ' ' || c == '\0';
}

/* "://" makes a link, ":name:" an emoji. */
static bool colon_acts(const struct stretch *stretch, size_t at) {
  if (starts_word(stretch, at, "://")) return true;
  size_t name = at + 1;
  while (name < stretch->length && (isalnum((unsigned char)stretch->text[name]) || strchr("_+-", stretch->text[name])))
    name++;
  return name > at + 1 && name < stretch->length && stretch->text[name] == ':';
}

/* "1. " begins a list; "discord.gg/" an invitation even without https. */
static bool dot_acts(const struct stretch *stretch, size_t at) {
  bool after_digit = isdigit((unsigned char)stretch_before(stretch, at)) != 0;
  if (after_digit && is_space_or_end(stretch_after(stretch, at))) return true;
  return starts_word(stretch, at, ".gg/") || starts_word(stretch, at, ".com/invite");
}

/* Characters that act only at the start of a line count wherever they stand: a split may make any place one. */
static bool needs_backslash(const struct stretch *stretch, size_t at) {
  char c = stretch->text[at];
  char after = stretch_after(stretch, at);
  switch (c) {
  case '\\':
  case '*':
  case '_':
  case '~':
  case '`':
  case '|':
  case '<':
  case '[':
  case ']': return true;
  case '#':
  case '>': return is_space_or_end(after) || after == c;
  case '-':
  case '+': return is_space_or_end(after) || after == '#';
  case ':': return colon_acts(stretch, at);
  case '.': return dot_acts(stretch, at);
  default: return false;
  }
}

static void add_foreign(const struct stretch *stretch, size_t at, size_t length, struct buf *out) {
  if (needs_backslash(stretch, at)) buf_add_char(out, '\\');
  buf_add_n(out, stretch->text + at, length);
  if (stretch->text[at] == '@' && pings_all(stretch, at)) buf_add(out, ZERO_WIDTH_SPACE);
}

static void add_own(const char *character, size_t length, struct buf *out) {
  buf_add_n(out, character, length);
}

static void add_raw(const struct stretch *markup, struct buf *out) {
  buf_add_n(out, markup->text, markup->length);
}

const struct dialect discord_markdown = {
    .bold = "**", .limit = CONTENT_MAX, .own = add_own, .foreign = add_foreign, .raw = add_raw};

/* ---- payloads ---- */

struct rendering {
  const struct message *message;
  struct parts *out;
  struct buf *part; /* open, NULL before the first */
  struct mention mentions[MENTIONS_MAX];
  size_t mention_count; /* 0 from the second part on */
};

static bool is_for_all(enum mention_kind kind) {
  return kind == MENTION_HERE || kind == MENTION_EVERYONE;
}

/* Keeps those that Discord knows. */
static size_t read_mentions(const char *text, struct mention mentions[static MENTIONS_MAX]) {
  size_t kept = 0;
  size_t count = mention_read(text, mentions);
  for (size_t i = 0; i < count; i++) {
    bool is_person = mentions[i].kind == MENTION_USER || mentions[i].kind == MENTION_ROLE;
    if (is_for_all(mentions[i].kind) || (is_person && mention_is_number(&mentions[i]))) mentions[kept++] = mentions[i];
  }
  return kept;
}

static void add_mention(const struct mention *mention, struct buf *out) {
  switch (mention->kind) {
  case MENTION_USER: buf_addf(out, "<@%s>", mention->id); break;
  case MENTION_ROLE: buf_addf(out, "<@&%s>", mention->id); break;
  case MENTION_HERE: buf_add(out, "@here"); break;
  case MENTION_EVERYONE: buf_add(out, "@everyone"); break;
  case MENTION_GROUP: break;
  }
}

static void add_ids(const struct rendering *r, enum mention_kind kind, const char *name, struct buf *out) {
  bool any = false;
  for (size_t i = 0; i < r->mention_count; i++) {
    if (r->mentions[i].kind != kind) continue;
    if (!any) buf_addf(out, ",\"%s\":[", name);
    buf_addf(out, "%s\"%s\"", any ? "," : "", r->mentions[i].id);
    any = true;
  }
  if (any) buf_add_char(out, ']');
}

/* Without this Discord would ping whomever the content names. */
static void add_allowed_mentions(const struct rendering *r, struct buf *out) {
  bool all = false;
  for (size_t i = 0; i < r->mention_count; i++)
    all = all || is_for_all(r->mentions[i].kind);
  buf_addf(out, ",\"allowed_mentions\":{\"parse\":[%s]", all ? "\"everyone\"" : "");
  add_ids(r, MENTION_ROLE, "roles", out);
  add_ids(r, MENTION_USER, "users", out);
  buf_add_char(out, '}');
}

static void add_button(const struct message_button *button, struct buf *out) {
  buf_addf(out, "{\"type\":%d,\"style\":2,\"label\":", COMPONENT_BUTTON);
  buf_add_json(out, button->label);
  buf_add(out, ",\"custom_id\":");
  buf_add_json(out, button->words);
  buf_add_char(out, '}');
}

static void add_select(const struct message *message, struct buf *out) {
  buf_addf(out, "{\"type\":%d,\"custom_id\":\"choose\",\"placeholder\":", COMPONENT_SELECT);
  buf_add_json(out, message->choose);
  buf_add(out, ",\"options\":[");
  for (size_t i = 0; i < message->choice_count; i++) {
    buf_add(out, i > 0 ? ",{\"label\":" : "{\"label\":");
    buf_add_json(out, message->choices[i].label);
    buf_add(out, ",\"value\":");
    buf_add_json(out, message->choices[i].words);
    buf_add_char(out, '}');
  }
  buf_add(out, "]}");
}

void discord_add_components(const struct message *message, struct buf *out) {
  static const char row[] = "{\"type\":1,\"components\":[";
  buf_add_char(out, '[');
  if (message->button_count > 0) buf_add(out, row);
  for (size_t i = 0; i < message->button_count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_button(&message->buttons[i], out);
  }
  if (message->button_count > 0) buf_add(out, "]}");
  if (message->choice_count > 0) {
    buf_addf(out, "%s%s", message->button_count > 0 ? "," : "", row);
    add_select(message, out);
    buf_add(out, "]}");
  }
  buf_add_char(out, ']');
}

static bool close_part(const struct rendering *r, struct err *err) {
  if (r->part != NULL) buf_add_char(r->part, '}');
  return r->part == NULL || buf_ok(r->part) || err_set(err, ERR_LIMIT, "the post is too long");
}

static bool add_part(void *context, const char *piece, struct err *err) {
  struct rendering *r = context;
  if (!close_part(r, err)) return false;
  struct buf *part = r->part = parts_next(r->out, err);
  if (part == NULL) return false;
  buf_add(part, "{\"content\":");
  buf_add_json(part, piece);
  add_allowed_mentions(r, part);
  if (r->message->silent) buf_addf(part, ",\"flags\":%d", FLAG_SILENT);
  r->mention_count = 0;
  return true;
}

/* They hang on the last part, and stand last in it: an edit finds them there. */
static bool close_last(const struct rendering *r, struct err *err) {
  if (r->part != NULL && r->message->button_count + r->message->choice_count > 0) {
    buf_add(r->part, COMPONENTS_KEY);
    discord_add_components(r->message, r->part);
  }
  return close_part(r, err);
}

bool discord_mark_repeat(const char *payload, struct buf *out, struct err *err) {
  static const char *const openings[] = {"{\"content\":\"", NULL};
  return post_mark_repeat(payload, openings, out, err);
}

/* https://discord.com/developers/docs/topics/rate-limits: 50 requests a second in all. */
const struct notifier_platform discord_platform = {.name = "Discord", .limit = {.count = 50, .per_ms = 1000}};

bool discord_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err) {
  (void)channel;
  struct rendering r = {.message = message, .out = out};
  r.mention_count = read_mentions(message->mention, r.mentions);
  struct buf first;
  struct dialect dialect = discord_markdown;
  if (message_may_repeat(message->kind)) dialect.limit -= NOTIFIER_REPEAT_UNITS;
  buf_init(&first, CONTENT_MAX);
  for (size_t i = 0; i < r.mention_count; i++) {
    if (i > 0) buf_add_char(&first, ' ');
    add_mention(&r.mentions[i], &first);
  }
  bool done = split_text(buf_text(&message->text), buf_text(&first), &dialect, add_part, &r, err);
  done = done && close_last(&r, err);
  buf_done(&first);
  return done;
}

/* ---- requests ---- */

bool discord_agent(struct http_request *out, struct err *err) {
  return http_request_header(out, err, "User-Agent: DiscordBot (lowtide, %s)", LOWTIDE_VERSION);
}

bool discord_is_id(const char *text) {
  size_t length = text != NULL ? strspn(text, "0123456789") : 0;
  return length > 0 && length <= 20 && text[length] == '\0';
}

bool discord_edited(const char *payload, struct buf *out, struct err *err) {
  struct json *root = json_parse(payload, strlen(payload), err);
  const char *content = json_string(json_member(root, "content"));
  /* inside a text the quotes would have backslashes */
  const char *components = strstr(payload, COMPONENTS_KEY "[");
  if (content != NULL) {
    buf_add(out, "{\"content\":");
    buf_add_json(out, content);
    buf_addf(out, ",\"allowed_mentions\":{\"parse\":[]}%s", components != NULL ? components : "}");
  }
  json_free(root);
  return (content != NULL && buf_ok(out)) || err_set(err, ERR_MALFORMED, "the stored message is not one of Discord's");
}

/* ---- verdicts ---- */

static void read_complaint(const struct json *root, struct discord_complaint *complaint) {
  const char *code = json_number_text(json_member(root, "code"));
  const char *message = json_string(json_member(root, "message"));
  if (code != NULL) text_clean(complaint->code, sizeof complaint->code, code);
  if (message != NULL) text_clean(complaint->message, sizeof complaint->message, message);
}

static void take_id(const struct json *root, struct verdict *verdict) {
  const char *id = json_string(json_member(root, "id"));
  if (discord_is_id(id)) (void)text_copy(verdict->message_id, sizeof verdict->message_id, id);
}

/* The body may say more exactly than the headers how long, and that all of the bot's requests are meant. */
static void take_wait(const struct json *root, struct verdict *verdict) {
  int64_t after_ms = 0;
  if (http_seconds(json_number_text(json_member(root, "retry_after")), &after_ms) && verdict->after_ms < after_ms)
    verdict->after_ms = after_ms;
  if (json_type(json_member(root, "global")) == JSON_TRUE) verdict->rate.global = true;
}

static void judge_complaint(const char *mend, const struct discord_complaint *complaint, int status,
                            struct verdict *verdict) {
  bool said = complaint->message[0] != '\0';
  char words[32];
  text_fmt(words, sizeof words, "HTTP %d", status);
  text_fmt(verdict->why, sizeof verdict->why, "Discord refused the message (%s%s%s): check %s",
           said ? complaint->message : words, complaint->code[0] != '\0' ? ", code " : "", complaint->code, mend);
  if (!text_eq(complaint->code, CODE_UNKNOWN_MESSAGE) && !text_eq(complaint->code, CODE_TOO_OLD_TO_EDIT)) return;
  verdict->gone = true;
  verdict->kind = VERDICT_REFUSED;
  verdict->after_ms = 0;
  (void)text_copy(verdict->why, sizeof verdict->why, "the message cannot be edited any more");
}

bool discord_verdict(const struct http_answer *answer, const char *where, struct discord_complaint *complaint,
                     struct verdict *verdict) {
  struct err ignored = {0};
  *complaint = (struct discord_complaint){.code = ""};
  bool agreed = post_verdict(answer, where, verdict);
  if (answer->err.code != ERR_NONE) return true;
  struct json *root = json_parse(answer->body, answer->length, &ignored);
  read_complaint(root, complaint);
  if (verdict->kind == VERDICT_SENT) take_id(root, verdict);
  if (verdict->kind == VERDICT_RETRY) take_wait(root, verdict);
  json_free(root);
  bool limited = agreed && !text_eq(complaint->code, CODE_TOO_OLD_TO_EDIT);
  if (!limited) judge_complaint(where, complaint, answer->status, verdict);
  return limited || verdict->gone;
}
