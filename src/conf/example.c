#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define COMMENT_COLUMN 40
#define LINE_WIDTH_MAX 130
#define VALUE_MAX 160

/* What stands for a value where there is no default to show. */
static const struct sample {
  const char *key;
  const char *value;
} samples[] = {
    {"smtp", "smtp://mail.example.com:587"},
    {"from", "Lowtide <lowtide@example.com>"},
    {"to", "me@example.com, you@example.com"},
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
    {"spend", "anthropic"},
    {"command", "/usr/local/bin/my-balance --plain"},
    {"application_id", "1234"},
    {"public_key", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {"guild", "1234"},
    {"sslmode", "verify-full"},
    {"allow_users", "1234"},
    {"allow_roles", "1234"},
    {"allow_guilds", "1234"},
    {"allow_teams", "T0123456789"},
    {"listen", "127.0.0.1:8787"},
    {"hosts", "balances.example.com"},
    {"origins", "https://example.com"},
};

/* Of keys that mean something else in each section. */
static const struct own_sample {
  const char *key;
  const char *value;
  const char *owner;
} own_samples[] = {
    {"token", "${DISCORD_BOT_TOKEN}", "discord"},
    {"channel", "123456789012345678", "discord-bot"},
    {"thread", "123456789012345678", "discord-bot"},
    {"thread", "123456789012345678", "discord-webhook"},
    {"bot_token", "${SLACK_BOT_TOKEN}", "slack"},
    {"allow_users", "U0123456789", "slack"},
    {"channel", "C0123456789", "slack-bot"},
    {"thread", "1503435956.000247", "slack-bot"},
    {"command", "/usr/local/bin/top-up --from-stdin", "exec"},
    {"password", "${SMTP_PASSWORD}", "email"},
    {"user", "lowtide@example.com", "email"},
};

static const char *sample_of(const char *owner, const char *key) {
  for (size_t i = 0; i < sizeof own_samples / sizeof own_samples[0]; i++) {
    if (text_eq(own_samples[i].owner, owner) && text_eq(own_samples[i].key, key)) return own_samples[i].value;
  }
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
  bool has_sample = !text_eq(sample_of(printer->owner, setting->name), "...");
  if (setting->fallback != NULL) {
    (void)text_copy(out, size, setting->fallback);
  } else if (setting->type == SETTING_SECRET && printer->secret != NULL && text_eq(setting->name, "key")) {
    (void)text_fmt(out, size, "${%s}", printer->secret);
  } else if (setting->type == SETTING_SECRET && !has_sample) {
    print_variable(out, size, printer->owner, setting->name);
  } else if (setting->choices != NULL && !has_sample) {
    (void)text_fmt(out, size, "%.*s", (int)strcspn(setting->choices, "|"), setting->choices);
  } else {
    (void)text_copy(out, size, sample_of(printer->owner, setting->name));
  }
}

/* Columns on a terminal: characters beyond the basic plane are emoji here, two columns wide. */
static size_t text_width(const char *text) {
  size_t width = 0;
  for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
    width += *p >= 0xF0 ? 2U : (*p & 0xC0U) != 0x80 ? 1U : 0U;
  return width;
}

static void print_line(const struct printer *printer, const char *key, const char *value, const char *about) {
  struct buf *out = printer->out;
  size_t width = strlen(printer->prefix) + strlen(key) + strlen(" = ") + text_width(value);
  bool beside = about != NULL && width < COMMENT_COLUMN && COMMENT_COLUMN + text_width(about) < LINE_WIDTH_MAX;
  if (about != NULL && !beside) buf_addf(out, "%s; %s\n", printer->prefix, about);
  buf_addf(out, "%s%s = %s", printer->prefix, key, value);
  for (; beside && width < COMMENT_COLUMN - 1; width++)
    buf_add_char(out, ' ');
  if (beside) buf_addf(out, " ; %s", about);
  buf_add_char(out, '\n');
}

/* ": none | short | full" */
static void add_choices(struct buf *about, const char *choices) {
  const char *between = ": ";
  for (const char *p = choices; *p != '\0';) {
    char word[32];
    size_t length = strcspn(p, "|");
    (void)text_fmt(word, sizeof word, "%.*s", (int)length, p);
    buf_addf(about, "%s%s", between, word);
    between = " | ";
    p += length + (p[length] == '|' ? 1 : 0);
  }
}

static void print_setting(const struct printer *printer, const struct setting *setting) {
  char value[VALUE_MAX];
  struct buf about;
  buf_init(&about, VALUE_MAX * 4);
  print_value(printer, setting, value, sizeof value);
  buf_add(&about, setting->about);
  if (setting->choices != NULL && !text_eq(setting->name, "accounts")) add_choices(&about, setting->choices);
  print_line(printer, setting->name, value, buf_text(&about));
  buf_done(&about);
}

/* What says whose section it is stands in the section's first lines. */
static bool is_first(const struct setting *setting) {
  return setting == &conf_lowtide_settings[0] || setting == &conf_account_settings[0] ||
         setting == &conf_channel_settings[0];
}

static void print_table(const struct printer *printer, const struct setting *table, bool later) {
  for (const struct setting *s = table; s->name != NULL; s++) {
    if (!is_first(s) && conf_setting_is_later(s) == later) print_setting(printer, s);
  }
}

static void print_lowtide(struct buf *out) {
  const struct printer plain = {.out = out, .owner = "lowtide", .prefix = ""};
  const struct printer commented = {.out = out, .owner = "lowtide", .prefix = "# "};
  buf_add(out, "[lowtide]\n");
  print_line(&plain, "accounts", "auto", conf_lowtide_settings[0].about);
  print_table(&commented, conf_lowtide_settings, false);
}

static const char two_accounts[] =
    "\n# --- Accounts: one section for each thing to watch. `lowtide providers` lists what can be asked, and\n"
    "# `lowtide providers NAME` prints a block to paste.\n\n"
    "# [account claude]\n"
    "# provider = postgres\n"
    "# host = ${SUPABASE_DB_HOST}\n"
    "# password = ${SUPABASE_DB_PASSWORD}\n"
    "# query = SELECT available_balance, updated_at FROM claude_api_usage ORDER BY updated_at DESC LIMIT 1\n"
    "# label = Claude\n"
    "# emoji = 💳\n"
    "# log = ~/.config/claude/balance-log.txt\n\n"
    "# [account kimi]\n"
    "# provider = moonshot\n"
    "# key = ${MOONSHOT_API_KEY}\n"
    "# label = Kimi\n"
    "# emoji = 🌙\n"
    "# log = ~/.config/moonshot/balance-log.txt\n"
    "# log_format = detailed\n\n"
    "# What every account may have besides what its provider needs:\n\n"
    "# [account NAME]\n"
    "# provider = manual\n";

static void print_plug_account(struct buf *out, const struct provider_plug *plug) {
  const struct printer printer = {.out = out, .owner = plug->name, .prefix = "# "};
  buf_addf(out, "\n# [account my-%s]\n", plug->name);
  print_line(&printer, "provider", plug->name, plug->about);
  print_table(&printer, plug->settings, false);
}

static void print_accounts(struct buf *out) {
  const struct printer commented = {.out = out, .owner = "account", .prefix = "# "};
  buf_add(out, two_accounts);
  print_table(&commented, conf_account_settings, false);
  buf_add(out, "\n# What providers other than vendors need:\n");
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++)
    print_plug_account(out, *plug);
}

