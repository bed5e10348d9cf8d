#include "trial.h"

#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "terminal.h"

#define ALIKE_MAX 8 /* rows of a list that are shown each */
#define CELL_MAX 1024

static bool is_like(const struct trial_step *a, const struct trial_step *b) {
  return !a->is_result && !b->is_result && text_eq(a->key, b->key) && text_eq(a->formula, b->formula);
}

static void step_done(struct trial_step *step) {
  mem_free(step->key);
  mem_free(step->formula);
  mem_free(step->found);
}

void trial_steps_add(struct trial_steps *steps, const struct recipe_step *step) {
  struct trial_step kept = {.key = mem_dup(step->key),
                            .formula = mem_dup(step->formula),
                            .found = mem_dup(step->found),
                            .is_result = step->is_result};
  size_t alike = 0;
  while (alike < steps->count && alike < ALIKE_MAX && is_like(&steps->steps[steps->count - 1 - alike], &kept))
    alike++;
  if (alike == ALIKE_MAX) {
    steps->steps[steps->count - 1].more++;
    step_done(&kept);
    return;
  }
  steps->steps = mem_grow(steps->steps, steps->count + 1, sizeof *steps->steps);
  steps->steps[steps->count++] = kept;
}

void trial_steps_done(struct trial_steps *steps) {
  for (size_t i = 0; i < steps->count; i++)
    step_done(&steps->steps[i]);
  mem_free(steps->steps);
}

/* --- for people ---------------------------------------------------------------------------------------------------- */

/* A pointer whose result follows at once, and before which nothing else was looked at. */
static bool is_alone(const struct trial_steps *steps, size_t at) {
  const struct trial_step *step = &steps->steps[at];
  bool starts = at == 0 || steps->steps[at - 1].is_result || !text_eq(steps->steps[at - 1].key, step->key);
  bool ends = at + 1 < steps->count && steps->steps[at + 1].is_result && text_eq(steps->steps[at + 1].key, step->key);
  return starts && ends && !step->is_result && step->more == 0;
}

static void add_step(struct table *table, const struct trial_step *step, const char *before, bool names_key) {
  char found[CELL_MAX];
  (void)text_fmt(found, sizeof found, "%s%s%s", before, step->is_result ? (*before != '\0' ? " → " : "→ ") : "",
                 step->found);
  char key[64] = "";
  if (names_key) (void)text_fmt(key, sizeof key, "  %s", step->key);
  const char *const cells[] = {key, step->formula, found};
  table_add(table, cells);
  if (step->more == 0) return;
  (void)text_fmt(found, sizeof found, "… and %zu more", step->more);
  const char *const rest[] = {"", "", found};
  table_add(table, rest);
}

static void add_amount(struct buf *out, const char *name, struct amount amount) {
  char text[MONEY_TEXT_MAX];
  if (!amount.known) return;
  money_print_exact(text, amount.nano);
  buf_addf(out, "%s%s %s", buf_text(out)[0] != '\0' ? ", " : "", name, text);
}

static void describe(const struct standing *standing, struct buf *out) {
  const struct reading *reading = &standing->reading;
  char time[ZONE_TIME_TEXT_MAX];
  if (!reading_is_known(reading)) {
    buf_addf(out, "unknown (%s): %s", err_code_name(reading->code), reading->detail);
    return;
  }
  add_amount(out, "available", reading->available);
  add_amount(out, "cash", reading->cash);
  add_amount(out, "voucher", reading->voucher);
  add_amount(out, "used", reading->used);
  add_amount(out, "limit", reading->limit);
  time_print_rfc3339(time, reading->resets_ms);
  buf_addf(out, " %s%s%s; level %s", reading->unit, reading->resets_ms != 0 ? ", resets " : "",
           reading->resets_ms != 0 ? time : "", level_name(standing->level));
}

/* What stands in each row's first cell here is no key of a recipe. */
static void add_reading(struct table *table, const struct standing *standing) {
  struct buf text;
  buf_init(&text, CELL_MAX);
  describe(standing, &text);
  const char *const reading[] = {"reading", buf_text(&text)};
  const char *const hint[] = {"hint", standing->reading.hint};
  table_add(table, reading);
  if (standing->reading.hint[0] != '\0') table_add(table, hint);
  buf_done(&text);
}

