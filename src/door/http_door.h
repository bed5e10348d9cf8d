/* http_door: the one HTTP server, open where `listen` of [http] is set. What comes goes through
 *
 *     Host ──► path ──► method ──► who asks ──► what serves it
 *     403      404      405        401 …
 *
 * and a route is one file, which defines its http_serve_NAME, and one line in HTTP_ROUTES. The server has bounded the body
 * and waited for all of it before; an exchange may be answered later. Private to the room. */
#ifndef LOWTIDE_DOOR_HTTP_DOOR_H
#define LOWTIDE_DOOR_HTTP_DOOR_H

#include "door/signed_replay.h"
#include "door/slack_answer.h"
#include "door/way_in.h"
#include "lowtide/http_server.h"

struct http_door {
  const struct hall *hall;
  struct http_server *server;
  struct slack_answers *slack;
  struct signed_replay *replay;
  struct err stuck;         /* why it does not listen where the config says; ERR_NONE: it does */
  int64_t refusal_told_ms;  /* 0: none */
  unsigned refusals_untold; /* since then */
  bool shut;                /* changes nothing any more */
};

/* A path may stand for several methods. Who asks GET may ask HEAD. */
#define HTTP_ROUTES(X)                                                                                                     \
  /* method, path, who may ask, what serves it */                                                                          \
  X("GET", "/healthz", anybody, health)                                                                                    \
  X("POST", "/discord/interactions", discord, discord_interactions)                                                        \
  X("POST", "/slack/commands", slack, slack_commands)                                                                      \
  X("POST", "/slack/interactivity", slack, slack_interactivity)

#define HTTP_DECLARE(method, path, who, name)                                                                              \
  void http_serve_##name(struct http_door *door, struct http_exchange *exchange);
HTTP_ROUTES(HTTP_DECLARE)

/* Who may ask. */
struct http_caller {
  /* Whether its routes are there at all; NULL: always. */
  bool (*is_expected)(const struct config *config);
  /* Asked in whatever way, it is answered 200 with nothing, and has no effect; NULL: nothing is. */
  bool (*is_probe)(const struct http_exchange *exchange);
  /* False: no, and it is answered. NULL: everybody is. */
  bool (*is_let_in)(struct http_door *door, struct http_exchange *exchange);
};
extern const struct http_caller http_from_anybody;
extern const struct http_caller http_from_discord; /* signed by it */
extern const struct http_caller http_from_slack;

/* The server's handler; context is the door. */
void http_door_serve(void *context, struct http_exchange *exchange);

/* Now and then a line in the log: anybody may send any number. */
void http_door_tell_refusal(struct http_door *door, const char *what, const char *why);

/* Whether a Host header (NULL: none) is one of ours: the place that is listened on, this machine's own names, hosts of
 * [http]. A foreign page that has its name point here cannot ask in its visitors' stead. */
bool http_host_is_ours(const char *host, const char *place, const char *hosts);

#endif
