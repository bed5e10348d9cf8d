#include "lowtide/daemon.h"

#include <inttypes.h>

#include "daemon_parts.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define REST_FROM_MS 60000
#define REST_AFTER_MS 2000
#define AWAKE_GAP_MS (3 * DAEMON_SLEEP_MAX_MS)

static int64_t wall_ms(const struct daemon *daemon) {
  return daemon->world.wall_ms(daemon->world.context);
}

/* --- what is due --------------------------------------------------------------------------------------------------- */

static void begin_due_round(struct daemon *daemon, int64_t now_ms, bool awake) {
  struct due due;
  timetable_due(&daemon->table, now_ms, awake, &due);
  const struct round_request request = {
      .config = daemon->table.config,
      .accounts = due.accounts,
      .count = due.account_count,
      .slots = due.slots,
      .slot_count = due.slot_count,
  };
  if (request.slot_count > 0 && request.count > 0) (void)daemon_begin_round(daemon, &request, false);
  due_done(&due);
}

/* Alerts only: people were told the time of a summary. */
static void begin_looks(struct daemon *daemon, int64_t now_ms) {
  static const struct turn look = {.schedule = "look"};
  struct due due;
  timetable_looks(&daemon->table, now_ms, &due);
  const struct round_request request = {
      .config = daemon->table.config,
      .accounts = due.accounts,
      .count = due.account_count,
      .slots = &look,
      .slot_count = 1,
      .posts = ROUND_POSTS_ALERTS,
  };
  if (request.count > 0) (void)daemon_begin_round(daemon, &request, false);
  due_done(&due);
}

void daemon_look(struct daemon *daemon, const struct account *account) {
  const struct round_look look = {.account = account, .at_ms = wall_ms(daemon)};
  if (daemon->stopping) return;
  timetable_plan(&daemon->table, NULL, &look);
  daemon->world.alarm_set(daemon->tick, 0);
}

/* Once a slot, not at every look. */
static void tell_next_slot(struct daemon *daemon, int64_t next_ms, int64_t now_ms) {
  if (next_ms == daemon->next_told_ms || next_ms == 0) return;
  daemon->next_told_ms = next_ms;
  log_debug("schedule", "the next slot is due in_s=%" PRId64, (next_ms - now_ms) / 1000);
}

/* Timers stop in suspend and know nothing of clock steps: never sleep long. */
void daemon_sleep_on(struct daemon *daemon) {
  int64_t now_ms = wall_ms(daemon);
  int64_t next_ms = timetable_next(&daemon->table, now_ms);
  int64_t delay_ms = next_ms > now_ms ? next_ms - now_ms : DAEMON_SLEEP_MAX_MS;
  bool rest_is_due = daemon->worked && (next_ms == 0 || next_ms - now_ms >= REST_FROM_MS);
  int64_t longest_ms = rest_is_due ? REST_AFTER_MS : DAEMON_SLEEP_MAX_MS;
  if (delay_ms > longest_ms) delay_ms = longest_ms;
  tell_next_slot(daemon, next_ms, now_ms);
  daemon->world.alarm_set(daemon->tick, delay_ms);
}

static void leave(struct daemon *daemon, bool at_once) {
  for (struct leaving **link = &daemon->leaving; *link != NULL;) {
    struct leaving *leaving = *link;
    if (!at_once && deliver_is_busy(leaving->deliver)) {
      link = &leaving->next;
      continue;
    }
    *link = leaving->next;
    deliver_free(leaving->deliver);
    mem_free(leaving);
  }
}

/* Connections that would be kept for minutes cost more than making them anew. */
static void rest_if_long(struct daemon *daemon, int64_t now_ms) {
  bool idle = daemon->running == NULL && !deliver_is_busy(daemon->deliver);
  int64_t next_ms = timetable_next(&daemon->table, now_ms);
  if (!daemon->worked || !idle || (next_ms != 0 && next_ms - now_ms < REST_FROM_MS)) return;
  daemon->worked = false;
  log_debug("schedule", "resting: kept connections are closed");
  daemon->world.rest(daemon->world.context);
}

static void tick(void *context) {
  struct daemon *daemon = context;
  int64_t now_ms = wall_ms(daemon);
  int64_t gap_ms = now_ms - daemon->ticked_ms;
  bool awake = gap_ms >= 0 && gap_ms < AWAKE_GAP_MS;
  daemon->ticked_ms = now_ms;
  begin_due_round(daemon, now_ms, awake);
  begin_looks(daemon, now_ms);
  daemon_begin_bulletin(daemon);
  rest_if_long(daemon, now_ms);
  deliver_wake(daemon->deliver);
  retention_tick(daemon->retention, daemon->table.config);
  leave(daemon, false);
  daemon_sleep_on(daemon);
}

/* --- start, reload, stop --------------------------------------------------------------------------------------------- */

static bool look_at_newest_slot(struct store *store, void *context, struct err *err) {
  struct daemon *daemon = context;
  const struct turn *slot = &daemon->newest_slot;
  return store_turn_exists(store, slot->schedule, slot->slot_ms, &daemon->newest_slot_run, err);
}

