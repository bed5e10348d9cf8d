#include "lowtide/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tzif.h"
#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define NAME_MAX_LENGTH 63
#define PATH_SIZE_MAX 4096
#define NAMES_MAX 1024

#define DAY_S 86400
/* Wide enough for every clock, and far enough from int64's ends that milliseconds and offsets can be added. */
#define FOREVER_S (INT64_MAX / 4000)
#define OFFSET_S_LARGEST (26 * 3600)

struct zone {
  char name[NAME_MAX_LENGTH + 1];
  struct tzif tzif;
};

/* --- reading ---------------------------------------------------------------------------------------------------------- */

static const char *folder(void) {
  const char *tzdir = getenv("TZDIR");
  return tzdir != NULL && *tzdir != '\0' ? tzdir : "/usr/share/zoneinfo";
}

/* No dot: nothing leads out of the folder, and zone.tab is not a zone. */
static bool name_is_plausible(const char *name) {
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  size_t length = strlen(name);
  return length > 0 && length <= NAME_MAX_LENGTH && strspn(name, allowed) == length && name[0] != '/' &&
         name[length - 1] != '/';
}

static bool read_fd(int fd, struct buf *out) {
  struct stat st;
  char chunk[4096];
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return false;
  for (;;) {
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    if (!buf_add_n(out, chunk, (size_t)got)) return false;
  }
}

static bool read_from_folder(const char *name, struct buf *out) {
  char path[PATH_SIZE_MAX];
  if (!text_fmt(path, sizeof path, "%s/%s", folder(), name)) return false;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  bool ok = read_fd(fd, out);
  close(fd);
  return ok;
}

/* The third column of zone.tab, "DE\t+5230+01322\tEurope/Berlin\tmost of Germany", cut out in place. */
static char *take_name(char **text) {
  for (;;) {
    char *line = strsep(text, "\n");
    if (line == NULL) return NULL;
    if (*line == '#') continue;
    (void)strsep(&line, "\t");
    (void)strsep(&line, "\t");
    char *name = strsep(&line, "\t");
    if (name != NULL) return name;
  }
}

static bool is_city_of(const char *city, const char *name) {
  const char *slash = strrchr(name, '/');
  return slash != NULL && strcasecmp(slash + 1, city) == 0;
}

static bool refuse_unknown(const char *name, struct err *err) {
  struct buf tab;
  const char *names[NAMES_MAX + 2] = {"UTC"};
  size_t count = 1;
  const char *nearest = NULL;
  err_set(err, ERR_CONFIG, "no time zone is called \"%.60s\"", name);
  buf_init(&tab, TZIF_SIZE_MAX);
  char *text = read_from_folder("zone.tab", &tab) ? tab.data : NULL;
  for (char *known = NULL; count <= NAMES_MAX && (known = take_name(&text)) != NULL; count++) {
    names[count] = known;
    if (is_city_of(name, known)) nearest = known;
  }
  if (nearest == NULL) nearest = text_nearest(name, names);
  if (nearest != NULL) {
    err_hint(err, "did you mean %s?", nearest);
  } else {
    err_hint(err, "write an IANA name such as UTC, Europe/Berlin or America/New_York");
  }
  buf_done(&tab);
  return false;
}

static bool load(struct zone *zone, struct err *err) {
  struct buf file;
  buf_init(&file, TZIF_SIZE_MAX);
  bool ok = read_from_folder(zone->name, &file);
  if (!ok) {
    refuse_unknown(zone->name, err);
  } else if (!tzif_parse(buf_text(&file), file.len, &zone->tzif, err)) {
    ok = err_wrap(err, "time zone %s", zone->name);
  }
  buf_done(&file);
  return ok;
}

struct zone *zone_new(const char *name, struct err *err) {
  if (!name_is_plausible(name)) {
    refuse_unknown(name, err);
    return NULL;
  }
  struct zone *zone = mem_new(1, sizeof *zone);
  (void)text_copy(zone->name, sizeof zone->name, name);
  if (text_eq(name, "UTC") || load(zone, err)) return zone;
  zone_free(zone);
  return NULL;
}

void zone_free(struct zone *zone) {
  if (zone == NULL) return;
  tzif_done(&zone->tzif);
  mem_free(zone);
}

