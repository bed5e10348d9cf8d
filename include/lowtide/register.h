/* register: what the platforms must be told of the commands of chat.h before anybody can ask them. Made from the list,
 * always the same bytes. Pure. */
#ifndef LOWTIDE_REGISTER_H
#define LOWTIDE_REGISTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"

enum register_scope { REGISTER_GUILD, REGISTER_EVERYWHERE };

/* Discord's list for a bulk overwrite (docs: interactions/application-commands, 2026-08): "[{"name":"balance",…},…]". */
void register_discord(enum register_scope scope, struct buf *out);

struct registered {
  bool same;         /* ours are there as they should be, however Discord fills them up */
  size_t own;        /* how many of ours are there, by their names */
  char foreign[200]; /* names of those that are none of ours, with commas between; "": none */
};
/* What Discord answers when it is asked for its list. ERR_MALFORMED if it is none. */
bool register_discord_compare(const char *theirs, size_t length, enum register_scope scope, struct registered *out,
                              struct err *err) MUST_CHECK;

/* Slack's app manifest, as JSON to paste. url "": by Socket Mode; else where signed requests go to, "https://host". */
void register_slack(const char *url, struct buf *out);

#endif
