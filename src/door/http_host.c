#include <string.h>
#include <strings.h>

#include "door/http_door.h"
#include "lowtide/host.h"
#include "lowtide/text.h"

#define HOST_MAX 256 /* a name has 253 characters at most (RFC 1035, 2.3.4) */

/* "Name.Example.:8787" is "Name.Example", "[::1]:8787" is "::1"; with anything but a port behind it, it is none. */
static bool take_name(const char *host, char out[HOST_MAX]) {
  bool bracketed = *host == '[';
  const char *start = bracketed ? host + 1 : host;
  const char *end = start + strcspn(start, bracketed ? "]" : ":");
  const char *port = bracketed && *end == ']' ? end + 1 : end;
  if (bracketed && *end == '\0') return false;
  if (*port != '\0' && (*port != ':' || port[1 + strspn(port + 1, "0123456789")] != '\0')) return false;
  if (end > start && end[-1] == '.') end--;
  return end > start && text_fmt(out, HOST_MAX, "%.*s", (int)(end - start), start);
}

static bool is_listed(const char *list, const char *name) {
  size_t length = strlen(name);
  for (const char *at = list; *at != '\0';) {
    at += strspn(at, ", \t");
    size_t word = strcspn(at, ", \t");
    if (word == length && strncasecmp(at, name, length) == 0) return true;
    at += word;
  }
  return false;
}

/* Who listens on all addresses does not know them; a page that is played upon has a name in its address, never that. */
static bool is_any(const char *name) {
  return text_eq(name, "0.0.0.0") || text_eq(name, "::");
}

bool http_host_is_ours(const char *host, const char *place, const char *hosts) {
  char name[HOST_MAX];
  char own[HOST_MAX];
  if (host == NULL) return true; /* of HTTP/1.0, which no browser speaks */
  if (!take_name(host, name)) return false;
  if (host_is_loopback(name) || is_listed(hosts, name)) return true;
  if (strchr(place, '/') != NULL || !take_name(place, own)) return false;
  return strcasecmp(own, name) == 0 || (is_any(own) && host_is_address(name));
}
