#include "io/sql_fault.h"

#include <string.h>

#include "lowtide/secret.h"
#include "lowtide/text.h"

#define SHOWN_MAX 180
#define MESSAGE_MAX 2048

/* The first line from text on, cleaned. */
static void first_line(char *out, size_t size, const char *text) {
  char line[MESSAGE_MAX];
  text += strspn(text, " \t");
  (void)text_fmt(line, sizeof line, "%.*s", (int)strcspn(text, "\r\n"), text);
  (void)secret_blot(line); /* before it is cut: half a key would not be known any more */
  text_clean(out, size, line);
}

static const struct connect_meaning {
  const char *part; /* of libpq's message */
  enum err_code code;
  const char *words; /* NULL: what follows the part */
  const char *hint;
} connect_meanings[] = {
    {"FATAL: ", ERR_DATABASE, NULL, "look at user, password and database"},
    {"no password supplied", ERR_DATABASE, "the server wants a password", "set password"},
    {"does not match host name", ERR_TLS, "certificate is for another host name", "look at host"},
    {"certificate has expired", ERR_TLS, "certificate has expired",
     "the other side must renew it, or this machine's clock is wrong"},
    {"certificate verify failed", ERR_TLS, "certificate is signed by an unknown authority",
     "put that authority's certificate into ca_file, or write out sslmode"},
    {"root certificate file", ERR_TLS, "the file of trusted certificates cannot be read",
     "look at ca_file and SSL_CERT_FILE, or install ca-certificates"},
    {"does not support SSL", ERR_TLS, "the server does not speak TLS", "sslmode = disable if the way there is safe"},
    {"SSL", ERR_TLS, "TLS handshake failed", "look at sslmode and ca_file"},
    {"Connection refused", ERR_NETWORK, "connection refused", "look at host and port, and whether the server runs"},
    {"No such file or directory", ERR_NETWORK, "no server on this socket", "look at host and port"},
    {"closed the connection", ERR_NETWORK, "connection cut short", ""},
    {"could not translate", ERR_NETWORK, "name not found", "look at the host's spelling, and at the DNS"},
    {"unreachable", ERR_NETWORK, "no route to the host", ""},
};

void sql_connect_fault(const PGconn *conn, struct err *err) {
  char shown[SHOWN_MAX];
  const char *message = PQerrorMessage(conn);
  for (size_t i = 0; i < sizeof connect_meanings / sizeof connect_meanings[0]; i++) {
    const struct connect_meaning *meaning = &connect_meanings[i];
    const char *at = strstr(message, meaning->part);
    if (at == NULL) continue;
    first_line(shown, sizeof shown, at + strlen(meaning->part));
    err_set(err, meaning->code, "%s", meaning->words != NULL ? meaning->words : shown);
    err_hint(err, "%s", meaning->hint);
    return;
  }
  err_set(err, ERR_NETWORK, "no connection");
}

static const struct state_meaning {
  const char *state; /* SQLSTATE, or its class */
  enum err_code code;
  const char *hint;
} state_meanings[] = {
    {"57014", ERR_TIMEOUT, "the query takes too long"},
    {"25006", ERR_DATABASE, "only queries that read are asked"},
    {"42601", ERR_DATABASE, "one query, without a mistake in its spelling"},
    {"42P01", ERR_DATABASE, "look at the table's name and its schema"},
    {"42501", ERR_DATABASE, "grant the user SELECT on it"},
    {"08", ERR_NETWORK, ""},
};

void sql_result_fault(const PGresult *result, struct err *err) {
  char shown[SHOWN_MAX];
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (state == NULL) { /* libpq's own: the server has gone */
    err_set(err, ERR_NETWORK, "connection cut short");
    return;
  }
  first_line(shown, sizeof shown, message != NULL ? message : "the query failed");
  err_set(err, ERR_DATABASE, "%s", shown);
  for (size_t i = 0; i < sizeof state_meanings / sizeof state_meanings[0]; i++) {
    if (!text_starts(state, state_meanings[i].state)) continue;
    err->code = state_meanings[i].code;
    err_hint(err, "%s", state_meanings[i].hint);
    return;
  }
}
