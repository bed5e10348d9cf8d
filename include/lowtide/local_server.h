/* local_server: a small HTTP/1.1 server on 127.0.0.1 that does as it is told, byte by byte: for the sandbox's simulated
 * vendors, and for tests that need a peer which stalls, cuts, lies or resets. A handler looks at each request and fills a
 * script: what to send after which wait, and how it ends.
 *
 *     static void balance(void *context, const struct local_request *request, struct local_script *script) {
 *       if (!text_eq(request->path, "/v1/balance")) {
 *         local_script_answer(script, 404, "", "{}", 2);
 *         return;
 *       }
 *       local_script_wait(script, 100);
 *       local_script_answer(script, 200, "Content-Type: application/json\r\n", body, strlen(body));
 *     }
 *
 * Requests of one connection are answered in their order, pipelined or not. All on the loop's thread. */
#ifndef LOWTIDE_LOCAL_SERVER_H
#define LOWTIDE_LOCAL_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"
#include "lowtide/loop.h"

#define LOCAL_HEADERS_MAX 32
#define LOCAL_REQUEST_HEAD_MAX (16 * 1024)
#define LOCAL_REQUEST_BODY_MAX (1024 * 1024)
#define LOCAL_STEPS_MAX 16
#define LOCAL_SCRIPT_MAX (4 * 1024 * 1024) /* bytes of one script, repeats not counted */
#define LOCAL_CONNECTIONS_MAX 4096

struct local_header {
  const char *name; /* as it was sent */
  const char *value;
};

/* Borrowed for the handler's call. What is not HTTP/1.x or is beyond the bounds above is answered 400 without it. */
struct local_request {
  const char *method;
  const char *target; /* as it was sent, with its query */
  const char *path;   /* target without the query */
  const char *query;  /* after the '?'; "" if there is none */
  struct local_header headers[LOCAL_HEADERS_MAX];
  size_t header_count;
  const char *body; /* NUL-terminated */
  size_t body_length;
  uint64_t connection; /* which connection, counted from 1 */
  unsigned nth;        /* which request on it, from 1 */
};

/* NULL if it was not sent; case does not matter. */
const char *local_request_header(const struct local_request *request, const char *name);

enum local_ending {
  LOCAL_KEEP,  /* stay open for the next request (the default) unless the request said "Connection: close" */
  LOCAL_CLOSE, /* close in good order */
  LOCAL_RESET, /* close with a TCP reset */
  LOCAL_HANG   /* send nothing more and stay open until the other side goes */
};

struct local_step {
  int64_t delay_ms; /* before each repetition */
  size_t start;     /* in bytes */
  size_t length;
  size_t repeat;
};

struct local_script {
  struct local_step steps[LOCAL_STEPS_MAX];
  size_t step_count;
  struct buf bytes;
  int64_t wait_ms; /* goes to the next step */
  enum local_ending ending;
};

/* Lets the next step wait; waits add up. Before an ending: put nothing after it. */
void local_script_wait(struct local_script *script, int64_t delay_ms);

/* Sends the bytes (copied) as they are. */
void local_script_send(struct local_script *script, const char *bytes, size_t length);

/* Sends the bytes `repeat` times, waiting delay_ms before each: a body that drips, or one of 10 MiB from 64 KiB. */
void local_script_repeat(struct local_script *script, int64_t delay_ms, const char *bytes, size_t length, size_t repeat);

/* A whole answer: status line, Content-Length, the header lines (each with its \r\n; "" for none), body. */
void local_script_answer(struct local_script *script, int status, const char *header_lines, const char *body,
                         size_t length);

typedef void local_handler(void *context, const struct local_request *request, struct local_script *script);

struct local_server;

/* Listens on 127.0.0.1; port 0 takes any free one. NULL with ERR_NETWORK if the port is taken. */
struct local_server *local_server_new(struct loop *loop, uint16_t port, local_handler *handler, void *context,
                                      struct err *err) MUST_CHECK;
uint16_t local_server_port(const struct local_server *server);
/* Cuts every connection. Not from inside a handler. NULL is fine. */
void local_server_free(struct local_server *server);

struct local_counts {
  uint64_t connections; /* ever accepted */
  uint64_t requests;    /* ever handed to the handler */
  size_t open;          /* connections now */
  size_t under_way;     /* requests not yet answered in full */
  size_t under_way_most;
};
struct local_counts local_server_counts(const struct local_server *server);

#endif
