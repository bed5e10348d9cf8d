/* chart_parts: what the files of the chart share; only integers here. Private to the room. */
#ifndef LOWTIDE_COMPOSE_CHART_PARTS_H
#define LOWTIDE_COMPOSE_CHART_PARTS_H

#include "lowtide/chart.h"
#include "lowtide/tally.h"

#define CHART_TOPUPS_MAX 48
#define CHART_PACE_MAX 9
#define CHART_WORDS_MAX 96
#define CHART_ALT_MAX 1000

/* A value holds until the next point; an unknown point ends it. */
struct chart_point {
  int64_t time_ms;
  int64_t nano;
  bool known;
};

/* A rise of what is left; or, of what is used, a reset, with nano 0. */
struct chart_topup {
  int64_t time_ms;
  int64_t nano;
  int count; /* several in one, when there is no room for more */
};

enum chart_measure { CHART_LEFT, CHART_USED };

struct chart {
  const struct account *account;
  int64_t from_ms;
  int64_t now_ms;
  enum chart_measure measure;
  bool seen;
  bool known;
  struct reading newest; /* if seen */
  struct reading last;   /* the newest known one */
  int64_t newest_ms;
  int64_t last_ms;
  struct chart_point *points;
  size_t count;
  struct chart_topup topups[CHART_TOPUPS_MAX];
  size_t topup_count;
  int64_t pace_ms[CHART_PACE_MAX]; /* the newest distances between readings, a ring */
  size_t pace_count;
  struct tally tally;
  bool projected;
  struct runway runway;
};

/* The lines that the amount drawn is judged by. */
struct chart_levels {
  struct amount warning;
  struct amount critical;
  struct amount limit; /* of what is used */
};

struct chart_levels chart_levels(const struct chart *chart);
enum level chart_level(const struct chart *chart);

/* How long the newest known value stands: until now, or until the next reading was due, if none came. */
int64_t chart_until_ms(const struct chart *chart);
/* Nothing is known now. */
bool chart_is_lost(const struct chart *chart);
int64_t chart_unknown_ms(const struct chart *chart);
/* What is drawn of the newest known reading. */
int64_t chart_value(const struct chart *chart);
/* Since when nothing is left, or the limit reached; 0 if that was before all that is drawn. */
int64_t chart_dry_since_ms(const struct chart *chart);

/* --- words ------------------------------------------------------------------------------------------------------------ */

enum chart_tone { CHART_PLAIN, CHART_WARNED, CHART_ALARMED, CHART_QUIET };

struct chart_tile {
  char title[CHART_WORDS_MAX];
  char value[CHART_WORDS_MAX];
  char note[CHART_WORDS_MAX];
  enum chart_tone tone;
};

#define CHART_TILES 4
void chart_tiles(const struct chart *chart, struct chart_tile tiles[static CHART_TILES]);

/* "$50", "$12.34": without the cents where there are none and `short_form` is wished for. */
void chart_print_money(char *out, size_t size, int64_t nano, const char *unit, bool short_form);
/* "41,000 of 50,000 characters" */
void chart_print_amount(char *out, size_t size, const struct reading *reading);
/* "2 Jan", "2 Jan 2025" in another year than the chart's. */
void chart_print_day(char *out, size_t size, const struct chart *chart, int64_t ms);
/* "Sat 7 Feb, 21:00" */
void chart_print_moment(char *out, size_t size, const struct chart *chart, int64_t ms);
/* "Sat 21:00", "Sat 7 Feb" */
void chart_print_weekday(char *out, size_t size, const struct chart *chart, int64_t ms);
void chart_print_date(char *out, size_t size, const struct chart *chart, int64_t ms);
/* "14:05", "31 Jan, 14:05" if that was on another day. */
void chart_print_clock(char *out, size_t size, const struct chart *chart, int64_t ms);
/* "last 30 days" */
void chart_print_range(char *out, size_t size, int64_t range_ms);
/* So long after now; a forecast of a day and more is no more exact than its hour. */
int64_t chart_after_ms(const struct chart *chart, int64_t ahead_ms);

#endif
