/* http: a request and its answer as values. Pure rooms make the one and read the other; io sends. */
#ifndef LOWTIDE_HTTP_H
#define LOWTIDE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"

#define HTTP_URL_MAX 4096
#define HTTP_HEADERS_MAX 12
#define HTTP_HEADER_MAX 8192         /* one header line */
#define HTTP_REQUEST_BODY_MAX 65536  /* 64 KiB */
#define HTTP_UPLOAD_MAX 2359296      /* 2.25 MiB, of a request with a file: its body.limit is raised to that */
#define HTTP_ANSWER_BODY_MAX 1048576 /* 1 MiB */
#define HTTP_BUCKET_MAX 64

/* Everything in it may hold a secret: http_request_done wipes it. */
struct http_request {
  char method[8];      /* "GET", "POST", "PATCH" */
  struct buf url;      /* absolute */
  struct buf *headers; /* "Authorization: Bearer …" */
  size_t header_count;
  struct buf body; /* empty: none */
  bool harmless;   /* asked twice is as asked once: it may go over a kept connection, whose death curl mends by itself */
  const char *ca_file; /* NULL: the system's; borrowed */
};

void http_request_init(struct http_request *request);
void http_request_done(struct http_request *request);
/* A header more, as printf; ERR_LIMIT if there is no room for it or a line break in it. */
bool http_request_header(struct http_request *request, struct err *err, const char *format, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;

/* All that makes it this request, as one text: two that are equal in it ask the same. Holds what the request holds: to be
 * wiped. */
void http_request_identity(const struct http_request *request, struct buf *out);
#define HTTP_IDENTITY_MAX (HTTP_URL_MAX + HTTP_HEADERS_MAX * HTTP_HEADER_MAX + HTTP_REQUEST_BODY_MAX + 8192)

/* What the X-RateLimit- headers say (Discord's). Zeroed: nothing. */
struct http_rate {
  bool remaining_told;
  int remaining; /* requests left in the bucket */
  bool reset_told;
  int64_t reset_after_ms; /* until the bucket is full again */
  char bucket[HTTP_BUCKET_MAX];
  bool global; /* a 429 that holds for everything that this sender sends, not for the bucket alone */
  bool shared; /* a 429 that others have brought about: no fault of ours */
};

/* Borrowed for the duration of the call that hands it over. */
struct http_answer {
  struct err err; /* code ERR_NONE: a whole answer came, whatever its status. Else ERR_NETWORK, ERR_TLS, ERR_TIMEOUT or
                     ERR_MALFORMED (too big, a redirect elsewhere) */
  int status;
  int64_t retry_after_ms; /* -1: not told */
  int64_t date_ms;        /* of the Date header; 0: not told */
  struct http_rate rate;
  const char *body; /* NUL-terminated; "" if there is none */
  size_t length;
  bool written; /* the request may have reached the other side: only then is a failure in doubt */
};

/* Decimal seconds, "1.337", in whole ms, rounded up; a day at most. False if it is none. */
bool http_seconds(const char *text, int64_t *ms);

/* "HTTP 503" with the code that the contract gives to a status; ERR_NONE for 2xx. The one table of statuses. */
bool http_status_err(int status, struct err *err);

#endif
