/* discord_commands: what Discord knows of our commands, and telling it. Private to the room. */
#ifndef LOWTIDE_COMMAND_DISCORD_COMMANDS_H
#define LOWTIDE_COMMAND_DISCORD_COMMANDS_H

#include "engine.h"
#include "lowtide/config.h"
#include "lowtide/register.h"

#define DISCORD_ID_MAX 24

struct discord_commands {
  const struct discord_settings *discord; /* with a token */
  struct engine *engine;
  enum register_scope scope;
  char application[DISCORD_ID_MAX];
  struct {
    struct err err;
    int status;
    int64_t retry_after_ms;
    struct buf body;
  } answer; /* to the last request */
};

void discord_commands_init(struct discord_commands *commands, const struct discord_settings *discord,
                           struct engine *engine);
void discord_commands_done(struct discord_commands *commands);

/* What is registered where `guild` says, and, with a guild, in all servers: those show there, too. Refusals come with the
 * mend. */
struct discord_found {
  struct registered here;
  struct registered everywhere; /* without a guild: nothing */
};
bool discord_commands_look(struct discord_commands *commands, struct discord_found *found, struct err *err) MUST_CHECK;
/* Where Discord sends what is asked, in place of the gateway: the portal's Interactions Endpoint URL; "": it has none. */
bool discord_commands_endpoint(struct discord_commands *commands, char *out, size_t size, struct err *err) MUST_CHECK;
/* Overwrites it. After a look. */
bool discord_commands_put(struct discord_commands *commands, struct err *err) MUST_CHECK;
/* Takes away what is registered in all servers. After a look. */
bool discord_commands_clear_everywhere(struct discord_commands *commands, struct err *err) MUST_CHECK;

#endif