const char *zone_name(const struct zone *zone) {
  return zone != NULL ? zone->name : "UTC";
}

/* --- spans: stretches of one offset ----------------------------------------------------------------------------------- */

struct span {
  int64_t from_s;
  int64_t until_s;
  int32_t offset_s;
};

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

struct change {
  int64_t at_s;
  int32_t offset_s;
};

static void note_change(struct span *span, struct change change, int64_t at_s) {
  if (change.at_s <= at_s && change.at_s >= span->from_s) {
    span->from_s = change.at_s;
    span->offset_s = change.offset_s;
  } else if (change.at_s > at_s && change.at_s < span->until_s) {
    span->until_s = change.at_s;
  }
}

/* The last change at or before, and the first after. At one instant the later in order wins: "EST5EDT,0/0,J365/25" is
 * summer for ever. */
static struct span rule_span(const struct posix_zone *rule, int64_t at_s, int64_t start_s) {
  struct span span = {-FOREVER_S, FOREVER_S, rule->standard_s};
  int year = 0;
  int month = 0;
  int day = 0;
  date_of_days(floor_div(at_s, DAY_S), &year, &month, &day);
  for (int y = year - 1; rule->has_summer && y <= year + 1; y++) {
    struct change summer = {posix_zone_to_summer(rule, y), rule->summer_s};
    struct change standard = {posix_zone_to_standard(rule, y), rule->standard_s};
    bool summer_first = summer.at_s < standard.at_s;
    note_change(&span, summer_first ? summer : standard, at_s);
    note_change(&span, summer_first ? standard : summer, at_s);
  }
  if (span.from_s < start_s) span.from_s = start_s;
  return span;
}

static int64_t bounded_s(int64_t seconds) {
  if (seconds < -FOREVER_S) return -FOREVER_S;
  return seconds > FOREVER_S ? FOREVER_S : seconds;
}

static struct span span_at(const struct zone *zone, int64_t at_s) {
  static const struct span utc = {-FOREVER_S, FOREVER_S, 0};
  if (zone == NULL) return utc;
  const struct tzif *tzif = &zone->tzif;
  size_t low = 0;
  size_t high = tzif->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (tzif->changes_s[middle] <= at_s) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  int64_t from_s = low > 0 ? bounded_s(tzif->changes_s[low - 1]) : -FOREVER_S;
  if (low == tzif->count && tzif->has_rule) return rule_span(&tzif->rule, at_s, from_s);
  return (struct span){.from_s = from_s,
                       .until_s = low < tzif->count ? bounded_s(tzif->changes_s[low]) : FOREVER_S,
                       .offset_s = low > 0 ? tzif->offsets_s[low - 1] : tzif->first_offset_s};
}

struct zone_span zone_span(const struct zone *zone, int64_t ms) {
  struct span span = span_at(zone, floor_div(ms, 1000));
  return (struct zone_span){span.from_s * 1000, span.until_s * 1000, span.offset_s};
}

struct local_time zone_local(const struct zone *zone, int64_t ms) {
  struct local_time local = {0};
  int64_t at_s = floor_div(ms, 1000);
  int64_t local_s = at_s + span_at(zone, at_s).offset_s;
  int64_t days = floor_div(local_s, DAY_S);
  int second = (int)(local_s - days * DAY_S);
  date_of_days(days, &local.year, &local.month, &local.day);
  local.hour = second / 3600;
  local.minute = second / 60 % 60;
  local.second = second % 60;
  local.weekday = date_weekday(days);
  return local;
}

/* The first instant at which the local clock shows this time or a later one: that is the end of a gap, and the first of
 * two. */
int64_t zone_instant(const struct zone *zone, struct local_time local, bool *skipped) {
  int64_t local_s =
      date_to_days(local.year, local.month, local.day) * DAY_S + local.hour * 3600LL + local.minute * 60LL + local.second;
  struct span span = span_at(zone, local_s - OFFSET_S_LARGEST);
  while (span.until_s + span.offset_s <= local_s && span.until_s < FOREVER_S)
    span = span_at(zone, span.until_s);
  int64_t at_s = local_s - span.offset_s;
  bool in_gap = at_s < span.from_s;
  if (skipped != NULL) *skipped = in_gap;
  return bounded_s(in_gap ? span.from_s : at_s) * 1000;
}
