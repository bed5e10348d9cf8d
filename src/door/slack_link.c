#include "door/slack_link.h"

#include "lowtide/text.h"

#define HELLO_MS 10000
#define LEAVE_MS 5000   /* what Slack has sent on the old line before it saw the new one may still be answered */
#define STEADY_MS 60000 /* a line that lasts so long was a good one */
#define QUICK_MS 250    /* the first try after a good line */
#define BACK_OFF_MS 1000
#define BACK_OFF_MAX_MS 60000 /* apps.connections.open may be called about once a minute */
#define TOO_MANY_MS 30000     /* and as much again by chance: all who were turned away come back */

void slack_link_start(struct slack_link *link, uint64_t (*chance)(void *context), void *chance_context) {
  *link = (struct slack_link){.chance = chance, .chance_context = chance_context};
}

void slack_link_shut(struct slack_link *link) {
  link->shut = true;
}

/* --- waiting ------------------------------------------------------------------------------------------------------- */

static int64_t chance_up_to(const struct slack_link *link, int64_t ms) {
  return (int64_t)(link->chance(link->chance_context) % (uint64_t)(ms + 1));
}

static int64_t back_off(struct slack_link *link) {
  int64_t most = BACK_OFF_MAX_MS;
  int failures = link->failures++;
  if (failures == 0) return chance_up_to(link, QUICK_MS);
  if (failures <= 6) most = BACK_OFF_MS << (failures - 1);
  if (most > BACK_OFF_MAX_MS) most = BACK_OFF_MAX_MS;
  return most / 2 + chance_up_to(link, most / 2);
}

static void wait(struct slack_link *link, int64_t now_ms, int64_t least_ms) {
  int64_t ms = back_off(link);
  link->retry_at_ms = now_ms + (ms > least_ms ? ms : least_ms);
}

static void complain(struct slack_link *link, const char *why) {
  if (!link->stopped) (void)text_copy(link->trouble, sizeof link->trouble, why);
}

static void stop(struct slack_link *link, const char *why) {
  complain(link, why);
  link->stopped = true;
}

/* A line is no good any more, or was none. */
static void lose(struct slack_link *link, const struct slack_line *line, int64_t now_ms, int64_t least_ms) {
  bool steady = line->state == SLACK_LINE_READY && now_ms - line->since_ms >= STEADY_MS;
  if (steady) link->failures = 0;
  wait(link, now_ms, least_ms);
}

/* --- what to do ---------------------------------------------------------------------------------------------------- */

static void set_state(struct slack_line *line, enum slack_line_state state, int64_t now_ms) {
  *line = (struct slack_line){.state = state, .since_ms = now_ms};
}

static int find_line(const struct slack_link *link, enum slack_line_state state) {
  for (int i = 0; i < SLACK_LINES; i++) {
    if (link->lines[i].state == state) return i;
  }
  return -1;
}

static bool has_good_line(const struct slack_link *link) {
  for (int i = 0; i < SLACK_LINES; i++) {
    if (link->lines[i].state == SLACK_LINE_READY && !link->lines[i].doomed) return true;
  }
  return false;
}

static bool wants_line(const struct slack_link *link) {
  if (link->stopped || link->shut || link->asking || has_good_line(link)) return false;
  return find_line(link, SLACK_LINE_OPENING) < 0 && find_line(link, SLACK_LINE_GREETS) < 0;
}

/* How long a line may stay as it is; -1: as long as it likes. */
static int64_t patience_ms(const struct slack_link *link, const struct slack_line *line) {
  bool ends = link->stopped || link->shut;
  switch (line->state) {
  case SLACK_LINE_GREETS: return ends ? 0 : HELLO_MS;
  case SLACK_LINE_LEAVES: return ends ? 0 : LEAVE_MS;
  case SLACK_LINE_OPENING:
  case SLACK_LINE_READY: return ends ? 0 : -1;
  case SLACK_LINE_NONE:
  case SLACK_LINE_CLOSING: break;
  }
  return -1;
}

