/* Any JSON as an interaction: refused with a sentence, or a knock whose every word can be read and whose ids fit an
 * address. */
#include <assert.h>
#include <string.h>

#include "door/discord_interaction.h"
#include "lowtide/text.h"

static void check_interaction(const struct discord_interaction *read) {
  assert(strspn(read->id, "0123456789") == strlen(read->id) && *read->id != '\0');
  assert(strspn(read->application_id, "0123456789") == strlen(read->application_id));
  assert(text_starts(read->knock.key, "discord:") && *read->token != '\0' && *read->knock.who != '\0');
  assert(read->knock.word_count <= CHAT_WORDS_MAX && (read->knock.may_ask || !read->knock.may_change));
  for (size_t i = 0; i < read->knock.word_count; i++)
    assert(text_is_utf8(read->knock.words[i].value, strlen(read->knock.words[i].value)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct discord_settings settings = {
      .application_id = "", .public_key = "", .guild = "", .allow_users = "5", .allow_roles = "30", .allow_guilds = ""};
  struct err err = {0};
  struct discord_interaction read;
  struct json *root = json_parse((const char *)data, size, &err);
  if (root == NULL) return 0;
  if (discord_interaction_read(root, &settings, &read, &err)) {
    check_interaction(&read);
  } else {
    assert(err.code != ERR_NONE && *err.text != '\0');
  }
  json_free(root);
  return 0;
}
