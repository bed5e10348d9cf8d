#include "conf/conf.h"
#include "lowtide/text.h"

#define KEY(key, kind, otherwise, words, sentence)                                                                         \
  { .name = (key), .type = SETTING_##kind, .fallback = (otherwise), .choices = (words), .about = (sentence) }
#define NEEDED(key, kind, otherwise, words, sentence)                                                                      \
  {                                                                                                                        \
    .name = (key), .type = SETTING_##kind, .required = true, .fallback = (otherwise), .choices = (words),                  \
    .about = (sentence)                                                                                                    \
  }
#define END                                                                                                                \
  { .name = NULL }

/* In [lowtide] they are the defaults of all accounts, in [account] its own. */
#define THRESHOLD_SETTINGS                                                                                                 \
  KEY("warning_used", MONEY, NULL, NULL, "warns once that much is used"),                                                  \
      KEY("critical_used", MONEY, NULL, NULL, "critical once that much is used"),                                          \
      KEY("warning_percent", PERCENT, NULL, NULL, "warns once that much of a known limit is used"),                        \
      KEY("critical_percent", PERCENT, NULL, NULL, "critical once that much of a known limit is used"),                    \
      KEY("warning_runway", DURATION, NULL, NULL, "warns when the balance lasts no longer than that"),                     \
      KEY("critical_runway", DURATION, NULL, NULL, "critical when the balance lasts no longer than that")

#define ALERT_SETTINGS(remind, cooldown, quiet, digest)                                                                    \
  KEY("remind", TEXT, remind, NULL, "tells again what still holds: once, daily, diminishing (1, 2, 4 … hours), 6h"),       \
      KEY("cooldown", DURATION, cooldown, NULL, "pause between alerts of one account that get no worse"),                  \
      KEY("quiet", TEXT, quiet, NULL, "hours in which only critical alerts are told, 22:00-07:00"),                        \
      KEY("digest", CHOICE, digest, "none|daily|weekly|monthly", "one calm message about what was spent and is left")

#define LOG_LEVELS "error|warning|info|debug"

const struct setting conf_lowtide_settings[] = {
    KEY("accounts", CHOICE, NULL, "listed|auto",
        "auto: from well-known variables too; listed: from [account] sections alone"),
    KEY("schedule", SCHEDULE, "0 * * * *", NULL, "when to check: five cron fields, or @hourly @daily @every 30m"),
    KEY("timezone", ZONE, "UTC", NULL, "IANA name; schedules and printed times follow it"),
    KEY("warning", MONEY, "5.00", NULL, "warns below that, for accounts in a currency"),
    KEY("critical", MONEY, "1.00", NULL, "critical below that, for accounts in a currency"),
    THRESHOLD_SETTINGS,
    KEY("title", TEXT, "API Balance Summary", NULL, "the summary's headline"),
    KEY("footer", CHOICE, "none", "none|short|full", "what stands under the summary"),
    KEY("stale_after", DURATION, "3h", NULL, "older readings are unknown (7d for manual, push and ledger)"),
    KEY("deadline", DURATION, "10s", NULL, "how long one account may take, second try included (paged cost reports: 30s)"),
    KEY("keep", DURATION, "1y", NULL, "how long readings are kept"),
    KEY("state_dir", PATH, NULL, NULL, "where history and logs are"),
    KEY("recipes", PATH, NULL, NULL, "folder of recipes of one's own, *.ini"),
    KEY("log_level", CHOICE, "info", LOG_LEVELS, "how much is told on stderr"),
    KEY("log_lines", CHOICE, "text", "text|json", "form of those lines"),
    ALERT_SETTINGS("once", "1h", "none", "none"),
    END,
};

const struct setting conf_account_settings[] = {
    NEEDED("provider", TEXT, NULL, NULL, "who to ask: a name that `lowtide providers` lists"),
    KEY("label", TEXT, NULL, NULL, "how messages call it"),
    KEY("emoji", TEXT, NULL, NULL, "its sign in messages"),
    KEY("unit", TEXT, NULL, NULL, "which row to report, or what to assume where the vendor names none"),
    KEY("warning", MONEY, NULL, NULL, "warns below that"),
    KEY("critical", MONEY, NULL, NULL, "critical below that"),
    THRESHOLD_SETTINGS,
    KEY("budget", MONEY, NULL, NULL, "for accounts that only tell spend"),
    KEY("log", PATH, NULL, NULL, "its text log, or none; STATE_DIR/logs/NAME.log by default"),
    KEY("log_format", CHOICE, "short", "short|detailed", "form of the text log's lines"),
    KEY("schedule", SCHEDULE, NULL, NULL, "its own, in place of that of [lowtide]"),
    KEY("deadline", DURATION, NULL, NULL, "its own, in place of that of [lowtide]"),
    KEY("stale_after", DURATION, NULL, NULL, "its own, in place of that of [lowtide]"),
    KEY("base_url", URL, NULL, NULL, "replaces scheme, host and port of what it calls"),
    KEY("ca_file", PATH, NULL, NULL, "certificates to trust in place of the system's"),
    KEY("log_level", CHOICE, NULL, LOG_LEVELS, "its own, in place of that of [lowtide]"),
    ALERT_SETTINGS(NULL, NULL, NULL, NULL),
    END,
};

const struct setting conf_channel_settings[] = {
    NEEDED("type", TEXT, NULL, NULL, "what kind of channel"),
    KEY("sends", CHOICES, "summary, alerts, recoveries", "summary|alerts|recoveries|topups|digest", "what it carries"),
    KEY("mention", TEXT, NULL, NULL, "who is pinged on a critical alert: user:ID role:ID group:ID here everyone"),
    KEY("accounts", TEXT, NULL, NULL, "only these, separated by commas"),
    KEY("min_level", CHOICE, "ok", "ok|warning|critical", "alerts from that level on"),
    KEY("summary_when", CHOICE, "always", "always|change|low", "when a summary is worth sending"),
    KEY("mode", CHOICE, "post", "post|edit", "edit: one summary that is kept up to date"),
    KEY("base_url", URL, NULL, NULL, "replaces scheme, host and port of what it calls"),
    KEY("ca_file", PATH, NULL, NULL, "certificates to trust in place of the system's"),
    END,
};

#define COMMANDS_ABOUT "how chat commands come in"

static const struct setting discord_settings[] = {
    KEY("token", SECRET, NULL, NULL, "the bot's token, for all discord-bot channels"),
    KEY("application_id", TEXT, NULL, NULL, "of the Discord application"),
    KEY("public_key", TEXT, NULL, NULL, "of the Discord application, for signed HTTP"),
    KEY("guild", TEXT, NULL, NULL, "register commands in this server only"),
    KEY("commands", CHOICE, NULL, "gateway|http|off", COMMANDS_ABOUT " (gateway, if there is a token)"),
    KEY("allow_users", TEXT, NULL, NULL, "ids of people who may mute, ack, topup and refresh"),
    KEY("allow_roles", TEXT, NULL, NULL, "ids of roles that may"),
    KEY("allow_guilds", TEXT, NULL, NULL, "ids of servers that may ask; that of guild, or all, if it is not set"),
    KEY("presence", CHOICE, "off", "off|on", "show the lowest balances as the bot's status"),
    KEY("base_url", URL, NULL, NULL, "replaces https://discord.com for bots"),
    END,
};

static const struct setting slack_settings[] = {
    KEY("bot_token", SECRET, NULL, NULL, "xoxb-…, for all slack-bot channels"),
    KEY("app_token", SECRET, NULL, NULL, "xapp-…, for Socket Mode"),
    KEY("signing_secret", SECRET, NULL, NULL, "for signed HTTP"),
    KEY("commands", CHOICE, NULL, "socket|http|off", COMMANDS_ABOUT " (socket, if there is an app_token)"),
    KEY("allow_users", TEXT, NULL, NULL, "ids of people who may mute, ack, topup and refresh"),
    KEY("allow_teams", TEXT, NULL, NULL,
        "ids of workspaces and organizations that may ask; the one that has the app, if it is not set"),
    KEY("base_url", URL, NULL, NULL, "replaces https://slack.com for bots"),
    END,
};

static const struct setting http_settings[] = {
    KEY("listen", TEXT, NULL, NULL, "127.0.0.1:8787, or a unix socket's path"),
    KEY("hosts", TEXT, NULL, NULL, "further Host names that are answered"),
    KEY("origins", TEXT, NULL, NULL, "origins that may embed and ask"),
    END,
};

static const struct setting store_settings[] = {
    KEY("url", SECRET, NULL, NULL, "postgres://… for several replicas; else a file in the state folder"),
    END,
};

static const struct setting redis_settings[] = {
    KEY("url", SECRET, NULL, NULL, "redis://… to mirror state and alerts to"),
    END,
};

const struct conf_kind conf_single_sections[] = {
    {"discord", discord_settings, conf_discord_read},
    {"slack", slack_settings, conf_slack_read},
    {"http", http_settings, conf_http_read},
    {"store", store_settings, NULL},
    {"redis", redis_settings, NULL},
    {NULL, NULL, NULL},
};

static bool is_in(const struct setting *table, const struct setting *setting) {
  while (table->name != NULL && table != setting)
    table++;
  return table->name != NULL;
}

bool conf_setting_is_later(const struct setting *setting) {
  if (is_in(http_settings, setting)) return text_eq(setting->name, "origins");
  return is_in(conf_account_settings, setting) && text_eq(setting->name, "log_level");
}

bool conf_kind_is_later(const struct conf_kind *kind) {
  return kind->read == NULL;
}
