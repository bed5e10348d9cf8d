#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "row.h"

#define SQL_MAX (64 * 1024)

/* The newest first where there is a limit; turned round afterwards. */
static bool build(const struct history_query *asked, struct buf *sql) {
  buf_add(sql, "SELECT a.account, s.provider, " ROW_COLUMNS " FROM reading r JOIN account_state a ON a.id = r.account_id"
               " JOIN series s ON s.id = r.series_id WHERE r.at_ms >= ? AND r.at_ms <= ?");
  for (int i = 0; asked->accounts != NULL && asked->accounts[i] != NULL; i++) {
    buf_add(sql, i == 0 ? " AND a.account IN (?" : ", ?");
  }
  if (asked->accounts != NULL) buf_add(sql, asked->accounts[0] != NULL ? ")" : " AND 1 = 0");
  const char *way = asked->limit > 0 ? "DESC" : "ASC";
  buf_addf(sql, " ORDER BY r.at_ms %s, r.seq %s, r.account_id %s", way, way, way);
  if (asked->limit > 0) buf_addf(sql, " LIMIT %d", asked->limit);
  return buf_ok(sql);
}

static void bind(struct query *query, const struct history_query *asked) {
  query_int(query, asked->since_ms);
  query_int(query, asked->until_ms != 0 ? asked->until_ms : INT64_MAX);
  for (int i = 0; asked->accounts != NULL && asked->accounts[i] != NULL; i++) {
    query_text(query, asked->accounts[i]);
  }
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
  buf_init(&sql, SQL_MAX);
  bool ok = build(query, &sql) || err_set(err, ERR_LIMIT, "history: too many accounts named");
  ok = ok && query_start_once(&run, store, buf_text(&sql), err);
  buf_done(&sql);
  if (!ok) return false;
  bind(&run, query);
  return query->limit > 0 ? tell_turned_round(&run, each, context, err) : tell(&run, each, context, err);
}