static void add_line(struct table *table, const struct standing *standing) {
  struct buf marked;
  struct buf line;
  buf_init(&marked, CELL_MAX);
  buf_init(&line, CELL_MAX);
  compose_line(standing, NULL, loop_wall_ms(), &marked);
  message_print_plain(&line, buf_text(&marked), terminal_is_rich());
  const char *const cells[] = {"summary", buf_text(&line)};
  table_add(table, cells);
  buf_done(&marked);
  buf_done(&line);
}

static bool is_ask(const struct trial_step *step) {
  return text_eq(step->key, "ask");
}

/* The steps from there to the next ask, which is answered. */
static size_t print_steps(struct buf *out, const struct trial_steps *steps, size_t from) {
  struct table *table = table_new(NULL, 3);
  size_t i = from;
  for (; i < steps->count && !is_ask(&steps->steps[i]); i++) {
    const struct trial_step *step = &steps->steps[i];
    bool names_key = i == from || !text_eq(steps->steps[i - 1].key, step->key);
    bool alone = is_alone(steps, i);
    add_step(table, alone ? &steps->steps[i + 1] : step, alone ? step->found : "", names_key);
    if (alone) i++;
  }
  table_print(table, out, false);
  table_free(table);
  return i;
}

void trial_print(struct buf *out, const struct trial_steps *steps, const struct standing *standing) {
  struct table *end = table_new(NULL, 2);
  for (size_t i = 0; i < steps->count;) {
    const struct trial_step *step = &steps->steps[i];
    if (is_ask(step)) buf_addf(out, "%s → %s\n", step->formula, step->found);
    i = is_ask(step) ? i + 1 : print_steps(out, steps, i);
  }
  add_reading(end, standing);
  add_line(end, standing);
  buf_add_char(out, '\n');
  table_print(end, out, false);
  table_free(end);
}

/* --- for programs -------------------------------------------------------------------------------------------------- */

static void add_amount_json(struct buf *out, const char *name, struct amount amount) {
  char text[MONEY_TEXT_MAX];
  if (amount.known) money_print_exact(text, amount.nano);
  buf_addf(out, amount.known ? "\"%s\":\"%s\"," : "\"%s\":null,", name, text);
}

static void add_steps_json(struct buf *out, const struct trial_steps *steps) {
  for (size_t i = 0; i < steps->count; i++) {
    const struct trial_step *step = &steps->steps[i];
    buf_addf(out, "%s{\"key\":", i > 0 ? "," : "");
    buf_add_json(out, step->key);
    buf_add(out, ",\"formula\":");
    buf_add_json(out, step->formula);
    buf_addf(out, ",\"%s\":", step->is_result ? "result" : "found");
    buf_add_json(out, step->found);
    buf_addf(out, ",\"more\":%zu}", step->more);
  }
}

static void add_error_json(struct buf *out, const struct reading *reading) {
  buf_add(out, ",\"error\":");
  if (reading_is_known(reading)) {
    buf_add(out, "null");
    return;
  }
  buf_addf(out, "{\"code\":\"%s\",\"detail\":", err_code_name(reading->code));
  buf_add_json(out, reading->detail);
  buf_add_char(out, '}');
}

void trial_print_json(struct buf *out, const struct trial_steps *steps, const struct standing *standing) {
  const struct reading *reading = &standing->reading;
  char time[ZONE_TIME_TEXT_MAX];
  buf_add(out, "{\"provider\":");
  buf_add_json(out, standing->account->provider);
  buf_add(out, ",\"steps\":[");
  add_steps_json(out, steps);
  buf_addf(out, "],\"reading\":{\"level\":\"%s\",", level_name(standing->level));
  add_amount_json(out, "available", reading->available);
  add_amount_json(out, "cash", reading->cash);
  add_amount_json(out, "voucher", reading->voucher);
  add_amount_json(out, "used", reading->used);
  add_amount_json(out, "limit", reading->limit);
  time_print_rfc3339(time, reading->resets_ms);
  buf_addf(out, reading->resets_ms != 0 ? "\"resets_at\":\"%s\"," : "\"resets_at\":null,", time);
  buf_addf(out, "\"unit\":%s%s%s", *reading->unit != '\0' ? "\"" : "", *reading->unit != '\0' ? reading->unit : "null",
           *reading->unit != '\0' ? "\"" : "");
  add_error_json(out, reading);
  buf_add(out, ",\"hint\":");
  buf_add_json(out, reading->hint);
  buf_add(out, "}}");
}
