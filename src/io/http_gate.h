/* http_gate: what is known of each host, so that a crowd of transfers to one host does not do the same work at once.
 *
 * curl looks a name up once for each transfer that does not find it in the cache, and opens a connection for each that
 * finds the HTTP/2 connections full. So the first transfer to an unknown host goes ahead as a scout, and the others wait
 * until its look-up is over and, over TLS, until it is known which HTTP the host speaks. */
#ifndef LOWTIDE_IO_HTTP_GATE_H
#define LOWTIDE_IO_HTTP_GATE_H

#include "io/http_transfer.h"

#define HTTP_NAMES_KEPT_S 60 /* as long as curl's cache keeps a name */
#define HTTP_SCOUT_MS 1000
#define HTTP1_CONNECTIONS_MAX 250 /* to one host, over TLS */

struct http_gate;

struct http_gate *http_gate_new(void);
void http_gate_free(struct http_gate *gate);

/* True: go on, or be the scout. False: the transfer waits inside until it comes out in its `released`. */
bool http_gate_enter(struct http_gate *gate, struct http_transfer *transfer);
/* Whether one that came out goes on. False: it waits again, since its host speaks HTTP/1.1 over TLS and has all its
 * connections; in curl it would wait with a handle of 5 KiB. */
bool http_gate_go(struct http_transfer *transfer);
/* The transfer began a look-up that was not cached. */
void http_gate_lookup(struct http_transfer *transfer);
/* The transfer has an address. */
void http_gate_open(struct http_transfer *transfer);
/* The host has answered, in HTTP/2 or not. */
void http_gate_heard(struct http_transfer *transfer, bool http2);
/* The transfer is over (or given up: CURLE_OK). A failed look-up is every waiting one's failure. */
void http_gate_leave(struct http_transfer *transfer, CURLcode result);
/* To be called HTTP_SCOUT_MS after somebody was made to wait: a scout that got a slow answer holds up nobody for longer.
 * Answers whether it must be called again. */
bool http_gate_hurry(struct http_gate *gate);
/* Forgets hosts that nobody has asked for a day. */
void http_gate_tidy(struct http_gate *gate);

enum http_speech { SPEECH_UNKNOWN, SPEECH_HTTP1, SPEECH_HTTP2 };
enum http_speech http_gate_speech(const struct http_transfer *transfer);

#endif
