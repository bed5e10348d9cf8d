/* http_transfer: what the files of the HTTP client share. */
#ifndef LOWTIDE_IO_HTTP_TRANSFER_H
#define LOWTIDE_IO_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "io/http_client.h"
#include "lowtide/zone.h"

#define HTTP_ANSWER_HEAD_MAX (64 * 1024)
#define HTTP_REDIRECTS_MAX 3
#define HTTP_RETRY_AFTER_MS_MAX DAY_MS

struct transfer_list {
  struct http_transfer *first;
  struct http_transfer *last;
};

struct http_transfer {
  struct http_client *client;
  const struct http_request *request;
  http_done *done;
  void *context;
  struct http_pool *pool; /* that curl works it off in; NULL: not yet */
  CURL *easy;
  struct curl_slist *lines;
  struct transfer_list *list; /* the one it waits in, NULL while curl has it */
  struct http_transfer *next;
  struct http_transfer *previous;
  struct gate_name *name;         /* NULL: nothing to find out about its host */
  bool goes;                      /* is one of those of that name that do not wait */
  struct transfer_list *released; /* where it goes when it has waited long enough */
  struct buf body;
  size_t head_length;
  int64_t date_ms;
  char retry_after[64];
  bool retry_told;
  struct http_rate rate;
  bool too_big;
  bool written;
  CURLcode fault; /* known without asking curl: the name's look-up failed for another transfer */
  unsigned redirects;
  int64_t deadline_ms;
  char words[CURL_ERROR_SIZE]; /* curl's own */
};

void transfer_list_add(struct transfer_list *list, struct http_transfer *transfer);
void transfer_list_take(struct http_transfer *transfer); /* out of its list, if it is in one */

/* Sets every option of the easy handle. */
bool transfer_prepare(struct http_transfer *transfer, CURLSH *share);
/* Takes what prepare put into the handle out of it. */
void transfer_release(struct http_transfer *transfer);

enum transfer_next { TRANSFER_DONE, TRANSFER_AGAIN };
/* What a finished transfer came to. AGAIN: a redirect on the same host, the handle stands ready for it. */
enum transfer_next transfer_conclude(struct http_transfer *transfer, CURLcode result, struct http_answer *answer);

/* A curl error in words that a person can act on. */
void transfer_fault(const struct http_transfer *transfer, CURLcode result, struct err *err);

/* -1 if there is nothing usable in it. A date counts from the answer's own Date, or else from now. */
int64_t http_retry_after_ms(const char *value, int64_t date_ms, int64_t now_ms);

#endif
