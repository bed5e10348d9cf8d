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

static const struct route routes[] = {HTTP_ROUTES(ROUTE){NULL, NULL, NULL, NULL}};

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

static const struct route *route_at(const struct config *config, const char *path) {
  const struct route *route = routes;
  while (route->path != NULL && !is_at(route, config, path))
    route++;
  return route->path != NULL ? route : NULL;
}

/* The first at that path is given. */
static const struct route *route_for(const struct route *route, const struct config *config, const char *method) {
  const char *path = route->path;
  const char *wanted = text_eq(method, "HEAD") ? "GET" : method;
  while (route->path != NULL && !(is_at(route, config, path) && text_eq(route->method, wanted)))
    route++;
  return route->path != NULL ? route : NULL;
}

static void refuse_method(const struct route *route, const struct config *config, struct http_exchange *exchange) {
  const char *path = route->path;
  char detail[ALLOW_MAX];
  struct buf allow;
  buf_init(&allow, ALLOW_MAX);
  for (; route->path != NULL; route++) {
    if (!is_at(route, config, path)) continue;
    if (allow.len > 0) buf_add(&allow, ", ");
    buf_add(&allow, text_eq(route->method, "GET") ? "GET, HEAD" : route->method);
  }
  (void)text_fmt(detail, sizeof detail, "this is asked by %s", buf_text(&allow));
  http_exchange_add_header(exchange, "Allow", buf_text(&allow));
  http_exchange_fail(exchange, 405, detail);
  buf_done(&allow);
}

static void serve_at(struct http_door *door, struct http_exchange *exchange, const struct route *first) {
  const struct config *config = door->hall->config;
  const struct route *route = route_for(first, config, http_exchange_method(exchange));
  const struct http_caller *who = first->who;
  if (who->is_probe != NULL && who->is_probe(exchange)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (route == NULL) {
    refuse_method(first, config, exchange);
  } else if (route->who->is_let_in == NULL || route->who->is_let_in(door, exchange)) {
    route->serve(door, exchange);
  }
}

void http_door_serve(void *context, struct http_exchange *exchange) {
  struct http_door *door = context;
  const struct config *config = door->hall->config;
  const char *host = http_exchange_header(exchange, "Host");
  const struct route *first = route_at(config, http_exchange_path(exchange));
  if (!http_host_is_ours(host, http_server_where(door->server), config->http.hosts)) {
    refuse_host(door, exchange, host);
  } else if (first == NULL) {
    http_exchange_fail(exchange, 404, "there is nothing here");
  } else {
    serve_at(door, exchange, first);
  }
}
