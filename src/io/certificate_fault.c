#include "io/certificate_fault.h"

#include <stddef.h>

static const struct known_fault {
  long number;
  const char *words;
  const char *hint;
} known_faults[] = {
    {9, "certificate is not valid yet", "look at this machine's clock"},
    {10, "certificate has expired", "the other side must renew it, or this machine's clock is wrong"},
    {18, "certificate is self-signed", "put the certificate it is signed with into ca_file"},
    {19, "certificate is signed by an unknown authority", "put that authority's certificate into ca_file"},
    {20, "certificate is signed by an unknown authority",
     "install ca-certificates, or put that authority's certificate into ca_file"},
    {21, "certificate is signed by an unknown authority",
     "install ca-certificates, or put that authority's certificate into ca_file"},
    {23, "certificate is revoked", "the other side must renew it"},
    {CERTIFICATE_OTHER_NAME, "certificate is for another host name", "look at the host in base_url"},
    {64, "certificate is for another host name", "look at the host in base_url"},
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
