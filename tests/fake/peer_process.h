/* A second process on the bench's store, such as `lowtide update` beside the daemon: it lives in the same time and network,
 * but has a store connection of its own. Header only. */
#ifndef LOWTIDE_TESTS_FAKE_PEER_PROCESS_H
#define LOWTIDE_TESTS_FAKE_PEER_PROCESS_H

#include "fake/world.h"

struct peer_process {
  struct world world;
  struct fake_world *fake;
  struct store *store;
};

static struct fake_world *peer_fake(void *context) {
  return ((struct peer_process *)context)->fake;
}

static int64_t peer_wall(void *context) {
  return fake_wall(peer_fake(context));
}

static int64_t peer_mono(void *context) {
  return fake_mono(peer_fake(context));
}

static uint64_t peer_chance(void *context) {
  return fake_chance(peer_fake(context));
}

static void *peer_ask(void *context, struct ask *ask, int64_t deadline_ms, asker_done *done, void *done_context) {
  return fake_ask(peer_fake(context), ask, deadline_ms, done, done_context);
}

static bool peer_unask(void *context, void *asked) {
  return fake_unask(peer_fake(context), asked);
}

static void peer_rest(void *context) {
  fake_rest(peer_fake(context));
}

static void peer_commit(void *context, store_job *job, void (*done)(void *, const struct err *), void *job_context) {
  struct peer_process *peer = context;
  struct store *first = peer->fake->store;
  peer->fake->store = peer->store;
  fake_do(peer->fake, job, done, job_context);
  peer->fake->store = first;
}

static void peer_work(void *context, void (*run)(void *), void (*done)(void *), void *work_context) {
  fake_work(peer_fake(context), run, done, work_context);
}

static void *peer_alarm_new(void *context, void (*fire)(void *), void *fire_context) {
  return fake_alarm_new(peer_fake(context), fire, fire_context);
}

static void peer_process_init(struct peer_process *peer, struct fake_world *fake) {
  struct err err = {0};
  peer->fake = fake;
  peer->store = store_open(fake->folder, STORE_WRITE, &err);
  if (peer->store == NULL) abort();
  peer->world = fake->world;
  peer->world.context = peer;
  peer->world.wall_ms = peer_wall;
  peer->world.mono_ms = peer_mono;
  peer->world.chance = peer_chance;
  peer->world.ask = peer_ask;
  peer->world.unask = peer_unask;
  peer->world.rest = peer_rest;
  peer->world.commit = peer_commit;
  peer->world.work = peer_work;
  peer->world.alarm_new = peer_alarm_new;
}

static void peer_process_done(struct peer_process *peer) {
  store_close(peer->store);
}

#endif
