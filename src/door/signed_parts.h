/* signed_parts: what the files of the signed doors share. */
#ifndef LOWTIDE_DOOR_SIGNED_PARTS_H
#define LOWTIDE_DOOR_SIGNED_PARTS_H

#include "door/signed.h"
#include "door/signed_replay.h"
#include "lowtide/http_server.h"
#include "lowtide/signature.h"

/* Refusals are told in the log, but not each of them: anybody may send any number. */
struct signed_refusals {
  int64_t told_ms;
  unsigned untold;
};

struct signed_door {
  struct world world;
  struct config *config;
  struct discord_desk *desk;
  struct slack_answers *slack;
  struct http_server *server;
  struct signed_replay *replay;
  struct signed_refusals refusals;
  bool shut;
};

/* Whether a Host header (NULL: none) is one of ours: the place that is listened on, this machine's own names, [http] hosts.
 * A foreign page that has its name point here cannot ask in its visitors' stead. */
bool signed_host_is_ours(const struct http_settings *settings, const char *host);

/* 401, and now and then a line in the log. */
void signed_refuse(struct signed_door *door, struct http_exchange *exchange, const char *platform, const char *why);

void signed_discord_serve(struct signed_door *door, struct http_exchange *exchange);
void signed_slack_serve(struct signed_door *door, struct http_exchange *exchange);
/* Slack looks whether the address has a right certificate: by GET or POST, and not always signed. */
bool signed_slack_is_probe(const struct http_exchange *exchange);

/* For the log: what is wrong with a request that is not signed as it should be. */
const char *signed_fault(const struct signed_text *text, int64_t now_ms);

#endif
