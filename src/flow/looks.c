/* Looks at accounts between the slots: a second look at a fall, the end of what keeps an alert back, a reminder. */
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "timetable.h"

/* The account's place in the table, whichever config it is of; account_count if it is not there. */
size_t timetable_index(const struct timetable *table, const struct config *config, const struct account *account) {
  const struct config *own = table->config;
  size_t index = 0;
  if (config == own) return (size_t)(account - own->accounts);
  while (index < own->account_count && !text_eq(own->accounts[index].name, account->name))
    index++;
  return index;
}

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
