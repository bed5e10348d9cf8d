#include "io/certificate_fault.h"

#include <stddef.h>

#define UNKNOWN_AUTHORITY                                                                                                  \
  "install ca-certificates, or name a file with that authority's certificate in ca_file or SSL_CERT_FILE"
#define OTHER_HOST "look at the host in base_url, and whether the DNS or a proxy leads elsewhere"

static const struct known_fault {
  long number;
  const char *words;
  const char *hint;
} known_faults[] = {
    {9, "certificate is not valid yet", "look at this machine's clock"},
    {10, "certificate has expired", "the other side must renew it, or this machine's clock is wrong"},
    {18, "certificate is self-signed", "name that certificate in ca_file or SSL_CERT_FILE"},
    {19, "certificate is signed by an unknown authority", UNKNOWN_AUTHORITY},
    {20, "certificate is signed by an unknown authority", UNKNOWN_AUTHORITY},
    {21, "certificate is signed by an unknown authority", UNKNOWN_AUTHORITY},
    {23, "certificate is revoked", "the other side must renew it"},
    {CERTIFICATE_OTHER_NAME, "certificate is for another host name", OTHER_HOST},
    {64, "certificate is for another host name", OTHER_HOST},
};

void certificate_fault(long number, struct err *err) {
  for (size_t i = 0; i < sizeof known_faults / sizeof known_faults[0]; i++) {
    if (known_faults[i].number != number) continue;
    err_set(err, ERR_TLS, "%s", known_faults[i].words);
    err_hint(err, "%s", known_faults[i].hint);
    return;
  }
  err_set(err, ERR_TLS, "certificate is not trusted (OpenSSL's reason %ld)", number);
}
