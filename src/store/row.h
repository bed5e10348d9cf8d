/* row: a reading as it stands in its table. */
#ifndef LOWTIDE_STORE_ROW_H
#define LOWTIDE_STORE_ROW_H

#include "query.h"

/* What row_read reads, for "FROM reading r JOIN series s ON s.id = r.series_id". */
#define ROW_COLUMNS                                                                                                        \
  "r.kind, r.level, r.asked_ms, r.time_ms, r.available, r.cash, r.voucher, r.used, r.ceiling, r.resets_ms, r.noted_ms, "   \
  "r.estimated, "                                                                                                          \
  "r.simulated, r.code, r.detail, r.hint, s.unit"

void row_read(struct query *query, struct reading *reading, enum level *level);
/* Binds the same columns but the unit, in the same order. */
void row_bind(struct query *query, const struct reading *reading, enum level level);

#endif
