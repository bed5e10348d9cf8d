#include "discord_gateway_memory.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/digest.h"
#include "lowtide/host.h"
#include "lowtide/text.h"

#define QUERY "/?v=10&encoding=json"

/* --- the session --------------------------------------------------------------------------------------------------- */

bool gateway_session_is_held(const struct gateway_session *session) {
  return session->id[0] != '\0' && session->sequence >= 0;
}

void gateway_session_forget(struct gateway_session *session) {
  *session = (struct gateway_session){.sequence = -1};
}

/* --- the budget ---------------------------------------------------------------------------------------------------- */

/* With so many of a day behind us, the next must be so far from the last. */
static const struct {
  int below;
  int64_t apart_ms;
} pace[] = {{5, 5500}, {10, 60000}, {20, 300000}, {30, 900000}, {GATEWAY_IDENTIFIES_MAX, 2400000}};

static void drop_old(struct gateway_budget *budget, int64_t now_ms) {
  int kept = 0;
  for (int i = 0; i < budget->count; i++) {
    int64_t at_ms = budget->at_ms[i] > now_ms ? now_ms : budget->at_ms[i];
    if (now_ms - at_ms < GATEWAY_DAY_MS) budget->at_ms[kept++] = at_ms;
  }
  budget->count = kept;
}

int64_t gateway_budget_wait_ms(struct gateway_budget *budget, int64_t now_ms) {
  drop_old(budget, now_ms);
  if (budget->count == 0) return 0;
  bool full = budget->count >= GATEWAY_IDENTIFIES_MAX;
  size_t step = 0;
  while (!full && budget->count >= pace[step].below)
    step++;
  int64_t wait_ms = full ? budget->at_ms[0] + GATEWAY_DAY_MS - now_ms : 0;
  int64_t apart_ms = full ? pace[sizeof pace / sizeof *pace - 1].apart_ms : pace[step].apart_ms;
  int64_t spaced_ms = budget->at_ms[budget->count - 1] + apart_ms - now_ms;
  return wait_ms > spaced_ms ? wait_ms : spaced_ms > 0 ? spaced_ms : 0;
}

void gateway_budget_note(struct gateway_budget *budget, int64_t now_ms) {
  if (budget->count > 0) budget->at_ms[budget->count - 1] = now_ms;
}

void gateway_budget_spend(struct gateway_budget *budget, int64_t now_ms) {
  drop_old(budget, now_ms);
  if (budget->count < GATEWAY_IDENTIFIES_MAX) budget->at_ms[budget->count++] = now_ms;
}

/* --- addresses ----------------------------------------------------------------------------------------------------- */

static bool is_odd(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text <= ' ' || *text >= 0x7F || strchr("\"<>\\^`{|}#@", *text) != NULL) return true;
  }
  return false;
}

bool gateway_url_is_fit(const char *url) {
  char host[256];
  if (url == NULL || strlen(url) >= GATEWAY_URL_MAX - sizeof QUERY || is_odd(url)) return false;
  bool secure = text_starts(url, "wss://");
  if (!secure && !text_starts(url, "ws://")) return false;
  const char *at = url + (secure ? 6 : 5);
  size_t length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?");
  return length > 0 && text_fmt(host, sizeof host, "%.*s", (int)length, at) && (secure || host_is_loopback(host));
}

bool gateway_url_complete(const char *url, char *out, size_t size) {
  size_t length = strcspn(url, "?");
  while (length > 0 && url[length - 1] == '/')
    length--;
  return text_fmt(out, size, "%.*s" QUERY, (int)length, url);
}

/* --- the memo ------------------------------------------------------------------------------------------------------ */

static void mark(const char *key, size_t key_length, const char *what, char out[static GATEWAY_MARK_MAX]) {
  unsigned char digest[DIGEST_SHA256_BYTES];
  digest_hmac_sha256(&(struct digest_key){.bytes = key, .length = key_length}, what, strlen(what), digest);
  for (size_t i = 0; i + 1 < GATEWAY_MARK_MAX; i += 2)
    (void)text_fmt(out + i, 3, "%02x", digest[i / 2]);
}

/* A token's first part is its application's id (in base64, and no secret): it stays when the token is made anew. */
static void mark_application(const char *token, char out[static GATEWAY_MARK_MAX]) {
  mark(token, strcspn(token, "."), "lowtide gateway application", out);
}

static void mark_token(const char *token, const char *base_url, char out[static GATEWAY_MARK_MAX]) {
  char what[GATEWAY_URL_MAX];
  (void)text_fmt(what, sizeof what, "lowtide gateway token %s", base_url != NULL ? base_url : "");
  mark(token, strlen(token), what, out);
}

void gateway_memory_write(const struct gateway_memory *memory, const char *token, const char *base_url, struct buf *out) {
  char token_mark[GATEWAY_MARK_MAX];
  char application_mark[GATEWAY_MARK_MAX];
  mark_token(token, base_url, token_mark);
  mark_application(token, application_mark);
  buf_addf(out, "{\"version\":1,\"token_mark\":\"%s\",\"application_mark\":\"%s\",\"session\":", token_mark,
           application_mark);
  buf_add_json(out, memory->session.id);
  buf_addf(out, ",\"sequence\":%" PRId64 ",\"url\":", memory->session.sequence);
  buf_add_json(out, memory->session.url);
  buf_add(out, ",\"identified\":[");
  for (int i = 0; i < memory->budget.count; i++)
    buf_addf(out, "%s%" PRId64, i > 0 ? "," : "", memory->budget.at_ms[i] / 1000 + 1);
  buf_add(out, "]}");
}

static void read_session(const struct json *root, struct gateway_memory *memory) {
  struct gateway_session *session = &memory->session;
  const char *id = json_string(json_member(root, "session"));
  const char *url = json_string(json_member(root, "url"));
  int64_t sequence = -1;
  if (id == NULL || !json_whole(json_member(root, "sequence"), &sequence) || sequence < 0) return;
  if (!text_copy(session->id, sizeof session->id, id)) session->id[0] = '\0';
  if (gateway_url_is_fit(url)) (void)text_copy(session->url, sizeof session->url, url);
  session->sequence = sequence;
}

static void read_budget(const struct json *root, struct gateway_budget *budget) {
  const struct json *item = json_first(json_member(root, "identified"));
  int64_t last_ms = 0;
  for (; item != NULL && budget->count < GATEWAY_IDENTIFIES_MAX; item = json_next(item)) {
    int64_t at_s = 0;
    if (!json_whole(item, &at_s) || at_s < 0 || at_s > INT64_MAX / 2000) continue;
    if (at_s * 1000 > last_ms) last_ms = at_s * 1000;
    budget->at_ms[budget->count++] = last_ms;
  }
}

void gateway_memory_read(const char *text, const char *token, const char *base_url, struct gateway_memory *memory) {
  char marked[GATEWAY_MARK_MAX];
  struct err ignored = {0};
  *memory = (struct gateway_memory){.session.sequence = -1};
  struct json *root = json_parse(text, strlen(text), &ignored);
  mark_token(token, base_url, marked);
  if (text_eq(json_string(json_member(root, "token_mark")), marked)) read_session(root, memory);
  mark_application(token, marked);
  if (text_eq(json_string(json_member(root, "application_mark")), marked)) read_budget(root, &memory->budget);
  json_free(root);
}
