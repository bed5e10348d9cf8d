#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define PROVIDERS_MAX 512
#define SHOWN_MAX 80
#define PAGED_DEADLINE_MS 30000

/* A provider, be it C code or a recipe. */
struct maker {
  const char *name;
  const char *emoji;
  const struct setting *settings;
  int64_t stale_after_ms; /* 0: the config's */
  const struct provider_plug *plug;
  const struct recipe *recipe;
  const struct recipe *spend; /* of a ledger */
};

static bool find_maker(const struct config *config, const char *name, struct maker *maker) {
  const struct provider_plug *plug = provider_find(name);
  const struct recipe *recipe = config_recipe(config, name);
  if (plug != NULL) {
    *maker = (struct maker){plug->name, plug->emoji, plug->settings, plug->stale_after_ms, plug, NULL, NULL};
  } else if (recipe != NULL) {
    const struct recipe_about *about = recipe_about(recipe);
    *maker = (struct maker){about->name, about->emoji, recipe_settings(recipe), 0, NULL, recipe, NULL};
  }
  return plug != NULL || recipe != NULL;
}

static bool refuse_provider(const struct config *config, const char *typed, struct err *err) {
  const char *names[PROVIDERS_MAX + 1];
  size_t count = 0;
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL && count < PROVIDERS_MAX; plug++)
    names[count++] = (*plug)->name;
  for (size_t i = 0; i < config->recipe_count && count < PROVIDERS_MAX; i++)
    names[count++] = recipe_about(config->recipes[i])->name;
  names[count] = NULL;
  (void)err_set(err, ERR_CONFIG, "unknown provider \"%.60s\"", typed);
  return err_suggest(err, typed, names) ? false : err_hint(err, "`lowtide providers` lists them");
}

/* Which keys there are is not known without a provider, but this one was meant to be it. */
static const struct pair *misspelt_provider(const struct conf_section *section) {
  static const char *const names[] = {"provider", NULL};
  for (size_t i = 0; i < section->pair_count; i++) {
    if (text_nearest(section->pairs[i].key, names) != NULL) return &section->pairs[i];
  }
  return NULL;
}

static bool refuse_without_provider(const struct conf_load *load, const struct conf_section *section, struct err *err) {
  const struct pair *meant = misspelt_provider(section);
  if (meant == NULL)
    return conf_fault(load, section->line, err, "%s needs \"provider\"; `lowtide providers` lists them", section->title);
  return conf_fault(load, meant->line, err, "unknown key \"%.60s\" in %s (did you mean \"provider\"?)", meant->key,
                    section->title);
}

/* The provider decides which keys there are, so it is looked up before the others are read. */
static bool read_provider(struct conf_load *load, struct conf_section *section, struct maker *maker, struct err *err) {
  const struct pair *pair = conf_section_pair(section, "provider");
  if (pair == NULL) return refuse_without_provider(load, section, err);
  struct conf_expansion name;
  conf_expansion_init(&name);
  bool ok = conf_expand(load->source, pair->value, &name, err);
  if (ok && name.missing[0] != '\0') ok = err_set(err, ERR_CONFIG, "provider: %s", name.why);
  if (ok && !find_maker(load->config, buf_text(&name.text), maker)) {
    ok = refuse_provider(load->config, buf_text(&name.text), err);
  }
  conf_expansion_done(&name);
  return ok || conf_locate(load, pair->line, err);
}

static void name_those_that_know_since(const struct config *config, char *out, size_t size) {
  struct buf names;
  buf_init(&names, size - 1);
  for (size_t i = 0; i < config->recipe_count; i++) {
    const struct recipe_about *about = recipe_about(config->recipes[i]);
    if (about->knows_since) buf_addf(&names, "%s%s", names.len > 0 ? ", " : "", about->name);
  }
  (void)text_copy(out, size, buf_text(&names));
  buf_done(&names);
}

