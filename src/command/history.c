#include <unistd.h>

#include "command.h"
#include "history_chart.h"
#include "lowtide/chart.h"
#include "lowtide/compose.h"
#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "outcome.h"
#include "terminal.h"

#define HISTORY_MAX (64 * 1024 * 1024)
#define CELL_MAX 200
#define SPARKLINE_WIDTH 60
#define TABLE_MS DAY_MS
#define CHART_MS (30 * TABLE_MS)

enum history_form { HISTORY_TABLE, HISTORY_JSON, HISTORY_CSV };

struct history {
  const struct config *config;
  enum history_form form;
  struct table *table;
  struct buf out;
  size_t rows;
  const struct account *drawn; /* the one that a line of bars is drawn of, on a terminal; NULL: none */
  struct chart *chart;         /* with it */
};

static const char *amount_text(char out[static MONEY_TEXT_MAX], struct amount amount) {
  if (!amount.known) return "";
  money_print_exact(out, amount.nano);
  return out;
}

static void add_table_row(struct history *history, const struct history_row *row) {
  char when[ZONE_TIME_TEXT_MAX];
  char balance[CELL_MAX] = "";
  char said[CELL_MAX] = "";
  const struct reading *reading = &row->reading;
  time_print(when, history->config->zone, reading->asked_ms);
  outcome_amount(balance, sizeof balance, reading);
  if (!reading_is_known(reading)) (void)text_fmt(said, sizeof said, "unknown (%s)", reading->detail);
  if (reading->simulated) (void)text_copy(said, sizeof said, "simulated");
  const char *const cells[] = {when, row->account, level_name(row->level), balance, said};
  table_add(history->table, cells);
}

static void add_csv_row(struct history *history, const struct history_row *row) {
  char when[ZONE_TIME_TEXT_MAX];
  char text[MONEY_TEXT_MAX];
  const struct reading *reading = &row->reading;
  const struct amount amounts[] = {reading->available, reading->cash, reading->voucher, reading->used, reading->limit};
  time_print_rfc3339(when, reading->asked_ms);
  buf_addf(&history->out, "%s,%s,%s,%s", when, row->account, level_name(row->level), reading->unit);
  for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
    buf_addf(&history->out, ",%s", amount_text(text, amounts[i]));
  }
  buf_addf(&history->out, ",%s,%s,%s\n", reading_is_known(reading) ? "" : err_code_name(reading->code),
           reading->estimated ? "true" : "false", reading->simulated ? "true" : "false");
}

static void add_amount_json(struct buf *out, const char *name, struct amount amount) {
  char text[MONEY_TEXT_MAX];
  const char *quote = amount.known ? "\"" : "";
  buf_addf(out, ",\"%s\":%s%s%s", name, quote, amount.known ? amount_text(text, amount) : "null", quote);
}

static void add_json_row(struct history *history, const struct history_row *row) {
  char when[ZONE_TIME_TEXT_MAX];
  const struct reading *reading = &row->reading;
  struct buf *out = &history->out;
  time_print_rfc3339(when, reading->asked_ms);
  buf_addf(out, "%s{\"time\":\"%s\",\"account\":", history->rows > 0 ? "," : "", when);
  buf_add_json(out, row->account);
  buf_addf(out, ",\"level\":\"%s\",\"unit\":", level_name(row->level));
  buf_add_json(out, reading->unit);
  add_amount_json(out, "available", reading->available);
  add_amount_json(out, "cash", reading->cash);
  add_amount_json(out, "voucher", reading->voucher);
  add_amount_json(out, "used", reading->used);
  add_amount_json(out, "limit", reading->limit);
  buf_addf(out, ",\"estimated\":%s,\"simulated\":%s,\"error\":", reading->estimated ? "true" : "false",
           reading->simulated ? "true" : "false");
  if (reading_is_known(reading)) {
    buf_add(out, "null}");
    return;
  }
  buf_addf(out, "{\"code\":\"%s\",\"detail\":", err_code_name(reading->code));
  buf_add_json(out, reading->detail);
  buf_add(out, "}}");
}

static bool each_row(void *context, const struct history_row *row) {
  struct history *history = context;
  switch (history->form) {
  case HISTORY_TABLE: add_table_row(history, row); break;
  case HISTORY_JSON: add_json_row(history, row); break;
  case HISTORY_CSV: add_csv_row(history, row); break;
  }
  bool drawn = history->drawn != NULL && text_eq(row->provider, history->drawn->provider);
  if (drawn) chart_take(history->chart, &row->reading);
  history->rows++;
  return buf_ok(&history->out);
}

