/* http_buffers: where libcurl's buffers of a whole frame lie. Private to io.
 *
 * 500 requests want 16 KiB each, of which an answer fills some hundred bytes. On the heap each costs a page from the start,
 * since malloc writes in front of it, and keeps it afterwards. Here a page is there from the answer's first byte until the
 * buffer is given back. */
#ifndef LOWTIDE_IO_HTTP_BUFFERS_H
#define LOWTIDE_IO_HTTP_BUFFERS_H

#include <stddef.h>

#define HTTP_BUFFER_LEAST 16384
#define HTTP_BUFFER_MOST 20480 /* whole pages */
#define HTTP_BUFFERS_MAX 1024

/* As malloc, realloc and free, from any thread, for curl_global_init_mem. What is new and of a size between least and most
 * lies there while there is room, all else on the heap. */
void *http_buffers_new(size_t size);
void *http_buffers_resize(void *memory, size_t size);
void http_buffers_free(void *memory);

#endif
