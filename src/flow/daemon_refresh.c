/* Early turns: whoever asks for one waits for the rounds that bring it, begun for it or under way anyhow. */
#include "daemon_parts.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

struct refresh {
  struct refresh *next;
  struct daemon *daemon;
  size_t awaited; /* rounds, and the beginning itself */
  struct err err; /* the first that went wrong */
  void *alarm;
  void (*done)(void *context, const struct err *err);
  void *context;
};

static void finish(struct refresh *refresh) {
  struct daemon *daemon = refresh->daemon;
  struct refresh **link = &daemon->refreshes;
  while (*link != refresh)
    link = &(*link)->next;
  *link = refresh->next;
  daemon->world.alarm_free(refresh->alarm);
  refresh->done(refresh->context, &refresh->err);
  mem_free(refresh);
}

static void heard(struct refresh *refresh) {
  if (--refresh->awaited == 0) finish(refresh);
}

static void begun(void *context) {
  heard(context);
}

static void wait_for(struct refresh *refresh, struct running *running) {
  struct awaiting *awaiting = mem_new(1, sizeof *awaiting);
  *awaiting = (struct awaiting){.next = running->awaited, .refresh = refresh};
  running->awaited = awaiting;
  refresh->awaited++;
}

void daemon_refresh_recorded(struct running *running, const struct err *err) {
  while (running->awaited != NULL) {
    struct awaiting *awaiting = running->awaited;
    struct refresh *refresh = awaiting->refresh;
    running->awaited = awaiting->next;
    mem_free(awaiting);
    if (refresh->err.code == ERR_NONE) refresh->err = *err;
    heard(refresh);
  }
}

void daemon_refresh_end(struct daemon *daemon) {
  for (struct running *running = daemon->running; running != NULL; running = running->next) {
    while (running->awaited != NULL) {
      struct awaiting *awaiting = running->awaited;
      running->awaited = awaiting->next;
      mem_free(awaiting);
    }
  }
  while (daemon->refreshes != NULL) {
    struct refresh *refresh = daemon->refreshes;
    if (refresh->err.code == ERR_NONE) err_set(&refresh->err, ERR_TIMEOUT, "Lowtide was stopped before it knew");
    finish(refresh);
  }
}

static bool asks(const struct running *running, const struct account *account) {
  const struct account *const *asked = round_accounts(running->round);
  bool same_config = running->config == running->daemon->table.config;
  for (size_t i = 0; i < round_account_count(running->round); i++) {
    if (same_config ? asked[i] == account : text_eq(asked[i]->name, account->name)) return true;
  }
  return false;
}

/* The round that is asking it; its config may be another. */
static struct running *asked_by(const struct daemon *daemon, const struct account *account) {
  size_t index = timetable_index(&daemon->table, daemon->table.config, account);
  if (daemon->table.in_flight[index] == 0) return NULL;
  struct running *running = daemon->running;
  while (running != NULL && (running->recorded || !asks(running, account)))
    running = running->next;
  return running;
}

static bool waits_for(const struct refresh *refresh, const struct running *running) {
  return running->awaited != NULL && running->awaited->refresh == refresh;
}

/* What people note asks nobody: it may have changed a moment ago. */
static bool is_young(const struct daemon *daemon, const struct account *account) {
  const struct reading *reading = &daemon->view->standings[account - daemon->table.config->accounts].reading;
  int64_t age_ms = daemon->world.wall_ms(daemon->world.context) - reading->asked_ms;
  if (text_eq(account->provider, "manual")) return false;
  return reading->asked_ms != 0 && age_ms >= 0 && age_ms < REFRESH_YOUNG_MS;
}

static void begin(struct refresh *refresh, const struct account *const *accounts, size_t count) {
  static const struct turn turn = {.schedule = "refresh"};
  struct daemon *daemon = refresh->daemon;
  const struct account **due = mem_new(count, sizeof(const struct account *));
  struct round_request request = {
      .config = daemon->table.config, .accounts = due, .slots = &turn, .slot_count = 1, .posts = ROUND_POSTS_ALERTS};
  for (size_t i = 0; i < count; i++) {
    struct running *running = asked_by(daemon, accounts[i]);
    if (running != NULL && !waits_for(refresh, running)) wait_for(refresh, running);
    if (running == NULL && accounts[i]->missing == NULL && !is_young(daemon, accounts[i]))
      due[request.count++] = accounts[i];
  }
  if (request.count > 0) wait_for(refresh, daemon_begin_round(daemon, &request, false));
  mem_free(due);
}

void daemon_refresh(struct daemon *daemon, const struct account *const *accounts, size_t count,
                    void (*done)(void *context, const struct err *err), void *context) {
  struct refresh *refresh = mem_new(1, sizeof *refresh);
  *refresh = (struct refresh){.next = daemon->refreshes, .daemon = daemon, .awaited = 1, .done = done, .context = context};
  daemon->refreshes = refresh;
  refresh->alarm = daemon->world.alarm_new(daemon->world.context, begun, refresh);
  daemon->world.alarm_set(refresh->alarm, 0);
  if (daemon->stopping) {
    err_set(&refresh->err, ERR_TIMEOUT, "Lowtide is being stopped");
    return;
  }
  begin(refresh, accounts, count);
}
