#include <inttypes.h>

#include "command.h"
#include "lowtide/chat.h"
#include "lowtide/compose.h"
#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/runway.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "terminal.h"

#define FORECAST_MAX (4 * 1024 * 1024)
#define CELL_MAX 120

struct forecast {
  const struct config *config;
  const struct account **accounts;
  struct trend *trends;
  size_t count;
  int64_t now_ms;
};

/* --- as JSON --------------------------------------------------------------------------------------------------------- */

static void add_seconds(struct buf *out, const char *name, bool known, int64_t ms) {
  if (known) buf_addf(out, ",\"%s\":%" PRId64, name, ms / 1000);
  if (!known) buf_addf(out, ",\"%s\":null", name);
}

static void add_account_json(const struct forecast *forecast, size_t i, struct buf *out) {
  const struct trend *trend = &forecast->trends[i];
  struct runway runway = runway_of(trend, forecast->now_ms, 0);
  bool known = runway.state == RUNWAY_KNOWN;
  char text[MONEY_TEXT_MAX];
  char when[ZONE_TIME_TEXT_MAX];
  buf_add(out, "{\"account\":");
  buf_add_json(out, forecast->accounts[i]->name);
  buf_add(out, ",\"unit\":");
  const char *unit = trend->begun ? trend->unit : forecast->accounts[i]->unit;
  if (*unit != '\0') buf_add_json(out, unit);
  if (*unit == '\0') buf_add(out, "null");
  money_print_exact(text, runway.burn_nano_per_day);
  const char *quote = runway.burn_known ? "\"" : "";
  buf_addf(out, ",\"burn_per_day\":%s%s%s", quote, runway.burn_known ? text : "null", quote);
  add_seconds(out, "runway_seconds", known, runway.runway_ms);
  add_seconds(out, "runway_low_seconds", known, runway.low_ms);
  add_seconds(out, "runway_high_seconds", known, runway.high_ms);
  time_print_rfc3339(when, runway.dry_at_ms - runway.dry_at_ms % 1000);
  quote = known ? "\"" : "";
  buf_addf(out, ",\"dry_at\":%s%s%s}", quote, known ? when : "null", quote);
}

static void add_json(const struct forecast *forecast, struct buf *out) {
  buf_add(out, "{\"accounts\":[");
  for (size_t i = 0; i < forecast->count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_account_json(forecast, i, out);
  }
  buf_add(out, "]}");
}

/* --- for people ------------------------------------------------------------------------------------------------------ */

static void print_runway(char *out, size_t size, const struct runway *runway) {
  char between[3][32];
  if (runway->state != RUNWAY_KNOWN) {
    (void)text_copy(out, size, runway_state_name(runway->state));
  } else if (runway->runway_ms >= RUNWAY_TOLD_MS) {
    (void)text_copy(out, size, "more than 60 days");
  } else if (runway->runway_ms == 0) {
    (void)text_copy(out, size, "nothing left");
  } else {
    text_print_duration(between[0], sizeof between[0], runway->runway_ms);
    text_print_duration(between[1], sizeof between[1], runway->low_ms);
    text_print_duration(between[2], sizeof between[2], runway->high_ms);
    (void)text_fmt(out, size, "~%s (%s to %s)", between[0], between[1], between[2]);
  }
}

static void add_row(const struct forecast *forecast, size_t i, struct table *table) {
  const struct trend *trend = &forecast->trends[i];
  struct runway runway = runway_of(trend, forecast->now_ms, 0);
  char left[CELL_MAX] = "";
  char burn[CELL_MAX] = "";
  char lasts[CELL_MAX];
  char dry[ZONE_TIME_TEXT_MAX] = "";
  if (trend->left.known) money_print(left, sizeof left, trend->left.nano, trend->unit);
  if (runway.burn_known) money_print(burn, sizeof burn, runway.burn_nano_per_day, trend->unit);
  print_runway(lasts, sizeof lasts, &runway);
  if (runway.state == RUNWAY_KNOWN && runway.runway_ms > 0 && runway.runway_ms < RUNWAY_TOLD_MS) {
    time_print_minute(dry, forecast->config->zone, runway.dry_at_ms); /* nobody knows the second */
  }
  const char *const cells[] = {forecast->accounts[i]->name, left, burn, lasts, dry};
  table_add(table, cells);
}

static void add_table(const struct forecast *forecast, struct buf *out) {
  static const char *const headings[] = {"ACCOUNT", "LEFT", "A DAY", "LASTS", "EMPTY AT"};
  struct table *table = table_new(headings, 5);
  table_align_right(table, 1);
  table_align_right(table, 2);
  for (size_t i = 0; i < forecast->count; i++)
    add_row(forecast, i, table);
  table_print(table, out, terminal_is_rich());
  table_free(table);
}

/* --- where it comes from --------------------------------------------------------------------------------------------- */

static bool read_trends(struct forecast *forecast, struct err *err) {
  struct store *store = store_open(forecast->config->state_dir, STORE_READ, err);
  if (store == NULL) return false;
  const char **names = mem_new(forecast->count + 1, sizeof *names);
  for (size_t i = 0; i < forecast->count; i++)
    names[i] = forecast->accounts[i]->name;
  bool ok = store_trends_rebuild(store, names, forecast->now_ms, forecast->trends, err);
  for (size_t i = 0; i < forecast->count; i++) {
    size_t first = 0;
    while (!text_eq(names[first], names[i]))
      first++;
    forecast->trends[i] = forecast->trends[first]; /* an account may be named twice */
  }
  mem_free(names);
  store_close(store);
  return ok;
}

static int print_forecast(const struct invocation *invocation, struct forecast *forecast) {
  struct err err = {0};
  struct buf out;
  if (!read_trends(forecast, &err)) return command_fail(&err);
  buf_init(&out, FORECAST_MAX);
  if (invocation_has(invocation, "json")) {
    add_json(forecast, &out);
  } else {
    add_table(forecast, &out);
  }
  int result = EXIT_TROUBLE;
  if (buf_ok(&out)) {
    result = command_print(buf_text(&out));
  } else {
    (void)err_set(&err, ERR_LIMIT, "that is more than fits");
    result = command_fail(&err);
  }
  buf_done(&out);
  return result;
}

static int forecast_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  int result = EXIT_TROUBLE;
  struct forecast forecast = {.config = config, .now_ms = loop_wall_ms()};
  forecast.accounts = invocation_accounts(invocation, config, &forecast.count);
  if (forecast.accounts != NULL) {
    forecast.trends = mem_new(forecast.count + 1, sizeof *forecast.trends);
    result = print_forecast(invocation, &forecast);
  }
  mem_free(forecast.trends);
  mem_free(forecast.accounts);
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"json", NULL, "print it as JSON"},
    {0},
};

extern const struct chat_command chat_runway;

const struct command command_forecast = {
    .chat = &chat_runway,
    .name = "forecast",
    .alias = "runway",
    .usage = "[ACCOUNT…]",
    .more =
        "From the last four weeks of the recorded readings. In four of five cases the true time lies in the range that is\n"
        "printed. Where the history does not allow a forecast nothing is claimed.",
    .args_max = COMMAND_ANY_NUMBER,
    .flags = flags,
    .run = forecast_run,
};
