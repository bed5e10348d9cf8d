#include "lowtide/local_server.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "io/local_parse.h"
#include "io/loop_uv.h"
#include "lowtide/mem.h"

#define BACKLOG 1024
#define READ_MAX (64 * 1024)
#define PENDING_MAX (LOCAL_REQUEST_HEAD_MAX + LOCAL_REQUEST_BODY_MAX + READ_MAX)
#define SCRIPT_KEPT (16 * 1024) /* more memory than this is not kept for the connection's next answer */

struct connection {
  uv_tcp_t tcp;
  uv_timer_t timer;
  uv_write_t write;
  struct local_server *server;
  struct connection *next;
  struct connection *previous;
  struct buf pending; /* received and not yet served */
  struct local_script script;
  size_t step;
  size_t repeated;
  bool answering;
  bool waited; /* the wait before the present repetition, or before the ending, is over */
  bool last;   /* the request said that it is the last one */
  uint64_t id;
  unsigned served;
  unsigned open_handles;
};

struct local_server {
  uv_loop_t *loop;
  uv_tcp_t listener;
  local_handler *handler;
  void *context;
  struct connection *connections;
  struct local_counts counts;
  uint16_t port;
  bool going;
  bool listener_closed;
  char scratch[READ_MAX];
  char path[LOCAL_REQUEST_HEAD_MAX];
};

static bool serve(struct connection *connection);

static void free_if_gone(struct local_server *server) {
  if (server->going && server->listener_closed && server->counts.open == 0) mem_free(server);
}

static void on_closed(uv_handle_t *handle) {
  struct connection *connection = handle->data;
  if (--connection->open_handles > 0) return;
  struct local_server *server = connection->server;
  buf_done(&connection->pending);
  buf_done(&connection->script.bytes);
  mem_free(connection);
  server->counts.open--;
  free_if_gone(server);
}

static void set_answering(struct connection *connection, bool answering) {
  struct local_counts *counts = &connection->server->counts;
  if (connection->answering == answering) return;
  connection->answering = answering;
  if (!answering) {
    counts->under_way--;
    return;
  }
  counts->under_way++;
  if (counts->under_way > counts->under_way_most) counts->under_way_most = counts->under_way;
}

static void close_connection(struct connection *connection, bool reset) {
  uv_handle_t *tcp = (uv_handle_t *)&connection->tcp;
  if (uv_is_closing(tcp)) return;
  set_answering(connection, false);
  if (connection->next != NULL) connection->next->previous = connection->previous;
  if (connection->previous != NULL) connection->previous->next = connection->next;
  if (connection->server->connections == connection) connection->server->connections = connection->next;
  if (!reset || uv_tcp_close_reset(&connection->tcp, on_closed) != 0) uv_close(tcp, on_closed);
  uv_close((uv_handle_t *)&connection->timer, on_closed);
}

static void resume(struct connection *connection);

static void on_waited(uv_timer_t *timer) {
  struct connection *connection = timer->data;
  connection->waited = true;
  resume(connection);
}

/* Answers whether there is nothing to wait for (any more). */
static bool wait_over(struct connection *connection, int64_t delay_ms) {
  if (delay_ms <= 0 || connection->waited) {
    connection->waited = false;
    return true;
  }
  uv_update_time(connection->server->loop);
  (void)uv_timer_start(&connection->timer, on_waited, (uint64_t)delay_ms, 0);
  return false;
}

static void on_written(uv_write_t *write, int status) {
  struct connection *connection = write->data;
  if (uv_is_closing((uv_handle_t *)&connection->tcp)) return;
  if (status != 0) {
    close_connection(connection, false);
    return;
  }
  resume(connection);
}

/* Answers whether all went at once; otherwise on_written goes on. */
static bool send_bytes(struct connection *connection, char *bytes, size_t length) {
  uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
  uv_buf_t piece = uv_buf_init(bytes, (unsigned)length);
  if (length == 0) return true;
  int sent = uv_try_write(stream, &piece, 1);
  if (sent == (int)length) return true;
  if (sent < 0 && sent != UV_EAGAIN) {
    close_connection(connection, false);
    return false;
  }
  size_t done = sent > 0 ? (size_t)sent : 0;
  piece = uv_buf_init(bytes + done, (unsigned)(length - done));
  if (uv_write(&connection->write, stream, &piece, 1, on_written) != 0) close_connection(connection, false);
  return false;
}

/* Plays on from where the script stands; answers whether all of it is sent. */
static bool play_steps(struct connection *connection) {
  struct local_script *script = &connection->script;
  while (connection->step < script->step_count) {
    const struct local_step *step = &script->steps[connection->step];
    if (connection->repeated == step->repeat) {
      connection->step++;
      connection->repeated = 0;
      continue;
    }
    if (!wait_over(connection, step->delay_ms)) return false;
    connection->repeated++;
    if (!send_bytes(connection, script->bytes.data + step->start, step->length)) return false;
  }
  return true;
}

/* Answers whether the connection is free for its next request. */
static bool play(struct connection *connection) {
  struct local_script *script = &connection->script;
  if (!play_steps(connection) || !wait_over(connection, script->wait_ms)) return false;
  switch (script->ending) {
  case LOCAL_KEEP:
    if (connection->last) {
      close_connection(connection, false);
      return false;
    }
    set_answering(connection, false);
    return true;
  case LOCAL_CLOSE: close_connection(connection, false); return false;
  case LOCAL_RESET: close_connection(connection, true); return false;
  case LOCAL_HANG: return false;
  }
  return false;
}

