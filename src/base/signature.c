#include "lowtide/signature.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "lowtide/buf.h"
#include "lowtide/text.h"

#define KEY_BYTES 32
#define SIGNATURE_BYTES 64
#define TIMESTAMP_MAX 12 /* digits: until the year 33658 */
#define SLACK_VERSION "v0="

/* Plain digits and nothing else, so that what was signed can be read in one way only. */
static bool read_timestamp(const char *text, int64_t *seconds) {
  size_t length = text == NULL ? 0 : strlen(text);
  if (length == 0 || length > TIMESTAMP_MAX || text[0] == '0' || strspn(text, "0123456789") != length) return false;
  int64_t value = 0;
  for (size_t i = 0; i < length; i++)
    value = value * 10 + (text[i] - '0');
  *seconds = value;
  return true;
}

/* In whole seconds, as the platforms' own libraries count. */
static bool is_fresh(const char *timestamp, int64_t now_ms) {
  int64_t seconds;
  if (!read_timestamp(timestamp, &seconds)) return false;
  int64_t off = now_ms / 1000 - seconds;
  return off >= -SIGNATURE_WINDOW_MS / 1000 && off <= SIGNATURE_WINDOW_MS / 1000;
}

static bool read_hex(const char *hex, unsigned char *out, size_t length) {
  if (hex == NULL || strlen(hex) != length * 2) return false;
  for (size_t i = 0; i < length; i++) {
    int high = text_hex_digit(hex[2 * i]);
    int low = text_hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = (unsigned char)(high * 16 + low);
  }
  return true;
}

/* The field and the curve of Ed25519 (RFC 8032, 5.1). */
#define FIELD_HEX "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
#define CURVE_D_HEX "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"

struct curve {
  BN_CTX *context;
  BIGNUM *field;
  BIGNUM *d;
  BIGNUM *y;
  BIGNUM *y2;  /* y^2 */
  BIGNUM *dy2; /* d y^2 */
};

static bool curve_set(struct curve *curve, const unsigned char key[KEY_BYTES]) {
  unsigned char bytes[KEY_BYTES];
  memcpy(bytes, key, sizeof bytes);
  bytes[KEY_BYTES - 1] &= 0x7F; /* the sign of x */
  curve->field = BN_CTX_get(curve->context);
  curve->d = BN_CTX_get(curve->context);
  curve->y = BN_CTX_get(curve->context);
  curve->y2 = BN_CTX_get(curve->context);
  curve->dy2 = BN_CTX_get(curve->context);
  return curve->dy2 != NULL && BN_hex2bn(&curve->field, FIELD_HEX) != 0 && BN_hex2bn(&curve->d, CURVE_D_HEX) != 0 &&
         BN_lebin2bn(bytes, KEY_BYTES, curve->y) != NULL && BN_cmp(curve->y, curve->field) < 0 &&
         BN_mod_sqr(curve->y2, curve->y, curve->field, curve->context) == 1 &&
         BN_mod_mul(curve->dy2, curve->d, curve->y2, curve->field, curve->context) == 1;
}

/* Whether some x belongs to y: x^2 = (y^2 - 1) / (d y^2 + 1), so that the product of the two must be a square. */
static bool curve_has(const struct curve *curve) {
  BIGNUM *above = BN_CTX_get(curve->context);
  BIGNUM *below = BN_CTX_get(curve->context);
  return below != NULL && BN_copy(above, curve->y2) != NULL && BN_copy(below, curve->dy2) != NULL &&
         BN_sub_word(above, 1) == 1 && BN_add_word(below, 1) == 1 &&
         BN_mod_mul(above, above, below, curve->field, curve->context) == 1 &&
         BN_kronecker(above, curve->field, curve->context) == 1;
}

/* Points of order 8 double to one with y = 0: there d y^4 + 2 y^2 - 1 = 0. Of order 4: y = 0. Of order 1 and 2 the product
 * above is zero. With such a key OpenSSL takes signatures that nobody made. */
