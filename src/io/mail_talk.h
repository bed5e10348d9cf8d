/* mail_talk: one mail's talk with its server, from the connection to QUIT, by libcurl. It blocks, so it has a thread. */
#ifndef LOWTIDE_IO_MAIL_TALK_H
#define LOWTIDE_IO_MAIL_TALK_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "lowtide/ask.h"

#define MAIL_SOCKETS_MAX 8 /* a name with several addresses is tried at some of them at once */

struct mail_talk {
  struct mail_ask ask;
  struct buf user;
  struct buf password;
  struct buf ca_file;
  int64_t deadline_ms;
  int sockets[MAIL_SOCKETS_MAX]; /* open ones; -1: a free place */

  atomic_bool abandoned; /* set by whoever waits for its end: it ends soon */
  atomic_bool written;   /* the server may have all of the mail */

  CURL *easy;
  struct curl_slist *recipients;
  size_t read;  /* of the text */
  bool to_whom; /* the last command was RCPT TO */
  char words[CURL_ERROR_SIZE];

  struct err err; /* how it ended */
  struct mail_answer answer;
};

void mail_talk_perform(struct mail_talk *talk);

#endif
