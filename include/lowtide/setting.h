/* setting: one key that a config section takes. Every room that is configured says so in a table of these; the loader,
 * the nearest-name hints, config.ini.example and the docs are made from the tables. */
#ifndef LOWTIDE_SETTING_H
#define LOWTIDE_SETTING_H

#include <stdbool.h>

enum setting_type {
  SETTING_TEXT,
  SETTING_SECRET,   /* kept as a struct secret; a missing variable makes the section "not configured" */
  SETTING_MONEY,    /* exact decimal */
  SETTING_PERCENT,  /* 0 to 100, "80" or "80%" */
  SETTING_DURATION, /* 90s 15m 6h 3d 2w 1y */
  SETTING_SCHEDULE, /* cron fields, @hourly, @every 30m */
  SETTING_ZONE,     /* IANA name */
  SETTING_CHOICE,   /* one of choices */
  SETTING_CHOICES,  /* some of choices, separated by commas */
  SETTING_PATH,     /* "~/" is the home folder */
  SETTING_URL,      /* http or https, with a host */
  SETTING_NUMBER,   /* whole, not negative */
};

struct setting {
  const char *name;
  enum setting_type type;
  bool required;        /* a section without it is refused, at its header */
  const char *fallback; /* as it would be written; NULL: none */
  const char *choices;  /* "short|detailed" for the two choice types */
  const char *about;    /* one line for the example and the docs */
};

/* A key with its value and the line it stands on: what an INI section is made of. */
struct pair {
  const char *key;
  const char *value;
  int line;
};

#endif
