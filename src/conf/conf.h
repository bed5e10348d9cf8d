/* conf: what the files of this room share. A load goes: text -> conf_ini (sections and pairs with lines) ->
 * conf_section_read (known keys, expanded and checked) -> accounts, channels and the rest of the config. */
#ifndef LOWTIDE_CONF_CONF_H
#define LOWTIDE_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/config.h"
#include "lowtide/mem.h"
#include "lowtide/notifier.h"
#include "lowtide/setting.h"

#define CONF_FILE_MAX (256 * 1024)
#define CONF_LINE_MAX 8192 /* key, a value of 4 KiB, a comment */
#define CONF_VALUE_MAX 8192
#define CONF_ACCOUNTS_MAX 4096
#define CONF_NAME_MAX 48 /* of accounts, channels, recipes: they become file names and parts of keys */

/* --- ini.c: text in, sections out --- */
struct conf_ini_section {
  const char *name; /* between the brackets; "" for pairs before any header */
  int line;
  size_t first; /* index of its first pair */
  size_t count;
};

struct conf_ini {
  struct conf_ini_section *sections;
  size_t section_count;
  struct pair *pairs;
  size_t pair_count;
  char *pool; /* all keys, values and names; may hold secrets */
  size_t pool_size;
};

/* False with the sentence in err and its line in *line. Call conf_ini_done either way. */
bool conf_ini_read(struct conf_ini *ini, const char *text, size_t length, int *line, struct err *err) MUST_CHECK;
void conf_ini_done(struct conf_ini *ini); /* wipes */

/* --- the load under way --- */
struct config_private {
  int references; /* atomic */
  struct arena *arena;
  struct secret **secrets;
  size_t secret_count;
};

struct conf_given;

struct conf_load {
  const struct config_source *source;
  const char *file;   /* as the messages name it */
  bool others_read;   /* the file is open to other users */
  const char *opened; /* the first place of a secret written out, NULL: none */
  struct config *config;
  struct arena *arena; /* the config's */
  struct conf_ini ini;
  struct conf_given *given; /* of the section that is being read: one at a time */
  size_t account_sections;
  bool automatic;             /* accounts come from the environment too */
  const char *recipes_folder; /* NULL: none */
  int recipes_line;
  struct thresholds inherited;
  struct alert_policy alerts;
  int64_t stale_after_ms;
  int http_asked_line;   /* where commands = http stands; 0: nowhere */
  bool deadline_written; /* [lowtide] says it */
  const char **named;    /* variables that [account] sections name */
  size_t named_count;
  const char **warnings;
  size_t warning_count;
};

/* Sets ERR_CONFIG with "FILE:LINE: …". Answers false. */
bool conf_fault(const struct conf_load *load, int line, struct err *err, const char *format, ...) PRINTF_LIKE(4, 5);
/* Puts "FILE:LINE: " before what err says, and its hint in brackets behind; line 0 is the environment. Answers false. */
bool conf_locate(const struct conf_load *load, int line, struct err *err);
void conf_warn(struct conf_load *load, const char *format, ...) PRINTF_LIKE(2, 3);

/* The variable's value; NULL if it is not set or empty. */
const char *conf_getenv(const struct config_source *source, const char *name);
/* The home folder; NULL if nobody knows it. */
const char *conf_home(const struct config_source *source);

/* --- expand.c --- */
struct conf_expansion {
  struct buf text;
  char missing[256]; /* the first variable or file that is not there and has no default; "" if there is none */
  char why[384];     /* of missing: "NAME is not set", "the file ~/key cannot be read: Permission denied" */
  char unset[256];   /* the first that is not there, default or not */
};
void conf_expansion_init(struct conf_expansion *expansion);
void conf_expansion_done(struct conf_expansion *expansion); /* wipes */
/* False only if it is badly written; what is missing is told in expansion->missing. */
bool conf_expand(const struct config_source *source, const char *value, struct conf_expansion *expansion,
                 struct err *err) MUST_CHECK;
/* Calls each with every ${NAME} of the value. */
void conf_each_variable(const char *value, void (*each)(void *context, const char *name, size_t length), void *context);
/* Whether some of the secret itself stands in the value. */
bool conf_is_literal(const char *value);

/* --- value.c: one value against its setting --- */
/* *number: nano, milliseconds, the choice's index, the choices' bits, or the number; 0 for other types. */
bool conf_value_read(const struct setting *setting, const char *text, int64_t *number, struct err *err) MUST_CHECK;
/* The next of words between commas or white space. */
bool conf_next_word(const char **text, char *word, size_t size);
/* Letters, digits, . _ - and not too long. */
bool conf_name_check(const char *name, struct err *err) MUST_CHECK;

