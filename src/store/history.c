#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "row.h"

#define SQL_MAX (64 * 1024)
#define TOO_MANY "history: too many accounts named"

static void add_names(const struct history_query *asked, struct buf *sql) {
  for (int i = 0; asked->accounts[i] != NULL; i++)
    buf_add(sql, i == 0 ? "(?" : ", ?");
  buf_add_char(sql, ')');
}

static bool has_names(const struct history_query *asked) {
  return asked->accounts != NULL && asked->accounts[0] != NULL;
}

static void bind_names(struct query *query, const struct history_query *asked) {
  for (int i = 0; asked->accounts[i] != NULL; i++)
    query_text(query, asked->accounts[i]);
}

static void bind_times(struct query *query, const struct history_query *asked) {
  query_int(query, asked->since_ms);
  query_int(query, asked->until_ms != 0 ? asked->until_ms : INT64_MAX);
}

/* --- the shorter way -------------------------------------------------------------------------------------------------- */
/* Readings lie in the order of their turns, and no index has an account's own. Either all of the time are looked through,
 * or each place that the named accounts may have, from their first seq to the last: a year of one of 500 accounts is 8,760
 * places, and 4,380,000 readings. */
#define PLACES                                                                                                             \
  "WITH RECURSIVE place (account_id, seq, last) AS (SELECT a.id, f.seq, a.seq FROM account_state a,"                       \
  " (SELECT MIN(seq) AS seq FROM reading) f WHERE a.account IN "
#define PLACES_END " UNION ALL SELECT account_id, seq + 1, last FROM place WHERE seq < last) "
#define PLACE_COSTS 4 /* as much as that many readings that are passed over */

static bool count_places(struct store *store, const struct history_query *asked, int64_t *count, struct err *err) {
  QUERY query = {0};
  struct buf sql;
  buf_init(&sql, SQL_MAX);
  buf_add(&sql, "SELECT COALESCE(SUM(seq + 1 - (SELECT MIN(seq) FROM reading)), 0) FROM account_state WHERE account IN ");
  add_names(asked, &sql);
  bool ok = buf_ok(&sql) || err_set(err, ERR_LIMIT, TOO_MANY);
  ok = ok && query_start_once(&query, store, buf_text(&sql), err);
  buf_done(&sql);
  if (!ok) return false;
  bind_names(&query, asked);
  return query_number(&query, count, err);
}

static bool is_shorter_by_places(struct store *store, const struct history_query *asked, bool *shorter, struct err *err) {
  QUERY query = {0};
  int64_t places = 0;
  int64_t readings = 0;
  *shorter = false;
  if (!has_names(asked) || asked->limit > 0) return true; /* the newest few are found soon */
  if (!count_places(store, asked, &places, err)) return false;
  if (!query_start(&query, store,
                   "SELECT COUNT(*) FROM (SELECT 1 FROM reading WHERE at_ms >= ? AND at_ms <= ? LIMIT ?) passed", err))
    return false;
  bind_times(&query, asked);
  query_int(&query, places * PLACE_COSTS + 1);
  if (!query_number(&query, &readings, err)) return false;
  *shorter = readings > places * PLACE_COSTS;
  return true;
}

/* --- the query --------------------------------------------------------------------------------------------------- */

/* The newest first where there is a limit; turned round afterwards. */
static bool build(const struct history_query *asked, bool by_places, struct buf *sql) {
  if (by_places) {
    buf_add(sql, PLACES);
    add_names(asked, sql);
    buf_add(sql, PLACES_END);
  }
  buf_addf(sql,
           "SELECT a.account, s.provider, " ROW_COLUMNS " FROM %sreading r JOIN account_state a ON a.id = r.account_id"
           " JOIN series s ON s.id = r.series_id WHERE r.at_ms >= ? AND r.at_ms <= ?",
           by_places ? "place p CROSS JOIN " : "");
  if (by_places) {
    buf_add(sql, " AND r.seq = p.seq AND r.account_id = p.account_id");
  } else if (has_names(asked)) {
    buf_add(sql, " AND a.account IN ");
    add_names(asked, sql);
  } else if (asked->accounts != NULL) {
    buf_add(sql, " AND 1 = 0");
  }
  const char *way = asked->limit > 0 ? "DESC" : "ASC";
  buf_addf(sql, " ORDER BY r.at_ms %s, r.seq %s, r.account_id %s", way, way, way);
  if (asked->limit > 0) buf_addf(sql, " LIMIT %d", asked->limit);
  return buf_ok(sql);
}

static void bind(struct query *query, const struct history_query *asked, bool by_places) {
  if (by_places) bind_names(query, asked);
  bind_times(query, asked);
  if (!by_places && has_names(asked)) bind_names(query, asked);
}

static void read_row(struct query *query, struct history_row *row) {
  query_get_text(query, row->account, sizeof row->account);
  query_get_text(query, row->provider, sizeof row->provider);
  row_read(query, &row->reading, &row->level);
}

struct rows {
  struct history_row *row;
  size_t count;
  size_t room;
};

static bool collect(struct query *query, struct rows *rows, struct err *err) {
  bool found = false;
  if (!query_next(query, &found, err)) return false;
  while (found) {
    if (rows->count == rows->room) {
      rows->room = rows->room == 0 ? 64 : rows->room * 2;
      rows->row = mem_grow(rows->row, rows->room, sizeof *rows->row);
    }
    read_row(query, &rows->row[rows->count++]);
    if (!query_next(query, &found, err)) return false;
  }
  return true;
}

static bool tell(struct query *query, bool (*each)(void *context, const struct history_row *row), void *context,
                 struct err *err) {
  struct history_row row;
  bool found = false;
  if (!query_next(query, &found, err)) return false;
  while (found) {
    read_row(query, &row);
    if (!each(context, &row)) return true;
    if (!query_next(query, &found, err)) return false;
  }
  return true;
}

static bool tell_turned_round(struct query *query, bool (*each)(void *context, const struct history_row *row),
                              void *context, struct err *err) {
  struct rows rows = {0};
  bool ok = collect(query, &rows, err);
  while (ok && rows.count > 0 && each(context, &rows.row[rows.count - 1])) {
    rows.count--;
  }
  mem_free(rows.row);
  return ok;
}

bool store_history(struct store *store, const struct history_query *query,
                   bool (*each)(void *context, const struct history_row *row), void *context, struct err *err) {
  struct buf sql;
  QUERY run = {0};
  bool by_places = false;
  if (!is_shorter_by_places(store, query, &by_places, err)) return false;
  buf_init(&sql, SQL_MAX);
  bool ok = build(query, by_places, &sql) || err_set(err, ERR_LIMIT, TOO_MANY);
  ok = ok && query_start_once(&run, store, buf_text(&sql), err);
  buf_done(&sql);
  if (!ok) return false;
  bind(&run, query, by_places);
  return query->limit > 0 ? tell_turned_round(&run, each, context, err) : tell(&run, each, context, err);
}
