#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define COMMENT_COLUMN 40
#define EXAMPLE_MAX (64 * 1024)
#define VALUE_MAX 160

/* What stands for a value where there is no default to show. */
static const struct sample {
  const char *key;
  const char *value;
} samples[] = {
    {"warning", "5.00"},
    {"critical", "1.00"},
    {"warning_used", "10.00"},
    {"critical_used", "20.00"},
    {"warning_percent", "80"},
    {"critical_percent", "95"},
    {"warning_runway", "3d"},
    {"critical_runway", "1d"},
    {"remind", "daily"},
    {"cooldown", "1h"},
    {"quiet", "22:00-07:00"},
    {"digest", "weekly"},
    {"state_dir", "~/.local/state/lowtide"},
    {"recipes", "~/.config/lowtide/recipes"},
    {"log_level", "info"},
    {"label", "Kimi"},
    {"emoji", "🌙"},
    {"unit", "USD"},
    {"budget", "50.00"},
    {"log", "~/balance-log.txt"},
    {"schedule", "*/15 * * * *"},
    {"deadline", "10s"},
    {"stale_after", "3h"},
    {"base_url", "https://example.com"},
    {"ca_file", "/etc/ssl/certs/ca-certificates.crt"},
    {"mention", "role:1234"},
    {"accounts", "kimi, claude"},
    {"host", "${SUPABASE_DB_HOST}"},
    {"password", "${SUPABASE_DB_PASSWORD}"},
    {"query", "SELECT available_balance, updated_at FROM claude_api_usage ORDER BY updated_at DESC LIMIT 1"},
    {"command", "/usr/local/bin/my-balance --plain"},
    {"application_id", "1234"},
    {"public_key", "0123abcd"},
    {"guild", "1234"},
    {"commands", "off"},
    {"allow_users", "1234"},
    {"allow_roles", "1234"},
    {"allow_guilds", "1234"},
    {"presence", "balances"},
    {"listen", "127.0.0.1:8787"},
    {"hosts", "balances.example.com"},
    {"origins", "https://example.com"},
};

static const char *sample_of(const char *key) {
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
    if (text_eq(samples[i].key, key)) return samples[i].value;
  }
  return "...";
}

/* "discord-webhook", "url" -> "${DISCORD_WEBHOOK_URL}" */
static void print_variable(char *out, size_t size, const char *section, const char *key) {
  (void)text_fmt(out, size, "${%s_%s}", section, key);
  for (char *p = out; *p != '\0'; p++) {
    if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 'a' + 'A');
    if (*p == '-' || *p == '.') *p = '_';
  }
}

struct printer {
  struct buf *out;
  const char *owner;  /* in whose name variables are made up */
  const char *secret; /* the variable of its key; NULL: made up */
  const char *prefix; /* "# " or "" */
};

static void print_value(const struct printer *printer, const struct setting *setting, char *out, size_t size) {
  bool has_sample = !text_eq(sample_of(setting->name), "...");
  if (setting->fallback != NULL) {
    (void)text_copy(out, size, setting->fallback);
  } else if (setting->type == SETTING_SECRET && printer->secret != NULL && text_eq(setting->name, "key")) {
    (void)text_fmt(out, size, "${%s}", printer->secret);
  } else if (setting->type == SETTING_SECRET && !has_sample) {
    print_variable(out, size, printer->owner, setting->name);
  } else if (setting->choices != NULL && !has_sample) {
    (void)text_fmt(out, size, "%.*s", (int)strcspn(setting->choices, "|"), setting->choices);
  } else {
    (void)text_copy(out, size, sample_of(setting->name));
  }
}

static void print_line(const struct printer *printer, const char *key, const char *value, const char *about) {
  size_t start = printer->out->len;
  buf_addf(printer->out, "%s%s = %s", printer->prefix, key, value);
  size_t width = printer->out->len - start;
  if (about != NULL) {
    for (; width < COMMENT_COLUMN - 1; width++)
      buf_add_char(printer->out, ' ');
    buf_addf(printer->out, " ; %s", about);
  }
  buf_add_char(printer->out, '\n');
}

static void print_setting(const struct printer *printer, const struct setting *setting) {
  char value[VALUE_MAX];
  char about[VALUE_MAX * 2];
  print_value(printer, setting, value, sizeof value);
  if (setting->choices == NULL || text_eq(setting->name, "accounts")) {
    (void)text_copy(about, sizeof about, setting->about);
  } else {
    (void)text_fmt(about, sizeof about, "%s: ", setting->about);
    for (const char *p = setting->choices; *p != '\0'; p++) {
      size_t used = strlen(about);
      (void)text_fmt(about + used, sizeof about - used, *p == '|' ? " | " : "%c", *p);
    }
  }
  print_line(printer, setting->name, value, about);
}

static void print_table(const struct printer *printer, const struct setting *table, bool later) {
  for (const struct setting *s = table; s != NULL && s->name != NULL; s++) {
    if (conf_key_is_later(s->name) == later) print_setting(printer, s);
  }
}

static bool is_first(const struct setting *setting) {
  static const char *const first[] = {"provider", "type", "accounts"};
  for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
    if (text_eq(first[i], setting->name)) return true;
  }
  return false;
}

static void print_rest(const struct printer *printer, const struct setting *table) {
  for (const struct setting *s = table; s->name != NULL; s++) {
    if (!is_first(s) && !conf_key_is_later(s->name)) print_setting(printer, s);
  }
}