static void print_channel(struct buf *out, const struct notifier_plug *plug) {
  const struct printer printer = {.out = out, .owner = plug->name, .prefix = "# "};
  buf_addf(out, "\n# [channel my-%s]\n", plug->name);
  print_line(&printer, "type", plug->name, plug->about);
  print_table(&printer, plug->settings, false);
}

static bool has_later(const struct conf_kind *kind) {
  const struct setting *setting = kind->settings;
  while (setting->name != NULL && !conf_setting_is_later(setting))
    setting++;
  return setting->name != NULL;
}

static void print_kind(struct buf *out, const struct conf_kind *kind) {
  const struct printer printer = {.out = out, .owner = kind->name, .prefix = "# "};
  buf_addf(out, "\n# [%s]\n", kind->name);
  print_table(&printer, kind->settings, false);
  if (conf_kind_is_later(kind) || !has_later(kind)) return;
  buf_add(out, "# Without effect in this version:\n");
  print_table(&printer, kind->settings, true);
}

static void print_kinds(struct buf *out, bool later) {
  for (const struct conf_kind *kind = conf_single_sections; kind->name != NULL; kind++) {
    if (conf_kind_is_later(kind) == later) print_kind(out, kind);
  }
}

static void print_channels(struct buf *out) {
  const struct printer commented = {.out = out, .owner = "channel", .prefix = "# "};
  buf_add(out,
          "\n# --- Channels: where messages go. Without any, DISCORD_WEBHOOK_URL and SLACK_WEBHOOK_URL make them; else "
          "it is the console.\n");
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL; plug++)
    print_channel(out, *plug);
  buf_add(out, "\n# What every channel may have besides what its type needs:\n\n# [channel NAME]\n# type = console\n");
  print_table(&commented, conf_channel_settings, false);
  buf_add(out, "\n# What all bots of a platform share, and how people may ask (contrib/docs/chat.md):\n");
  print_kinds(out, false);
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
  const struct printer common = {.out = out, .owner = "lowtide", .prefix = "# "};
  buf_add(out,
          "\n# --- Understood and checked, but without effect in this version.\n\n# In [lowtide] or in an [account]:\n");
  print_table(&common, conf_account_settings, true);
  buf_add(out, "\n# In a [channel]:\n");
  print_table(&common, conf_channel_settings, true);
  print_kinds(out, true);
}

