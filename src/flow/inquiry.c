#include "inquiry.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define SECOND_TRY_MS 250 /* plus as much again by chance: those cut off together do not come back together */

struct inquiry {
  struct inquiries *inquiries;
  struct inquiry *same_bucket;
  bool is_listed;      /* can be joined */
  struct buf identity; /* of an HTTP request; holds its key */
  uint64_t hash;
  int64_t until_mono_ms;
  void *asked;
  void *alarm; /* of the second try, while it is waited for */
  struct inquirer *first;
  struct inquirer **end;
};

struct inquiries {
  struct world world;
  const struct inquiry_hooks *hooks;
  size_t mask;
  struct inquiry *buckets[];
};

struct inquiries *inquiries_new(const struct world *world, size_t expected, const struct inquiry_hooks *hooks) {
  size_t count = 1;
  while (count < expected)
    count *= 2;
  struct inquiries *inquiries = mem_new(1, sizeof *inquiries + count * sizeof(struct inquiry *));
  inquiries->world = *world;
  inquiries->hooks = hooks;
  inquiries->mask = count - 1;
  return inquiries;
}

void inquiries_free(struct inquiries *inquiries) {
  mem_free(inquiries);
}

/* --- who waits ----------------------------------------------------------------------------------------------------- */

static void join(struct inquiry *inquiry, struct inquirer *inquirer) {
  *inquirer = (struct inquirer){.inquiry = inquiry, .link = inquiry->end};
  *inquiry->end = inquirer;
  inquiry->end = &inquirer->next;
}

static void part(struct inquirer *inquirer) {
  *inquirer->link = inquirer->next;
  if (inquirer->next != NULL) {
    inquirer->next->link = inquirer->link;
  } else {
    inquirer->inquiry->end = inquirer->link;
  }
  *inquirer = (struct inquirer){0};
}

/* --- the table of what can be joined ------------------------------------------------------------------------------- */

static struct inquiry **bucket_of(const struct inquiry *inquiry) {
  return &inquiry->inquiries->buckets[inquiry->hash & inquiry->inquiries->mask];
}

static void list(struct inquiry *inquiry) {
  struct inquiry **bucket = bucket_of(inquiry);
  inquiry->same_bucket = *bucket;
  *bucket = inquiry;
  inquiry->is_listed = true;
}

static void unlist(struct inquiry *inquiry) {
  if (!inquiry->is_listed) return;
  struct inquiry **link = bucket_of(inquiry);
  while (*link != inquiry)
    link = &(*link)->same_bucket;
  *link = inquiry->same_bucket;
  inquiry->is_listed = false;
}

static struct inquiry *find_same(const struct inquiry *wanted) {
  for (struct inquiry *other = *bucket_of(wanted); other != NULL; other = other->same_bucket) {
    if (other->hash == wanted->hash && other->identity.len == wanted->identity.len &&
        other->until_mono_ms >= wanted->until_mono_ms &&
        memcmp(buf_text(&other->identity), buf_text(&wanted->identity), wanted->identity.len) == 0)
      return other;
  }
  return NULL;
}

/* --- its life ------------------------------------------------------------------------------------------------------ */

static void drop(struct inquiry *inquiry) {
  const struct world *world = &inquiry->inquiries->world;
  unlist(inquiry);
  if (inquiry->asked != NULL) world->unask(world->context, inquiry->asked);
  if (inquiry->alarm != NULL) world->alarm_free(inquiry->alarm);
  buf_wipe(&inquiry->identity);
  mem_free(inquiry);
}

static int64_t second_try_in(const struct world *world, const struct answer *answer) {
  struct err err = answer->err;
  if (err.code == ERR_NONE && answer->http.status != 0) (void)http_status_err(answer->http.status, &err);
  if (!err_is_transient(err.code)) return -1;
  if (answer->http.retry_after_ms > 0) return answer->http.retry_after_ms;
  return SECOND_TRY_MS + (int64_t)(world->chance(world->context) % SECOND_TRY_MS);
}

static struct inquiry *inquiry_new(struct inquiries *inquiries) {
  struct inquiry *inquiry = mem_new(1, sizeof *inquiry);
  inquiry->inquiries = inquiries;
  inquiry->end = &inquiry->first;
  buf_init(&inquiry->identity, HTTP_IDENTITY_MAX);
  return inquiry;
}

static void ask_again(void *context) {
  struct inquiry *inquiry = context;
  while (inquiry->first != NULL) {
    struct inquirer *inquirer = inquiry->first;
    part(inquirer);
    inquiry->inquiries->hooks->again(inquirer);
  }
  drop(inquiry);
}

static void pause_for(struct inquiry *inquiry, int64_t wait_ms) {
  const struct world *world = &inquiry->inquiries->world;
  if (inquiry->first == NULL) {
    drop(inquiry);
    return;
  }
  inquiry->alarm = world->alarm_new(world->context, ask_again, inquiry);
  world->alarm_set(inquiry->alarm, wait_ms);
}

static void answered(void *context, const struct answer *answer) {
  struct inquiry *inquiry = context;
  struct inquiries *inquiries = inquiry->inquiries;
  int64_t again_in_ms = second_try_in(&inquiries->world, answer);
  struct inquiry *second = again_in_ms >= 0 ? inquiry_new(inquiries) : NULL;
  inquiry->asked = NULL;
  unlist(inquiry);
  while (inquiry->first != NULL) {
    struct inquirer *inquirer = inquiry->first;
    part(inquirer);
    bool wants_again = inquiries->hooks->answered(inquirer, answer, again_in_ms);
    if (wants_again && second != NULL) join(second, inquirer);
  }
  drop(inquiry);
  if (second != NULL) pause_for(second, again_in_ms);
}

int64_t inquiry_ask(struct inquiries *inquiries, struct ask *ask, int64_t until_mono_ms, struct inquirer *inquirer) {
  const struct world *world = &inquiries->world;
  struct inquiry *inquiry = inquiry_new(inquiries);
  inquiry->until_mono_ms = until_mono_ms;
  if (ask->kind == ASK_HTTP) {
    http_request_identity(&ask->http, &inquiry->identity);
    inquiry->hash = text_hash(buf_text(&inquiry->identity), inquiry->identity.len);
    struct inquiry *same = find_same(inquiry);
    if (same != NULL) {
      drop(inquiry);
      join(same, inquirer);
      return same->until_mono_ms;
    }
    list(inquiry);
  }
  join(inquiry, inquirer);
  int64_t deadline_ms = until_mono_ms - world->mono_ms(world->context);
  inquiry->asked = world->ask(world->context, ask, deadline_ms, answered, inquiry);
  return until_mono_ms;
}

void inquiry_leave(struct inquirer *inquirer) {
  struct inquiry *inquiry = inquirer->inquiry;
  if (inquiry == NULL) return;
  part(inquirer);
  if (inquiry->first == NULL) drop(inquiry);
}
