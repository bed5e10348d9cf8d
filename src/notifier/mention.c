#include "notifier/mention.h"

#include <string.h>

#include "lowtide/text.h"

#define DIGITS "0123456789"
#define ID_CHARACTERS DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct {
  const char *word;
  enum mention_kind kind;
} mention_words[] = {
    {"user:", MENTION_USER}, {"role:", MENTION_ROLE},        {"group:", MENTION_GROUP},
    {"here", MENTION_HERE},  {"everyone", MENTION_EVERYONE},
};

static bool read_word(const char *word, struct mention *mention) {
  for (size_t i = 0; i < sizeof mention_words / sizeof *mention_words; i++) {
    const char *known = mention_words[i].word;
    if (!text_starts(word, known)) continue;
    const char *id = word + strlen(known);
    bool takes_id = text_ends(known, ":");
    if (takes_id == (*id == '\0') || id[strspn(id, ID_CHARACTERS)] != '\0') return false;
    if (!takes_id && *id != '\0') return false;
    mention->kind = mention_words[i].kind;
    return text_copy(mention->id, sizeof mention->id, id);
  }
  return false;
}

size_t mention_read(const char *text, struct mention mentions[static MENTIONS_MAX]) {
  size_t count = 0;
  text = text != NULL ? text : "";
  for (text += strspn(text, " ,"); *text != '\0' && count < MENTIONS_MAX; text += strspn(text, " ,")) {
    char word[MENTION_ID_MAX + 16];
    size_t length = strcspn(text, " ,");
    bool fits = text_fmt(word, sizeof word, "%.*s", (int)length, text);
    if (fits && read_word(word, &mentions[count])) count++;
    text += length;
  }
  return count;
}

bool mention_is_number(const struct mention *mention) {
  return mention->id[0] != '\0' && mention->id[strspn(mention->id, DIGITS)] == '\0';
}
