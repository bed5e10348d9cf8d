#include "lowtide/http_server.h"

#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "io/http_deadline.h"
#include "io/http_exchange.h"
#include "io/http_listener.h"
#include "io/loop_uv.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define HEAD_MAX (16 * 1024) /* and what is read of a body at once */
/* MHD itself only closes who is silent. However slowly somebody sends or reads: so many times the patience from the end of
 * one request to that of the next, and for an answer. */
#define WHOLE_REQUEST 2
#define WHOLE_ANSWER 6

int64_t http_server_patience_ms = HTTP_SERVER_PATIENCE_MS;

struct http_server {
  struct MHD_Daemon *daemon;
  http_handler *handler;
  void *context;
  uv_poll_t poll;
  struct timer *timer;
  struct loop *loop;
  struct http_listener *listener; /* NULL: it has left its place */
  char *where;
  struct http_exchange *unanswered;
  struct http_deadlines deadlines;
  unsigned connections;
  bool resumed; /* since MHD was run last */
  bool going;
  size_t body_bytes;
};

/* --- connections ------------------------------------------------------------------------------------------------------ */

static struct http_deadline *deadline_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void give_time(struct http_server *server, struct http_deadline *deadline, int times) {
  http_deadline_set(&server->deadlines, deadline, loop_mono_ms() + times * http_server_patience_ms);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **deadline_slot,
                          enum MHD_ConnectionNotificationCode what) {
  struct http_server *server = context;
  struct http_deadline *deadline = *deadline_slot;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    *deadline_slot = deadline = mem_new(1, sizeof *deadline);
    deadline->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    give_time(server, deadline, WHOLE_REQUEST);
    server->connections++;
    return;
  }
  http_deadline_drop(&server->deadlines, deadline);
  mem_free(deadline);
  *deadline_slot = NULL;
  bool was_full = server->connections-- == HTTP_SERVER_CONNECTIONS_MAX;
  if (was_full && server->listener != NULL) http_listener_go_on(server->listener);
}

/* --- the way of a request --------------------------------------------------------------------------------------------- */

bool http_server_keeps(struct http_server *server, size_t more) {
  server->body_bytes += more;
  return server->body_bytes <= HTTP_BODIES_MAX;
}

void http_server_gives_back(struct http_server *server, size_t bytes) {
  server->body_bytes -= bytes;
}

static void await_answer(struct http_exchange *exchange) {
  struct http_server *server = exchange->server;
  exchange->next = server->unanswered;
  if (exchange->next != NULL) exchange->next->previous = exchange;
  server->unanswered = exchange;
  exchange->suspended = true;
  http_deadline_drop(&server->deadlines, deadline_of(exchange->connection));
  MHD_suspend_connection(exchange->connection);
}

static void resume(struct http_exchange *exchange) {
  if (exchange->next != NULL) exchange->next->previous = exchange->previous;
  *(exchange->previous != NULL ? &exchange->previous->next : &exchange->server->unanswered) = exchange->next;
  exchange->suspended = false;
  MHD_resume_connection(exchange->connection);
  exchange->server->resumed = true;
  timer_set(exchange->server->timer, 0); /* MHD tells its epoll set of it only where it has a thread of its own */
}

void http_server_answered(struct http_exchange *exchange) {
  exchange->answered = true;
  if (exchange->connection == NULL) {
    http_exchange_free(exchange);
  } else if (exchange->suspended) {
    resume(exchange);
  }
}

static void hand_over(struct http_server *server, struct http_exchange *exchange) {
  exchange->handed = true;
  server->handler(server->context, exchange);
}

static enum MHD_Result send_answer(struct http_server *server, struct http_exchange *exchange) {
  give_time(server, deadline_of(exchange->connection), WHOLE_ANSWER);
  return http_exchange_send(exchange);
}

/* All of it is there. */
static enum MHD_Result on_whole(struct http_server *server, struct http_exchange *exchange) {
  if (server->going && !exchange->answered) http_exchange_respond_problem(exchange, 503, "this server is being stopped");
  if (exchange->refusal != 0) http_exchange_respond_problem(exchange, exchange->refusal, exchange->refusal_detail);
  if (!server->going && exchange->refusal == 0 && !exchange->handed) hand_over(server, exchange);
  if (exchange->answered || exchange->response != NULL) return send_answer(server, exchange);
  await_answer(exchange);
  return MHD_YES;
}

static enum MHD_Result on_head(struct http_server *server, struct http_exchange *exchange, const char *version) {
  http_exchange_judge(exchange, version);
  if (exchange->refusal == 0) return MHD_YES;
  http_exchange_respond_problem(exchange, exchange->refusal, exchange->refusal_detail);
  return send_answer(server, exchange);
}

/* MHD's parameters. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *length, void **exchange_slot) {
  struct http_server *server = context;
  struct http_exchange *exchange = *exchange_slot;
  if (exchange == NULL) {
    *exchange_slot = exchange = http_exchange_new(server, connection);
    exchange->method = method;
    exchange->path = url;
    return on_head(server, exchange, version);
  }
  if (*length == 0) return on_whole(server, exchange);
  bool goes_on = http_exchange_take(exchange, bytes, *length);
  *length = 0;
  return goes_on ? MHD_YES : MHD_NO;
}

/* Sent, or cut. What the handler still owes an answer waits for it without a connection. */
static void on_completed(void *context, struct MHD_Connection *mhd, void **exchange_slot,
                         enum MHD_RequestTerminationCode why) {
  (void)why;
  struct http_server *server = context;
  struct http_exchange *exchange = *exchange_slot;
  struct http_deadline *deadline = deadline_of(mhd);
  if (deadline != NULL) give_time(server, deadline, WHOLE_REQUEST);
  *exchange_slot = NULL;
  if (exchange == NULL) return;
  if (exchange->answered || !exchange->handed) {
    http_exchange_free(exchange);
    return;
  }
  http_server_gives_back(server, exchange->body.cap);
  exchange->server = NULL;
  exchange->connection = NULL;
  exchange->method = exchange->path = "";
}

