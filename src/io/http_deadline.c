#include "io/http_deadline.h"

#include <stddef.h>
#include <sys/socket.h>

void http_deadline_drop(struct http_deadlines *all, struct http_deadline *deadline) {
  if (deadline->at_ms == 0) return;
  *(deadline->previous != NULL ? &deadline->previous->next : &all->first) = deadline->next;
  *(deadline->next != NULL ? &deadline->next->previous : &all->last) = deadline->previous;
  deadline->at_ms = 0;
}

void http_deadline_set(struct http_deadlines *all, struct http_deadline *deadline, int64_t at_ms) {
  http_deadline_drop(all, deadline);
  deadline->at_ms = at_ms;
  struct http_deadline *before = all->last;
  while (before != NULL && before->at_ms > at_ms)
    before = before->previous;
  deadline->previous = before;
  deadline->next = before != NULL ? before->next : all->first;
  *(deadline->previous != NULL ? &deadline->previous->next : &all->first) = deadline;
  *(deadline->next != NULL ? &deadline->next->previous : &all->last) = deadline;
}

void http_deadline_cut(struct http_deadlines *all, int64_t now_ms) {
  while (all->first != NULL && all->first->at_ms <= now_ms) {
    struct http_deadline *overdue = all->first;
    http_deadline_drop(all, overdue);
    (void)shutdown(overdue->fd, SHUT_RDWR);
  }
}