/* Its patience is over: a line that has greeted is closed, another is cut. */
static struct slack_link_do end_line(struct slack_link *link, int index, int64_t now_ms) {
  struct slack_line *line = &link->lines[index];
  bool greeted = line->state == SLACK_LINE_READY || line->state == SLACK_LINE_LEAVES;
  if (line->state == SLACK_LINE_GREETS && !link->stopped && !link->shut) {
    complain(link, "Slack opened a line and said no hello");
    lose(link, line, now_ms, 0);
  }
  set_state(line, greeted ? SLACK_LINE_CLOSING : SLACK_LINE_NONE, now_ms);
  return (struct slack_link_do){.step = greeted ? SLACK_LINK_CLOSE : SLACK_LINK_DROP, .line = index};
}

static void sooner(struct slack_link_do *rest, int64_t ms) {
  if (rest->wait_ms < 0 || ms < rest->wait_ms) rest->wait_ms = ms;
}

struct slack_link_do slack_link_next(struct slack_link *link, int64_t now_ms) {
  struct slack_link_do rest = {.step = SLACK_LINK_REST, .wait_ms = -1};
  for (int i = 0; i < SLACK_LINES; i++) {
    int64_t patience = patience_ms(link, &link->lines[i]);
    int64_t left = link->lines[i].since_ms + patience - now_ms;
    if (patience >= 0 && left <= 0) return end_line(link, i, now_ms);
    if (patience >= 0) sooner(&rest, left);
  }
  int free_line = find_line(link, SLACK_LINE_NONE);
  if (!wants_line(link) || free_line < 0) return rest;
  if (link->addressed) {
    link->addressed = false;
    set_state(&link->lines[free_line], SLACK_LINE_OPENING, now_ms);
    return (struct slack_link_do){.step = SLACK_LINK_OPEN, .line = free_line};
  }
  if (now_ms < link->retry_at_ms) {
    sooner(&rest, link->retry_at_ms - now_ms);
    return rest;
  }
  link->asking = true;
  return (struct slack_link_do){.step = SLACK_LINK_ASK};
}

/* --- what happened ------------------------------------------------------------------------------------------------- */

void slack_link_addressed(struct slack_link *link) {
  link->asking = false;
  link->addressed = true;
}

