#include "door/slack_payload.h"

#include <inttypes.h>
#include <string.h>

#include "door/slack_words.h"
#include "lowtide/buf.h"
#include "lowtide/text.h"

#define OURS "lowtide"
#define PAYLOAD_MAX 1048576 /* 1 MiB: all that a request may hold */

static const char *text_of(const char *text) {
  return text != NULL ? text : "";
}

/* --- forms --------------------------------------------------------------------------------------------------------- */

/* A NUL would end the text early: it is a space. */
static void add_decoded(struct buf *out, const char *text, size_t length) {
  for (size_t at = 0; at < length; at++) {
    char c = text[at] == '+' ? ' ' : text[at];
    int high = c == '%' && at + 2 < length ? text_hex_digit(text[at + 1]) : -1;
    int low = high >= 0 ? text_hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      c = (char)(high * 16 + low);
      at += 2;
    }
    buf_add_char(out, c != '\0' ? c : ' ');
  }
}

struct form {
  const char *body;
  size_t length;
};

/* The first field of that name, decoded; false if there is none, or it is too long for out. */
static bool form_field(const struct form *form, const char *name, struct buf *out) {
  const char *end = form->body + form->length;
  size_t name_length = strlen(name);
  for (const char *at = form->body; at < end;) {
    const char *next = memchr(at, '&', (size_t)(end - at));
    if (next == NULL) next = end;
    size_t length = (size_t)(next - at);
    if (length > name_length && at[name_length] == '=' && memcmp(at, name, name_length) == 0) {
      add_decoded(out, at + name_length + 1, length - name_length - 1);
      return buf_ok(out);
    }
    at = next + 1;
  }
  return false;
}

static void form_copy(const struct form *form, const char *name, char *out, size_t size) {
  struct buf value;
  buf_init(&value, size - 1);
  *out = '\0';
  if (form_field(form, name, &value)) text_clean(out, size, buf_text(&value));
  buf_done(&value);
}

/* --- knocks -------------------------------------------------------------------------------------------------------- */

/* What does not fit would make two knocks one: a hash of it tells them apart. */
static void make_key(struct slack_call *call, const char *trigger, const char *more) {
  char whole[1024];
  (void)text_fmt(whole, sizeof whole, "slack:%s%s%s", trigger, *more != '\0' ? ":" : "", more);
  if (text_copy(call->key, sizeof call->key, whole)) return;
  (void)text_fmt(call->key, sizeof call->key, "slack:#%016" PRIx64, text_hash(whole, strlen(whole)));
}

static void lower(char *text) {
  for (; *text != '\0'; text++) {
    if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
  }
}

/* Whose somebody is. In a channel that is shared with another workspace (Slack Connect) its people see our buttons. In a
 * large organization (Enterprise Grid) a person's team may be told as the organization, E…, and a channel may be of several
 * workspaces. https://docs.slack.dev/reference/interaction-payloads/block_actions-payload (2026-08) */
struct origin {
  const char *team;  /* the person's; "": not told */
  const char *owner; /* the workspace that has the app; "": an organization has it, or it is not told */
  const char *org;   /* ""; the organization */
};

static bool is_one(const char *id, const char *other) {
  return *id != '\0' && text_eq(id, other);
}

static bool is_in(const char *list, const char *id) {
  return *id != '\0' && config_list_has(list, id);
}

/* Slash commands do not say who has the app: Slack offers them to nobody else. */
static bool may_ask(enum knock_kind kind, const struct origin *from, const struct slack_settings *settings) {
  bool of_command = kind == KNOCK_QUESTION;
  if (!text_is_blank(settings->allow_teams))
    return is_in(settings->allow_teams, from->team) || (of_command && is_in(settings->allow_teams, from->org));
  return of_command || is_one(from->team, from->owner) || is_one(from->team, from->org);
}

static void begin_call(struct slack_call *call, enum knock_kind kind, const struct origin *from,
                       const struct slack_settings *settings) {
  bool named = is_in(settings->allow_users, call->who);
  text_clean(call->where, sizeof call->where, from->team);
  call->kind = SLACK_CALL_KNOCK;
  call->knock = (struct knock){.kind = kind, .key = call->key, .who = call->who, .where = call->where};
  call->knock.may_ask = named || may_ask(kind, from, settings);
  call->knock.may_change = named;
}

static void add_word(struct knock *knock, const char *word) {
  if (knock->word_count < CHAT_WORDS_MAX) knock->words[knock->word_count++].value = word;
}

