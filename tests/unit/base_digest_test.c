#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/buf.h"
#include "lowtide/digest.h"

static void assert_digest(const char *key, size_t length, const char *text, const char *expected) {
  unsigned char digest[DIGEST_SHA256_BYTES];
  char shown[DIGEST_SHA256_BYTES * 2 + 1];
  struct buf out;
  buf_init(&out, sizeof shown);
  const struct digest_key by = {.bytes = key, .length = length};
  digest_hmac_sha256(&by, text, strlen(text), digest);
  for (size_t i = 0; i < sizeof digest; i++)
    buf_addf(&out, "%02x", digest[i]);
  assert_string_equal(buf_text(&out), expected);
  buf_done(&out);
}

/* RFC 4231, test cases 1, 2 and 6. */
static void the_published_vectors_come_out(void **state) {
  (void)state;
  char key[131];
  memset(key, 0x0B, 20);
  assert_digest(key, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  assert_digest("Jefe", 4, "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xAA, sizeof key);
  assert_digest(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_published_vectors_come_out),
  };
  return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