const char *slack_link_mend(const char *word) {
  static const struct {
    const char *word;
    const char *mend;
  } known[] = {
      {"not_authed", "Slack got no token: set app_token in [slack] to the App-Level Token (xapp-…), then reload"},
      {"invalid_auth", "Slack does not know app_token of [slack]: copy the App-Level Token (xapp-…) anew, then reload"},
      {"token_revoked", "app_token of [slack] is revoked: make a new App-Level Token (xapp-…), then reload"},
      {"token_expired", "app_token of [slack] has expired: make a new App-Level Token (xapp-…), then reload"},
      {"not_allowed_token_type",
       "app_token of [slack] is of the wrong kind: take the App-Level Token (xapp-…), then reload"},
      {"missing_scope", "app_token of [slack] lacks the scope connections:write: make a new one with it, then reload"},
      {"no_permission", "app_token of [slack] lacks the scope connections:write: make a new one with it, then reload"},
      {"account_inactive", "the Slack app is switched off or was removed: install it again, then reload"},
      {"user_removed_from_team", "whoever installed the Slack app has left the workspace: install it again, then reload"},
      {"team_disabled", "the Slack workspace is switched off: nobody can be answered there"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (text_eq(known[i].word, word)) return known[i].mend;
  }
  return NULL;
}

void slack_link_refused(struct slack_link *link, const struct slack_said *said, int64_t now_ms) {
  const char *mend = slack_link_mend(said->word);
  bool too_many = text_eq(said->word, "too_many_websockets");
  link->asking = false;
  if (mend != NULL) {
    stop(link, mend);
    return;
  }
  char why[SLACK_TROUBLE_MAX];
  err_print(&said->err, why, sizeof why);
  complain(link, *why != '\0' ? why : "Slack's answer cannot be read");
  wait(link, now_ms, too_many ? TOO_MANY_MS + chance_up_to(link, TOO_MANY_MS) : said->after_ms);
}

void slack_link_opened(struct slack_link *link, int line, int64_t now_ms) {
  set_state(&link->lines[line], SLACK_LINE_GREETS, now_ms);
}

/* The new line is up: now the old ones may go. */
void slack_link_greeted(struct slack_link *link, int line, int64_t now_ms) {
  if (link->lines[line].state != SLACK_LINE_GREETS) return;
  for (int i = 0; i < SLACK_LINES; i++) {
    if (link->lines[i].state == SLACK_LINE_READY) set_state(&link->lines[i], SLACK_LINE_LEAVES, now_ms);
  }
  set_state(&link->lines[line], SLACK_LINE_READY, now_ms);
  link->was_ready = true;
  *link->trouble = '\0';
}

void slack_link_warned(struct slack_link *link, int index, const char *reason, int64_t now_ms) {
  struct slack_line *line = &link->lines[index];
  if (text_eq(reason, "link_disabled")) {
    stop(link, "Socket Mode is switched off: switch it on in the Slack app's settings, then reload");
    return;
  }
  if (line->state == SLACK_LINE_LEAVES || line->state == SLACK_LINE_CLOSING || line->doomed) return;
  bool too_many = text_eq(reason, "too_many_websockets");
  if (too_many) complain(link, "Slack has too many connections of this app (ten at most)");
  lose(link, line, now_ms, too_many ? TOO_MANY_MS + chance_up_to(link, TOO_MANY_MS) : 0);
  line->doomed = true;
  /* Nothing comes on it any more. */
  if (too_many) set_state(line, SLACK_LINE_LEAVES, now_ms - LEAVE_MS);
}

void slack_link_closed(struct slack_link *link, int index, const char *why, int64_t now_ms) {
  struct slack_line line = link->lines[index];
  set_state(&link->lines[index], SLACK_LINE_NONE, now_ms);
  bool awaited = line.state == SLACK_LINE_LEAVES || line.state == SLACK_LINE_CLOSING || line.doomed;
  if (awaited || link->stopped || link->shut) return;
  complain(link, why);
  lose(link, &line, now_ms, 0);
}

/* --- how it stands ------------------------------------------------------------------------------------------------- */

bool slack_link_is_ready(const struct slack_link *link) {
  return find_line(link, SLACK_LINE_READY) >= 0;
}

bool slack_link_is_steady(const struct slack_link *link, int64_t now_ms) {
  int line = find_line(link, SLACK_LINE_READY);
  return line >= 0 && now_ms - link->lines[line].since_ms >= STEADY_MS;
}

bool slack_link_is_down(const struct slack_link *link) {
  for (int i = 0; i < SLACK_LINES; i++) {
    if (link->lines[i].state != SLACK_LINE_NONE) return false;
  }
  return true;
}

bool slack_link_is_in_trouble(const struct slack_link *link) {
  if (*link->trouble == '\0' || slack_link_is_ready(link)) return link->stopped;
  return link->stopped || !link->was_ready || link->failures >= 2;
}

void slack_link_print(const struct slack_link *link, int64_t now_ms, struct buf *out) {
  char left[32];
  if (link->stopped) {
    buf_addf(out, "stopped: %s", link->trouble);
  } else if (slack_link_is_ready(link)) {
    buf_add(out, "connected");
  } else if (now_ms < link->retry_at_ms && *link->trouble != '\0') {
    text_print_duration(left, sizeof left, link->retry_at_ms - now_ms + 999);
    buf_addf(out, "waiting %s: %s", left, link->trouble);
  } else {
    buf_add(out, "connecting");
  }
}
