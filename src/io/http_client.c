#include "io/http_client.h"

#include "io/http_gate.h"
#include "io/http_transfer.h"
#include "io/loop_uv.h"
#include "lowtide/asker.h"
#include "lowtide/mem.h"

#define STREAMS_PER_CONNECTION 125L /* 500 accounts of one HTTP/2 vendor share four connections */

struct http_client {
  struct loop *loop;
  CURLM *multi; /* made with the first transfer after a rest */
  CURLSH *share;
  struct http_gate *gate;
  struct transfer_list released;
  uv_timer_t timer;
  bool timer_closed;
  bool going;
  bool rest_wanted;
  size_t under_way;
  size_t watches;
  size_t pooled;
  CURL *pool[ASKER_IN_FLIGHT_MAX];
};

struct watch {
  uv_poll_t poll;
  struct http_client *client;
  curl_socket_t fd;
};

static void act(struct http_client *client, curl_socket_t fd, int what);

static void free_if_gone(struct http_client *client) {
  if (client->going && client->timer_closed && client->watches == 0) mem_free(client);
}

static void on_watch_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  struct http_client *client = watch->client;
  mem_free(watch);
  client->watches--;
  free_if_gone(client);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  const struct watch *watch = poll->data;
  int what = 0;
  if (status < 0) what |= CURL_CSELECT_ERR;
  if ((events & UV_READABLE) != 0) what |= CURL_CSELECT_IN;
  if ((events & UV_WRITABLE) != 0) what |= CURL_CSELECT_OUT;
  act(watch->client, watch->fd, what);
}

static struct watch *watch_new(struct http_client *client, curl_socket_t fd) {
  struct watch *watch = mem_new(1, sizeof *watch);
  if (uv_poll_init_socket(loop_uv(client->loop), &watch->poll, fd) != 0) {
    mem_free(watch);
    return NULL;
  }
  watch->poll.data = watch;
  watch->client = client;
  watch->fd = fd;
  client->watches++;
  (void)curl_multi_assign(client->multi, fd, watch);
  return watch;
}

/* Answering -1 would end every transfer of the pool: a socket that cannot be watched runs into its deadline instead. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned) {
  (void)easy;
  struct http_client *client = context;
  struct watch *watch = assigned;
  if (what == CURL_POLL_REMOVE) {
    if (watch != NULL) uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
    (void)curl_multi_assign(client->multi, fd, NULL);
    return 0;
  }
  if (watch == NULL) watch = watch_new(client, fd);
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
  struct http_client *client = context;
  if (timeout_ms < 0) {
    (void)uv_timer_stop(&client->timer);
  } else {
    (void)uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
  }
  return 0;
}

static bool open_multi(struct http_client *client) {
  if (client->multi != NULL) return true;
  CURLM *multi = curl_multi_init();
  if (multi == NULL) return false;
  (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
  (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_wish);
  (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
  (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
  (void)curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, STREAMS_PER_CONNECTION);
  (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)ASKER_IN_FLIGHT_MAX);
  client->multi = multi;
  return true;
}

struct http_client *http_client_new(struct loop *loop, struct err *err) {
  bool there = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CURLSH *share = there ? curl_share_init() : NULL;
  if (share == NULL) {
    err_set(err, ERR_LIMIT, "libcurl does not start");
    return NULL;
  }
  (void)curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  (void)curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  struct http_client *client = mem_new(1, sizeof *client);
  client->loop = loop;
  client->share = share;
  client->gate = http_gate_new();
  (void)uv_timer_init(loop_uv(loop), &client->timer);
  client->timer.data = client;
  return client;
}

static void rest(struct http_client *client) {
  client->rest_wanted = false;
  for (; client->pooled > 0; client->pooled--)
    curl_easy_cleanup(client->pool[client->pooled - 1]);
  (void)curl_multi_cleanup(client->multi);
  client->multi = NULL;
  (void)uv_timer_stop(&client->timer);
  http_gate_tidy(client->gate);
}

void http_client_rest(struct http_client *client) {
  client->rest_wanted = true;
  if (client->under_way == 0) rest(client);
}

static void on_timer_closed(uv_handle_t *handle) {
  struct http_client *client = handle->data;
  client->timer_closed = true;
  free_if_gone(client);
}

void http_client_free(struct http_client *client) {
  if (client == NULL) return;
  rest(client);
  (void)curl_share_cleanup(client->share);
  http_gate_free(client->gate);
  client->going = true;
  uv_close((uv_handle_t *)&client->timer, on_timer_closed);
  curl_global_cleanup();
}

/* Gives the handle back; the transfer keeps its answer. */
static void put_back(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  if (transfer->easy == NULL) return;
  (void)curl_multi_remove_handle(client->multi, transfer->easy);
  transfer_release(transfer);
  if (client->pooled < ASKER_IN_FLIGHT_MAX) {
    client->pool[client->pooled++] = transfer->easy;
  } else {
    curl_easy_cleanup(transfer->easy);
  }
  transfer->easy = NULL;
}

