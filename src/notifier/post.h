/* post: what the channels that take a JSON payload by HTTP have in common. A webhook's address is a secret: it never leaves
 * the request. */
#ifndef LOWTIDE_NOTIFIER_POST_H
#define LOWTIDE_NOTIFIER_POST_H

#include "lowtide/notifier.h"

/* The channel's url, on its base_url's scheme, host and port if it has one. under is put behind its path; with_query keeps
 * the url's own query. ERR_NOT_CONFIGURED without a url, ERR_CONFIG if it cannot be one or is http to another machine. */
bool post_url(const struct channel *channel, const char *under, bool with_query, struct buf *out,
              struct err *err) MUST_CHECK;

/* The platform's host, or the channel's base_url in its place; a path is to follow. */
bool post_host(const struct channel *channel, const char *host, struct buf *out, struct err *err) MUST_CHECK;

/* Adds "?PAIR" or "&PAIR". */
void post_url_query(struct buf *url, const char *pair);

/* POST of a JSON payload (or "": of what is in request->body) to what is in request->url. */
bool post_json(const struct channel *channel, const char *payload, struct http_request *request,
               struct err *err) MUST_CHECK;

/* The payload with the mark in front of what stands behind each opening, in order; all of them end in a quote. */
bool post_mark_repeat(const char *payload, const char *const *openings, struct buf *out, struct err *err) MUST_CHECK;

struct verdict verdict_sent(void);
struct verdict verdict_retry(int64_t after_ms, const char *why);
struct verdict verdict_refused(const char *why);

/* The verdict where every platform agrees: no answer, 2xx, 408, 429, 3xx, 5xx. False: it is another 4xx, the platform's
 * own business, and *verdict holds but the rate. where is what to check if the address leads nowhere, "the webhook's url".
 */
bool post_verdict(const struct http_answer *answer, const char *where, struct verdict *verdict) MUST_CHECK;

#endif
