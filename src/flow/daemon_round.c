/* The daemon's rounds: one after the other or side by side, and what follows from each. */
#include <inttypes.h>

#include "daemon_parts.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

static void report_round(const struct round_report *report) {
  if (report->err.code != ERR_NONE) {
    log_error("round", "nothing was recorded: %s%s%s", report->err.text, report->err.hint[0] != '\0' ? "; " : "",
              report->err.hint);
    return;
  }
  size_t unknown = 0;
  for (size_t i = 0; i < report->summary.count; i++) {
    const struct standing *standing = &report->summary.standings[i];
    if (reading_is_known(&standing->reading)) continue;
    unknown++;
    log_warning("gather", "%s is unknown: %s code=%s", standing->account->name, standing->reading.detail,
                err_code_name(standing->reading.code));
  }
  log_info("round", "checked %zu account%s, %zu unknown turn=%" PRId64, report->summary.count,
           text_plural((int64_t)report->summary.count), unknown, report->turn_id);
}

void daemon_tell_log_trouble(struct daemon *daemon, const struct err *err) {
  const char *now = err->code != ERR_NONE ? err->text : "";
  if (text_eq(daemon->log_trouble, now)) return;
  (void)text_copy(daemon->log_trouble, sizeof daemon->log_trouble, now);
  if (err->code != ERR_NONE) {
    log_error("textlog", "%s%s%s", err->text, err->hint[0] != '\0' ? "; " : "", err->hint);
  } else {
    log_info("textlog", "all text logs can be written again");
  }
}

static void unlink_running(struct daemon *daemon, struct running *running) {
  struct running **link = &daemon->running;
  while (*link != running)
    link = &(*link)->next;
  *link = running->next;
}

void daemon_mark(struct daemon *daemon, const struct running *running, bool begins) {
  const struct account *const *asked = round_accounts(running->round);
  for (size_t i = 0; i < round_account_count(running->round); i++)
    timetable_mark(&daemon->table, running->config, asked[i], begins);
}

static void round_recorded(void *context, const struct round_report *report) {
  struct running *running = context;
  struct daemon *daemon = running->daemon;
  report_round(report);
  for (size_t i = 0; report->err.code == ERR_NONE && report->fresh && i < report->summary.count; i++)
    timetable_plan(&daemon->table, running->config, &report->looks[i]);
  running->recorded = true;
  daemon_view_take(daemon, running, report);
  if (running->first) daemon->hooks.ready(daemon->hooks.context, report, running->of_slot);
  if (!daemon->stopping) deliver_wake(daemon->deliver);
  daemon_refresh_recorded(running, &report->err);
}

void daemon_begin_bulletin(struct daemon *daemon) {
  bulletins_tick(daemon->bulletins, daemon->table.config, daemon->running != NULL);
}

void daemon_free_running(struct running *running) {
  round_free(running->round);
  config_release(running->config);
  mem_free(running);
}

static void round_over(void *context, const struct round_report *report) {
  struct running *running = context;
  struct daemon *daemon = running->daemon;
  daemon_tell_log_trouble(daemon, &report->log_err);
  if (daemon->hooks.round != NULL) daemon->hooks.round(daemon->hooks.context, report);
  daemon_mark(daemon, running, false);
  unlink_running(daemon, running);
  daemon_free_running(running);
  if (!daemon->stopping) {
    daemon_begin_bulletin(daemon);
    daemon_nudge_after_round(daemon);
    daemon_sleep_on(daemon); /* a look may have been planned */
  }
  daemon_end_if_idle(daemon);
}

struct running *daemon_begin_round(struct daemon *daemon, const struct round_request *request, bool first) {
  struct running *running = mem_new(1, sizeof *running);
  running->daemon = daemon;
  running->config = config_keep(request->config);
  running->first = first;
  running->of_slot = request->slots[0].slot_ms != 0;
  running->next = daemon->running;
  daemon->worked = true;
  daemon->running = running;
  log_debug("round", "begins for %zu account%s schedule=\"%s\"", request->count, text_plural((int64_t)request->count),
            request->slots[0].schedule);
  const struct round_hooks hooks = {.recorded = round_recorded, .done = round_over, .context = running};
  running->round = round_start(&daemon->world, request, &hooks);
  daemon_mark(daemon, running, true);
  return running;
}