static void add_words(struct slack_call *call) {
  const char *words[CHAT_WORDS_MAX];
  size_t count = slack_words_split(call->text, words, CHAT_WORDS_MAX);
  for (size_t i = 0; i < count; i++)
    add_word(&call->knock, words[i]);
}

/* "/balance" is a command by itself, "/lowtide" (or "/lowtide-dev") has its command as the first word. Phones begin with a
 * capital letter. */
static bool take_command(struct slack_call *call, const struct origin *from, const struct slack_settings *settings,
                         struct err *err) {
  if (*call->command != '/' || call->command[1] == '\0')
    return err_set(err, ERR_MALFORMED, "Slack sent a command without a name");
  if (*call->key == '\0') return err_set(err, ERR_MALFORMED, "Slack sent a command without a trigger_id");
  begin_call(call, KNOCK_QUESTION, from, settings);
  lower(call->command);
  if (!text_starts(call->command + 1, OURS)) add_word(&call->knock, call->command + 1);
  add_words(call);
  if (call->knock.word_count == 0) add_word(&call->knock, "help");
  if (call->knock.words[0].value == call->text) lower(call->text);
  return true;
}

static void copy(char *out, size_t size, const struct json *object, const char *key) {
  text_clean(out, size, text_of(json_string(json_member(object, key))));
}

static void copy_url(struct slack_call *call, const char *url) {
  if (!text_copy(call->response_url, sizeof call->response_url, text_of(url))) *call->response_url = '\0';
}

/* What is no stamp could be anything. */
static void copy_thread(struct slack_call *call, const char *stamp) {
  bool fits = text_copy(call->thread, sizeof call->thread, text_of(stamp));
  if (!fits || call->thread[strspn(call->thread, "0123456789.")] != '\0') *call->thread = '\0';
}

/* A button's value, or what was chosen; NULL for what asks nothing. */
static const char *words_of(const struct json *action) {
  const char *value = json_string(json_member(action, "value"));
  const char *chosen = json_string(json_at(action, "/selected_option/value"));
  return chosen != NULL ? chosen : value;
}

static const char *org_of(const struct json *payload) {
  const char *org = json_string(json_at(payload, "/enterprise/id"));
  return text_of(org != NULL ? org : json_string(json_at(payload, "/team/enterprise_id")));
}

static bool take_pressed(const struct json *payload, const char *id, const struct slack_settings *settings,
                         struct slack_call *call) {
  const struct json *action = json_first(json_member(payload, "actions"));
  const char *words = text_of(words_of(action));
  const char *trigger = text_of(json_string(json_member(payload, "trigger_id")));
  call->kind = SLACK_CALL_IGNORED;
  if (!text_eq(json_string(json_member(payload, "type")), "block_actions")) return true;
  if (*trigger == '\0') trigger = id;
  if (*trigger == '\0' || text_is_blank(words) || strlen(words) >= sizeof call->text) return true;
  make_key(call, trigger, text_of(json_string(json_member(action, "action_ts"))));
  copy_url(call, json_string(json_member(payload, "response_url")));
  copy_thread(call, json_string(json_at(payload, "/container/thread_ts")));
  text_clean(call->who, sizeof call->who, text_of(json_string(json_at(payload, "/user/id"))));
  text_clean(call->text, sizeof call->text, words);
  const struct origin from = {
      .team = text_of(json_string(json_at(payload, "/user/team_id"))),
      .owner = text_of(json_string(json_at(payload, "/team/id"))),
      .org = org_of(payload),
  };
  begin_call(call, KNOCK_PRESSED, &from, settings);
  add_words(call);
  if (call->knock.word_count == 0) call->kind = SLACK_CALL_IGNORED;
  return true;
}

/* --- by HTTP ------------------------------------------------------------------------------------------------------- */

static bool take_json(const struct buf *text, const struct slack_settings *settings, struct slack_call *out,
                      struct err *err) {
  if (!buf_ok(text)) return err_set(err, ERR_MALFORMED, "payload is too long");
  struct json *payload = json_parse(buf_text(text), text->len, err);
  if (payload == NULL) return err_wrap(err, "payload");
  bool taken = json_type(payload) == JSON_OBJECT ? take_pressed(payload, "", settings, out)
                                                 : err_set(err, ERR_MALFORMED, "payload is not an object");
  json_free(payload);
  return taken;
}

