#include "door/http_door.h"

#include "lowtide/buf.h"
#include "lowtide/log.h"
#include "lowtide/text.h"

#define REFUSALS_TOLD_MS 60000
#define SHOWN_HOST_MAX 80
#define ALLOW_MAX 128

struct route {
  const char *method;
  const char *path;
  const struct http_caller *who;
  void (*serve)(struct http_door *door, struct http_exchange *exchange);
};

#define ROUTE(method, path, who, name) {method, path, &http_from_##who, http_serve_##name},

static const struct route routes[] = {HTTP_ROUTES(ROUTE)};
#define ROUTES (sizeof routes / sizeof routes[0])

const struct http_caller http_from_anybody = {NULL, NULL, NULL};

/* --- refusals --------------------------------------------------------------------------------------------------------- */

void http_door_tell_refusal(struct http_door *door, const char *what, const char *why) {
  const struct world *world = door->hall->world;
  int64_t now_ms = world->mono_ms(world->context);
  door->refusals_untold++;
  if (door->refusal_told_ms != 0 && now_ms - door->refusal_told_ms < REFUSALS_TOLD_MS) return;
  log_info("http", "a request to %s was refused: %s refused=%u", what, why, door->refusals_untold);
  door->refusal_told_ms = now_ms > 0 ? now_ms : 1;
  door->refusals_untold = 0;
}

/* Whoever puts a proxy in front sees only that the platform is not content. */
static void refuse_host(struct http_door *door, struct http_exchange *exchange, const char *host) {
  char name[SHOWN_HOST_MAX];
  text_clean(name, sizeof name, host);
  http_door_tell_refusal(door, name, "if that is a name of this server, it belongs into hosts of [http]");
  http_exchange_fail(exchange, 403, "this Host is not answered; its name belongs into hosts of [http]");
}

/* --- the way to a route ----------------------------------------------------------------------------------------------- */

static bool is_at(const struct route *route, const struct config *config, const char *path) {
  return text_eq(route->path, path) && (route->who->is_expected == NULL || route->who->is_expected(config));
}

/* method NULL: whichever it is asked by. */
static const struct route *find(const struct config *config, const char *path, const char *method) {
  for (const struct route *route = routes; route < routes + ROUTES; route++) {
    if (is_at(route, config, path) && (method == NULL || text_eq(route->method, method))) return route;
  }
  return NULL;
}

static void refuse_method(const struct config *config, struct http_exchange *exchange) {
  char detail[ALLOW_MAX];
  struct buf allow;
  buf_init(&allow, ALLOW_MAX);
  for (const struct route *route = routes; route < routes + ROUTES; route++) {
    if (!is_at(route, config, http_exchange_path(exchange))) continue;
    if (allow.len > 0) buf_add(&allow, ", ");
    buf_add(&allow, text_eq(route->method, "GET") ? "GET, HEAD" : route->method);
  }
  (void)text_fmt(detail, sizeof detail, "this is asked by %s", buf_text(&allow));
  http_exchange_add_header(exchange, "Allow", buf_text(&allow));
  http_exchange_fail(exchange, 405, detail);
  buf_done(&allow);
}

static void lead(struct http_door *door, struct http_exchange *exchange) {
  const struct config *config = door->hall->config;
  const char *path = http_exchange_path(exchange);
  const char *method = http_exchange_method(exchange);
  const struct route *any = find(config, path, NULL);
  const struct route *route = find(config, path, text_eq(method, "HEAD") ? "GET" : method);
  if (any == NULL) {
    http_exchange_fail(exchange, 404, "there is nothing here");
  } else if (any->who->is_probe != NULL && any->who->is_probe(exchange)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (route == NULL) {
    refuse_method(config, exchange);
  } else if (route->who->is_let_in == NULL || route->who->is_let_in(door, exchange)) {
    route->serve(door, exchange);
  }
}

void http_door_serve(void *context, struct http_exchange *exchange) {
  struct http_door *door = context;
  const char *host = http_exchange_header(exchange, "Host");
  if (http_host_is_ours(host, http_server_where(door->server), door->hall->config->http.hosts)) {
    lead(door, exchange);
  } else {
    refuse_host(door, exchange, host);
  }
}