static void print_lowtide(struct buf *out) {
  const struct printer plain = {.out = out, .owner = "lowtide", .prefix = ""};
  const struct printer commented = {.out = out, .owner = "lowtide", .prefix = "# "};
  buf_add(out, "[lowtide]\n");
  print_line(&plain, "accounts", "auto", conf_lowtide_settings[0].about);
  print_rest(&commented, conf_lowtide_settings);
}

static void print_two_accounts(struct buf *out) {
  buf_add(out, "\n# --- Accounts: one section for each thing to watch. `lowtide providers` lists what can be asked,\n"
               "# and `lowtide providers NAME` prints a block to paste.\n\n"
               "# [account kimi]\n"
               "# provider = moonshot\n"
               "# key = ${MOONSHOT_API_KEY}\n"
               "# label = Kimi\n"
               "# emoji = 🌙\n"
               "# log = ~/.config/moonshot/balance-log.txt\n"
               "# log_format = detailed\n"
               "\n# What every account may have besides what its provider needs:\n#\n");
  const struct printer commented = {.out = out, .owner = "account", .prefix = "# "};
  print_rest(&commented, conf_account_settings);
}

static void print_plug_account(struct buf *out, const struct provider_plug *plug) {
  const struct printer printer = {.out = out, .owner = plug->name, .prefix = "# "};
  buf_addf(out, "\n# [account my-%s]\n", plug->name);
  print_line(&printer, "provider", plug->name, plug->about);
  print_table(&printer, plug->settings, false);
}

static void print_channel(struct buf *out, const struct notifier_plug *plug) {
  const struct printer printer = {.out = out, .owner = plug->name, .prefix = "# "};
  buf_addf(out, "\n# [channel my-%s]\n", plug->name);
  print_line(&printer, "type", plug->name, plug->about);
  print_table(&printer, plug->settings, false);
}

static void print_channels(struct buf *out) {
  const struct printer commented = {.out = out, .owner = "channel", .prefix = "# "};
  buf_add(out,
          "\n# --- Channels: where messages go. Without any, DISCORD_WEBHOOK_URL and SLACK_WEBHOOK_URL make them; else "
          "it is the console.\n");
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL; plug++)
    print_channel(out, *plug);
  buf_add(out, "\n# What every channel may have:\n#\n");
  for (const struct setting *s = conf_channel_settings; s->name != NULL; s++) {
    if (!text_eq(s->name, "type") && !conf_key_is_later(s->name)) print_setting(&commented, s);
  }
}

static void print_recipe(struct buf *out) {
  buf_add(out, "\n# --- A vendor that Lowtide does not know: say what to ask, and where in the answer the amount is.\n\n"
               "# [recipe acme]\n"
               "# ask = GET https://api.acme.example/v1/balance\n"
               "# header.Authorization = Bearer {key}\n"
               "# available = /data/balance\n"
               "# unit = USD\n"
               "# label = Acme\n"
               "# env = ACME_API_KEY\n");
}

static void print_later(struct buf *out) {
  buf_add(out, "\n# --- Understood and checked, but without effect in this version.\n\n"
               "# In [lowtide] or in an account:\n#\n");
  const struct printer lowtide = {.out = out, .owner = "lowtide", .prefix = "# "};
  print_table(&lowtide, conf_lowtide_settings, true);
  buf_add(out, "#\n# In a channel:\n#\n");
  print_table(&lowtide, conf_channel_settings, true);
  for (const struct conf_kind *kind = conf_later_sections; kind->name != NULL; kind++) {
    const struct printer printer = {.out = out, .owner = kind->name, .prefix = "# "};
    buf_addf(out, "\n# [%s]\n", kind->name);
    print_table(&printer, kind->settings, false);
  }
}

void config_print_example(struct buf *out) {
  buf_add(out,
          "# The config of Lowtide. What is commented out shows the default, or an example where there is none.\n"
          "# A comment starts a line with # or ; or stands behind a value after a space and a semicolon.\n"
          "# Any value may hold ${NAME} from the environment, ${NAME:-default}, ${file:PATH} for a file's first line, or\n"
          "# ${credential:NAME} of systemd; $$ is a dollar sign. Durations are written 90s 15m 6h 3d 2w 1y.\n"
          "# After a change: `lowtide check` shows what comes of it, and SIGHUP makes the daemon read it.\n\n");
  print_lowtide(out);
  print_two_accounts(out);
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++)
    print_plug_account(out, *plug);
  print_channels(out);
  print_recipe(out);
  print_later(out);
}

/* A block to paste: what an account can do without stays commented out. */
static void print_block(struct buf *out, const char *name, const char *secret, const struct setting *settings) {
  static const char *const usual[] = {"key", "host", "password"};
  struct printer printer = {.out = out, .owner = name, .secret = secret, .prefix = ""};
  buf_addf(out, "[account %s]\n", name);
  print_line(&printer, "provider", name, NULL);
  for (const struct setting *s = settings; s->name != NULL; s++) {
    bool needed = s->required;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
      needed = needed || text_eq(usual[i], s->name);
    printer.prefix = needed ? "" : "# ";
    print_setting(&printer, s);
  }
}

bool config_print_block(struct buf *out, const struct config *config, const char *provider) {
  const struct provider_plug *plug = provider_find(provider);
  const struct recipe *recipe = plug == NULL ? config_recipe(config, provider) : NULL;
  if (plug != NULL) print_block(out, plug->name, NULL, plug->settings);
  if (recipe != NULL) {
    const struct recipe_about *about = recipe_about(recipe);
    print_block(out, about->name, text_is_blank(about->env) ? NULL : about->env, recipe_settings(recipe));
  }
  return plug != NULL || recipe != NULL;
}
