/* postgres: a person's own query on their own server. The first column is the balance; a second one of a time type says as
 * of when. */
#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/plugs.h"

static const struct setting postgres_settings[] = {
    {.name = "dsn",
     .type = SETTING_SECRET,
     .about = "postgres://USER:PASSWORD@HOST/DATABASE, instead of host and the others"},
    {.name = "host", .type = SETTING_TEXT, .about = "a name, an address or the folder of a socket"},
    {.name = "port", .type = SETTING_NUMBER, .fallback = "5432", .about = "where the server listens"},
    {.name = "user", .type = SETTING_TEXT, .fallback = "postgres", .about = "who asks"},
    {.name = "password", .type = SETTING_SECRET, .about = "the user's"},
    {.name = "database", .type = SETTING_TEXT, .fallback = "postgres", .about = "where the table is"},
    {.name = "sslmode",
     .type = SETTING_CHOICE,
     .choices = "disable|allow|prefer|require|verify-ca|verify-full",
     .about = "verify-full unless the host is local or the dsn says it"},
    {.name = "query",
     .type = SETTING_TEXT,
     .about = "one row: the balance, and if there is a second column of a time type, as of when",
     .required = true},
    {.name = NULL},
};

static bool is_given(const char *text) {
  return !text_is_blank(text);
}

/* What nobody wrote is decided where the host is known: a dsn is read there. */
static const char *sslmode_of(const struct account *account) {
  const char *written = account_value(account, "sslmode");
  return is_given(written) ? written : NULL;
}

static bool postgres_check(const struct account *account, struct err *err) {
  bool has_dsn = is_given(account_value(account, "dsn"));
  bool has_host = is_given(account_value(account, "host"));
  if (account->missing != NULL || has_dsn != has_host) return true;
  return err_set(err, ERR_CONFIG, has_dsn ? "takes either `dsn` or `host`, not both" : "takes `dsn` or `host`");
}

static bool say_not_set(const struct account *account, struct err *err) {
  struct err why = {0};
  bool fits = postgres_check(account, &why) && is_given(account_value(account, "query"));
  return fits || err_set(err, ERR_NOT_CONFIGURED, "%s", why.code == ERR_NONE ? "query is not set" : why.text);
}

static void fill_ask(const struct account *account, struct ask *ask) {
  const char *dsn = account_value(account, "dsn");
  ask->kind = ASK_SQL;
  ask->sql = (struct sql_ask){.ca_file = account->ca_file, .query = account_value(account, "query")};
  if (is_given(dsn)) {
    ask->sql.dsn = dsn;
  } else {
    ask->sql.host = account_value(account, "host");
    ask->sql.port = account_value(account, "port");
    ask->sql.user = account_value(account, "user");
    ask->sql.password = account_value(account, "password");
    ask->sql.database = account_value(account, "database");
  }
  ask->sql.sslmode = sslmode_of(account);
}

static bool read_row(const struct sql_answer *row, struct reading *reading, struct err *err) {
  int64_t nano;
  if (row->rows == 0 || row->columns == 0) return err_set(err, ERR_DATABASE, "no row");
  if (row->null[0]) return err_set(err, ERR_DATABASE, "the balance is NULL");
  if (!money_parse(row->field[0], &nano, err)) {
    (void)err_set(err, ERR_MALFORMED, "the first column is not a number");
    return err_hint(err, "select it as numeric: balance::numeric");
  }
  reading->available = amount_of(nano);
  if (row->columns < 2 || !row->second_is_time || row->null[1]) return true;
  return time_parse(row->field[1], &reading->time_ms, err) ||
         err_set(err, ERR_MALFORMED, "the second column is not a time");
}

static enum gathering_step postgres_next(void *state, const struct account *account, const struct answer *answer,
                                         struct ask *ask, struct reading *reading) {
  struct err err = {0};
  struct reading result = {.kind = READING_PREPAID};
  (void)state;
  if (answer == NULL) {
    if (!say_not_set(account, &err)) return plug_fail(reading, &err);
    fill_ask(account, ask);
    return GATHERING_ASK;
  }
  if (!read_row(&answer->sql, &result, &err)) return plug_fail(reading, &err);
  (void)text_copy(result.unit, sizeof result.unit, account_unit(account));
  *reading = result;
  return GATHERING_DONE;
}

const struct provider_plug provider_postgres = {
    .name = "postgres",
    .about = "a balance that a query of your own selects from PostgreSQL",
    .label = "PostgreSQL",
    .emoji = "🐘",
    .settings = postgres_settings,
    .next = postgres_next,
    .check = postgres_check,
};
