#include "io/http_pool.h"

#include "io/loop_uv.h"
#include "lowtide/asker.h"
#include "lowtide/mem.h"

#define STREAMS_PER_CONNECTION 125L /* 500 accounts of one HTTP/2 vendor share four connections */

struct http_pool {
  struct loop *loop;
  CURLM *multi; /* made with the first transfer after a rest */
  long connections_per_host;
  void (*over)(void *context, CURL *easy, CURLcode result);
  void (*settled)(void *context);
  void *context;
  uv_timer_t timer;
  bool timer_closed;
  bool going;
  size_t watches;
};

struct watch {
  uv_poll_t poll;
  struct http_pool *pool;
  curl_socket_t fd;
};

static void act(struct http_pool *pool, curl_socket_t fd, int what);

static void free_if_gone(struct http_pool *pool) {
  if (pool->going && pool->timer_closed && pool->watches == 0) mem_free(pool);
}

static void on_watch_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  struct http_pool *pool = watch->pool;
  mem_free(watch);
  pool->watches--;
  free_if_gone(pool);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  const struct watch *watch = poll->data;
  int what = 0;
  if (status < 0) what |= CURL_CSELECT_ERR;
  if ((events & UV_READABLE) != 0) what |= CURL_CSELECT_IN;
  if ((events & UV_WRITABLE) != 0) what |= CURL_CSELECT_OUT;
  act(watch->pool, watch->fd, what);
}

static struct watch *watch_new(struct http_pool *pool, curl_socket_t fd) {
  struct watch *watch = mem_new(1, sizeof *watch);
  if (uv_poll_init_socket(loop_uv(pool->loop), &watch->poll, fd) != 0) {
    mem_free(watch);
    return NULL;
  }
  watch->poll.data = watch;
  watch->pool = pool;
  watch->fd = fd;
  pool->watches++;
  (void)curl_multi_assign(pool->multi, fd, watch);
  return watch;
}

/* Answering -1 would end every transfer of the pool: a socket that cannot be watched runs into its deadline instead. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned) {
  (void)easy;
  struct http_pool *pool = context;
  struct watch *watch = assigned;
  if (what == CURL_POLL_REMOVE) {
    if (watch != NULL) uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    (void)curl_multi_assign(pool->multi, fd, NULL);
    return 0;
  }
  if (watch == NULL) watch = watch_new(pool, fd);
  int events = 0;
  if ((what & CURL_POLL_IN) != 0) events |= UV_READABLE;
  if ((what & CURL_POLL_OUT) != 0) events |= UV_WRITABLE;
  if (watch != NULL) (void)uv_poll_start(&watch->poll, events, on_ready);
  return 0;
}

static void on_timer(uv_timer_t *timer) {
  act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_wish(CURLM *multi, long timeout_ms, void *context) {
  (void)multi;
  struct http_pool *pool = context;
  if (timeout_ms < 0) {
    (void)uv_timer_stop(&pool->timer);
  } else {
    (void)uv_timer_start(&pool->timer, on_timer, (uint64_t)timeout_ms, 0);
  }
  return 0;
}

static bool open_multi(struct http_pool *pool) {
  if (pool->multi != NULL) return true;
  CURLM *multi = curl_multi_init();
  if (multi == NULL) return false;
  (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
  (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
  (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
  (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
  (void)curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, STREAMS_PER_CONNECTION);
  (void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, pool->connections_per_host);
  (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)ASKER_IN_FLIGHT_MAX);
  pool->multi = multi;
  return true;
}

struct http_pool *http_pool_new(struct loop *loop, long connections_per_host,
                                void (*over)(void *context, CURL *easy, CURLcode result), void (*settled)(void *context),
                                void *context) {
  struct http_pool *pool = mem_new(1, sizeof *pool);
  pool->loop = loop;
  pool->connections_per_host = connections_per_host;
  pool->over = over;
  pool->settled = settled;
  pool->context = context;
  (void)uv_timer_init(loop_uv(loop), &pool->timer);
  pool->timer.data = pool;
  return pool;
}

void http_pool_rest(struct http_pool *pool) {
  (void)curl_multi_cleanup(pool->multi);
  pool->multi = NULL;
  (void)uv_timer_stop(&pool->timer);
}

static void on_timer_closed(uv_handle_t *handle) {
  struct http_pool *pool = handle->data;
  pool->timer_closed = true;
  free_if_gone(pool);
}

void http_pool_free(struct http_pool *pool) {
  if (pool == NULL) return;
  http_pool_rest(pool);
  pool->going = true;
  uv_close((uv_handle_t *)&pool->timer, on_timer_closed);
}

bool http_pool_add(struct http_pool *pool, CURL *easy) {
  return open_multi(pool) && curl_multi_add_handle(pool->multi, easy) == CURLM_OK;
}

void http_pool_take(struct http_pool *pool, CURL *easy) {
  (void)curl_multi_remove_handle(pool->multi, easy);
}

/* What curl wanted to be woken for is looked at then, too. */
void http_pool_wake(struct http_pool *pool) {
  (void)uv_timer_start(&pool->timer, on_timer, 0, 0);
}

static void act(struct http_pool *pool, curl_socket_t fd, int what) {
  int running = 0;
  int left = 0;
  if (pool->multi != NULL) (void)curl_multi_socket_action(pool->multi, fd, what, &running);
  for (const CURLMsg *message; pool->multi != NULL && (message = curl_multi_info_read(pool->multi, &left)) != NULL;) {
    CURLcode result = message->data.result; /* the message goes with its handle */
    if (message->msg == CURLMSG_DONE) pool->over(pool->context, message->easy_handle, result);
  }
  pool->settled(pool->context);
}
