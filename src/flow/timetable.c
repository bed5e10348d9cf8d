#include "timetable.h"

#include "lowtide/mem.h"
#include "lowtide/text.h"

struct timetable timetable_of(struct config *config) {
  struct timetable table = {
      .config = config_keep(config),
      .main = {.cron = &config->schedule, .zone = config->zone},
      .own = mem_new(config->account_count, sizeof *table.own),
      .in_flight = mem_new(config->account_count, sizeof *table.in_flight),
      .look_ms = mem_new(config->account_count, sizeof *table.look_ms),
  };
  for (size_t i = 0; i < config->account_count; i++) {
    table.own[i] = (struct slot_clock){.cron = config->accounts[i].schedule, .zone = config->zone};
  }
  return table;
}

void timetable_done(struct timetable *table) {
  config_release(table->config);
  mem_free(table->own);
  mem_free(table->in_flight);
  mem_free(table->look_ms);
}

/* The account's place in the table, whichever config it is of; account_count if it is not there. */
size_t timetable_index(const struct timetable *table, const struct config *config, const struct account *account) {
  const struct config *own = table->config;
  size_t index = 0;
  if (config == own) return (size_t)(account - own->accounts);
  while (index < own->account_count && !text_eq(own->accounts[index].name, account->name))
    index++;
  return index;
}

void timetable_mark(struct timetable *table, const struct config *config, const struct account *account, bool begins) {
  size_t index = timetable_index(table, config, account);
  if (index < table->config->account_count) table->in_flight[index] += begins ? 1U : (size_t)-1;
}

bool slot_is_due(struct slot_clock *clock, int64_t now_ms, bool awake, int64_t *slot_ms) {
  int64_t newest_ms = cron_previous(clock->cron, clock->zone, now_ms);
  if (newest_ms == 0 || newest_ms == clock->handled_ms) return false;
  clock->handled_ms = newest_ms;
  int64_t following_ms = cron_next(clock->cron, clock->zone, newest_ms);
  int64_t period_ms = following_ms > newest_ms ? following_ms - newest_ms : INT64_MAX;
  int64_t young_ms = period_ms / 2 < SLOT_YOUNG_MS ? period_ms / 2 : SLOT_YOUNG_MS;
  if (now_ms - newest_ms > (awake ? period_ms : young_ms)) return false;
  *slot_ms = newest_ms;
  return true;
}

static struct turn *add_slot(struct due *due, int64_t slot_ms) {
  struct turn *slot = &due->slots[due->slot_count++];
  slot->slot_ms = slot_ms;
  return slot;
}

void timetable_due(struct timetable *table, int64_t now_ms, bool awake, struct due *due) {
  const struct config *config = table->config;
  int64_t slot_ms = 0;
  *due = (struct due){
      .accounts = mem_new(config->account_count, sizeof(const struct account *)),
      .slots = mem_new(config->account_count + 1, sizeof *due->slots),
  };
  bool main_due = slot_is_due(&table->main, now_ms, awake, &slot_ms);
  if (main_due) (void)text_copy(add_slot(due, slot_ms)->schedule, sizeof due->slots->schedule, config->schedule_text);
  for (size_t i = 0; i < config->account_count; i++) {
    struct slot_clock *own = &table->own[i];
    bool is_due = own->cron == NULL ? main_due : slot_is_due(own, now_ms, awake, &slot_ms);
    if (!is_due) continue;
    if (own->cron != NULL) {
      struct turn *slot = add_slot(due, slot_ms);
      (void)text_fmt(slot->schedule, sizeof slot->schedule, "account:%s", config->accounts[i].name);
    }
    if (table->in_flight[i] == 0) due->accounts[due->account_count++] = &config->accounts[i];
  }
}

void due_done(struct due *due) {
  mem_free(due->accounts);
  mem_free(due->slots);
}

int64_t timetable_next(const struct timetable *table, int64_t now_ms) {
  int64_t next_ms = cron_next(table->main.cron, table->main.zone, now_ms);
  for (size_t i = 0; i < table->config->account_count; i++) {
    const struct slot_clock *own = &table->own[i];
    const int64_t look_ms = table->look_ms[i];
    if (look_ms != 0 && table->in_flight[i] == 0 && (next_ms == 0 || look_ms < next_ms))
      next_ms = look_ms > now_ms ? look_ms : now_ms + 1;
    if (own->cron == NULL) continue;
    int64_t own_ms = cron_next(own->cron, own->zone, now_ms);
    if (own_ms != 0 && (next_ms == 0 || own_ms < next_ms)) next_ms = own_ms;
  }
  return next_ms;
}

void timetable_catch_up(struct timetable *table, int64_t now_ms) {
  table->main.handled_ms = cron_previous(table->main.cron, table->main.zone, now_ms);
  for (size_t i = 0; i < table->config->account_count; i++) {
    struct slot_clock *own = &table->own[i];
    if (own->cron != NULL) own->handled_ms = cron_previous(own->cron, own->zone, now_ms);
  }
}

/* --- looks between the slots: at a fall, at the end of what keeps an alert back, to remind --------------------------- */

void timetable_looks(struct timetable *table, int64_t now_ms, struct due *due) {
  const struct config *config = table->config;
  *due = (struct due){.accounts = mem_new(config->account_count, sizeof(const struct account *))};
  for (size_t i = 0; i < config->account_count; i++) {
    if (table->look_ms[i] == 0 || table->look_ms[i] > now_ms || table->in_flight[i] != 0) continue;
    table->look_ms[i] = 0;
    due->accounts[due->account_count++] = &config->accounts[i];
  }
}

void timetable_plan(struct timetable *table, const struct config *config, const struct round_look *look) {
  size_t index = timetable_index(table, config, look->account);
  if (index < table->config->account_count) table->look_ms[index] = look->at_ms;
}

void timetable_take_plans(struct timetable *table, const struct timetable *before) {
  for (size_t i = 0; i < before->config->account_count; i++) {
    const struct round_look look = {.account = &before->config->accounts[i], .at_ms = before->look_ms[i]};
    timetable_plan(table, before->config, &look);
  }
}
