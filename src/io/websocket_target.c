#include "io/websocket_target.h"

#include <stdlib.h>
#include <string.h>

#include "lowtide/host.h"
#include "lowtide/text.h"

static bool refuse(struct err *err, const char *why) {
  return err_set(err, ERR_MALFORMED, "the WebSocket's address is not one: %s", why);
}

/* What lws copies into its request as it is. */
static bool is_plain(const char *url) {
  for (const char *p = url; *p != '\0'; p++) {
    if (*p <= ' ' || *p > '~') return false;
  }
  return true;
}

static bool take_port(struct websocket_target *target, const char *text, size_t length, struct err *err) {
  char digits[6];
  if (length == 0 || length >= sizeof digits || strspn(text, "0123456789") < length) return refuse(err, "its port is none");
  memcpy(digits, text, length);
  digits[length] = '\0';
  unsigned long port = strtoul(digits, NULL, 10);
  if (port == 0 || port > UINT16_MAX) return refuse(err, "its port is none");
  target->port = (uint16_t)port;
  return true;
}

/* "name", "name:port", "[address]:port" */
static bool take_authority(struct websocket_target *target, const char *text, size_t length, struct err *err) {
  bool bracketed = length > 0 && text[0] == '[';
  const char *end = text + length;
  const char *name = bracketed ? text + 1 : text;
  const char *stop = name;
  while (stop < end && *stop != (bracketed ? ']' : ':'))
    stop++;
  if (bracketed && stop == end) return refuse(err, "a bracket is missing");
  size_t name_length = (size_t)(stop - name);
  const char *rest = bracketed ? stop + 1 : stop;
  if (name_length == 0) return refuse(err, "it has no host");
  if (name_length >= sizeof target->name) return refuse(err, "its host is too long");
  memcpy(target->name, name, name_length);
  target->name[name_length] = '\0';
  if (strpbrk(target->name, "@/\\[]") != NULL) return refuse(err, "its host is none");
  if (rest < end && *rest != ':') return refuse(err, "its port is none");
  if (rest < end && !take_port(target, rest + 1, (size_t)(end - rest - 1), err)) return false;
  const char *open = bracketed ? "[" : "";
  const char *close = bracketed ? "]" : "";
  bool usual = target->port == (target->tls ? 443 : 80);
  if (usual) return text_fmt(target->host, sizeof target->host, "%s%s%s", open, target->name, close);
  return text_fmt(target->host, sizeof target->host, "%s%s%s:%u", open, target->name, close, target->port);
}

static bool may_be_asked(const struct websocket_target *target, struct err *err) {
  if (!target->tls && !host_is_loopback(target->name)) {
    err_set(err, ERR_CONFIG, "a WebSocket to another machine needs TLS");
    return err_hint(err, "wss:// instead of ws://");
  }
  /* lws takes what stands before the first colon for the name that the certificate must bear. */
  if (target->tls && strchr(target->name, ':') != NULL) {
    err_set(err, ERR_CONFIG, "a WebSocket over TLS needs a name or an IPv4 address");
    return err_hint(err, "put a host's name in place of the IPv6 address");
  }
  return true;
}

bool websocket_target_parse(struct websocket_target *target, const char *url, struct err *err) {
  struct websocket_target found = {.tls = text_starts(url, "wss://")};
  if (!found.tls && !text_starts(url, "ws://")) return refuse(err, "it begins neither with wss:// nor with ws://");
  if (strlen(url) >= WEBSOCKET_URL_MAX) return refuse(err, "it is too long");
  if (!is_plain(url)) return refuse(err, "it has spaces or letters that must be written as %XX");
  found.port = found.tls ? 443 : 80;
  const char *authority = strstr(url, "://") + 3;
  size_t length = strcspn(authority, "/?#");
  if (!take_authority(&found, authority, length, err)) return false;
  const char *path = authority + length;
  size_t path_length = strcspn(path, "#");
  if (!text_fmt(found.path, sizeof found.path, "%s%.*s", *path == '/' ? "" : "/", (int)path_length, path)) {
    return refuse(err, "it is too long");
  }
  if (!may_be_asked(&found, err)) return false;
  *target = found;
  return true;
}
