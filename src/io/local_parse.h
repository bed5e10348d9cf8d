/* local_parse: one request out of the bytes that a connection of the local server has sent so far. */
#ifndef LOWTIDE_IO_LOCAL_PARSE_H
#define LOWTIDE_IO_LOCAL_PARSE_H

#include "lowtide/local_server.h"

enum local_parsed { LOCAL_MORE, LOCAL_BAD, LOCAL_WHOLE };

/* The request's texts point into bytes, which a whole request changes (line ends become NULs); used is how many of them it
 * took. The body has no NUL after it. path has room for LOCAL_REQUEST_HEAD_MAX. */
enum local_parsed local_parse(char *bytes, size_t length, char *path, struct local_request *request, size_t *used);

#endif
