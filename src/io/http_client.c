#include "io/http_client.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "io/http_buffers.h"
#include "io/http_gate.h"
#include "io/http_pool.h"
#include "io/http_transfer.h"
#include "lowtide/mem.h"

/* How many connections a host gets, by what it speaks; 0 is as many as there are transfers. A TLS handshake costs ten times
 * what a request does, and curl would open a connection for each transfer that does not fit into the first of HTTP/2. */
static const long connections_per_host[] = {
    [SPEECH_UNKNOWN] = 0,                   /* plain HTTP, and scouts */
    [SPEECH_HTTP1] = HTTP1_CONNECTIONS_MAX, /* 500 in two waves */
    [SPEECH_HTTP2] = 4,
};
#define POOLS (SPEECH_HTTP2 + 1)

#define CROWD 64 /* so many requests have left enough memory behind to give it back */

struct http_client {
  CURLSH *share;
  struct http_pool *pools[POOLS];
  struct http_gate *gate;
  struct timer *hurry;
  bool hurry_set;
  bool rest_wanted;
  size_t under_way;
  size_t sent; /* since memory was given back */
  struct transfer_list released;
};

static void finish(struct http_transfer *transfer, CURLcode result);
static void settle(void *context);

static void on_over(void *context, CURL *easy, CURLcode result) {
  (void)context;
  char *transfer = NULL;
  (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  finish((struct http_transfer *)(void *)transfer, result);
}

static void on_hurry(void *context) {
  struct http_client *client = context;
  client->hurry_set = http_gate_hurry(client->gate);
  if (client->hurry_set) timer_set(client->hurry, HTTP_SCOUT_MS);
  settle(client);
}

struct http_client *http_client_new(struct loop *loop, struct err *err) {
  bool there = curl_global_init_mem(CURL_GLOBAL_DEFAULT, http_buffers_new, http_buffers_free, http_buffers_resize, strdup,
                                    calloc) == CURLE_OK;
  CURLSH *share = there ? curl_share_init() : NULL;
  if (share == NULL) {
    err_set(err, ERR_LIMIT, "libcurl does not start");
    return NULL;
  }
  (void)curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  (void)curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  struct http_client *client = mem_new(1, sizeof *client);
  client->share = share;
  for (int i = 0; i < POOLS; i++)
    client->pools[i] = http_pool_new(loop, connections_per_host[i], on_over, settle, client);
  client->gate = http_gate_new();
  client->hurry = timer_new(loop, on_hurry, client);
  return client;
}

/* What a round does with its answers has no use for what its requests took: it would come on top. */
static void give_back_memory(struct http_client *client) {
  client->sent = 0;
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

static void close_idle(struct http_client *client) {
  for (int i = 0; i < POOLS; i++)
    http_pool_rest(client->pools[i]);
}

static void rest(struct http_client *client) {
  client->rest_wanted = false;
  close_idle(client);
  http_gate_tidy(client->gate);
  give_back_memory(client);
}

void http_client_rest(struct http_client *client) {
  client->rest_wanted = true;
  if (client->under_way == 0) rest(client);
}

void http_client_free(struct http_client *client) {
  if (client == NULL) return;
  close_idle(client);
  for (int i = 0; i < POOLS; i++)
    http_pool_free(client->pools[i]);
  http_gate_free(client->gate);
  timer_free(client->hurry);
  (void)curl_share_cleanup(client->share);
  mem_free(client);
  curl_global_cleanup();
}

/* The transfer keeps its answer. */
static void drop_handle(struct http_transfer *transfer) {
  if (transfer->easy == NULL) return;
  if (transfer->pool != NULL) http_pool_take(transfer->pool, transfer->easy);
  transfer_release(transfer);
  curl_easy_cleanup(transfer->easy);
  transfer->easy = NULL;
}

static void free_transfer(struct http_transfer *transfer) {
  transfer->client->under_way--;
  buf_done(&transfer->body);
  mem_free(transfer);
}

static bool hand_to_curl(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  struct http_pool *pool = client->pools[http_gate_speech(transfer)];
  transfer->easy = curl_easy_init();
  if (transfer->easy == NULL || !transfer_prepare(transfer, client->share)) return false;
  if (!http_pool_add(pool, transfer->easy)) return false;
  transfer->pool = pool;
  return true;
}

/* A handle that curl does not take ends like one that has failed there: through the released list, not in the caller. */
static void start(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  if (hand_to_curl(transfer)) return;
  transfer->fault = CURLE_FAILED_INIT;
  transfer_list_add(&client->released, transfer);
  http_pool_wake(client->pools[SPEECH_UNKNOWN]);
}

static void finish(struct http_transfer *transfer, CURLcode result) {
  struct http_answer answer;
  http_gate_leave(transfer, result);
  if (transfer_conclude(transfer, result, &answer) == TRANSFER_AGAIN) {
    http_pool_take(transfer->pool, transfer->easy);
    if (http_pool_add(transfer->pool, transfer->easy)) return;
    err_set(&answer.err, ERR_NETWORK, "the redirect was not followed");
  }
  drop_handle(transfer);
  transfer->done(transfer->context, &answer);
  free_transfer(transfer);
}

/* After each turn of curl's: those who have waited long enough begin, or fail as their scout did. */
static void settle(void *context) {
  struct http_client *client = context;
  while (client->released.first != NULL) {
    struct http_transfer *transfer = client->released.first;
    transfer_list_take(transfer);
    if (transfer->fault != CURLE_OK) {
      finish(transfer, transfer->fault);
    } else if (http_gate_go(transfer)) {
      start(transfer);
    }
  }
  if (client->rest_wanted && client->under_way == 0) rest(client);
  if (client->sent >= CROWD && client->under_way == 0) give_back_memory(client);
}

static void set_hurry(struct http_client *client) {
  if (!client->hurry_set) timer_set(client->hurry, HTTP_SCOUT_MS);
  client->hurry_set = true;
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
  client->sent++;
  if (http_gate_enter(client->gate, transfer)) {
    start(transfer);
  } else {
    set_hurry(client);
  }
  return transfer;
}

bool http_transfer_cancel(struct http_transfer *transfer) {
  struct http_client *client = transfer->client;
  bool written = transfer->written;
  transfer_list_take(transfer);
  http_gate_leave(transfer, CURLE_OK);
  drop_handle(transfer);
  free_transfer(transfer);
  if (client->released.first != NULL || client->under_way == 0) http_pool_wake(client->pools[SPEECH_UNKNOWN]);
  return written;
}
