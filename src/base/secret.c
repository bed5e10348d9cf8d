#include "lowtide/secret.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/mem.h"
#include "unescape.h"

#define SHORTEST_BLOTTED 6
#define ESCAPES_MOST 3 /* JSON within JSON within JSON */
enum form { FORM_PLAIN, FORM_PERCENT, FORM_BASE64, FORM_WITHIN, FORMS = FORM_WITHIN + 3 };

struct secret {
  struct secret *next;
  struct secret *previous;
  struct buf forms[FORMS];
};

static struct secret *live;
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;

/* The digits that stay the same whatever stands around the secret, when it begins at that byte of a group of three. */
static void add_base64_within(struct buf *out, const char *text, size_t before) {
  struct buf bytes;
  struct buf digits;
  size_t length = strlen(text);
  buf_init(&bytes, before + length);
  buf_init(&digits, out->limit);
  buf_add_n(&bytes, "..", before);
  buf_add(&bytes, text);
  buf_add_base64(&digits, bytes.data, bytes.len);
  size_t from = (before * 8 + 5) / 6;
  size_t to = (before + length) * 8 / 6;
  if (to > from) buf_add_n(out, digits.data + from, to - from);
  buf_wipe(&bytes);
  buf_wipe(&digits);
}

struct secret *secret_new(const char *text) {
  if (text == NULL || *text == '\0') return NULL;
  struct secret *secret = mem_new(1, sizeof *secret);
  size_t limit = strlen(text) * 3 + 8;
  for (int i = 0; i < FORMS; i++)
    buf_init(&secret->forms[i], limit);
  buf_add(&secret->forms[FORM_PLAIN], text);
  buf_add_percent(&secret->forms[FORM_PERCENT], text);
  buf_add_base64(&secret->forms[FORM_BASE64], text, strlen(text));
  for (size_t before = 0; before < 3; before++)
    add_base64_within(&secret->forms[FORM_WITHIN + before], text, before);
  pthread_mutex_lock(&live_lock);
  secret->next = live;
  if (live != NULL) live->previous = secret;
  live = secret;
  pthread_mutex_unlock(&live_lock);
  return secret;
}

void secret_free(struct secret *secret) {
  if (secret == NULL) return;
  pthread_mutex_lock(&live_lock);
  if (secret->previous != NULL) secret->previous->next = secret->next;
  if (secret->next != NULL) secret->next->previous = secret->previous;
  if (live == secret) live = secret->next;
  pthread_mutex_unlock(&live_lock);
  for (int i = 0; i < FORMS; i++)
    buf_wipe(&secret->forms[i]);
  mem_free(secret);
}

const char *secret_expose(const struct secret *secret) {
  return secret != NULL ? buf_text(&secret->forms[FORM_PLAIN]) : "";
}

/* The pairs of neighbouring bytes that a text has: what holds not all of a form's pairs need not be searched for it, and of
 * hundreds of keys a text has none. */
struct pairs {
  uint64_t bits[65536 / 64];
};

static size_t pair_at(const char *text) {
  return (size_t)(unsigned char)text[0] << 8 | (unsigned char)text[1];
}

static void pairs_of(struct pairs *pairs, const struct view *view) {
  memset(pairs, 0, sizeof *pairs);
  for (size_t i = 0; i + 1 < view->length; i++) {
    size_t pair = pair_at(view->text + i);
    pairs->bits[pair / 64] |= UINT64_C(1) << pair % 64;
  }
}

static bool may_hold(const struct pairs *pairs, const struct buf *form) {
  for (size_t i = 0; i + 1 < form->len; i++) {
    size_t pair = pair_at(form->data + i);
    if ((pairs->bits[pair / 64] >> pair % 64 & 1) == 0) return false;
  }
  return true;
}

/* Marks each occurrence of the form, and leaves the bytes: a longer secret may begin with a shorter one. */
static bool mark(const struct view *view, const struct buf *form, bool *marks) {
  bool found = false;
  const char *end = view->text + view->length;
  for (const char *at = view->text; (at = memmem(at, (size_t)(end - at), form->data, form->len)) != NULL;) {
    uint32_t begins = view->from[at - view->text];
    at += form->len;
    memset(marks + begins, true, view->from[at - view->text] - begins);
    found = true;
  }
  return found;
}

static bool mark_live(const struct view *view, bool *marks) {
  struct pairs pairs;
  bool found = false;
  pairs_of(&pairs, view);
  pthread_mutex_lock(&live_lock);
  for (const struct secret *secret = live; secret != NULL; secret = secret->next) {
    if (secret->forms[FORM_PLAIN].len < SHORTEST_BLOTTED) continue;
    for (int i = 0; i < FORMS; i++) {
      if (may_hold(&pairs, &secret->forms[i]) && mark(view, &secret->forms[i], marks)) found = true;
    }
  }
  pthread_mutex_unlock(&live_lock);
  return found;
}

/* As it stands, and as JSON reads it: "sk\\u002dabc" and "sk\\/abc" are keys too. */
static bool mark_all(const char *bytes, size_t length, bool *marks) {
  struct view view;
  bool found = false;
  if (!view_of(&view, bytes, length)) {
    memset(marks, true, length);
    return true;
  }
  int level = 0;
  do {
    if (mark_live(&view, marks)) found = true;
  } while (level++ < ESCAPES_MOST && view_unescape(&view));
  view_done(&view);
  return found;
}

bool secret_blot_n(char *bytes, size_t length) {
  bool *marks = mem_new(length, sizeof *marks);
  bool found = mark_all(bytes, length, marks);
  for (size_t i = 0; found && i < length; i++) {
    if (marks[i]) bytes[i] = '*';
  }
  mem_free(marks);
  return found;
}

/* Three stars however long the secret is: its length is nobody's business. */
bool secret_blot(char *text) {
  size_t length = strlen(text);
  bool *marks = mem_new(length, sizeof *marks);
  bool found = mark_all(text, length, marks);
  size_t used = 0;
  for (size_t i = 0, stars = 0; found && i < length; i++) {
    stars = marks[i] ? stars + 1 : 0;
    if (stars <= 3) text[used++] = marks[i] ? '*' : text[i];
  }
  if (found) text[used] = '\0';
  mem_free(marks);
  return found;
}
