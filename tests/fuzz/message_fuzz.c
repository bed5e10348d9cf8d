/* Any text with marks, whole or broken, becomes payloads that are JSON, within the limits. */
#include <stdint.h>
#include <stdlib.h>

#include "lowtide/json.h"
#include "lowtide/notifier.h"

#define FUZZED_MAX (32 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct buf *part) {
  struct err err = {0};
  struct json *root = json_parse(buf_text(part), part->len, &err);
  if (root == NULL || part->len > HTTP_REQUEST_BODY_MAX) abort();
  json_free(root);
}

static void check_plug(const struct notifier_plug *plug, const struct message *message) {
  struct err err = {0};
  struct parts parts;
  parts_init(&parts);
  bool rendered = plug->render(message, NULL, &parts, &err);
  if (rendered == (err.code != ERR_NONE)) abort();
  for (int i = 0; rendered && !plug->local && i < parts.count; i++)
    check_part(&parts.part[i]);
  parts_done(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct message message;
  if (size > FUZZED_MAX) return 0;
  message_init(&message, MESSAGE_ALERT);
  message.mention = "role:1 user:U2 here";
  for (size_t i = 0; i < size; i++) {
    if (data[i] != 0) buf_add_char(&message.text, (char)data[i]);
  }
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL; plug++)
    check_plug(*plug, &message);
  message_done(&message);
  return 0;
}
