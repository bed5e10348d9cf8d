/* Tells Discord which commands there are; prints what Slack is to be told. */
#include "lowtide/register.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "discord_commands.h"
#include "lowtide/text.h"

#define TEXT_LIMIT 65536

/* --- with Discord ---------------------------------------------------------------------------------------------------- */

static void tell_twice(const struct registered *everywhere) {
  bool foreign = *everywhere->foreign != '\0';
  (void)fprintf(stderr,
                "lowtide: they are registered in all servers of the bot, too, so people see each twice: "
                "`lowtide register --replace` takes those away%s%s\n",
                foreign ? ", and with them " : "", everywhere->foreign);
}

static int tell(const struct discord_settings *discord, bool changed) {
  char line[200];
  (void)text_fmt(line, sizeof line, "/balance and /lowtide %s %s%s",
                 changed ? "are registered now" : "were registered already",
                 *discord->guild != '\0' ? "in server " : "in all servers of the bot", discord->guild);
  int result = command_print(line);
  if (discord->commands == COMMANDS_OFF) {
    (void)fputs("lowtide: nobody answers them yet: set `commands = gateway` in [discord]\n", stderr);
  }
  return result;
}

static bool overwrite(struct discord_commands *theirs, const struct registered *here, bool replace, bool *changed,
                      struct err *err) {
  bool foreign = *here->foreign != '\0';
  *changed = !here->same || (foreign && replace);
  if (!*changed) return true;
  if (!foreign || replace) return discord_commands_put(theirs, err);
  (void)err_set(err, ERR_USAGE, "the application has other commands, which would go: %s", here->foreign);
  return err_hint(err, "use an application of lowtide's own, or `lowtide register --replace`");
}

static bool register_it(struct discord_commands *theirs, bool replace, bool *changed, struct err *err) {
  struct discord_found found;
  if (!discord_commands_look(theirs, &found, err) || !overwrite(theirs, &found.here, replace, changed, err)) return false;
  if (found.everywhere.own == 0) return true;
  if (replace) return discord_commands_clear_everywhere(theirs, err);
  tell_twice(&found.everywhere);
  return true;
}

static int refuse_without_token(const struct config *config) {
  struct err err = {0};
  const char *why = config->discord.missing_why;
  bool slack = config->slack.app_token != NULL || config->slack.signing_secret != NULL || config->slack.bot_token != NULL;
  if (why == NULL && slack) {
    err_set(&err, ERR_NOT_CONFIGURED, "Discord alone is told of commands, and [discord] has no token");
    err_hint(&err, "for Slack, `lowtide register --slack-manifest` prints the app to paste");
    return command_fail(&err);
  }
  err_set(&err, ERR_NOT_CONFIGURED, "the bot's token is missing%s%s", why != NULL ? ": " : "", why != NULL ? why : "");
  err_hint(&err, "make a bot at https://discord.com/developers/applications and put its token into [discord] token");
  return command_fail(&err);
}

static int register_with_discord(const struct config *config, bool replace) {
  struct err err = {0};
  struct engine engine;
  struct discord_commands theirs;
  bool changed = false;
  if (config->discord.token == NULL) return refuse_without_token(config);
  if (!engine_start(&engine, config, ENGINE_READS, &err)) return command_fail(&err);
  discord_commands_init(&theirs, &config->discord, &engine);
  bool ok = register_it(&theirs, replace, &changed, &err);
  discord_commands_done(&theirs);
  engine_stop(&engine);
  return ok ? tell(&config->discord, changed) : command_fail(&err);
}

/* --- only printed ---------------------------------------------------------------------------------------------------- */

static int print_text(struct buf *text) {
  int result = command_print(buf_text(text));
  buf_done(text);
  return result;
}

static int print_manifest(const struct invocation *invocation, const struct config *config) {
  struct buf text;
  struct err err = {0};
  const char *url = invocation_flag(invocation, "url");
  char base[1024] = "";
  if (url == NULL && config->slack.commands == COMMANDS_HTTP) {
    err_set(&err, ERR_USAGE, "with `commands = http` the manifest must say where Slack finds lowtide");
    err_hint(&err, "lowtide register --slack-manifest --url https://lowtide.example.com");
    return command_fail(&err);
  }
  if (url != NULL && (!text_starts(url, "https://") || !text_copy(base, sizeof base, url))) {
    err_set(&err, ERR_USAGE, "--url wants an address that Slack can reach, https://…");
    return command_fail(&err);
  }
  for (size_t length = strlen(base); length > 0 && base[length - 1] == '/'; length--)
    base[length - 1] = '\0';
  buf_init(&text, TEXT_LIMIT);
  register_slack(base, &text);
  return print_text(&text);
}

static int print_list(const struct config *config) {
  struct buf text;
  buf_init(&text, TEXT_LIMIT);
  register_discord(*config->discord.guild != '\0' ? REGISTER_GUILD : REGISTER_EVERYWHERE, &text);
  return print_text(&text);
}

static int register_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  int result = EXIT_TROUBLE;
  if (invocation_has(invocation, "slack-manifest")) {
    result = print_manifest(invocation, config);
  } else if (invocation_has(invocation, "print")) {
    result = print_list(config);
  } else {
    result = register_with_discord(config, invocation_has(invocation, "replace"));
  }
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"print", NULL, "print what Discord would be told, and tell it nothing"},
    {"replace", NULL, "take away the other commands of the application that people would see there"},
    {"slack-manifest", NULL, "print the manifest to make a Slack app from"},
    {"url", "https://…", "where Slack finds lowtide, for `commands = http`"},
    {0},
};

const struct command command_register = {
    .name = "register",
    .usage = "",
    .about = "tell Discord which commands can be asked; or print Slack's manifest",
    .more = "With `guild` in [discord] they are there at once, in that server alone; without, in all servers of the bot. "
            "Nothing\n"
            "is sent where they are registered already.",
    .flags = flags,
    .run = register_run,
};