static void resume(struct connection *connection) {
  if (!play(connection)) return;
  while (serve(connection))
    ;
}

static void clear_script(struct local_script *script) {
  struct buf bytes = script->bytes;
  buf_clear(&bytes);
  if (bytes.cap > SCRIPT_KEPT) buf_done(&bytes);
  *script = (struct local_script){.bytes = bytes};
}

static void hand_over(struct connection *connection, struct local_request *request, size_t used) {
  struct local_server *server = connection->server;
  char *after = connection->pending.data + used;
  char kept = *after;
  const char *wish = local_request_header(request, "Connection");
  connection->last = wish != NULL && strcasecmp(wish, "close") == 0;
  request->connection = connection->id;
  request->nth = ++connection->served;
  server->counts.requests++;
  *after = '\0';
  server->handler(server->context, request, &connection->script);
  *after = kept;
}

static void take_pending(struct buf *pending, size_t used) {
  pending->len -= used;
  memmove(pending->data, pending->data + used, pending->len + 1);
}

/* Begins the next request, if a whole one is there; answers whether it is answered already. */
static bool serve(struct connection *connection) {
  struct local_request request;
  struct buf *pending = &connection->pending;
  size_t used = pending->len;
  if (pending->len == 0) return false;
  switch (local_parse(pending->data, pending->len, connection->server->path, &request, &used)) {
  case LOCAL_MORE: return false;
  case LOCAL_BAD:
    clear_script(&connection->script);
    local_script_answer(&connection->script, 400, "Connection: close\r\n", "", 0);
    connection->script.ending = LOCAL_CLOSE;
    break;
  case LOCAL_WHOLE:
    clear_script(&connection->script);
    hand_over(connection, &request, used);
    break;
  }
  take_pending(pending, used);
  connection->step = 0;
  connection->repeated = 0;
  connection->waited = false;
  set_answering(connection, true);
  return play(connection);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room) {
  (void)suggested;
  struct connection *connection = handle->data;
  *room = uv_buf_init(connection->server->scratch, READ_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes) {
  struct connection *connection = stream->data;
  if (length == 0) return;
  if (length < 0 || !buf_add_n(&connection->pending, bytes->base, (size_t)length)) {
    close_connection(connection, false);
    return;
  }
  while (!connection->answering && serve(connection))
    ;
}

static struct connection *connection_new(struct local_server *server) {
  struct connection *connection = mem_new(1, sizeof *connection);
  connection->server = server;
  connection->id = ++server->counts.connections;
  connection->open_handles = 2;
  buf_init(&connection->pending, PENDING_MAX);
  buf_init(&connection->script.bytes, LOCAL_SCRIPT_MAX);
  (void)uv_tcp_init(server->loop, &connection->tcp);
  (void)uv_timer_init(server->loop, &connection->timer);
  connection->tcp.data = connection;
  connection->timer.data = connection;
  connection->write.data = connection;
  connection->next = server->connections;
  if (connection->next != NULL) connection->next->previous = connection;
  server->connections = connection;
  server->counts.open++;
  return connection;
}

static void on_connection(uv_stream_t *listener, int status) {
  struct local_server *server = listener->data;
  if (status != 0) return;
  struct connection *connection = connection_new(server);
  uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
  if (uv_accept(listener, stream) != 0 || server->counts.open > LOCAL_CONNECTIONS_MAX) {
    close_connection(connection, false);
    return;
  }
  (void)uv_tcp_nodelay(&connection->tcp, 1);
  (void)uv_read_start(stream, on_room, on_read);
}

static void on_listener_closed(uv_handle_t *handle) {
  struct local_server *server = handle->data;
  server->listener_closed = true;
  free_if_gone(server);
}

static int open_listener(struct local_server *server, uint16_t port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  int size = (int)sizeof address;
  int problem = uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0);
  if (problem == 0) problem = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
  if (problem == 0) problem = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size);
  server->port = ntohs(address.sin_port);
  return problem;
}

struct local_server *local_server_new(struct loop *loop, uint16_t port, local_handler *handler, void *context,
                                      struct err *err) {
  struct local_server *server = mem_new(1, sizeof *server);
  server->loop = loop_uv(loop);
  server->handler = handler;
  server->context = context;
  (void)uv_tcp_init(server->loop, &server->listener);
  server->listener.data = server;
  int problem = open_listener(server, port);
  if (problem == 0) return server;
  local_server_free(server);
  err_set(err, ERR_NETWORK, "127.0.0.1:%u cannot be listened on: %s", port, uv_strerror(problem));
  return NULL;
}

uint16_t local_server_port(const struct local_server *server) {
  return server->port;
}

void local_server_free(struct local_server *server) {
  if (server == NULL) return;
  server->going = true;
  uv_close((uv_handle_t *)&server->listener, on_listener_closed);
  while (server->connections != NULL)
    close_connection(server->connections, false);
}

struct local_counts local_server_counts(const struct local_server *server) {
  return server->counts;
}
