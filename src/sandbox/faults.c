#include "sandbox/faults.h"

#include <string.h>

#include "lowtide/text.h"

#define PREFIX "/fault/"
#define JSON_TYPE "Content-Type: application/json\r\n"
#define CHUNK ((size_t)64 * 1024)
#define BIG ((size_t)10 * 1024 * 1024)
#define BRACKETS 100000
#define SLOW_BYTES 3600
#define SECOND_MS 1000

struct fault {
  const char *kind;
  void (*answer)(const struct fault *fault, const struct fault_right *right, struct local_script *script);
  int status;
  const char *headers;
  const char *body;
};

static void send_text(struct local_script *script, const char *text) {
  local_script_send(script, text, strlen(text));
}

static void send_head(struct local_script *script, size_t length) {
  char head[160];
  text_fmt(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n" JSON_TYPE "\r\n", length);
  send_text(script, head);
}

static void answer_fixed(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)right;
  local_script_answer(script, fault->status, fault->headers, fault->body, strlen(fault->body));
}

static void send_repeated(struct local_script *script, char c, size_t length, size_t times) {
  struct buf piece;
  buf_init(&piece, length);
  for (size_t i = 0; i < length; i++)
    buf_add_char(&piece, c);
  local_script_repeat(script, 0, piece.data, length, times);
  buf_done(&piece);
}

static void answer_big(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  send_head(script, BIG);
  send_repeated(script, ' ', CHUNK, BIG / CHUNK);
}

static void answer_nested(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  send_head(script, BRACKETS);
  send_repeated(script, '[', BRACKETS, 1);
}

/* White space is good JSON so far: only the deadline ends this. */
static void answer_slow(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  send_head(script, SLOW_BYTES);
  local_script_repeat(script, SECOND_MS, " ", 1, SLOW_BYTES);
}

static void answer_half(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  send_head(script, right->length);
  local_script_send(script, right->body, right->length / 2);
  script->ending = LOCAL_CLOSE;
}

static void answer_nothing(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  script->ending = LOCAL_CLOSE;
}

static void answer_reset(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  script->ending = LOCAL_RESET;
}

static void answer_hang(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  (void)right;
  script->ending = LOCAL_HANG;
}

static void answer_redirect_here(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  (void)fault;
  struct buf header;
  buf_init(&header, LOCAL_REQUEST_HEAD_MAX);
  buf_addf(&header, "Location: %s\r\n", right->target);
  local_script_answer(script, 302, buf_text(&header), "", 0);
  buf_done(&header);
}

static const struct fault faults[] = {
    {"500", answer_fixed, 500, JSON_TYPE, "{\"error\":{\"message\":\"internal error\"}}"},
    {"401", answer_fixed, 401, JSON_TYPE, "{\"error\":{\"message\":\"Invalid Authentication\"}}"},
    {"403", answer_fixed, 403, JSON_TYPE, "{\"error\":{\"message\":\"forbidden\"}}"},
    {"404", answer_fixed, 404, JSON_TYPE, "{\"message\":\"Unknown Webhook\",\"code\":10015}"},
    {"429", answer_fixed, 429, JSON_TYPE "Retry-After: 1\r\n",
     "{\"message\":\"You are being rate limited.\",\"retry_after\":0.75,\"global\":false}"},
    {"garbage", answer_fixed, 200, JSON_TYPE, "\x16\x03\x01\xFF\xFE{]\"\\u12"},
    {"big", answer_big, 0, "", ""},
    {"nested", answer_nested, 0, "", ""},
    {"slow", answer_slow, 0, "", ""},
    {"half", answer_half, 0, "", ""},
    {"nothing", answer_nothing, 0, "", ""},
    {"reset", answer_reset, 0, "", ""},
    {"hang", answer_hang, 0, "", ""},
    {"redirect", answer_fixed, 302, "Location: http://elsewhere.invalid/v1\r\n", ""},
    {"redirect-here", answer_redirect_here, 0, "", ""},
    {"empty", answer_fixed, 200, JSON_TYPE, ""},
    {"wrongtype", answer_fixed, 200, JSON_TYPE,
     "{\"code\":\"0\",\"status\":\"true\",\"data\":[true,{}],\"balance_infos\":{\"currency\":1},\"is_available\":null}"},
    {"html", answer_fixed, 200, "Content-Type: text/html\r\n", "<!doctype html><title>Sign in</title><p>Sign in to go on."},
};

const struct fault *fault_find(const char *path, const char **rest) {
  *rest = path;
  if (!text_starts(path, PREFIX)) return NULL;
  const char *kind = path + strlen(PREFIX);
  size_t length = strcspn(kind, "/?");
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    if (strlen(faults[i].kind) != length || strncmp(faults[i].kind, kind, length) != 0) continue;
    *rest = kind + length;
    return &faults[i];
  }
  return NULL;
}

void fault_answer(const struct fault *fault, const struct fault_right *right, struct local_script *script) {
  fault->answer(fault, right, script);
}
