#include "door/slack_words.h"

#include <stdbool.h>
#include <string.h>

#include "lowtide/text.h"

/* Of the list of texts, the one that text starts with; its length, 0 if it is none. */
static size_t starts_with_one(const char *text, const char *const *list) {
  for (; *list != NULL; list++) {
    if (text_starts(text, *list)) return strlen(*list);
  }
  return 0;
}

/* U+00A0, U+2002 to U+2009, U+202F, U+3000 */
static size_t space_length(const char *text) {
  static const char *const spaces[] = {" ",      "\t",     "\n",     "\r",     "\u00A0", "\u2002", "\u2003", "\u2004",
                                       "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u202F", "\u3000", NULL};
  return starts_with_one(text, spaces);
}

/* Zero width space, marks of direction, word joiner (which our own messages hold), byte order mark. */
static size_t invisible_length(const char *text) {
  static const char *const invisible[] = {"\u200B", "\u200E", "\u200F", "\u2060", "\uFEFF", NULL};
  return starts_with_one(text, invisible);
}

static const char *const quotes[][8] = {
    {"\"", "“", "”", "„", "‟", "«", "»", NULL},
    {"'", "‘", "’", "‚", "‛", NULL},
    {"`", NULL},
};

/* The quote that closes what opens at text: the first of its shape with a word's end behind it. NULL if nothing opens or
 * nothing closes, as in 5" or 'tis. */
static const char *closing_quote(const char *text) {
  for (size_t shape = 0; shape < sizeof quotes / sizeof *quotes; shape++) {
    size_t opening = starts_with_one(text, quotes[shape]);
    if (opening == 0) continue;
    for (const char *at = text + opening; *at != '\0'; at++) {
      size_t closing = starts_with_one(at, quotes[shape]);
      if (closing > 0 && (at[closing] == '\0' || space_length(at + closing) > 0)) return at;
    }
  }
  return NULL;
}

static size_t quote_length(const char *text) {
  size_t length = 0;
  for (size_t shape = 0; length == 0 && shape < sizeof quotes / sizeof *quotes; shape++)
    length = starts_with_one(text, quotes[shape]);
  return length;
}

struct splitter {
  const char *from;
  char *to; /* never beyond from: nothing becomes longer */
};

static bool take_entity(struct splitter *s) {
  static const struct {
    const char *entity;
    char c;
  } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
    if (!text_starts(s->from, entities[i].entity)) continue;
    *s->to++ = entities[i].c;
    s->from += strlen(entities[i].entity);
    return true;
  }
  return false;
}

static void take_character(struct splitter *s) {
  size_t invisible = invisible_length(s->from);
  size_t space = space_length(s->from);
  if (invisible > 0) {
    s->from += invisible;
  } else if (space > 0) {
    *s->to++ = ' ';
    s->from += space;
  } else if (!take_entity(s)) {
    *s->to++ = *s->from++;
  }
}

static void take_until(struct splitter *s, const char *end) {
  while (s->from < end)
    take_character(s);
  s->from = end;
}

/* <@U1|peter>, <#C1|general>, <https://x.example|x.example>, <!here>: what is behind the bar, else all of it. */
static bool take_markup(struct splitter *s) {
  const char *end = *s->from == '<' ? strchr(s->from, '>') : NULL;
  if (end == NULL) return false;
  size_t length = (size_t)(end - s->from) - 1;
  char sign = s->from[1];
  bool link = memchr(s->from + 1, ':', length) != NULL;
  if (length == 0 || (strchr("@#!", sign) == NULL && !link)) return false;
  const char *bar = memchr(s->from + 1, '|', length);
  if (bar != NULL && (sign == '@' || sign == '#')) *s->to++ = sign;
  s->from = bar != NULL ? bar + 1 : s->from + 1;
  take_until(s, end);
  s->from++;
  return true;
}

static void skip_spaces(struct splitter *s) {
  size_t length;
  while ((length = space_length(s->from)) > 0 || (length = invisible_length(s->from)) > 0)
    s->from += length;
}

static void take_word(struct splitter *s) {
  const char *closing = closing_quote(s->from);
  if (closing != NULL) {
    size_t length = quote_length(closing);
    s->from += quote_length(s->from);
    take_until(s, closing);
    s->from += length;
  }
  while (*s->from != '\0' && space_length(s->from) == 0) {
    if (!take_markup(s)) take_character(s);
  }
}

size_t slack_words_split(char *text, const char **words, size_t max) {
  struct splitter s = {.from = text};
  s.to = text;
  size_t count = 0;
  for (skip_spaces(&s); *s.from != '\0' && count < max; skip_spaces(&s)) {
    char *word = s.to;
    take_word(&s);
    if (s.to == word) continue;
    s.from += space_length(s.from); /* makes room for the NUL */
    *s.to++ = '\0';
    words[count++] = word;
  }
  return count;
}
