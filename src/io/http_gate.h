/* http_gate: curl looks a name up once for each transfer that is not in its cache, 500 times for 500 transfers to one new
 * host. So the first transfer to a host goes ahead as a scout, and the others wait until its look-up is over. */
#ifndef LOWTIDE_IO_HTTP_GATE_H
#define LOWTIDE_IO_HTTP_GATE_H

#include "io/http_transfer.h"

#define HTTP_NAMES_KEPT_S 60 /* as long as curl's cache keeps a name */

struct http_gate;

struct http_gate *http_gate_new(void);
void http_gate_free(struct http_gate *gate);

/* True: go on, or be the scout. False: the transfer waits inside until it comes out in `released`. */
bool http_gate_enter(struct http_gate *gate, struct http_transfer *transfer);
/* The transfer began a look-up that was not cached. */
void http_gate_lookup(struct http_transfer *transfer);
/* The transfer has an address. Those who waited for it go to the list. */
void http_gate_open(struct http_transfer *transfer, struct transfer_list *released);
/* The transfer is over or given up. The others learn from a failed look-up; else the next one scouts. */
void http_gate_leave(struct http_transfer *transfer, CURLcode result, struct transfer_list *released);
/* Forgets the names that nobody is at. */
void http_gate_tidy(struct http_gate *gate);

#endif
