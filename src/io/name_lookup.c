#include "io/name_lookup.h"

#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <unistd.h>

#include "io/loop_uv.h"
#include "lowtide/host.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define STACK_BYTES (512 * 1024)

/* Held by the loop's side and by the thread; the last one frees it. */
struct name_lookup {
  uv_poll_t poll;
  name_found *found;
  void *context;
  int wake[2]; /* the thread writes one byte when it is done */
  pthread_mutex_t lock;
  unsigned holders;
  struct name_addresses addresses;
  char name[256];
};

static void let_go(struct name_lookup *lookup) {
  pthread_mutex_lock(&lookup->lock);
  bool last = --lookup->holders == 0;
  pthread_mutex_unlock(&lookup->lock);
  if (!last) return;
  (void)close(lookup->wake[0]);
  (void)close(lookup->wake[1]);
  pthread_mutex_destroy(&lookup->lock);
  mem_free(lookup);
}

static void on_closed(uv_handle_t *handle) {
  let_go(handle->data);
}

void name_lookup_cancel(struct name_lookup *lookup) {
  if (lookup != NULL) uv_close((uv_handle_t *)&lookup->poll, on_closed);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct name_lookup *lookup = poll->data;
  uv_close((uv_handle_t *)poll, on_closed);
  /* The pipe alone is no promise that the thread's writes are seen. */
  pthread_mutex_lock(&lookup->lock);
  pthread_mutex_unlock(&lookup->lock);
  lookup->found(lookup->context, &lookup->addresses);
}

static void look_up(struct name_lookup *lookup) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
  struct addrinfo *list = NULL;
  struct name_addresses *out = &lookup->addresses;
  /* A system may ask a server for x.localhost, which could answer anything. */
  const char *name = host_is_loopback(lookup->name) ? "localhost" : lookup->name;
  if (getaddrinfo(name, NULL, &hints, &list) != 0) return;
  for (const struct addrinfo *item = list; item != NULL && out->count < NAME_ADDRESSES_MAX; item = item->ai_next) {
    char *text = out->address[out->count];
    if (getnameinfo(item->ai_addr, item->ai_addrlen, text, NAME_ADDRESS_MAX, NULL, 0, NI_NUMERICHOST) == 0) out->count++;
  }
  freeaddrinfo(list);
}

static void *run_thread(void *context) {
  struct name_lookup *lookup = context;
  look_up(lookup);
  pthread_mutex_lock(&lookup->lock);
  (void)!write(lookup->wake[1], "", 1);
  pthread_mutex_unlock(&lookup->lock);
  let_go(lookup);
  return NULL;
}

static bool start_thread(struct name_lookup *lookup) {
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0) return false;
  (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
  int problem = pthread_create(&thread, &attributes, run_thread, lookup);
  (void)pthread_attr_destroy(&attributes);
  return problem == 0;
}

struct name_lookup *name_lookup_start(struct loop *loop, const char *name, name_found *found, void *context) {
  struct name_lookup *lookup = mem_new(1, sizeof *lookup);
  if (!text_copy(lookup->name, sizeof lookup->name, name) || pipe2(lookup->wake, O_CLOEXEC) != 0) {
    mem_free(lookup);
    return NULL;
  }
  lookup->found = found;
  lookup->context = context;
  lookup->holders = 2;
  pthread_mutex_init(&lookup->lock, NULL);
  (void)uv_poll_init(loop_uv(loop), &lookup->poll, lookup->wake[0]);
  lookup->poll.data = lookup;
  (void)uv_poll_start(&lookup->poll, UV_READABLE, on_ready);
  if (start_thread(lookup)) return lookup;
  lookup->holders = 1;
  name_lookup_cancel(lookup);
  return NULL;
}
