/* sql_fault: what libpq and the server complain about, in words that a person can act on. */
#ifndef LOWTIDE_IO_SQL_FAULT_H
#define LOWTIDE_IO_SQL_FAULT_H

#include <libpq-fe.h>

#include "lowtide/err.h"

/* No connection: libpq's message tells why, in English since nobody calls setlocale. */
void sql_connect_fault(const PGconn *conn, struct err *err);
void sql_result_fault(const PGresult *result, struct err *err);

#endif
