#include "lowtide/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "lowtide/text.h"

static bool is_ipv4(const char *host, struct in_addr *address) {
  return inet_pton(AF_INET, host, address) == 1;
}

static bool is_ipv6(const char *host, struct in6_addr *address) {
  char inner[INET6_ADDRSTRLEN];
  if (*host != '[') return inet_pton(AF_INET6, host, address) == 1;
  size_t length = strlen(host);
  if (length < 3 || host[length - 1] != ']' || !text_fmt(inner, sizeof inner, "%.*s", (int)length - 2, host + 1))
    return false;
  return inet_pton(AF_INET6, inner, address) == 1;
}

bool host_is_address(const char *host) {
  struct in_addr four;
  struct in6_addr six;
  return is_ipv4(host, &four) || is_ipv6(host, &six);
}

static bool is_local_name(const char *host) {
  static const char name[] = ".localhost";
  size_t length = strlen(host);
  size_t tail = sizeof name - 1;
  return strcasecmp(host, name + 1) == 0 || (length > tail && strcasecmp(host + length - tail, name) == 0);
}

bool host_is_loopback(const char *host) {
  struct in_addr four;
  struct in6_addr six;
  if (is_ipv4(host, &four)) return ntohl(four.s_addr) >> 24 == 127;
  if (is_ipv6(host, &six)) return memcmp(&six, &in6addr_loopback, sizeof six) == 0;
  return is_local_name(host);
}