/* --- section.c: one section against its tables --- */
#define CONF_TABLES_MAX 3
struct conf_given {
  const struct setting *setting;
  int line;
  bool fallback;      /* nobody wrote it */
  const char *called; /* by messages */
  const char *text;   /* NULL for a secret, and where a variable is missing */
  struct secret *secret;
  int64_t number;
};

struct conf_section {
  const char *title; /* "[account kimi]" */
  const char *name;  /* "kimi"; "" for sections without a name of their own */
  int line;
  const struct pair *pairs;
  size_t pair_count;
  const struct setting *tables[CONF_TABLES_MAX]; /* the common one, the plug's, that of a ledger's recipe; or NULL */
  bool lenient;                                  /* a missing variable makes it "not configured" */
  struct conf_given *given;
  size_t count;
  const char *missing;     /* the first variable or file that is not there */
  const char *missing_why; /* the sentence about it */
};

/* Fills given, each key's fallback included, until the next section is read. What the values point to is the config's. */
bool conf_section_read(struct conf_load *load, struct conf_section *section, struct err *err) MUST_CHECK;
/* NULL if the key is not there, has an empty value, or lacks its variable. */
const struct conf_given *conf_given(const struct conf_section *section, const char *key);
const char *conf_given_text(const struct conf_section *section, const char *key, const char *otherwise);
int64_t conf_given_number(const struct conf_section *section, const char *key, int64_t otherwise);
struct amount conf_given_amount(const struct conf_section *section, const char *key);
/* What the plug's table took. */
const struct account_value *conf_section_values(struct conf_load *load, const struct conf_section *section, size_t *count);
/* Its only pair of that key as it stands, NULL if there is none. */
const struct pair *conf_section_pair(const struct conf_section *section, const char *key);

/* --- table.c --- */
extern const struct setting conf_lowtide_settings[];
extern const struct setting conf_account_settings[];
extern const struct setting conf_channel_settings[];
struct conf_kind {
  const char *name; /* of the section */
  const struct setting *settings;
  bool (*read)(struct conf_load *load, const struct conf_section *section, struct err *err); /* NULL: has no effect yet */
};
extern const struct conf_kind conf_single_sections[]; /* [discord] and others; NULL name at the end */
/* Whether the key is understood but has no effect yet. */
bool conf_setting_is_later(const struct setting *setting);
/* Whether nothing in the section has an effect yet. */
bool conf_kind_is_later(const struct conf_kind *kind);

/* --- parts of a load, in this order --- */
bool conf_lowtide_read(struct conf_load *load, struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_recipes_read(struct conf_load *load, struct err *err) MUST_CHECK;
/* The recipe section's own name, for inline ones and those in files; "" if the header is none of a recipe. */
const char *conf_recipe_name(const struct conf_ini_section *section);
/* Adds an account; section->name and pairs are set. */
bool conf_account_read(struct conf_load *load, struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_automatic_accounts(struct conf_load *load, struct err *err) MUST_CHECK;
void conf_accounts_label(struct config *config);
bool conf_channel_read(struct conf_load *load, struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_automatic_channels(struct conf_load *load, struct err *err) MUST_CHECK;
void conf_note_console_only(struct conf_load *load);

/* [discord], [slack] and [http]; the last checks what they need of each other. */
bool conf_discord_read(struct conf_load *load, const struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_slack_read(struct conf_load *load, const struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_http_read(struct conf_load *load, const struct conf_section *section, struct err *err) MUST_CHECK;
bool conf_doors_check(struct conf_load *load, struct err *err) MUST_CHECK;

/* Refuses a critical limit that is not on the far side of its warning: below for amounts left and runways. */
bool conf_limits_check(const struct conf_load *load, const struct conf_section *section, struct err *err) MUST_CHECK;
/* What the section says of when alerts are told, over what alerts holds already. */
bool conf_alerts_read(const struct conf_section *section, struct alert_policy *alerts, struct err *err) MUST_CHECK;
struct limits conf_limits(const struct conf_section *section, const char *level);

/* --- find.c: the one place that touches files --- */
struct conf_found {
  char *path; /* NULL: there is none; mem_free */
  struct buf text;
  bool others_read;
  char *passed_over; /* a ./config.ini that is not to be trusted; mem_free */
};
void conf_found_init(struct conf_found *found);
void conf_found_done(struct conf_found *found);
bool conf_find(const struct config_source *source, struct conf_found *found, struct err *err) MUST_CHECK;
bool conf_read_file(const char *path, struct conf_found *found, struct err *err) MUST_CHECK;
/* The first line without its end. 0, or errno; ENODATA if it is empty. */
int conf_read_line(const char *path, struct buf *line);
/* The paths of the folder's *.ini files, sorted; free each and the list with mem_free. */
bool conf_list_folder(const char *folder, char ***paths, size_t *count, struct err *err) MUST_CHECK;
/* A path as an error sentence can hold it, its head cut if it is long. */
const char *conf_short_path(const char *path);

#endif
