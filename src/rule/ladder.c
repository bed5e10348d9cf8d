#include "ladder.h"

#define SLACK_MS 30000  /* a round comes some moments before or after its hour */
#define DOUBLINGS_MAX 9 /* three weeks */

struct alert *alerts_add(struct alerts *out, enum alert_kind kind, enum alert_event event) {
  struct alert *alert = &out->list[out->count < ALERTS_MAX ? out->count++ : ALERTS_MAX - 1];
  *alert = (struct alert){.kind = kind, .event = event, .why = ""};
  return alert;
}

void alerts_look(struct alerts *out, int64_t at_ms) {
  if (out->look_ms == 0 || at_ms < out->look_ms) out->look_ms = at_ms;
}

static bool is_muted(const struct rule_view *view, const struct alert_memory *memory, enum alert_rank rank) {
  return view->now_ms < memory->muted_until_ms && rank <= memory->muted;
}

/* What was told in the future was told by a clock that has been set back since. */
static int64_t cooled_ms(const struct rule_view *view, const struct alert_memory *memory) {
  bool told = memory->last_told_ms > 0 && memory->last_told_ms <= view->now_ms;
  return told ? memory->last_told_ms + view->policy->cooldown_ms - SLACK_MS : 0;
}

bool alert_waits(const struct rule_view *view, const struct alert_memory *memory, enum alert_rank rank,
                 struct alert *alert) {
  const int64_t quiet_ms = rank < RANK_CRITICAL ? quiet_until(&view->policy->quiet, view->zone, view->now_ms) : 0;
  const int64_t cool_ms = rank <= memory->last_rank ? cooled_ms(view, memory) : 0;
  const char *why = NULL;
  if (is_muted(view, memory, rank)) {
    alert->until_ms = memory->muted_until_ms;
    why = "muted";
  } else if (quiet_ms > view->now_ms) {
    alert->until_ms = quiet_ms;
    why = "quiet hours";
  } else if (cool_ms > view->now_ms) {
    alert->until_ms = cool_ms + SLACK_MS;
    why = "cooldown";
  }
  if (why == NULL) return false;
  alert->why = why;
  return true;
}

static void mark_told(const struct rule_view *view, struct ladder *ladder, enum alert_rank rank,
                      struct alert_memory *memory) {
  ladder->told_ms = view->now_ms;
  memory->last_told_ms = view->now_ms;
  memory->last_rank = rank;
}

static int64_t remind_after_ms(const struct alert_policy *policy, const struct ladder *ladder) {
  switch (policy->remind) {
  case REMIND_ONCE: return 0;
  case REMIND_EVERY: return policy->remind_ms;
  case REMIND_DIMINISHING: break;
  }
  const unsigned doublings = (unsigned)ladder->reminders;
  return HOUR_MS << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
}

/* When to look whether it is time for a reminder. */
static void plan_reminder(const struct rule_view *view, const struct ladder *ladder, struct alerts *out) {
  int64_t after_ms = remind_after_ms(view->policy, ladder);
  if (after_ms > 0) alerts_look(out, ladder->told_ms + after_ms);
}

static void cross(const struct rule_view *view, enum alert_kind kind, enum alert_rank now, struct ladder *ladder,
                  struct alert_memory *memory, struct alerts *out) {
  struct alert alert = {.kind = kind, .event = ALERT_RAISED, .rank = now, .first = ladder->held < now, .why = ""};
  bool waits = alert_waits(view, memory, now, &alert);
  if (waits) {
    alert.fate = ALERT_HELD;
    alert.episode = ladder->episode + (ladder->told == RANK_NONE ? 1 : 0);
    if (alert.first) *alerts_add(out, kind, ALERT_RAISED) = alert;
    alerts_look(out, alert.until_ms);
    ladder->held = now;
    return;
  }
  if (ladder->told == RANK_NONE) ladder->episode++;
  ladder->told = now;
  if (ladder->peak < now) ladder->peak = now;
  ladder->held = RANK_NONE;
  ladder->reminders = 0;
  mark_told(view, ladder, now, memory);
  alert.episode = ladder->episode;
  *alerts_add(out, kind, ALERT_RAISED) = alert;
  plan_reminder(view, ladder, out);
}

/* Cooldown is for news; how often to be reminded was chosen. */
static void remind(const struct rule_view *view, enum alert_kind kind, struct ladder *ladder, struct alert_memory *memory,
                   struct alerts *out) {
  const int64_t after_ms = remind_after_ms(view->policy, ladder);
  struct alert wait = {0};
  if (after_ms == 0 || ladder->acked >= ladder->told) return;
  if (ladder->told_ms > view->now_ms) ladder->told_ms = view->now_ms; /* the clock was set back */
  int64_t due_ms = ladder->told_ms + after_ms;
  struct alert_memory warm = *memory;
  warm.last_told_ms = 0;
  if (view->now_ms < due_ms - SLACK_MS) {
    plan_reminder(view, ladder, out);
  } else if (alert_waits(view, &warm, ladder->told, &wait)) {
    alerts_look(out, wait.until_ms);
  } else {
    struct alert *alert = alerts_add(out, kind, ALERT_REMINDED);
    alert->rank = ladder->told;
    alert->episode = ladder->episode;
    alert->step = ++ladder->reminders;
    mark_told(view, ladder, ladder->told, memory);
    plan_reminder(view, ladder, out);
  }
}

/* What was kept back and does not hold any more: said in the log, so that nothing vanishes. */
static void drop_held(enum alert_kind kind, struct ladder *ladder, struct alerts *out) {
  struct alert *alert = alerts_add(out, kind, ALERT_RAISED);
  alert->fate = ALERT_DROPPED;
  alert->rank = ladder->held;
  alert->episode = ladder->episode + (ladder->told == RANK_NONE ? 1 : 0);
  alert->why = "over before it was told";
  ladder->held = RANK_NONE;
}

/* A rank that is left while a lesser one still holds: the next crossing into it is news, so it is another episode. */
static void step_down(enum alert_kind kind, enum alert_rank now, struct ladder *ladder, struct alerts *out) {
  if (now == RANK_NONE) {
    struct alert *alert = alerts_add(out, kind, ALERT_OVER);
    alert->rank = ladder->peak;
    alert->episode = ladder->episode;
    ladder->peak = RANK_NONE;
  } else {
    ladder->episode++;
  }
  ladder->told = now;
  ladder->reminders = 0;
  if (ladder->acked > now) ladder->acked = now;
}

void ladder_judge(const struct rule_view *view, enum alert_kind kind, enum alert_rank now, struct ladder *ladder,
                  struct alert_memory *memory, struct alerts *out) {
  if (ladder->held > now) drop_held(kind, ladder, out);
  if (now > ladder->told) {
    cross(view, kind, now, ladder, memory, out);
  } else if (now < ladder->told) {
    step_down(kind, now, ladder, out);
  } else if (now != RANK_NONE) {
    remind(view, kind, ladder, memory, out);
  }
}