static bool curve_is_weak(const struct curve *curve) {
  BIGNUM *sum = BN_CTX_get(curve->context);
  if (sum == NULL || BN_is_zero(curve->y)) return true;
  bool counted = BN_mod_mul(sum, curve->dy2, curve->y2, curve->field, curve->context) == 1 &&
                 BN_add(sum, sum, curve->y2) == 1 && BN_add(sum, sum, curve->y2) == 1 && BN_sub_word(sum, 1) == 1 &&
                 BN_nnmod(sum, sum, curve->field, curve->context) == 1;
  return !counted || BN_is_zero(sum);
}

static bool is_right_key(const unsigned char key[KEY_BYTES]) {
  struct curve curve = {.context = BN_CTX_new()};
  if (curve.context == NULL) return false;
  BN_CTX_start(curve.context);
  bool right = curve_set(&curve, key) && curve_has(&curve) && !curve_is_weak(&curve);
  BN_CTX_end(curve.context);
  BN_CTX_free(curve.context);
  return right;
}

bool signature_key_is_right(const char *public_key_hex) {
  unsigned char key[KEY_BYTES];
  return read_hex(public_key_hex, key, sizeof key) && is_right_key(key);
}

static bool verify_ed25519(const unsigned char key[KEY_BYTES], const unsigned char signature[SIGNATURE_BYTES],
                           const struct buf *text) {
  EVP_PKEY *public_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY_BYTES);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  const unsigned char *bytes = (const unsigned char *)buf_text(text);
  bool right = public_key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
               EVP_DigestVerify(context, signature, SIGNATURE_BYTES, bytes, text->len) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(public_key);
  if (!right) ERR_clear_error(); /* else a TLS connection of this thread would take it for its own */
  return right;
}

bool signature_is_discord(const struct signed_text *text, const char *public_key_hex, int64_t now_ms) {
  unsigned char key[KEY_BYTES];
  unsigned char signature[SIGNATURE_BYTES];
  if (!is_fresh(text->timestamp, now_ms) || !read_hex(text->signature, signature, sizeof signature) ||
      !read_hex(public_key_hex, key, sizeof key))
    return false;
  struct buf whole;
  buf_init(&whole, TIMESTAMP_MAX + text->length);
  bool right = buf_add(&whole, text->timestamp) && (text->length == 0 || buf_add_n(&whole, text->body, text->length)) &&
               verify_ed25519(key, signature, &whole) && is_right_key(key);
  buf_done(&whole);
  return right;
}

static void slack_signature(const struct digest_key *secret, const struct buf *whole, struct buf *out) {
  unsigned char digest[DIGEST_SHA256_BYTES];
  digest_hmac_sha256(secret, buf_text(whole), whole->len, digest);
  buf_add(out, SLACK_VERSION);
  for (size_t i = 0; i < sizeof digest; i++)
    buf_addf(out, "%02x", digest[i]);
}

bool signature_is_slack(const struct signed_text *text, const struct digest_key *secret, int64_t now_ms) {
  struct buf whole;
  struct buf right;
  if (!is_fresh(text->timestamp, now_ms) || text->signature == NULL || secret->length == 0) return false;
  buf_init(&whole, sizeof "v0::" + TIMESTAMP_MAX + text->length);
  buf_init(&right, sizeof SLACK_VERSION + 2 * (size_t)DIGEST_SHA256_BYTES);
  buf_addf(&whole, "v0:%s:", text->timestamp);
  if (text->length > 0) buf_add_n(&whole, text->body, text->length);
  if (buf_ok(&whole)) slack_signature(secret, &whole, &right);
  bool same = buf_ok(&right) && right.len > 0 && strlen(text->signature) == right.len &&
              CRYPTO_memcmp(text->signature, right.data, right.len) == 0;
  buf_done(&whole);
  buf_wipe(&right);
  return same;
}