static bool refuse_spend(const struct config *config, const char *typed, struct err *err) {
  char able[SHOWN_MAX];
  name_those_that_know_since(config, able, sizeof able);
  if (text_eq(typed, "usage")) {
    (void)err_set(err, ERR_CONFIG, "spend: recorded usage is not available in this version");
  } else if (typed == NULL) {
    (void)err_set(err, ERR_CONFIG, "a ledger needs `spend = …`, the recipe that tells what was spent");
  } else if (config_recipe(config, typed) != NULL) {
    (void)err_set(err, ERR_CONFIG, "spend: %.60s cannot tell what was spent since a day", typed);
  } else {
    (void)err_set(err, ERR_CONFIG, "spend: there is no recipe \"%.60s\"", typed);
  }
  return err_hint(err, "these can: %s; without one use `provider = manual`", able);
}

/* A ledger takes its recipe's values too. */
static bool read_spend(struct conf_load *load, struct conf_section *section, struct maker *maker, struct err *err) {
  const struct pair *pair = conf_section_pair(section, "spend");
  if (!text_eq(maker->name, "ledger")) return true;
  if (pair == NULL) {
    (void)refuse_spend(load->config, NULL, err);
    (void)err_wrap(err, "%s", section->title);
    return conf_locate(load, section->line, err);
  }
  struct conf_expansion name;
  conf_expansion_init(&name);
  bool ok = conf_expand(load->source, pair->value, &name, err);
  const struct recipe *recipe = ok ? config_recipe(load->config, buf_text(&name.text)) : NULL;
  bool fits = recipe != NULL && recipe_about(recipe)->knows_since;
  if (ok && name.missing[0] != '\0') {
    ok = err_set(err, ERR_CONFIG, "spend: %s is not set", name.missing);
  } else if (ok && !fits) {
    ok = refuse_spend(load->config, buf_text(&name.text), err);
  }
  conf_expansion_done(&name);
  if (!ok) return conf_locate(load, pair->line, err);
  maker->spend = recipe;
  maker->emoji = recipe_about(recipe)->emoji;
  section->tables[2] = recipe_settings(recipe);
  return true;
}

static void note_variable(void *context, const char *name, size_t length) {
  struct conf_load *load = context;
  load->named = mem_grow(load->named, load->named_count + 1, sizeof *load->named);
  load->named[load->named_count++] = arena_dup_n(load->arena, name, length);
}

static void note_variables(struct conf_load *load, const struct conf_section *section) {
  for (size_t i = 0; i < section->pair_count; i++)
    conf_each_variable(section->pairs[i].value, note_variable, load);
  for (size_t i = 0; i < section->count; i++) {
    const struct conf_given *given = &section->given[i];
    if (given->fallback) conf_each_variable(given->setting->fallback, note_variable, load);
  }
}

static const char *log_path(struct conf_load *load, const struct conf_section *section) {
  const char *given = conf_given_text(section, "log", NULL);
  if (given != NULL) return text_eq(given, "none") ? NULL : given;
  size_t size = strlen(load->config->state_dir) + strlen(section->name) + sizeof "/logs/.log";
  char *path = arena_alloc(load->arena, size);
  (void)text_fmt(path, size, "%s/logs/%s.log", load->config->state_dir, section->name);
  return path;
}

static bool read_schedule(struct conf_load *load, const struct conf_section *section, struct account *account,
                          struct err *err) {
  const struct conf_given *given = conf_given(section, "schedule");
  if (given == NULL) return true;
  struct cron *cron = arena_alloc(load->arena, sizeof *cron);
  if (!cron_parse(given->text, cron, err)) return conf_locate(load, given->line, err);
  account->schedule = cron;
  return true;
}

/* Programs and people name no unit. */
static const char *assumed_unit(const char *provider) {
  static const char *const plain[] = {"command", "push", "manual", "ledger", "postgres"};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (text_eq(plain[i], provider)) return "USD";
  }
  return "";
}

