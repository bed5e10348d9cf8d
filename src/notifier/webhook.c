/* webhook: a message as JSON to an address of one's own, signed as Standard Webhooks has it (github.com/standard-webhooks):
 * webhook-signature is "v1," and the base64 of HMAC-SHA256 over "ID.TIMESTAMP.BODY". */
#include <inttypes.h>
#include <string.h>

#include "lowtide/digest.h"
#include "lowtide/text.h"
#include "notifier/post.h"
#include "notifier/report.h"

#define WHERE "the webhook's url"
#define SECRET_PREFIX "whsec_"
#define SECRET_MAX 4096

static int digit_of(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c != '\0' ? strchr(digits, c) : NULL;
  return at != NULL ? (int)(at - digits) : -1;
}

/* False if it is no base64. */
static bool decode(const char *text, struct buf *out) {
  unsigned bits = 0;
  int count = 0;
  size_t length = strcspn(text, "=");
  if (length == 0 || length % 4 == 1 || strlen(text + length) > 2) return false;
  for (size_t i = 0; i < length; i++) {
    int digit = digit_of(text[i]);
    if (digit < 0) return false;
    bits = (bits << 6) | (unsigned)digit;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    buf_add_char(out, (char)(bits >> count & 0xFFU));
  }
  return text[length + strspn(text + length, "=")] == '\0';
}

/* whsec_ and base64, as the standard's libraries make it; else the secret's bytes as they are. */
static bool read_key(const char *secret, struct buf *key, struct err *err) {
  if (!text_starts(secret, SECRET_PREFIX)) return buf_add(key, secret) || err_set(err, ERR_CONFIG, "secret is too long");
  return decode(secret + strlen(SECRET_PREFIX), key) ||
         err_set(err, ERR_CONFIG, "secret begins with whsec_, but no base64 follows");
}

static bool add_signature(const struct sending *sending, const char *secret, struct http_request *http, struct err *err) {
  struct buf key;
  struct buf signed_text;
  struct buf shown;
  unsigned char digest[DIGEST_SHA256_BYTES];
  buf_init(&key, SECRET_MAX);
  buf_init(&signed_text, REPORT_MAX + 1024);
  buf_init(&shown, 128);
  bool ok = read_key(secret, &key, err);
  if (ok) {
    buf_addf(&signed_text, "%s.%" PRId64 ".", sending->nonce, sending->now_ms / 1000);
    buf_add_n(&signed_text, buf_text(&http->body), http->body.len);
    const struct digest_key by = {.bytes = buf_text(&key), .length = key.len};
    digest_hmac_sha256(&by, buf_text(&signed_text), signed_text.len, digest);
    buf_add_base64(&shown, (const char *)digest, sizeof digest);
    ok = http_request_header(http, err, "webhook-signature: v1,%s", buf_text(&shown));
  }
  buf_wipe(&key);
  buf_done(&signed_text);
  buf_done(&shown);
  return ok;
}

static bool webhook_request(const struct sending *sending, struct ask *out, struct err *err) {
  struct http_request *http = &out->http;
  const char *secret = channel_value(sending->channel, "secret");
  if (!post_url(sending->channel, "", true, &http->url, err) || !report_body(sending, &http->body, err) ||
      !post_json(sending->channel, "", http, err) || !http_request_header(http, err, "webhook-id: %s", sending->nonce) ||
      !http_request_header(http, err, "webhook-timestamp: %" PRId64, sending->now_ms / 1000) ||
      !http_request_header(http, err, "Idempotency-Key: %s", sending->nonce))
    return false;
  return text_is_blank(secret) || add_signature(sending, secret, http, err);
}

static struct verdict webhook_verdict(const struct answer *answer) {
  const struct http_answer *http = &answer->http;
  struct verdict verdict;
  if (post_verdict(http, WHERE, &verdict)) return verdict;
  switch (http->status) {
  case 401:
  case 403:
    text_fmt(verdict.why, sizeof verdict.why, "the receiver does not believe us (HTTP %d): check url and secret",
             http->status);
    break;
  case 404: text_copy(verdict.why, sizeof verdict.why, "nothing takes messages there (HTTP 404): check " WHERE); break;
  case 410:
    text_copy(verdict.why, sizeof verdict.why, "nothing takes messages there any more (HTTP 410): check " WHERE);
    break;
  case 425: return verdict_retry(http->retry_after_ms, "HTTP 425");
  default: text_fmt(verdict.why, sizeof verdict.why, "the receiver refused the message (HTTP %d)", http->status); break;
  }
  verdict.disabled = http->status == 410;
  return verdict;
}

static const struct setting webhook_settings[] = {
    {.name = "url", .type = SETTING_SECRET, .required = true, .about = "where each message is posted as JSON"},
    {.name = "secret",
     .type = SETTING_SECRET,
     .about = "signs them as Standard Webhooks has it: whsec_ and base64, or any text"},
    {0}};

extern const struct notifier_plug webhook_plug;
const struct notifier_plug webhook_plug = {
    .name = "webhook",
    .about = "a program of your own that listens: JSON, signed, with an idempotency key",
    .settings = webhook_settings,
    .tells_accounts = true,
    .render = report_render,
    .request = webhook_request,
    .verdict = webhook_verdict,
    .repeat_safe_ms = NOTIFIER_ALWAYS, /* its idempotency key */
};
