/* Runs the rules over recorded readings as if the rounds of then were rounds of today's config. */
#include "lowtide/judge.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define LOOKS_MAX 10000 /* between two readings */
#define AGREE_PART 20

struct replay {
  const struct account *account;
  struct grants grants;
  void (*each)(void *context, const struct replay_event *event);
  void *context;
  struct remembered remembered;
  bool waits; /* there is a reading that is judged once the next one is known */
  struct reading waiting;
  int64_t doubted_ms; /* when a fall was recorded as not believed yet, right before; 0: it was not */
  int64_t judged_ms;
};

struct replay *replay_new(const struct account *account, const struct grants *grants,
                          void (*each)(void *context, const struct replay_event *event), void *context) {
  struct replay *replay = mem_new(1, sizeof *replay);
  *replay = (struct replay){.account = account, .grants = *grants, .each = each, .context = context};
  return replay;
}

/* Those that a round of then would have found. */
static void lend_grants(struct replay *replay, int64_t now_ms) {
  struct grants *lent = &replay->remembered.grants;
  lent->count = 0;
  for (int i = 0; i < replay->grants.count; i++) {
    const struct grant *grant = &replay->grants.list[i];
    if (grant->noted_ms <= now_ms && grant->expires_ms > now_ms) lent->list[lent->count++] = *grant;
  }
}

static void take_grants_back(struct replay *replay) {
  const struct grants *lent = &replay->remembered.grants;
  for (int i = 0; i < lent->count; i++) {
    for (int k = 0; k < replay->grants.count; k++) {
      if (replay->grants.list[k].id == lent->list[i].id) replay->grants.list[k].told_days = lent->list[i].told_days;
    }
  }
}

static void judge(struct replay *replay, int64_t now_ms, const struct reading *reading, struct judged *judged) {
  lend_grants(replay, now_ms);
  judge_reading(replay->account, now_ms, *reading, &replay->remembered, judged);
  take_grants_back(replay);
  replay->judged_ms = now_ms;
  for (int i = 0; i < judged->alerts.count; i++) {
    const struct replay_event event = {
        .account = replay->account, .at_ms = now_ms, .judged = judged, .alert = &judged->alerts.list[i]};
    replay->each(replay->context, &event);
  }
}

/* A fall that was recorded as known right after it was doubted was what a second look saw. */
static void remember_doubt(struct replay *replay, const struct reading *reading) {
  struct alert_memory *memory = &replay->remembered.memory;
  if (replay->doubted_ms == 0 || !reading_is_known(reading)) return;
  memory->suspect = reading->available;
  memory->suspect_ms = replay->doubted_ms;
}

/* What nobody doubted when it was recorded needs its second look here: it agrees if the next reading does. */
static bool is_confirmed(const struct replay *replay, const struct reading *reading, const struct reading *next) {
  const struct reading *before = &replay->remembered.state.last_known;
  if (next == NULL || !reading_is_known(next) || !next->available.known) return false;
  if (reading_at_ms(next) <= reading_at_ms(reading) + SECOND_LOOK_MS) return false; /* it is the second look itself */
  return next->available.nano <= reading->available.nano + before->available.nano / AGREE_PART;
}

/* What the daemon looks at between the rounds. Where the next reading is far away nobody looked either. */
static void look(struct replay *replay, struct reading again, int64_t until_ms, struct judged *judged) {
  int64_t fresh_ms = reading_at_ms(&again) + replay->account->stale_after_ms;
  if (until_ms > fresh_ms) until_ms = fresh_ms;
  again.reused = true;
  for (int looks = 0; looks < LOOKS_MAX; looks++) {
    int64_t look_ms = judged->alerts.look_ms;
    if (look_ms != 0 && look_ms <= replay->judged_ms) look_ms = replay->judged_ms + 1;
    if (look_ms == 0 || look_ms >= until_ms) return;
    judge(replay, look_ms, &again, judged);
  }
}

static void judge_waiting(struct replay *replay, const struct reading *next, int64_t until_ms) {
  struct standing standing = {0};
  struct judged judged = {.standing = &standing};
  const int64_t now_ms = reading_at_ms(&replay->waiting);
  struct reading reading = reading_fresh(replay->waiting, replay->account->stale_after_ms, now_ms);
  if (!replay->waits) return;
  remember_doubt(replay, &reading);
  if (reading.code == ERR_IMPLAUSIBLE) replay->doubted_ms = now_ms;
  if (reading_is_known(&reading)) replay->doubted_ms = 0;
  judge(replay, now_ms, &reading, &judged);
  if (judged.again && is_confirmed(replay, &reading, next)) {
    reading.asked_ms = now_ms + SECOND_LOOK_MS;
    judge(replay, reading.asked_ms, &reading, &judged);
  }
  look(replay, standing.reading, until_ms, &judged);
  replay->waits = false;
}

void replay_take(struct replay *replay, const char *provider, const struct reading *reading) {
  if (!text_eq(provider, replay->account->provider)) return;
  judge_waiting(replay, reading, reading_at_ms(reading));
  replay->waiting = *reading;
  replay->waits = true;
}

void replay_end(struct replay *replay, int64_t now_ms) {
  judge_waiting(replay, NULL, now_ms);
}

void replay_free(struct replay *replay) {
  mem_free(replay);
}
