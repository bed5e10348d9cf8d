#include "lowtide/local_server.h"

static const char *status_words(int status) {
  switch (status) {
  case 200: return "OK";
  case 204: return "No Content";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 429: return "Too Many Requests";
  case 500: return "Internal Server Error";
  case 503: return "Service Unavailable";
  default: return "Whatever";
  }
}

void local_script_wait(struct local_script *script, int64_t delay_ms) {
  script->wait_ms += delay_ms;
}

static void add_step(struct local_script *script, size_t start, int64_t delay_ms, size_t repeat) {
  if (script->step_count == LOCAL_STEPS_MAX || !buf_ok(&script->bytes)) return;
  script->steps[script->step_count++] = (struct local_step){
      .delay_ms = delay_ms,
      .start = start,
      .length = script->bytes.len - start,
      .repeat = repeat,
  };
}

void local_script_send(struct local_script *script, const char *bytes, size_t length) {
  local_script_repeat(script, script->wait_ms, bytes, length, 1);
  script->wait_ms = 0;
}

void local_script_repeat(struct local_script *script, int64_t delay_ms, const char *bytes, size_t length, size_t repeat) {
  size_t start = script->bytes.len;
  buf_add_n(&script->bytes, bytes, length);
  add_step(script, start, delay_ms, repeat);
}

void local_script_answer(struct local_script *script, int status, const char *header_lines, const char *body,
                         size_t length) {
  size_t start = script->bytes.len;
  buf_addf(&script->bytes, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n%s\r\n", status, status_words(status), length,
           header_lines);
  buf_add_n(&script->bytes, body, length);
  add_step(script, start, script->wait_ms, 1);
  script->wait_ms = 0;
}
