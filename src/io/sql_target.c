#include "io/sql_target.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "io/ca_bundle.h"
#include "lowtide/host.h"
#include "lowtide/text.h"

#define LIST_MAX 8192

static void add_key(struct sql_target *target, const char *key, const char *value) {
  if (value == NULL || target->count == SQL_KEYS_MAX) return;
  target->keys[target->count] = key;
  target->values[target->count] = value;
  target->count++;
}

static const char *value_of(const struct sql_target *target, const char *key) {
  for (size_t i = 0; i < target->count; i++) {
    if (text_eq(target->keys[i], key)) return target->values[i];
  }
  return NULL;
}

/* libpq's own complaint is not shown: it quotes from the text, which may hold the password. */
static bool parse_dsn(struct sql_target *target, const char *dsn, struct err *err) {
  char *complaint = NULL;
  PQconninfoOption *options = PQconninfoParse(dsn, &complaint);
  if (complaint != NULL) PQfreemem(complaint);
  if (options == NULL) {
    err_set(err, ERR_DATABASE, "the dsn cannot be read");
    return err_hint(err, "write postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters as %%XX");
  }
  target->parsed = options;
  for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
    bool named_anew = text_eq(option->keyword, "host") || text_eq(option->keyword, "port");
    if (!named_anew) add_key(target, option->keyword, option->val);
  }
  return true;
}

static const char *parsed_value(const struct sql_target *target, const char *key) {
  const PQconninfoOption *option = target->parsed;
  for (; option != NULL && option->keyword != NULL; option++) {
    if (text_eq(option->keyword, key)) return option->val;
  }
  return NULL;
}

static bool is_name(const char *host) {
  if (*host == '\0' || *host == '/' || *host == '@') return false;
  return *host == '[' || !host_is_address(host); /* libpq would look [::1] up itself, and block */
}

/* The next of a comma-separated list; a port list of one stands for all. */
static const char *take_item(const char *list, char *out, size_t size) {
  size_t length = strcspn(list, ",");
  (void)text_fmt(out, size, "%.*s", (int)length, list);
  return list[length] == ',' ? list + length + 1 : NULL;
}

static void split_hosts(struct sql_target *target, const char *hosts, const char *ports) {
  char port[8] = "5432";
  for (const char *at = hosts; at != NULL && target->host_count < SQL_HOSTS_MAX;) {
    struct sql_host *host = &target->hosts[target->host_count++];
    at = take_item(at, host->name, sizeof host->name);
    if (ports != NULL && *ports != '\0') ports = take_item(ports, port, sizeof port);
    (void)text_copy(host->port, sizeof host->port, port);
    host->needs_lookup = is_name(host->name);
  }
}

/* Nowhere else is a query sent: no host at all is libpq's own socket, but for a service, whose host is in a file. */
static bool is_local(const struct sql_target *target) {
  const char *address = value_of(target, "hostaddr");
  bool local = value_of(target, "service") == NULL && (address == NULL || host_is_loopback(address));
  for (size_t i = 0; i < target->host_count; i++) {
    const char *host = target->hosts[i].name;
    local = local && (*host == '\0' || *host == '/' || *host == '@' || host_is_loopback(host));
  }
  return local;
}

static const char *sslmode_of(const struct sql_target *target, const struct sql_ask *ask) {
  const char *in_dsn = value_of(target, "sslmode");
  if (ask->sslmode != NULL) return ask->sslmode;
  if (in_dsn != NULL && *in_dsn != '\0') return in_dsn;
  return is_local(target) ? "prefer" : "verify-full";
}

static void add_tls(struct sql_target *target, const struct sql_ask *ask) {
  const char *sslmode = sslmode_of(target, ask);
  add_key(target, "sslmode", sslmode); /* later keys win */
  if (ask->ca_file != NULL) {
    add_key(target, "sslrootcert", ask->ca_file);
  } else if (text_starts(sslmode, "verify-") && value_of(target, "sslrootcert") == NULL) {
    add_key(target, "sslrootcert", ca_bundle_path());
  }
  /* Kerberos would look names up and wait on the loop. */
  add_key(target, "gssencmode", "disable");
  add_key(target, "client_encoding", "UTF8");
  if (value_of(target, "application_name") == NULL) add_key(target, "application_name", "lowtide");
}

bool sql_target_init(struct sql_target *target, const struct sql_ask *ask, struct err *err) {
  *target = (struct sql_target){.count = 0};
  buf_init(&target->host_list, LIST_MAX);
  buf_init(&target->address_list, LIST_MAX);
  buf_init(&target->port_list, LIST_MAX);
  if (ask->dsn != NULL && !parse_dsn(target, ask->dsn, err)) return false;
  const char *host = ask->dsn != NULL ? parsed_value(target, "host") : ask->host;
  const char *port = ask->dsn != NULL ? parsed_value(target, "port") : ask->port;
  if (ask->dsn == NULL) {
    add_key(target, "user", ask->user);
    add_key(target, "password", ask->password);
    add_key(target, "dbname", ask->database);
  }
  if (host == NULL) host = value_of(target, "hostaddr");
  if (host == NULL) host = getenv("PGHOST");
  split_hosts(target, host != NULL ? host : "", port);
  for (size_t i = 0; i < target->host_count && value_of(target, "hostaddr") != NULL; i++)
    target->hosts[i].needs_lookup = false;
  add_tls(target, ask);
  return true;
}

void sql_target_done(struct sql_target *target) {
  PQconninfoFree(target->parsed);
  buf_done(&target->host_list);
  buf_done(&target->address_list);
  buf_done(&target->port_list);
}

static void add_item(struct buf *list, bool first, const char *item) {
  if (!first) buf_add_char(list, ',');
  buf_add(list, item);
}

void sql_target_address(struct sql_target *target, const struct sql_host *host, const char *address) {
  bool first = target->listed++ == 0;
  add_item(&target->host_list, first, host->name);
  add_item(&target->address_list, first, address != NULL ? address : "");
  add_item(&target->port_list, first, host->port);
}

void sql_target_close(struct sql_target *target) {
  add_key(target, "host", buf_text(&target->host_list));
  if (value_of(target, "hostaddr") == NULL) add_key(target, "hostaddr", buf_text(&target->address_list));
  add_key(target, "port", buf_text(&target->port_list));
  target->keys[target->count] = NULL;
  target->values[target->count] = NULL;
}
