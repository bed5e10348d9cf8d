#include <errno.h>
#include <string.h>

#include "io/certificate_fault.h"
#include "io/http_transfer.h"
#include "lowtide/text.h"

static void untrusted_fault(const struct http_transfer *transfer, struct err *err) {
  long number = 0;
  if (transfer->easy != NULL) (void)curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &number);
  bool other_name = strstr(transfer->words, "subject name") != NULL; /* curl compares names itself */
  certificate_fault(other_name ? CERTIFICATE_OTHER_NAME : number, err);
}

/* "…error:0A00010B:SSL routines::wrong version number" is cut to its last part. */
static void handshake_fault(const struct http_transfer *transfer, struct err *err) {
  char words[120];
  const char *last = strrchr(transfer->words, ':');
  bool cut = strstr(transfer->words, "reset by peer") != NULL || strstr(transfer->words, "SSL_ERROR_SYSCALL") != NULL;
  if (cut) {
    err_set(err, ERR_NETWORK, "connection cut short during the TLS handshake");
    return;
  }
  text_clean(words, sizeof words, last != NULL ? last + 1 : transfer->words);
  const char *start = words + strspn(words, " ");
  err_set(err, ERR_TLS, "TLS handshake failed%s%s", *start != '\0' ? ": " : "", start);
  if (strstr(words, "wrong version number") != NULL) {
    err_hint(err, "the other side does not speak TLS on this port: http:// instead of https://?");
  }
}

static void connect_fault(const struct http_transfer *transfer, struct err *err) {
  long number = 0;
  if (transfer->easy != NULL) (void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
  if (number == ECONNREFUSED) {
    err_set(err, ERR_NETWORK, "connection refused");
  } else if (number == ENETUNREACH || number == EHOSTUNREACH) {
    err_set(err, ERR_NETWORK, "no route to the host");
  } else if (number == EMFILE || number == ENFILE) {
    err_set(err, ERR_NETWORK, "no file descriptor left for a connection");
    err_hint(err, "raise the limit of open files (ulimit -n, LimitNOFILE=)");
  } else {
    err_set(err, ERR_NETWORK, "no connection");
  }
}

static const struct plain_fault {
  CURLcode result;
  enum err_code code;
  const char *words;
  const char *hint;
} plain_faults[] = {
    {CURLE_URL_MALFORMAT, ERR_MALFORMED, "the address is not one", ""},
    {CURLE_COULDNT_RESOLVE_HOST, ERR_NETWORK, "name not found", "look at the host's spelling, and at the DNS"},
    {CURLE_COULDNT_RESOLVE_PROXY, ERR_NETWORK, "the proxy's name is not found", "look at http_proxy and https_proxy"},
    {CURLE_FILESIZE_EXCEEDED, ERR_MALFORMED, "answer too big", ""},
    {CURLE_WEIRD_SERVER_REPLY, ERR_MALFORMED, "the answer is not HTTP", ""},
    {CURLE_BAD_CONTENT_ENCODING, ERR_MALFORMED, "the answer's compression is broken", ""},
    {CURLE_GOT_NOTHING, ERR_NETWORK, "connection closed without an answer", ""},
    {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT, "no connection in time", ""},
    {CURLE_SSL_CACERT_BADFILE, ERR_TLS, "the file of trusted certificates cannot be read",
     "look at ca_file and SSL_CERT_FILE, or install ca-certificates"},
    {CURLE_SSL_ISSUER_ERROR, ERR_TLS, "TLS handshake failed", ""},
    {CURLE_SSL_CERTPROBLEM, ERR_TLS, "TLS handshake failed", ""},
    {CURLE_SSL_CIPHER, ERR_TLS, "TLS handshake failed", ""},
    {CURLE_SSL_INVALIDCERTSTATUS, ERR_TLS, "certificate is not trusted", ""},
    {CURLE_PROXY, ERR_NETWORK, "the proxy did not let the request through", ""},
    {CURLE_FAILED_INIT, ERR_NETWORK, "no memory left for a connection", ""},
    {CURLE_OUT_OF_MEMORY, ERR_NETWORK, "no memory left for a connection", ""},
};

static void plain_fault(CURLcode result, struct err *err) {
  for (size_t i = 0; i < sizeof plain_faults / sizeof plain_faults[0]; i++) {
    if (plain_faults[i].result != result) continue;
    err_set(err, plain_faults[i].code, "%s", plain_faults[i].words);
    err_hint(err, "%s", plain_faults[i].hint);
    return;
  }
  err_set(err, ERR_NETWORK, "connection cut short");
}

void transfer_fault(const struct http_transfer *transfer, CURLcode result, struct err *err) {
  if (transfer->too_big) {
    err_set(err, ERR_MALFORMED, "answer too big");
  } else if (result == CURLE_PEER_FAILED_VERIFICATION) {
    untrusted_fault(transfer, err);
  } else if (result == CURLE_SSL_CONNECT_ERROR) {
    handshake_fault(transfer, err);
  } else if (result == CURLE_COULDNT_CONNECT) {
    connect_fault(transfer, err);
  } else if (result == CURLE_UNSUPPORTED_PROTOCOL) {
    /* Also what curl takes for HTTP/0.9: anything that does not begin as HTTP does. */
    err_set(err, ERR_MALFORMED, transfer->written ? "the answer is not HTTP" : "only http:// and https:// are asked");
  } else {
    plain_fault(result, err);
  }
}
