/* Any bytes, as a form and as an envelope: refused with a sentence, ignored, or a knock whose every word can be read. */
#include <assert.h>
#include <string.h>

#include "door/slack_payload.h"
#include "lowtide/text.h"

static void check_call(const struct slack_call *call) {
  assert(strlen(call->response_url) < SLACK_URL_MAX);
  if (call->kind == SLACK_CALL_IGNORED) return;
  assert(call->knock.word_count > 0 && call->knock.word_count <= CHAT_WORDS_MAX);
  assert(text_starts(call->knock.key, "slack:") && text_is_utf8(call->knock.who, strlen(call->knock.who)));
  for (size_t i = 0; i < call->knock.word_count; i++) {
    const char *word = call->knock.words[i].value;
    assert(*word != '\0' && text_is_utf8(word, strlen(word)) && strchr(word, '\n') == NULL);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct slack_settings settings = {.allow_users = "U1"};
  static struct slack_call call;
  struct slack_envelope envelope;
  struct err err = {0};
  const char *text = (const char *)data;
  if (slack_payload_form(text, size, &settings, &call, &err)) {
    check_call(&call);
  } else {
    assert(err.code == ERR_MALFORMED && *err.text != '\0');
  }
  if (!slack_envelope_read(text, size, &envelope, &err)) return 0;
  if (slack_payload_envelope(&envelope, &settings, &call, &err)) check_call(&call);
  slack_envelope_done(&envelope);
  return 0;
}
