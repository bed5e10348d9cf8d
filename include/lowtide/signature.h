/* signature: whether what came was signed by whom it says. Constant time where a secret is compared. */
#ifndef LOWTIDE_SIGNATURE_H
#define LOWTIDE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/digest.h"

#define SIGNATURE_WINDOW_MS 300000 /* a timestamp may be off by that much, either way */

struct signed_text {
  const char *timestamp; /* as the header has it: decimal seconds; NULL: there was none */
  const char *signature; /* as the header has it; NULL: there was none */
  const char *body;      /* the raw bytes */
  size_t length;
};

/* Discord: Ed25519 over timestamp and body; both in hex (docs: interactions/overview, 2026-08). */
bool signature_is_discord(const struct signed_text *text, const char *public_key_hex, int64_t now_ms);
/* Slack: "v0=" HMAC-SHA256 over "v0:timestamp:body" (docs: verifying-requests-from-slack, 2026-08). */
bool signature_is_slack(const struct signed_text *text, const struct digest_key *secret, int64_t now_ms);
/* Whether it is a key at all: 64 hex digits of a point of the curve. */
bool signature_key_is_right(const char *public_key_hex);

#endif