static void free_transfer(struct http_transfer *transfer) {
  transfer->client->under_way--;
  buf_done(&transfer->body);
  mem_free(transfer);
}

/* A handle that curl does not take ends like one that curl has failed: through the released list, not in the caller. */
static void start(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  bool ready = open_multi(client);
  if (ready) {
    transfer->easy = client->pooled > 0 ? client->pool[--client->pooled] : curl_easy_init();
    ready = transfer->easy != NULL && transfer_prepare(transfer, client->share) &&
            curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK;
  }
  if (ready) return;
  transfer->fault = CURLE_FAILED_INIT;
  transfer_list_add(&client->released, transfer);
  (void)uv_timer_start(&client->timer, on_timer, 0, 0);
}

static void finish(struct http_transfer *transfer, CURLcode result) {
  struct http_answer answer;
  struct http_client *client = transfer->client;
  http_gate_leave(transfer, result, &client->released);
  if (transfer_conclude(transfer, result, &answer) == TRANSFER_AGAIN) {
    (void)curl_multi_remove_handle(client->multi, transfer->easy);
    if (curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK) return;
    err_set(&answer.err, ERR_NETWORK, "the redirect was not followed");
  }
  put_back(transfer);
  transfer->done(transfer->context, &answer);
  free_transfer(transfer);
}

static void settle(struct http_client *client) {
  int left = 0;
  for (CURLMsg *message; client->multi != NULL && (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
    char *context = NULL;
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode result = message->data.result; /* the message goes with its handle */
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &context);
    finish((struct http_transfer *)(void *)context, result);
  }
  while (client->released.first != NULL) {
    struct http_transfer *transfer = client->released.first;
    transfer_list_take(transfer);
    if (transfer->fault != CURLE_OK) {
      finish(transfer, transfer->fault);
    } else {
      start(transfer);
    }
  }
  if (client->rest_wanted && client->under_way == 0) rest(client);
}

static void act(struct http_client *client, curl_socket_t fd, int what) {
  int running = 0;
  if (client->multi != NULL) (void)curl_multi_socket_action(client->multi, fd, what, &running);
  settle(client);
}

struct http_transfer *http_client_send(struct http_client *client, const struct http_request *request, int64_t deadline_ms,
                                       http_done *done, void *context) {
  struct http_transfer *transfer = mem_new(1, sizeof *transfer);
  transfer->client = client;
  transfer->request = request;
  transfer->done = done;
  transfer->context = context;
  transfer->deadline_ms = deadline_ms;
  transfer->released = &client->released;
  buf_init(&transfer->body, HTTP_ANSWER_BODY_MAX);
  client->under_way++;
  if (http_gate_enter(client->gate, transfer)) start(transfer);
  return transfer;
}

bool http_transfer_cancel(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  bool written = transfer->written;
  transfer_list_take(transfer);
  http_gate_leave(transfer, CURLE_OK, &client->released);
  if (client->released.first != NULL) (void)uv_timer_start(&client->timer, on_timer, 0, 0);
  put_back(transfer);
  free_transfer(transfer);
  return written;
}
