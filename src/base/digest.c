#include "lowtide/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

void digest_hmac_sha256(const struct digest_key *key, const char *bytes, size_t length,
                        unsigned char out[static DIGEST_SHA256_BYTES]) {
  unsigned made = 0;
  const unsigned char *text = (const unsigned char *)bytes;
  if (HMAC(EVP_sha256(), key->bytes, (int)key->length, text, length, out, &made) != NULL && made == DIGEST_SHA256_BYTES)
    return;
  /* As with memory: nothing that needs a signature may go on without one. */
  (void)fputs("lowtide: OpenSSL makes no HMAC-SHA256\n", stderr);
  abort();
}
