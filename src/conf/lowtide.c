#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define CRITICAL_PART 5 /* a critical level that nobody chose is at most that part of the warning */

struct limits conf_limits(const struct conf_section *section, const char *level) {
  char key[32];
  struct limits limits = {.left = conf_given_amount(section, level)};
  (void)text_fmt(key, sizeof key, "%s_used", level);
  limits.used = conf_given_amount(section, key);
  (void)text_fmt(key, sizeof key, "%s_percent", level);
  limits.percent = conf_given_amount(section, key);
  (void)text_fmt(key, sizeof key, "%s_runway", level);
  limits.runway_ms = conf_given_number(section, key, 0);
  return limits;
}

bool conf_limits_check(const struct conf_load *load, const struct conf_section *section, struct err *err) {
  static const struct {
    const char *kind;
    bool below;
  } pairs[] = {{"", true}, {"_runway", true}, {"_used", false}, {"_percent", false}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    char key[32];
    (void)text_fmt(key, sizeof key, "warning%s", pairs[i].kind);
    const struct conf_given *warning = conf_given(section, key);
    (void)text_fmt(key, sizeof key, "critical%s", pairs[i].kind);
    const struct conf_given *critical = conf_given(section, key);
    if (warning == NULL || critical == NULL || critical->fallback) continue;
    bool right = pairs[i].below ? critical->number < warning->number : critical->number > warning->number;
    if (right) continue;
    return conf_fault(load, critical->line, err, "critical%s (%s) is not %s warning%s (%s)", pairs[i].kind, critical->text,
                      pairs[i].below ? "below" : "above", pairs[i].kind, warning->text);
  }
  return true;
}

bool conf_alerts_read(const struct conf_section *section, struct alert_policy *alerts, struct err *err) {
  const struct conf_given *remind = conf_given(section, "remind");
  const struct conf_given *quiet = conf_given(section, "quiet");
  alerts->cooldown_ms = conf_given_number(section, "cooldown", alerts->cooldown_ms);
  alerts->digest = (enum digest)conf_given_number(section, "digest", alerts->digest);
  return (remind == NULL || remind_parse(remind->text, &alerts->remind, &alerts->remind_ms, err)) &&
         (quiet == NULL || quiet_parse(quiet->text, &alerts->quiet, err));
}

static struct thresholds inherited_thresholds(const struct conf_section *section) {
  struct thresholds all = {.warning = conf_limits(section, "warning"), .critical = conf_limits(section, "critical")};
  if (all.critical.left.nano >= all.warning.left.nano) all.critical.left.nano = all.warning.left.nano / CRITICAL_PART;
  return all;
}

static const char *joined(struct conf_load *load, const char *folder, const char *rest) {
  size_t size = strlen(folder) + strlen(rest) + 1;
  char *path = arena_alloc(load->arena, size);
  (void)text_fmt(path, size, "%s%s", folder, rest);
  return path;
}

static bool default_state_dir(struct conf_load *load, struct err *err) {
  const struct config_source *source = load->source;
  struct config *config = load->config;
  const char *systemd = conf_getenv(source, "STATE_DIRECTORY");
  const char *base = conf_getenv(source, "XDG_STATE_HOME");
  const char *home = conf_home(source);
  if (systemd != NULL) {
    config->state_dir = arena_dup_n(load->arena, systemd, strcspn(systemd, ":"));
  } else if (config->path != NULL && text_starts(config->path, "/etc/")) {
    config->state_dir = "/var/lib/lowtide";
  } else if (base != NULL && *base == '/') {
    config->state_dir = joined(load, base, "/lowtide");
  } else if (home != NULL) {
    config->state_dir = joined(load, home, "/.local/state/lowtide");
  } else {
    return err_set(err, ERR_CONFIG, "there is no home folder to keep state in: set HOME, or state_dir in [lowtide]");
  }
  return true;
}

static bool read_state_dir(struct conf_load *load, const struct conf_section *section, struct err *err) {
  load->config->state_dir = conf_given_text(section, "state_dir", NULL);
  return load->config->state_dir != NULL || default_state_dir(load, err);
}

static const char *interval_from_environment(struct conf_load *load, const struct conf_section *section) {
  const struct conf_given *schedule = conf_given(section, "schedule");
  const char *minutes = conf_getenv(load->source, "CREDIT_CHECK_INTERVAL_MINUTES");
  bool wanted = load->account_sections == 0 && !load->source->simulated && schedule != NULL && schedule->fallback;
  if (!wanted || minutes == NULL || strlen(minutes) > 16) return NULL;
  size_t size = strlen(minutes) + sizeof "@every m";
  char *text = arena_alloc(load->arena, size);
  (void)text_fmt(text, size, "@every %sm", minutes);
  return text;
}

static bool read_times(struct conf_load *load, const struct conf_section *section, struct err *err) {
  struct config *config = load->config;
  const char *interval = interval_from_environment(load, section);
  config->schedule_text = interval != NULL ? interval : conf_given_text(section, "schedule", "");
  if (!cron_parse(config->schedule_text, &config->schedule, err)) {
    return err_wrap(err, "%s", interval != NULL ? "CREDIT_CHECK_INTERVAL_MINUTES" : "schedule");
  }
  config->zone = zone_new(conf_given_text(section, "timezone", "UTC"), err);
  return config->zone != NULL;
}

bool conf_lowtide_read(struct conf_load *load, struct conf_section *section, struct err *err) {
  struct config *config = load->config;
  section->tables[0] = conf_lowtide_settings;
  if (!conf_section_read(load, section, err) || !conf_limits_check(load, section, err)) return false;
  if (!read_times(load, section, err) || !read_state_dir(load, section, err)) return conf_locate(load, 0, err);
  config->title = conf_given_text(section, "title", "API Balance Summary");
  config->footer = (enum footer)conf_given_number(section, "footer", FOOTER_NONE);
  config->keep_ms = conf_given_number(section, "keep", 0);
  config->deadline_ms = conf_given_number(section, "deadline", 0);
  load->deadline_written = conf_given(section, "deadline") != NULL && !conf_given(section, "deadline")->fallback;
  config->log_level = (enum log_level)conf_given_number(section, "log_level", LOG_LEVEL_INFO);
  config->log_lines = (enum log_lines)conf_given_number(section, "log_lines", LOG_LINES_TEXT);
  load->inherited = inherited_thresholds(section);
  if (!conf_alerts_read(section, &load->alerts, err)) return false;
  load->stale_after_ms = conf_given_number(section, "stale_after", 0);
  load->automatic = conf_given_number(section, "accounts", load->account_sections == 0 ? 1 : 0) == 1;
  if (load->source->simulated) load->automatic = false;
  const struct conf_given *folder = conf_given(section, "recipes");
  load->recipes_folder = folder != NULL ? folder->text : NULL;
  load->recipes_line = folder != NULL ? folder->line : 0;
  return true;
}