/* "%41" is "A"; what is no such thing stays, and so does "%00", which would cut a text. */
static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  char *out = text;
  for (const char *in = text; *in != '\0'; in++) {
    int high = *in == '%' ? text_hex_digit(in[1]) : -1;
    int low = high >= 0 ? text_hex_digit(in[2]) : -1;
    bool escaped = low >= 0 && high + low > 0;
    *out++ = escaped ? (char)(unsigned char)(high * 16 + low) : *in;
    if (escaped) in += 2;
  }
  *out = '\0';
  return (size_t)(out - text);
}

/* --- on the loop ------------------------------------------------------------------------------------------------------ */

static void set_timer(struct http_server *server) {
  int64_t wait_ms = -1;
  unsigned long long mhd_ms;
  if (MHD_get_timeout(server->daemon, &mhd_ms) == MHD_YES) wait_ms = (int64_t)mhd_ms;
  if (server->deadlines.first != NULL) {
    int64_t left_ms = server->deadlines.first->at_ms - loop_mono_ms();
    if (wait_ms < 0 || left_ms < wait_ms) wait_ms = left_ms > 0 ? left_ms : 0;
  }
  if (wait_ms < 0) {
    timer_stop(server->timer);
  } else {
    timer_set(server->timer, wait_ms);
  }
}

/* MHD sees those who go on only in the run after. */
static void run(struct http_server *server) {
  do {
    server->resumed = false;
    (void)MHD_run(server->daemon);
  } while (server->resumed);
  set_timer(server);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  run(poll->data);
}

static void on_time(void *context) {
  struct http_server *server = context;
  http_deadline_cut(&server->deadlines, loop_mono_ms());
  run(server);
}

static bool has_room(void *context) {
  const struct http_server *server = context;
  return server->connections < HTTP_SERVER_CONNECTIONS_MAX;
}

static void take(void *context, int fd, const struct sockaddr *from, socklen_t size) {
  struct http_server *server = context;
  (void)MHD_add_connection(server->daemon, fd, from, size);
  timer_set(server->timer, 0);
}

/* MHD listens nowhere itself, so that the place can change and those who are there stay. */
static struct MHD_Daemon *start_daemon(struct http_server *server) {
  return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request,
                          server, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                          MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_SERVER_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                          (unsigned)(http_server_patience_ms / 1000), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX,
                          MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                          server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
}

static bool settle(struct http_server *server, const char *listen, struct err *err) {
  const struct http_taker taker = {.has_room = has_room, .take = take, .context = server};
  struct http_listener *before = server->listener;
  struct http_listener *listener = http_listener_new(server->loop, listen, before, &taker, err);
  if (listener == NULL) return false;
  char *where = mem_dup(listen);
  http_listener_free(before);
  mem_free(server->where);
  server->listener = listener;
  server->where = where;
  return true;
}

struct http_server *http_server_new(struct loop *loop, const char *listen, http_handler *handler, void *context,
                                    struct err *err) {
  struct http_server *server = mem_new(1, sizeof *server);
  *server = (struct http_server){.handler = handler, .context = context, .loop = loop};
  server->daemon = start_daemon(server);
  if (server->daemon == NULL) {
    mem_free(server);
    err_set(err, ERR_LIMIT, "the HTTP server does not start: too many files are open, or there is no memory");
    return NULL;
  }
  server->timer = timer_new(loop, on_time, server);
  (void)uv_poll_init(loop_uv(loop), &server->poll, MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
  server->poll.data = server;
  (void)uv_poll_start(&server->poll, UV_READABLE, on_ready);
  if (settle(server, listen, err)) return server;
  http_server_free(server);
  return NULL;
}

bool http_server_move(struct http_server *server, const char *listen, struct err *err) {
  bool is_there = text_eq(server->where, listen) && http_listener_is_found(server->listener);
  return is_there || settle(server, listen, err);
}

const char *http_server_where(const struct http_server *server) {
  return server->where;
}

uint16_t http_server_port(const struct http_server *server) {
  return server->listener != NULL ? http_listener_port(server->listener) : 0;
}

void http_server_vacate(struct http_server *server) {
  http_listener_free(server->listener);
  server->listener = NULL;
}

bool http_server_is_busy(const struct http_server *server) {
  return server->unanswered != NULL;
}

static void on_closed(uv_handle_t *poll) {
  mem_free(poll->data);
}

void http_server_free(struct http_server *server) {
  if (server == NULL) return;
  http_server_vacate(server);
  server->going = true;
  while (server->unanswered != NULL)
    resume(server->unanswered);
  (void)MHD_run(server->daemon);
  timer_free(server->timer);
  (void)uv_poll_stop(&server->poll);
  MHD_stop_daemon(server->daemon);
  mem_free(server->where);
  uv_close((uv_handle_t *)&server->poll, on_closed);
}
