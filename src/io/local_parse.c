#include "io/local_parse.h"

#include <string.h>
#include <strings.h>

#include "lowtide/text.h"

const char *local_request_header(const struct local_request *request, const char *name) {
  for (size_t i = 0; i < request->header_count; i++) {
    if (strcasecmp(request->headers[i].name, name) == 0) return request->headers[i].value;
  }
  return NULL;
}

/* Cuts "METHOD TARGET HTTP/1.x" into its words. */
static bool parse_request_line(char *line, struct local_request *request) {
  char *target = strchr(line, ' ');
  char *version = target != NULL ? strchr(target + 1, ' ') : NULL;
  if (version == NULL || target == line || version == target + 1) return false;
  *target++ = '\0';
  *version++ = '\0';
  if (!text_starts(version, "HTTP/1.") || strlen(version) != 8) return false;
  request->method = line;
  request->target = target;
  return true;
}

static bool parse_header(char *line, struct local_request *request) {
  char *colon = strchr(line, ':');
  if (colon == NULL || colon == line || request->header_count == LOCAL_HEADERS_MAX) return false;
  *colon = '\0';
  char *value = colon + 1 + strspn(colon + 1, " \t");
  size_t length = strlen(value);
  while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t'))
    value[--length] = '\0';
  request->headers[request->header_count++] = (struct local_header){.name = line, .value = value};
  return true;
}

/* The head's lines, each ended by a NUL in place of its \r. */
static bool parse_head(char *head, size_t length, struct local_request *request) {
  if (memchr(head, '\0', length) != NULL) return false;
  bool first = true;
  for (char *line = head; line < head + length;) {
    char *end = strstr(line, "\r\n");
    *end = '\0';
    bool good = first ? parse_request_line(line, request) : parse_header(line, request);
    if (!good) return false;
    first = false;
    line = end + 2;
  }
  return !first;
}

static bool parse_length(const char *value, size_t *length) {
  size_t total = 0;
  value += strspn(value, " \t");
  if (*value < '0' || *value > '9') return false;
  for (; *value >= '0' && *value <= '9'; value++) {
    total = total * 10 + (size_t)(*value - '0');
    if (total > LOCAL_REQUEST_BODY_MAX) return false;
  }
  *length = total;
  return *value == '\r' || *value == ' ' || *value == '\t';
}

/* A head that waits for its body is looked at again with each read: its length is read without changing it. */
static bool find_body_length(const char *head, size_t head_length, size_t *length) {
  static const char name[] = "content-length:";
  const char *end = head + head_length;
  for (const char *at = head; (at = memmem(at, (size_t)(end - at), "\r\n", 2)) != NULL;) {
    at += 2;
    if (strncasecmp(at, name, sizeof name - 1) == 0) return parse_length(at + sizeof name - 1, length);
  }
  return true;
}

static void split_target(struct local_request *request, char *path) {
  memcpy(path, request->target, strlen(request->target) + 1);
  char *mark = strchr(path, '?');
  request->path = path;
  request->query = "";
  if (mark == NULL) return;
  *mark = '\0';
  request->query = mark + 1;
}

enum local_parsed local_parse(char *bytes, size_t length, char *path, struct local_request *request, size_t *used) {
  if (bytes[0] < 'A' || bytes[0] > 'Z') return LOCAL_BAD; /* TLS, for one */
  char *end = memmem(bytes, length, "\r\n\r\n", 4);
  if (end == NULL) return length > LOCAL_REQUEST_HEAD_MAX ? LOCAL_BAD : LOCAL_MORE;
  size_t head_length = (size_t)(end - bytes) + 2;
  size_t body_length = 0;
  if (head_length > LOCAL_REQUEST_HEAD_MAX || !find_body_length(bytes, head_length, &body_length)) return LOCAL_BAD;
  size_t whole = head_length + 2 + body_length;
  if (length < whole) return LOCAL_MORE;
  *request = (struct local_request){.body = end + 4, .body_length = body_length};
  if (!parse_head(bytes, head_length, request)) return LOCAL_BAD;
  if (local_request_header(request, "Transfer-Encoding") != NULL) return LOCAL_BAD;
  split_target(request, path);
  *used = whole;
  return LOCAL_WHOLE;
}
