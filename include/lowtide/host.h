/* host: what a host's own spelling tells, without asking anybody. */
#ifndef LOWTIDE_HOST_H
#define LOWTIDE_HOST_H

#include <stdbool.h>

/* An IPv4 address in four decimal parts, or an IPv6 address, with or without brackets: there is no name to look up. */
bool host_is_address(const char *host);

/* Whatever is sent to it stays on this machine: an address in 127.0.0.0/8 (RFC 1122, 3.2.1.3; RFC 5735, 3) or ::1
 * (RFC 4291, 2.5.3), or localhost and the names that end in .localhost (RFC 6761, 6.3). In doubt false: 127.example.com and
 * localhost.example.com are names as any other, and so is what is spelt unusually (127.1, ::ffff:127.0.0.1, localhost.). */
bool host_is_loopback(const char *host);

#endif
