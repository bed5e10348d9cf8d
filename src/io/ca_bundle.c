#include "io/ca_bundle.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

const char *ca_bundle_path(void) {
  static const char *const usual[] = {
      "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
      "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
      "/etc/ssl/ca-bundle.pem",             /* openSUSE */
      "/etc/ssl/cert.pem",                  /* macOS, BSD */
  };
  const char *named = getenv("SSL_CERT_FILE");
  if (named != NULL && *named != '\0') return named;
  for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
    if (access(usual[i], R_OK) == 0) return usual[i];
  }
  return NULL;
}
