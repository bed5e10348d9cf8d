#include "lowtide/secret.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/mem.h"

#define SHORTEST_BLOTTED 6
#define FORMS 3 /* as it stands, percent-encoded, base64 */

struct secret {
  struct secret *next;
  struct secret *previous;
  struct buf forms[FORMS];
};

static struct secret *live;
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;

static void add_percent_encoded(struct buf *out, const char *text) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (; *text != '\0'; text++) {
    if (strchr(plain, *text) != NULL) {
      buf_add_char(out, *text);
    } else {
      buf_addf(out, "%%%02X", (unsigned char)*text);
    }
  }
}

static void add_base64(struct buf *out, const char *text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t left = strlen(text);
  for (; left > 0; text += 3) {
    size_t have = left < 3 ? left : 3;
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++)
      group = group << 8 | (i < have ? (unsigned char)text[i] : 0U);
    for (size_t i = 0; i < 4; i++)
      buf_add_char(out, i <= have ? digits[group >> (18 - 6 * i) & 63U] : '=');
    left -= have;
  }
}

struct secret *secret_new(const char *text) {
  if (text == NULL || *text == '\0') return NULL;
  struct secret *secret = mem_new(1, sizeof *secret);
  size_t limit = strlen(text) * 3 + 8;
  for (int i = 0; i < FORMS; i++)
    buf_init(&secret->forms[i], limit);
  buf_add(&secret->forms[0], text);
  add_percent_encoded(&secret->forms[1], text);
  add_base64(&secret->forms[2], text);
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
  return secret != NULL ? buf_text(&secret->forms[0]) : "";
}

/* Overwrites each occurrence of the form with stars; the length stays. */
static bool cover(char *bytes, size_t length, const struct buf *form) {
  bool found = false;
  if (form->len < SHORTEST_BLOTTED) return false;
  for (char *at = bytes; (at = memmem(at, length - (size_t)(at - bytes), form->data, form->len)) != NULL;) {
    memset(at, '*', form->len);
    at += form->len;
    found = true;
  }
  return found;
}

bool secret_blot_n(char *bytes, size_t length) {
  bool found = false;
  pthread_mutex_lock(&live_lock);
  for (const struct secret *secret = live; secret != NULL; secret = secret->next) {
    for (int i = 0; i < FORMS; i++) {
      if (cover(bytes, length, &secret->forms[i])) found = true;
    }
  }
  pthread_mutex_unlock(&live_lock);
  return found;
}

bool secret_blot(char *text) {
  if (!secret_blot_n(text, strlen(text))) return false;
  /* A star a byte would tell how long the secret is: runs shrink to three. */
  char *out = text;
  size_t stars = 0;
  for (const char *in = text; *in != '\0'; in++) {
    stars = *in == '*' ? stars + 1 : 0;
    if (stars <= 3) *out++ = *in;
  }
  *out = '\0';
  return true;
}