static void read_words(struct conf_load *load, const struct conf_section *section, const struct maker *maker,
                       struct account *account) {
  const struct pair *emoji = conf_section_pair(section, "emoji");
  account->name = arena_dup(load->arena, section->name);
  account->provider = maker->name;
  account->recipe = maker->recipe;
  account->spend = maker->spend;
  account->label = conf_given_text(section, "label", NULL);
  account->emoji = conf_given_text(section, "emoji", emoji == NULL ? maker->emoji : "");
  account->unit = conf_given_text(section, "unit", assumed_unit(account->provider));
  account->log_path = log_path(load, section);
  account->log_format = (enum log_format)conf_given_number(section, "log_format", LOG_FORMAT_SHORT);
  account->base_url = conf_given_text(section, "base_url", NULL);
  account->ca_file = conf_given_text(section, "ca_file", NULL);
}

static struct account *add_account(struct conf_load *load) {
  struct config *config = load->config;
  config->accounts = mem_grow(config->accounts, config->account_count + 1, sizeof *config->accounts);
  struct account *account = &config->accounts[config->account_count++];
  *account = (struct account){0};
  return account;
}

/* Pages are asked for one after the other: they have longer, unless somebody wrote how long. */
static int64_t deadline_ms(const struct conf_load *load, const struct conf_section *section, const struct maker *maker) {
  const struct recipe *recipe = maker->recipe != NULL ? maker->recipe : maker->spend;
  bool paged = recipe != NULL && recipe_about(recipe)->paged && !load->deadline_written;
  return conf_given_number(section, "deadline", paged ? PAGED_DEADLINE_MS : load->config->deadline_ms);
}

bool conf_account_read(struct conf_load *load, struct conf_section *section, struct err *err) {
  struct maker maker = {0};
  if (!read_provider(load, section, &maker, err)) return false;
  if (!read_spend(load, section, &maker, err)) return false;
  section->lenient = true;
  section->tables[0] = conf_account_settings;
  section->tables[1] = maker.settings;
  if (!conf_section_read(load, section, err) || !conf_limits_check(load, section, err)) return false;
  note_variables(load, section);

  struct account *account = add_account(load);
  read_words(load, section, &maker, account);
  int64_t stale_ms = maker.stale_after_ms > 0 ? maker.stale_after_ms : load->stale_after_ms;
  account->stale_after_ms = conf_given_number(section, "stale_after", stale_ms);
  account->alerts = load->alerts;
  if (!conf_alerts_read(section, &account->alerts, err)) return false;
  account->zone = load->config->zone;
  account->deadline_ms = deadline_ms(load, section, &maker);
  account->budget = conf_given_amount(section, "budget");
  account->thresholds.own.warning = conf_limits(section, "warning");
  account->thresholds.own.critical = conf_limits(section, "critical");
  account->thresholds.inherited = load->inherited;
  account->simulated = load->source->simulated;
  account->values = conf_section_values(load, section, &account->value_count);
  account->missing = section->missing;
  account->missing_why = section->missing_why;
  if (!read_schedule(load, section, account, err)) return false;
  bool whole = account->missing == NULL && maker.plug != NULL && maker.plug->check != NULL;
  if (!whole || maker.plug->check(account, err)) return true;
  (void)err_wrap(err, "%s", section->title);
  return conf_locate(load, section->line, err);
}

static const char *label_of_provider(const struct account *account) {
  const struct recipe *recipe = account->recipe != NULL ? account->recipe : account->spend;
  if (recipe != NULL) return recipe_about(recipe)->label;
  return provider_find(account->provider)->label;
}

/* Two accounts of one vendor would bear the same label: they bear their names, unless somebody chose. */
void conf_accounts_label(struct config *config) {
  for (size_t i = 0; i < config->account_count; i++) {
    struct account *account = &config->accounts[i];
    if (account->label != NULL) continue;
    size_t fellows = 0;
    for (size_t k = 0; k < config->account_count && fellows < 2; k++)
      fellows += text_eq(label_of_provider(&config->accounts[k]), label_of_provider(account)) ? 1U : 0U;
    const char *label = fellows == 1 ? label_of_provider(account) : account->name;
    account->label = text_is_blank(label) ? account->name : label;
  }
}