static void begin_first_round(void *context, const struct err *err) {
  struct daemon *daemon = context;
  struct config *config = daemon->table.config;
  bool of_slot = err->code == ERR_NONE && daemon->newest_slot.slot_ms != 0 && !daemon->newest_slot_run;
  struct turn start = {.schedule = "start"};
  const struct account **all = mem_new(config->account_count, sizeof(const struct account *));
  struct round_request request = {
      .config = config,
      .accounts = all,
      .count = config->account_count,
      .slots = of_slot ? &daemon->newest_slot : &start,
      .slot_count = 1,
      .posts = of_slot ? ROUND_POSTS_ALL : ROUND_POSTS_NEW,
  };
  if (daemon->stopping) {
    mem_free(all);
    daemon_end_if_idle(daemon);
    return;
  }
  for (size_t i = 0; i < config->account_count; i++)
    all[i] = &config->accounts[i];
  (void)daemon_begin_round(daemon, &request, true);
  mem_free(all);
  daemon_sleep_on(daemon);
}

static bool write_left_lines(struct store *store, void *context, struct err *err) {
  struct daemon *daemon = context;
  return textlog_write(store, &daemon->left, err);
}

static void left_lines_written(void *context, const struct err *err) {
  struct daemon *daemon = context;
  daemon_tell_log_trouble(daemon, err->code != ERR_NONE ? err : &daemon->left.err);
}

static void bulletin_queued(void *context) {
  struct daemon *daemon = context;
  if (!daemon->stopping) deliver_wake(daemon->deliver);
}

static void out_of_patience(void *context) {
  struct daemon *daemon = context;
  if (daemon->ended) return;
  daemon->ended = true;
  deliver_give_up(daemon->deliver);
  for (const struct leaving *leaving = daemon->leaving; leaving != NULL; leaving = leaving->next)
    deliver_give_up(leaving->deliver);
  daemon_refresh_end(daemon);
  daemon->hooks.ended(daemon->hooks.context);
}

struct daemon *daemon_start(const struct world *world, struct config *config, const struct daemon_hooks *hooks) {
  struct daemon *daemon = mem_new(1, sizeof *daemon);
  daemon->world = *world;
  daemon->hooks = *hooks;
  daemon->table = timetable_of(config);
  daemon->deliver = deliver_new(world, config, NULL, true);
  daemon->retention = retention_new(world);
  daemon->bulletins = bulletins_new(world, bulletin_queued, daemon);
  daemon->tick = world->alarm_new(world->context, tick, daemon);
  daemon->patience = world->alarm_new(world->context, out_of_patience, daemon);
  daemon->ticked_ms = wall_ms(daemon);
  (void)text_copy(daemon->newest_slot.schedule, sizeof daemon->newest_slot.schedule, config->schedule_text);
  if (!slot_is_due(&daemon->table.main, daemon->ticked_ms, false, &daemon->newest_slot.slot_ms)) {
    daemon->newest_slot.slot_ms = 0;
  }
  timetable_catch_up(&daemon->table, daemon->ticked_ms);
  world->commit(world->context, write_left_lines, left_lines_written, daemon);
  world->commit(world->context, look_at_newest_slot, begin_first_round, daemon);
  daemon_view_begin(daemon);
  return daemon;
}

void daemon_reload(struct daemon *daemon, struct config *config) {
  if (daemon->stopping) return;
  struct timetable old = daemon->table;
  daemon->table = timetable_of(config);
  timetable_take_plans(&daemon->table, &old);
  timetable_done(&old);
  daemon_view_begin(daemon);
  for (const struct running *running = daemon->running; running != NULL; running = running->next)
    daemon_mark(daemon, running, true);
  timetable_catch_up(&daemon->table, daemon->ticked_ms); /* what came since is still to be run */
  struct leaving *leaving = mem_new(1, sizeof *leaving);
  *leaving = (struct leaving){.next = daemon->leaving, .deliver = daemon->deliver};
  daemon->leaving = leaving;
  deliver_stop(leaving->deliver);
  daemon->deliver = deliver_new(&daemon->world, config, leaving->deliver, true);
  daemon->world.alarm_set(daemon->tick, 0);
}

void daemon_end_if_idle(struct daemon *daemon) {
  if (!daemon->stopping || daemon->ended || daemon->running != NULL) return;
  leave(daemon, false);
  if (deliver_is_busy(daemon->deliver) || daemon->leaving != NULL) {
    daemon->world.alarm_set(daemon->tick, 50);
    return;
  }
  out_of_patience(daemon);
}

static void stopping_tick(void *context) {
  daemon_end_if_idle(context);
}

void daemon_stop(struct daemon *daemon) {
  if (daemon->stopping) return;
  daemon->stopping = true;
  daemon->world.alarm_free(daemon->tick);
  daemon->tick = daemon->world.alarm_new(daemon->world.context, stopping_tick, daemon);
  daemon->world.alarm_set(daemon->patience, DAEMON_PATIENCE_MS);
  deliver_stop(daemon->deliver);
  daemon_end_if_idle(daemon);
}

void daemon_free(struct daemon *daemon) {
  if (daemon == NULL) return;
  daemon_refresh_end(daemon);
  while (daemon->running != NULL) {
    struct running *running = daemon->running;
    daemon->running = running->next;
    daemon_free_running(running);
  }
  deliver_free(daemon->deliver);
  leave(daemon, true);
  retention_free(daemon->retention);
  bulletins_free(daemon->bulletins);
  daemon_view_end(daemon);
  daemon_nudge_end(daemon);
  daemon->world.alarm_free(daemon->tick);
  daemon->world.alarm_free(daemon->patience);
  timetable_done(&daemon->table);
  mem_free(daemon);
}
