/* config: what a person wrote, checked and complete; an immutable, reference-counted value. Turns and sends keep theirs
 * over a reload. */
#ifndef LOWTIDE_CONFIG_H
#define LOWTIDE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/account.h"
#include "lowtide/cron.h"
#include "lowtide/log.h"
#include "lowtide/provider.h"
#include "lowtide/zone.h"

enum footer { FOOTER_NONE, FOOTER_SHORT, FOOTER_FULL };
/* EDIT: one summary that is kept up to date; new messages for alerts alone. */
enum channel_mode { CHANNEL_POST, CHANNEL_EDIT };
enum summary_when { SUMMARY_ALWAYS, SUMMARY_CHANGE, SUMMARY_LOW };

/* What a channel may carry, as bits. */
enum sends { SENDS_SUMMARY = 1, SENDS_ALERTS = 2, SENDS_RECOVERIES = 4, SENDS_TOPUPS = 8, SENDS_DIGEST = 16 };

/* How chat commands come in. */
enum commands_by { COMMANDS_OFF, COMMANDS_SOCKET, COMMANDS_HTTP };

/* What [discord] says; texts are never NULL but where told. commands is off where what they need is missing. */
struct discord_settings {
  struct secret *token;       /* NULL: not set */
  const char *application_id; /* "": not told; the gateway's READY tells it */
  const char *public_key;     /* hex; "" */
  const char *guild;          /* "": commands are registered everywhere */
  enum commands_by commands;
  bool commands_told;      /* somebody wrote commands = … */
  const char *allow_users; /* ids separated by commas */
  const char *allow_roles;
  const char *allow_guilds; /* "": any */
  bool presence;
  const char *base_url; /* without a slash at its end; NULL: https://discord.com */
  const char *missing;  /* the variable that the section lacks; NULL: none */
  const char *missing_why;
};

struct slack_settings {
  struct secret *bot_token;
  struct secret *app_token;
  struct secret *signing_secret;
  enum commands_by commands;
  bool commands_told;
  const char *allow_users;
  const char *allow_teams; /* "": who has the app */
  const char *base_url;    /* NULL: https://slack.com */
  const char *missing;
  const char *missing_why;
};

struct http_settings {
  const char *listen; /* "": no server */
  const char *hosts;  /* names separated by commas */
  const char *origins;
};

/* Whether id is one of a list "1, 2, 3". */
bool config_list_has(const char *list, const char *id);

struct notifier_plug;

struct channel {
  const char *name;
  const struct notifier_plug *plug;
  const struct account_value *values; /* what its type takes: url, token, … */
  size_t value_count;
  unsigned sends;       /* enum sends */
  const char *mention;  /* "" or "role:1234" … */
  const char *accounts; /* "" for all, else names separated by commas */
  enum level min_level; /* LEVEL_OK: all */
  enum summary_when summary_when;
  enum channel_mode mode;
  const char *base_url; /* NULL: the platform's own host */
  const char *ca_file;
  const char *missing; /* as an account's */
  const char *missing_why;
};

const char *channel_value(const struct channel *channel, const char *name);
bool channel_wants_account(const struct channel *channel, const char *account);

struct config {
  const char *path; /* NULL: no file, all from the environment */
  const char *state_dir;
  const char *title;
  enum footer footer;
  struct cron schedule;
  const char *schedule_text;
  struct zone *zone;
  int64_t keep_ms;
  int64_t deadline_ms;
  enum log_level log_level;
  enum log_lines log_lines;
  bool sandbox;             /* simulated accounts only, console only */
  struct account *accounts; /* in the order of the file, then those of the environment by name */
  size_t account_count;
  struct channel *channels;
  size_t channel_count;
  struct discord_settings discord;
  struct slack_settings slack;
  struct http_settings http;
  struct recipe **recipes; /* embedded ones, the folder's, the inline ones: by name */
  size_t recipe_count;
  const char *const *warnings; /* sentences worth telling once: a literal secret that others may read, … NULL at the end */
  const struct console_only *const *console_only; /* vendors seen in the environment; NULL at the end */
  struct config_private *private;
};

/* Where things come from; tests bring their own. */
struct config_source {
  const char *path;                        /* --config; NULL: look at the usual places */
  const char *(*getenv)(const char *name); /* NULL: the real one */
  bool simulated;                          /* the sandbox's own text: marks config and accounts so */
  bool sealed;                             /* opens no file at all, so that ${file:…} is missing: for fuzzing */
};

/* Reads, checks and completes. ERR_CONFIG with "FILE:LINE: what is wrong (nearest known name)". NULL on failure. */
struct config *config_load(const struct config_source *source, struct err *err) MUST_CHECK;
/* The same from text; file is how the messages name it. For tests, fuzzing and the sandbox. */
struct config *config_parse(const char *file, const char *text, size_t length, const struct config_source *source,
                            struct err *err) MUST_CHECK;
struct config *config_keep(struct config *config);
void config_release(struct config *config); /* NULL is fine */

const struct account *config_account(const struct config *config, const char *name);
const struct channel *config_channel(const struct config *config, const char *name);
const struct recipe *config_recipe(const struct config *config, const char *name);

/* What config.ini.example holds, made from the tables: all but `accounts = auto` is commented out. */
void config_print_example(struct buf *out);

/* A config block to paste for a recipe or plug. */
bool config_print_block(struct buf *out, const struct config *config, const char *provider);

#endif