static bool take_fields(const struct form *form, const struct slack_settings *settings, struct slack_call *out,
                        struct err *err) {
  char trigger[512];
  char team[SLACK_ID_MAX];
  char org[SLACK_ID_MAX];
  form_copy(form, "trigger_id", trigger, sizeof trigger);
  if (*trigger != '\0') make_key(out, trigger, "");
  form_copy(form, "response_url", out->response_url, sizeof out->response_url);
  form_copy(form, "user_id", out->who, sizeof out->who);
  form_copy(form, "command", out->command, sizeof out->command);
  form_copy(form, "text", out->text, sizeof out->text);
  form_copy(form, "team_id", team, sizeof team);
  form_copy(form, "enterprise_id", org, sizeof org);
  return take_command(out, &(struct origin){.team = team, .owner = "", .org = org}, settings, err);
}

bool slack_payload_form(const char *body, size_t length, const struct slack_settings *settings, struct slack_call *out,
                        struct err *err) {
  const struct form form = {.body = body, .length = length};
  char probe[8];
  struct buf payload;
  *out = (struct slack_call){.kind = SLACK_CALL_IGNORED};
  form_copy(&form, "ssl_check", probe, sizeof probe);
  if (text_eq(probe, "1")) return true;
  buf_init(&payload, PAYLOAD_MAX);
  bool pressed = form_field(&form, "payload", &payload) || payload.len > 0;
  bool taken = pressed ? take_json(&payload, settings, out, err) : take_fields(&form, settings, out, err);
  buf_done(&payload);
  return taken;
}

/* --- over the socket ----------------------------------------------------------------------------------------------- */

static enum slack_envelope_kind kind_of(const char *type) {
  if (text_eq(type, "hello")) return SLACK_ENVELOPE_HELLO;
  if (text_eq(type, "disconnect")) return SLACK_ENVELOPE_DISCONNECT;
  if (text_eq(type, "slash_commands")) return SLACK_ENVELOPE_COMMAND;
  if (text_eq(type, "interactive")) return SLACK_ENVELOPE_INTERACTIVE;
  return SLACK_ENVELOPE_OTHER;
}

bool slack_envelope_read(const char *text, size_t length, struct slack_envelope *out, struct err *err) {
  struct json *root = json_parse(text, length, err);
  if (root == NULL) return false;
  if (json_type(root) != JSON_OBJECT) {
    json_free(root);
    return err_set(err, ERR_MALFORMED, "not an object");
  }
  *out = (struct slack_envelope){.kind = kind_of(json_string(json_member(root, "type"))), .root = root};
  out->payload = json_member(root, "payload");
  out->takes_payload = json_type(json_member(root, "accepts_response_payload")) == JSON_TRUE;
  /* An id that is cut would acknowledge nothing. */
  if (!text_copy(out->id, sizeof out->id, text_of(json_string(json_member(root, "envelope_id"))))) *out->id = '\0';
  copy(out->reason, sizeof out->reason, root, "reason");
  return true;
}

void slack_envelope_done(struct slack_envelope *envelope) {
  json_free(envelope->root);
  *envelope = (struct slack_envelope){.kind = SLACK_ENVELOPE_OTHER};
}

static bool take_object(const struct slack_envelope *envelope, const struct slack_settings *settings,
                        struct slack_call *out, struct err *err) {
  const struct json *payload = envelope->payload;
  const char *trigger = text_of(json_string(json_member(payload, "trigger_id")));
  const char *text = text_of(json_string(json_member(payload, "text")));
  if (*trigger == '\0') trigger = envelope->id;
  if (*trigger != '\0') make_key(out, trigger, "");
  copy_url(out, json_string(json_member(payload, "response_url")));
  copy(out->who, sizeof out->who, payload, "user_id");
  copy(out->command, sizeof out->command, payload, "command");
  if (strlen(text) < sizeof out->text) text_clean(out->text, sizeof out->text, text);
  const struct origin from = {
      .team = text_of(json_string(json_member(payload, "team_id"))),
      .owner = "",
      .org = text_of(json_string(json_member(payload, "enterprise_id"))),
  };
  return take_command(out, &from, settings, err);
}

bool slack_payload_envelope(const struct slack_envelope *envelope, const struct slack_settings *settings,
                            struct slack_call *out, struct err *err) {
  *out = (struct slack_call){.kind = SLACK_CALL_IGNORED};
  switch (envelope->kind) {
  case SLACK_ENVELOPE_COMMAND: return take_object(envelope, settings, out, err);
  case SLACK_ENVELOPE_INTERACTIVE: return take_pressed(envelope->payload, envelope->id, settings, out);
  case SLACK_ENVELOPE_HELLO:
  case SLACK_ENVELOPE_DISCONNECT:
  case SLACK_ENVELOPE_OTHER: break;
  }
  return true;
}
