#include <string.h>

#include "lowtide/chat.h"
#include "lowtide/json.h"
#include "lowtide/register.h"
#include "lowtide/text.h"

#define LIST_MAX 65536

enum option_type { OPTION_COMMAND = 1, OPTION_TEXT = 3, OPTION_YES = 5 };

/* --- our list -------------------------------------------------------------------------------------------------------- */

static void add_text(struct buf *out, const char *name, const char *text) {
  buf_addf(out, ",\"%s\":", name);
  buf_add_json(out, text);
}

/* An amount is a text, too: a number would be a double on its way here. */
static void add_argument(const struct chat_argument *argument, struct buf *out) {
  bool is_yes = argument->kind == CHAT_PUBLIC;
  buf_addf(out, "{\"type\":%d", is_yes ? OPTION_YES : OPTION_TEXT);
  add_text(out, "name", argument->name);
  add_text(out, "description", argument->about);
  if (argument->needed) buf_add(out, ",\"required\":true");
  if (argument->kind == CHAT_ACCOUNT || argument->kind == CHAT_SPAN) buf_add(out, ",\"autocomplete\":true");
  buf_add_char(out, '}');
}

static void add_command(const struct chat_command *command, struct buf *out) {
  buf_addf(out, "{\"type\":%d", OPTION_COMMAND);
  add_text(out, "name", command->name);
  add_text(out, "description", command->about);
  if (command->arguments->name != NULL) buf_add(out, ",\"options\":[");
  for (const struct chat_argument *argument = command->arguments; argument->name != NULL; argument++) {
    if (argument != command->arguments) buf_add_char(out, ',');
    add_argument(argument, out);
  }
  if (command->arguments->name != NULL) buf_add_char(out, ']');
}

/* Only a command that is there for all servers says where: in servers, and not in private. */
static void end_command(enum register_scope scope, struct buf *out) {
  if (scope == REGISTER_EVERYWHERE) buf_add(out, ",\"contexts\":[0],\"integration_types\":[0]");
  buf_add_char(out, '}');
}

void register_discord(enum register_scope scope, struct buf *out) {
  const char *before = "";
  buf_add_char(out, '[');
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    if (!(*command)->alone) continue;
    add_command(*command, out);
    end_command(scope, out);
    buf_add_char(out, ',');
  }
  buf_addf(out, "{\"type\":%d,\"name\":\"lowtide\"", OPTION_COMMAND);
  add_text(out, "description", CHAT_ABOUT);
  buf_add(out, ",\"options\":[");
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    if ((*command)->alone) continue;
    buf_add(out, before);
    add_command(*command, out);
    buf_add_char(out, '}');
    before = ",";
  }
  buf_add_char(out, ']');
  end_command(scope, out);
  buf_add_char(out, ']');
}

/* --- theirs ---------------------------------------------------------------------------------------------------------- */

static bool same_text(const struct json *ours, const struct json *theirs, const char *key) {
  return text_eq(json_string(json_member(ours, key)), json_string(json_member(theirs, key)));
}

static bool same_yes(const struct json *ours, const struct json *theirs, const char *key) {
  return (json_type(json_member(ours, key)) == JSON_TRUE) == (json_type(json_member(theirs, key)) == JSON_TRUE);
}

static bool same_number(const struct json *ours, const struct json *theirs) {
  return text_eq(json_number_text(ours), json_number_text(theirs));
}

/* In whatever order; nothing there is like nothing said. */
static bool same_numbers(const struct json *ours, const struct json *theirs, const char *key) {
  const struct json *mine = json_member(ours, key);
  const struct json *other = json_member(theirs, key);
  if (mine == NULL) return true;
  if (json_count(mine) != json_count(other)) return false;
  for (const struct json *item = json_first(mine); item != NULL; item = json_next(item)) {
    const struct json *at = json_first(other);
    while (at != NULL && !same_number(item, at))
      at = json_next(at);
    if (at == NULL) return false;
  }
  return true;
}

/* A command, or one of its options, which may have options of their own: three levels, which the list has. */
static bool same_item(const struct json *ours, const struct json *theirs) {
  bool same = same_text(ours, theirs, "name") && same_text(ours, theirs, "description") &&
              same_number(json_member(ours, "type"), json_member(theirs, "type")) && same_yes(ours, theirs, "required") &&
              same_yes(ours, theirs, "autocomplete") && same_numbers(ours, theirs, "contexts") &&
              same_numbers(ours, theirs, "integration_types") &&
              json_type(json_member(theirs, "default_member_permissions")) == JSON_NULL &&
              json_count(json_member(theirs, "choices")) == 0;
  const struct json *mine = json_first(json_member(ours, "options"));
  const struct json *other = json_first(json_member(theirs, "options"));
  for (; same && mine != NULL && other != NULL; mine = json_next(mine), other = json_next(other))
    same = same_item(mine, other);
  return same && mine == NULL && other == NULL;
}

static const struct json *item_named(const struct json *list, const char *name) {
  const struct json *item = json_first(list);
  while (item != NULL && !text_eq(json_string(json_member(item, "name")), name))
    item = json_next(item);
  return item;
}

static void compare(const struct json *ours, const struct json *theirs, struct registered *out) {
  *out = (struct registered){.same = true};
  for (const struct json *item = json_first(ours); item != NULL; item = json_next(item)) {
    const struct json *other = item_named(theirs, json_string(json_member(item, "name")));
    out->same = out->same && other != NULL && same_item(item, other);
    out->own += other != NULL;
  }
  for (const struct json *item = json_first(theirs); item != NULL; item = json_next(item)) {
    const char *name = json_string(json_member(item, "name"));
    char clean[40];
    size_t used = strlen(out->foreign);
    if (name != NULL && item_named(ours, name) != NULL) continue;
    text_clean(clean, sizeof clean, name != NULL ? name : "?");
    (void)text_fmt(out->foreign + used, sizeof out->foreign - used, "%s%s", used > 0 ? ", " : "", clean);
  }
}

bool register_discord_compare(const char *theirs, size_t length, enum register_scope scope, struct registered *out,
                              struct err *err) {
  struct buf list;
  buf_init(&list, LIST_MAX);
  register_discord(scope, &list);
  struct json *ours = json_parse(buf_text(&list), list.len, err);
  struct json *other = json_parse(theirs, length, err);
  bool ok = ours != NULL && json_type(other) == JSON_ARRAY;
  if (ok) compare(ours, other, out);
  json_free(ours);
  json_free(other);
  buf_done(&list);
  return ok || err_set(err, ERR_MALFORMED, "the answer is not Discord's list of commands");
}
