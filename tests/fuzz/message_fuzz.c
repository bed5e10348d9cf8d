/* Any text with marks, whole or broken, becomes payloads and asks that are well-formed, within the limits, and ping nobody.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

#define FUZZED_MAX (32 * 1024)
#define CONTENT_MAX 2000
#define SECTION_MAX 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool right) {
  if (!right) abort();
}

static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text != '\0'; text++)
    count += ((unsigned char)*text & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

static void check_discord(const struct json *root, bool pings) {
  const char *content = json_string(json_member(root, "content"));
  const struct json *parse = json_at(root, "/allowed_mentions/parse");
  expect(content != NULL && characters(content) <= CONTENT_MAX && json_type(parse) == JSON_ARRAY);
  expect(pings || json_count(parse) == 0);
  expect(pings || (json_at(root, "/allowed_mentions/users") == NULL && json_at(root, "/allowed_mentions/roles") == NULL));
}

/* What pings begins with "<@" or "<!". */
static void check_slack_text(const char *text, bool pings) {
  expect(text != NULL && characters(text) <= SECTION_MAX);
  expect(pings || (strstr(text, "<@") == NULL && strstr(text, "<!") == NULL));
}

static void check_slack(const struct json *root, bool pings) {
  const struct json *blocks = json_member(root, "blocks");
  check_slack_text(json_string(json_member(root, "text")), pings);
  expect(json_count(blocks) > 0 && json_count(blocks) <= 50);
  for (const struct json *block = json_first(blocks); block != NULL; block = json_next(block))
    check_slack_text(json_string(json_at(block, "/text/text")), pings);
}

static void check_report(const struct json *root) {
  const char *text = json_string(json_member(root, "text"));
  const char *title = json_string(json_member(root, "title"));
  expect(text != NULL && title != NULL && strchr(title, '\n') == NULL && json_string(json_member(root, "id")) != NULL);
  for (; *text != '\0'; text++)
    expect(*text == '\n' || (unsigned char)*text >= ' ');
}

/* ASCII in short lines that end in CRLF, the headers that there always are, three boundaries. */
static void check_mail(const char *text) {
  const char *body = strstr(text, "\r\n\r\n");
  size_t column = 0;
  int headers = 0;
  int boundaries = 0;
  expect(body != NULL);
  for (const char *p = text; *p != '\0'; p++) {
    column = *p == '\n' ? 0 : column + 1;
    expect((*p >= ' ' && *p <= '~') || (*p == '\r' && p[1] == '\n') || (*p == '\n' && p > text && p[-1] == '\r'));
    expect(column <= 200 && (p < body || column <= 78));
    if (*p == '\n' && p < body && isalpha((unsigned char)p[1])) headers++;
    if (text_starts(p, "\r\n--=_n1")) boundaries++;
  }
  expect(headers == 8 && boundaries == 3);
}

static void check_http(const struct notifier_plug *plug, const struct buf *body, bool pings) {
  struct err err = {0};
  struct json *root = json_parse(buf_text(body), body->len, &err);
  expect(root != NULL);
  if (text_starts(plug->name, "discord")) check_discord(root, pings);
  if (text_starts(plug->name, "slack")) check_slack(root, pings);
  if (plug->tells_accounts) check_report(root);
  json_free(root);
}

static void check_part(const struct notifier_plug *plug, const struct buf *part, bool pings) {
  static const struct account_value values[] = {{.name = "url", .text = "https://hooks.example/1"},
                                                {.name = "token", .text = "t"},
                                                {.name = "channel", .text = "42"},
                                                {.name = "smtp", .text = "smtp://mail.example"},
                                                {.name = "command", .text = "a"},
                                                {.name = "from", .text = "a@b.example"},
                                                {.name = "to", .text = "c@d.example, E <e@f.example>"}};
  const struct channel channel = {.name = "c", .values = values, .value_count = sizeof values / sizeof *values};
  const struct sending sending = {.channel = &channel, .payload = buf_text(part), .nonce = "n1", .message_id = "7"};
  struct err err = {0};
  struct ask ask;
  ask_init(&ask);
  expect(plug->request(&sending, &ask, &err));
  switch (ask.kind) {
  case ASK_HTTP: check_http(plug, &ask.http.body, pings); break;
  case ASK_PROGRAM: check_http(plug, &ask.program.input, pings); break;
  case ASK_MAIL: check_mail(buf_text(&ask.mail.text)); break;
  case ASK_SQL:
  case ASK_NOTE:
  case ASK_LAST: abort();
  }
  ask_done(&ask);
  if (plug->edit == NULL || text_starts(plug->name, "slack")) return;
  expect(plug->edit(&sending, &ask, &err));
  check_http(plug, &ask.http.body, false);
  ask_done(&ask);
}

static void check_plug(const struct notifier_plug *plug, const struct message *message) {
  struct err err = {0};
  struct parts parts;
  parts_init(&parts);
  bool rendered = plug->render(message, NULL, &parts, &err);
  expect(rendered == (err.code == ERR_NONE));
  for (int i = 0; rendered && !plug->local && i < parts.count; i++)
    check_part(plug, &parts.part[i], *message->mention != '\0' && i == 0);
  parts_done(&parts);
}

static void check_message(const uint8_t *data, size_t size, const char *mention) {
  struct message message;
  message_init(&message, MESSAGE_ALERT);
  message.mention = mention;
  for (size_t i = 0; i < size; i++) {
    if (data[i] != 0) buf_add_char(&message.text, (char)data[i]);
  }
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL; plug++)
    check_plug(*plug, &message);
  message_done(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > FUZZED_MAX) return 0;
  check_message(data, size, "role:1 user:U2 here");
  check_message(data, size, "");
  return 0;
}
