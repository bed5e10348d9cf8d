/* http_deadline: until when a connection may take; the next to come at first. Who is late is cut: its socket is shut, and
 * whoever has it sees the end. */
#ifndef LOWTIDE_IO_HTTP_DEADLINE_H
#define LOWTIDE_IO_HTTP_DEADLINE_H

#include <stdint.h>

/* One connection's, held by the caller. */
struct http_deadline {
  struct http_deadline *next;
  struct http_deadline *previous;
  int64_t at_ms; /* 0: none */
  int fd;
};

struct http_deadlines {
  struct http_deadline *first;
  struct http_deadline *last;
};

void http_deadline_set(struct http_deadlines *all, struct http_deadline *deadline, int64_t at_ms);
void http_deadline_drop(struct http_deadlines *all, struct http_deadline *deadline);
void http_deadline_cut(struct http_deadlines *all, int64_t now_ms);

#endif
