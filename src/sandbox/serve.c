#include "sandbox/serve.h"

#include <string.h>
#include <strings.h>

#include "lowtide/text.h"
#include "sandbox/faults.h"
#include "sandbox/vendors.h"

#define BODY_MAX ((size_t)64 * 1024)
#define BEARER "Bearer "

static const char *bearer(const struct local_request *request) {
  const char *value = local_request_header(request, "Authorization");
  bool bears = value != NULL && strncasecmp(value, BEARER, strlen(BEARER)) == 0;
  return bears ? value + strlen(BEARER) : "";
}

static int right_answer(const struct serving *serving, const struct local_request *request, const char *target,
                        int64_t now_ms, struct buf *body) {
  char path[512];
  int status = serving->other != NULL ? serving->other(request, target, body) : 0;
  if (status != 0) return status;
  text_fmt(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
  const struct vendor_ask ask = {
      .method = request->method, .path = path, .key = bearer(request), .seed = serving->seed, .now_ms = now_ms};
  return vendor_answer(&ask, body);
}

/* Slack's answers are words, all others are JSON. */
static const char *content_type(const struct buf *body) {
  bool is_json = body->len == 0 || body->data[0] == '{';
  return is_json ? "Content-Type: application/json\r\n" : "Content-Type: text/plain\r\n";
}

void serve_request(const struct serving *serving, const struct local_request *request, int64_t now_ms,
                   struct local_script *script) {
  struct buf body;
  const char *target;
  const struct fault *fault = fault_find(request->target, &target);
  buf_init(&body, BODY_MAX);
  int status = right_answer(serving, request, target, now_ms, &body);
  local_script_wait(script, serving->latency_ms);
  if (fault != NULL) {
    const struct fault_right right = {.target = target, .status = status, .body = buf_text(&body), .length = body.len};
    fault_answer(fault, &right, script);
  } else {
    local_script_answer(script, status, content_type(&body), buf_text(&body), body.len);
  }
  buf_done(&body);
}
