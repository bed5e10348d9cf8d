/* Certificates for a test of TLS, made anew in a folder of its own (tests/fake/certificates says which). */
#ifndef LOWTIDE_TESTS_IO_CERTIFICATES_H
#define LOWTIDE_TESTS_IO_CERTIFICATES_H

#include <stdlib.h>

#include "lowtide/text.h"
#include "unit/io_child.h"

static char certificates[64]; /* the folder */
static char ca_file[96];
static char stranger_file[96];

static inline int certificates_begin(void **state) {
  (void)state;
  struct child maker;
  (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL may write to what is closed */
  (void)text_copy(certificates, sizeof certificates, "/tmp/lowtide-certificates-XXXXXX");
  if (mkdtemp(certificates) == NULL) return -1;
  (void)text_fmt(ca_file, sizeof ca_file, "%s/ca.pem", certificates);
  (void)text_fmt(stranger_file, sizeof stranger_file, "%s/stranger.pem", certificates);
  const char *const args[] = {"tests/fake/certificates", certificates, NULL};
  return child_start(&maker, args) ? child_end(&maker, 0) : -1;
}

static inline int certificates_end(void **state) {
  (void)state;
  struct child remover;
  const char *const args[] = {"rm", "-rf", certificates, NULL};
  return child_start(&remover, args) ? child_end(&remover, 0) : -1;
}

#endif