static void begin(struct history *history) {
  static const char *const headings[] = {"TIME", "ACCOUNT", "LEVEL", "BALANCE", ""};
  buf_init(&history->out, HISTORY_MAX);
  history->table = table_new(headings, 5);
  table_align_right(history->table, 3);
  if (history->form == HISTORY_JSON) buf_add(&history->out, "{\"readings\":[");
  if (history->form == HISTORY_CSV) {
    buf_add(&history->out, "time,account,level,unit,available,cash,voucher,used,limit,error,estimated,simulated\n");
  }
}

static int end(struct history *history) {
  if (history->form == HISTORY_JSON) buf_add(&history->out, "]}");
  if (history->form == HISTORY_TABLE) table_print(history->table, &history->out, terminal_is_rich());
  if (history->form == HISTORY_TABLE && history->rows == 0) {
    buf_clear(&history->out);
    buf_add(&history->out, "no readings in that time");
  }
  struct buf *out = &history->out;
  if (history->form == HISTORY_TABLE && history->drawn != NULL && history->rows > 1) {
    buf_add_char(out, '\n');
    chart_sparkline(history->chart, SPARKLINE_WIDTH, out);
  }
  if (!buf_ok(out)) {
    struct err err = {0};
    err_set(&err, ERR_LIMIT, "that is more history than fits");
    err_hint(&err, "ask for less with --since or ACCOUNT");
    return command_fail(&err);
  }
  return command_print(buf_text(out));
}

/* A person who asks for one account sees its course under the table. */
static void begin_drawing(struct history *history, const struct account *account, const struct history_query *query) {
  if (account == NULL || history->form != HISTORY_TABLE || isatty(STDOUT_FILENO) != 1) return;
  history->drawn = account;
  history->chart = chart_new(&(struct chart_frame){account, query->since_ms, loop_wall_ms()});
}

static int print_history(const struct invocation *invocation, const struct config *config, const struct account *only,
                         int64_t since_ms) {
  struct err err = {0};
  struct history history = {.config = config};
  if (invocation_has(invocation, "json")) history.form = HISTORY_JSON;
  if (invocation_has(invocation, "csv")) history.form = HISTORY_CSV;
  const struct history_query query = {
      .accounts = invocation->arg_count > 0 ? invocation->args : NULL,
      .since_ms = loop_wall_ms() - since_ms,
  };
  struct store *store = store_open(config->state_dir, STORE_READ, &err);
  if (store == NULL) return command_fail(&err);
  begin(&history);
  begin_drawing(&history, only, &query);
  int result = store_history(store, &query, each_row, &history, &err) ? end(&history) : command_fail(&err);
  store_close(store);
  buf_done(&history.out);
  table_free(history.table);
  chart_free(history.chart);
  return result;
}

static int refuse(const char *what) {
  struct err err = {0};
  err_set(&err, ERR_USAGE, "%s", what);
  return command_fail(&err);
}

static int run_with(const struct invocation *invocation, const struct config *config, int64_t since_ms) {
  if (invocation_has(invocation, "chart")) return history_chart_run(invocation, config, since_ms);
  size_t count = 0;
  const struct account **accounts = invocation_accounts(invocation, config, &count);
  if (accounts == NULL) return EXIT_TROUBLE;
  int result = print_history(invocation, config, count == 1 ? accounts[0] : NULL, since_ms);
  mem_free(accounts);
  return result;
}

static int history_run(const struct invocation *invocation) {
  struct err err = {0};
  bool chart = invocation_has(invocation, "chart");
  int64_t since_ms = chart ? CHART_MS : TABLE_MS;
  const char *since = invocation_flag(invocation, "since");
  if (since != NULL && !command_since(since, &since_ms, &err)) return command_fail(&err);
  if (chart && (invocation_has(invocation, "json") || invocation_has(invocation, "csv"))) {
    return refuse("--chart draws a picture: neither --json nor --csv goes with it");
  }
  if (!chart && invocation_has(invocation, "light")) return refuse("--light is the colours of a --chart");
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  int result = run_with(invocation, config, since_ms);
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"since", "24h", "how far back; a bare number is hours; 30d for --chart"},
    {"chart", "FILE.png", "draw one account's history; - is standard output"},
    {"light", NULL, "dark on white, with --chart"},
    {"json", NULL, "print it as JSON"},
    {"csv", NULL, "print it as comma-separated values"},
    {0},
};

const struct command command_history = {
    .name = "history",
    .usage = "[ACCOUNT…]",
    .about = "the recorded readings, also as a picture",
    .args_max = COMMAND_ANY_NUMBER,
    .flags = flags,
    .run = history_run,
};
