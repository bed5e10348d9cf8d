/* digest: keyed hashes, for signing what leaves and checking what comes. */
#ifndef LOWTIDE_DIGEST_H
#define LOWTIDE_DIGEST_H

#include <stddef.h>

#define DIGEST_SHA256_BYTES 32

struct digest_key {
  const char *bytes;
  size_t length;
};

/* RFC 2104 with SHA-256. */
void digest_hmac_sha256(const struct digest_key *key, const char *bytes, size_t length,
                        unsigned char out[static DIGEST_SHA256_BYTES]);

#endif
