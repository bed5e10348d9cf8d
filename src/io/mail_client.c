#include "io/mail_client.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "io/mail_talk.h"
#include "lowtide/mem.h"

struct mail_client {
  struct loop *loop;
  struct mail_transfer *first;
};

/* The loop's, but for the talk: of that the thread has all but the two atomics, which are both's, until it is over. */
struct mail_transfer {
  struct mail_client *client; /* NULL: gone */
  struct mail_transfer *next;
  struct mail_transfer *previous;
  mail_done *done; /* NULL: cancelled */
  void *context;
  struct loop *loop;
  pthread_t thread;
  bool joined;
  struct mail_talk talk;
};

static void leave_client(struct mail_transfer *transfer) {
  if (transfer->client == NULL) return;
  if (transfer->next != NULL) transfer->next->previous = transfer->previous;
  if (transfer->previous != NULL) transfer->previous->next = transfer->next;
  if (transfer->client->first == transfer) transfer->client->first = transfer->next;
  transfer->client = NULL;
}

static void free_transfer(struct mail_transfer *transfer) {
  leave_client(transfer);
  buf_wipe(&transfer->talk.ask.url);
  buf_wipe(&transfer->talk.ask.from);
  buf_wipe(&transfer->talk.ask.to);
  buf_wipe(&transfer->talk.ask.text);
  buf_wipe(&transfer->talk.user);
  buf_wipe(&transfer->talk.password);
  buf_wipe(&transfer->talk.ca_file);
  mem_free(transfer);
}

static void on_over(void *context) {
  struct mail_transfer *transfer = context;
  if (!transfer->joined) (void)pthread_join(transfer->thread, NULL);
  transfer->talk.answer.written = atomic_load(&transfer->talk.written);
  if (transfer->done != NULL) transfer->done(transfer->context, &transfer->talk.err, &transfer->talk.answer);
  free_transfer(transfer);
}

static void *run(void *context) {
  struct mail_transfer *transfer = context;
  mail_talk_perform(&transfer->talk);
  loop_post(transfer->loop, on_over, transfer);
  return NULL;
}

struct mail_client *mail_client_new(struct loop *loop) {
  struct mail_client *client = mem_new(1, sizeof *client);
  client->loop = loop;
  return client;
}

/* Their threads have posted their end by then, which the loop comes to when it is freed at the latest. */
void mail_client_free(struct mail_client *client) {
  if (client == NULL) return;
  for (struct mail_transfer *transfer = client->first; transfer != NULL; transfer = transfer->next) {
    transfer->done = NULL;
    atomic_store(&transfer->talk.abandoned, true);
  }
  while (client->first != NULL) {
    struct mail_transfer *transfer = client->first;
    transfer->joined = true;
    leave_client(transfer);
    (void)pthread_join(transfer->thread, NULL);
  }
  mem_free(client);
}

static void copy(struct buf *out, const char *text) {
  buf_init(out, text != NULL ? strlen(text) : 0);
  if (text != NULL) buf_add(out, text);
}

static void take_ask(struct mail_transfer *transfer, struct mail_ask *ask) {
  copy(&transfer->talk.user, ask->user);
  copy(&transfer->talk.password, ask->password);
  copy(&transfer->talk.ca_file, ask->ca_file);
  transfer->talk.ask = *ask;
  buf_init(&ask->url, ask->url.limit);
  buf_init(&ask->from, ask->from.limit);
  buf_init(&ask->to, ask->to.limit);
  buf_init(&ask->text, ask->text.limit);
}

static void enter_client(struct mail_transfer *transfer, struct mail_client *client) {
  transfer->client = client;
  transfer->loop = client->loop;
  transfer->next = client->first;
  if (client->first != NULL) client->first->previous = transfer;
  client->first = transfer;
}

/* Signals are the loop's. */
static bool begin_thread(struct mail_transfer *transfer) {
  sigset_t all;
  sigset_t before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  bool began = pthread_create(&transfer->thread, NULL, run, transfer) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return began;
}

struct mail_transfer *mail_client_send(struct mail_client *client, struct mail_ask *ask, int64_t deadline_ms,
                                       mail_done *done, void *context) {
  struct mail_transfer *transfer = mem_new(1, sizeof *transfer);
  take_ask(transfer, ask);
  transfer->talk.deadline_ms = deadline_ms;
  transfer->done = done;
  transfer->context = context;
  enter_client(transfer, client);
  if (begin_thread(transfer)) return transfer;
  free_transfer(transfer);
  return NULL;
}

bool mail_transfer_cancel(struct mail_transfer *transfer) {
  transfer->done = NULL;
  atomic_store(&transfer->talk.abandoned, true);
  return atomic_load(&transfer->talk.written);
}
