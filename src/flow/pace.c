#include "pace.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define TIMES_MAX 128

_Static_assert(PACE_INVALID_MAX < TIMES_MAX, "a window holds them");

/* When things happened, the oldest first. */
struct window {
  int64_t times_ms[TIMES_MAX];
  int count;
};

/* An address. Two channels with the same one share it. */
struct lane {
  char mark[NOTIFIER_MARK_MAX];
  struct notifier_limit limit;
  struct window sent;
  int64_t free_ms; /* nothing before */
  size_t platform;
};

struct crowd {
  const struct notifier_platform *platform;
  struct window sent;
  struct window invalid;
  int64_t free_ms;
};

struct pace {
  size_t channel_count;
  size_t *lane_of; /* of each channel */
  struct lane *lanes;
  size_t lane_count;
  struct crowd *crowds; /* the first is of those that share nothing */
  size_t crowd_count;
};

static void window_drop(struct window *window, int from) {
  window->count--;
  memmove(&window->times_ms[from], &window->times_ms[from + 1],
          (size_t)(window->count - from) * sizeof window->times_ms[0]);
}

static void window_add(struct window *window, int64_t now_ms) {
  if (window->count == TIMES_MAX) window_drop(window, 0);
  window->times_ms[window->count++] = now_ms;
}

static void window_take_out(struct window *window, int64_t time_ms) {
  for (int i = window->count - 1; i >= 0; i--) {
    if (window->times_ms[i] != time_ms) continue;
    window_drop(window, i);
    return;
  }
}

/* Until one more fits. */
static int64_t window_wait(const struct window *window, struct notifier_limit limit, int64_t now_ms) {
  if (limit.count <= 0 || window->count < limit.count) return 0;
  int64_t free_ms = window->times_ms[window->count - limit.count] + limit.per_ms;
  return free_ms > now_ms ? free_ms - now_ms : 0;
}

static size_t crowd_of(struct pace *pace, const struct notifier_platform *platform) {
  if (platform == NULL) return 0;
  for (size_t i = 1; i < pace->crowd_count; i++) {
    if (pace->crowds[i].platform == platform) return i;
  }
  pace->crowds[pace->crowd_count] = (struct crowd){.platform = platform};
  return pace->crowd_count++;
}

static size_t add_lane(struct pace *pace, const struct channel *channel) {
  char mark[NOTIFIER_MARK_MAX];
  notifier_mark(channel, mark);
  for (size_t i = 0; i < pace->lane_count; i++) {
    if (text_eq(pace->lanes[i].mark, mark)) return i;
  }
  struct lane *lane = &pace->lanes[pace->lane_count];
  *lane = (struct lane){.limit = channel->plug->limit, .platform = crowd_of(pace, channel->plug->platform)};
  memcpy(lane->mark, mark, sizeof lane->mark);
  return pace->lane_count++;
}

static void inherit(struct pace *pace, const struct pace *before) {
  for (size_t i = 0; i < pace->lane_count; i++) {
    for (size_t k = 0; k < before->lane_count; k++) {
      if (!text_eq(pace->lanes[i].mark, before->lanes[k].mark)) continue;
      pace->lanes[i].sent = before->lanes[k].sent;
      pace->lanes[i].free_ms = before->lanes[k].free_ms;
    }
  }
  for (size_t i = 1; i < pace->crowd_count; i++) {
    for (size_t k = 1; k < before->crowd_count; k++) {
      if (pace->crowds[i].platform == before->crowds[k].platform) pace->crowds[i] = before->crowds[k];
    }
  }
}

struct pace *pace_new(const struct channel *channels, size_t count, const struct pace *before) {
  struct pace *pace = mem_new(1, sizeof *pace);
  pace->channel_count = count;
  pace->lane_of = mem_new(count, sizeof *pace->lane_of);
  pace->lanes = mem_new(count, sizeof *pace->lanes);
  pace->crowds = mem_new(count + 1, sizeof *pace->crowds);
  pace->crowd_count = 1;
  for (size_t i = 0; i < count; i++)
    pace->lane_of[i] = add_lane(pace, &channels[i]);
  if (before != NULL) inherit(pace, before);
  return pace;
}

void pace_free(struct pace *pace) {
  if (pace == NULL) return;
  mem_free(pace->lane_of);
  mem_free(pace->lanes);
  mem_free(pace->crowds);
  mem_free(pace);
}

static struct lane *lane_at(const struct pace *pace, size_t index) {
  return &pace->lanes[pace->lane_of[index]];
}

static int64_t longer(int64_t a, int64_t b) {
  return a > b ? a : b;
}

int64_t pace_wait(const struct pace *pace, size_t index, int64_t now_ms) {
  static const struct notifier_limit invalid_limit = {.count = PACE_INVALID_MAX, .per_ms = PACE_INVALID_PER_MS};
  const struct lane *lane = lane_at(pace, index);
  int64_t wait_ms = longer(lane->free_ms - now_ms, window_wait(&lane->sent, lane->limit, now_ms));
  if (lane->platform != 0) {
    const struct crowd *crowd = &pace->crowds[lane->platform];
    wait_ms = longer(wait_ms, crowd->free_ms - now_ms);
    wait_ms = longer(wait_ms, window_wait(&crowd->sent, crowd->platform->limit, now_ms));
    wait_ms = longer(wait_ms, window_wait(&crowd->invalid, invalid_limit, now_ms));
  }
  return longer(wait_ms, 0);
}

void pace_take(struct pace *pace, size_t index, int64_t now_ms) {
  struct lane *lane = lane_at(pace, index);
  window_add(&lane->sent, now_ms);
  window_add(&pace->crowds[lane->platform].sent, now_ms);
}

void pace_give_back(struct pace *pace, size_t index, int64_t taken_ms) {
  struct lane *lane = lane_at(pace, index);
  window_take_out(&lane->sent, taken_ms);
  window_take_out(&pace->crowds[lane->platform].sent, taken_ms);
}

/* A 429 that others have brought about is no fault of ours. */
static bool is_invalid(const struct http_answer *answer) {
  switch (answer->status) {
  case 401:
  case 403:
  case 404: return true;
  case 429: return !answer->rate.shared;
  default: return false;
  }
}

static bool note_invalid(struct crowd *crowd, int64_t now_ms) {
  const struct notifier_limit limit = {.count = PACE_INVALID_MAX, .per_ms = PACE_INVALID_PER_MS};
  bool was_full = window_wait(&crowd->invalid, limit, now_ms) > 0;
  window_add(&crowd->invalid, now_ms);
  return !was_full && window_wait(&crowd->invalid, limit, now_ms) > 0;
}

bool pace_hear(struct pace *pace, size_t index, int64_t now_ms, const struct http_answer *answer,
               const struct verdict *verdict) {
  struct lane *lane = lane_at(pace, index);
  struct crowd *crowd = &pace->crowds[lane->platform];
  const struct http_rate *rate = &verdict->rate;
  if (verdict->kind == VERDICT_RETRY) lane->free_ms = longer(lane->free_ms, now_ms + verdict->after_ms);
  if (rate->remaining_told && rate->remaining <= 0 && rate->reset_told)
    lane->free_ms = longer(lane->free_ms, now_ms + rate->reset_after_ms);
  if (lane->platform == 0) return false;
  if (rate->global && verdict->kind == VERDICT_RETRY) crowd->free_ms = longer(crowd->free_ms, now_ms + verdict->after_ms);
  return is_invalid(answer) && note_invalid(crowd, now_ms);
}
