/* mail_client: mail by SMTP, by libcurl. A thread and a connection a mail, since libcurl 7.88 waits for the answer to a
 * mail's end, and to QUIT, without giving the loop back. TLS is a must unless the server is this machine. */
#ifndef LOWTIDE_IO_MAIL_CLIENT_H
#define LOWTIDE_IO_MAIL_CLIENT_H

#include "lowtide/ask.h"
#include "lowtide/loop.h"

struct mail_client;
struct mail_transfer;

typedef void mail_done(void *context, const struct err *err, const struct mail_answer *answer);

/* After curl_global_init. */
struct mail_client *mail_client_new(struct loop *loop);
/* Ends what is under way without calling done; takes a second at most. NULL is fine. */
void mail_client_free(struct mail_client *client);

/* Takes the ask's content (its texts are empty afterwards) and copies what it borrows. done is called once, on the loop and
 * never from inside this call, or not at all once cancelled. deadline_ms is when the thread gives up by itself; the caller
 * watches it too. NULL if no thread can be had. */
struct mail_transfer *mail_client_send(struct mail_client *client, struct mail_ask *ask, int64_t deadline_ms,
                                       mail_done *done, void *context) MUST_CHECK;

/* done is not called any more. Answers whether the mail may have left. */
bool mail_transfer_cancel(struct mail_transfer *transfer);

#endif