void config_print_example(struct buf *out) {
  buf_add(out,
          "# The config of Lowtide. What is commented out shows the default, or an example where there is none.\n"
          "# A comment starts a line with # or ; or stands behind a value after a space and a semicolon.\n"
          "# Any value may hold ${NAME} from the environment, ${NAME:-default}, ${file:PATH} for a file's first line, or\n"
          "# ${credential:NAME} of systemd; $$ is a dollar sign. Durations are written 90s 15m 6h 3d 2w 1y.\n"
          "# After a change: `lowtide check` shows what comes of it, and SIGHUP makes the daemon read it.\n\n");
  print_lowtide(out);
  print_accounts(out);
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

/* What helps with a provider that by itself tells or takes too little. */
static void print_beside(struct buf *out, const char *name, const struct recipe_about *about) {
  const struct printer needed = {.out = out, .owner = name, .prefix = ""};
  const struct printer may = {.out = out, .owner = name, .prefix = "# "};
  if (text_eq(name, "ledger")) print_line(&needed, "key", "${ANTHROPIC_ADMIN_KEY}", "what that recipe takes");
  if (about != NULL && about->by_month) {
    print_line(&may, "budget", "50.00", "this month's spend is told, and warned of, against it");
  }
}

bool config_print_block(struct buf *out, const struct config *config, const char *provider) {
  const struct provider_plug *plug = provider_find(provider);
  const struct recipe *recipe = plug == NULL ? config_recipe(config, provider) : NULL;
  if (plug != NULL) print_block(out, plug->name, NULL, plug->settings);
  if (plug != NULL) print_beside(out, plug->name, NULL);
  if (recipe != NULL) {
    const struct recipe_about *about = recipe_about(recipe);
    print_block(out, about->name, text_is_blank(about->variable) ? NULL : about->variable, recipe_settings(recipe));
    print_beside(out, about->name, about);
  }
  return plug != NULL || recipe != NULL;
}
