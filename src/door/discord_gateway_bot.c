#include <inttypes.h>
#include <string.h>

#include "discord_gateway_machine.h"
#include "lowtide/door.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define HOST "https://discord.com"

bool gateway_bot_request(const char *token, const char *base_url, struct http_request *out, struct err *err) {
  (void)text_copy(out->method, sizeof out->method, "GET");
  buf_addf(&out->url, "%s/api/v10/gateway/bot", base_url != NULL ? base_url : HOST);
  if (!buf_ok(&out->url)) return err_set(err, ERR_LIMIT, "base_url of [discord] is too long");
  return http_request_header(out, err, "Authorization: Bot %s", token) &&
         http_request_header(out, err, "User-Agent: DiscordBot (lowtide, %s)", LOWTIDE_VERSION);
}

static void read_limit(const struct json *limit, struct gateway_bot *bot) {
  bot->limited = json_whole(json_member(limit, "remaining"), &bot->remaining);
  if (!json_whole(json_member(limit, "reset_after"), &bot->reset_after_ms) || bot->reset_after_ms < 0 ||
      bot->reset_after_ms > GATEWAY_DAY_MS)
    bot->reset_after_ms = 0;
}

static void read_url(const char *body, size_t length, struct gateway_bot *bot) {
  struct err err = {0};
  struct json *root = json_parse(body, length, &err);
  const char *url = json_string(json_member(root, "url"));
  if (url == NULL) {
    (void)err_set(&bot->err, ERR_MALFORMED, "Discord does not say where its gateway is");
  } else if (!gateway_url_is_fit(url)) {
    (void)err_set(&bot->err, ERR_MALFORMED, "Discord's gateway is said to be at an address that is not wss");
  } else {
    (void)text_copy(bot->url, sizeof bot->url, url);
    read_limit(json_member(root, "session_start_limit"), bot);
  }
  json_free(root);
}

/* The body may say more exactly than the headers how long. */
static void read_wait(const struct http_answer *answer, struct gateway_bot *bot) {
  struct err ignored = {0};
  struct json *root = json_parse(answer->body, answer->length, &ignored);
  int64_t again_ms = 0;
  if (answer->retry_after_ms > 0) bot->again_ms = answer->retry_after_ms;
  if (answer->rate.reset_told && answer->rate.reset_after_ms > bot->again_ms) bot->again_ms = answer->rate.reset_after_ms;
  if (http_seconds(json_number_text(json_member(root, "retry_after")), &again_ms) && again_ms > bot->again_ms)
    bot->again_ms = again_ms;
  json_free(root);
}

void gateway_bot_read(const struct http_answer *answer, struct gateway_bot *bot) {
  const struct gateway_close unknown = gateway_close_of(4004);
  *bot = (struct gateway_bot){.err = answer->err};
  if (answer->err.code != ERR_NONE) return;
  if (answer->status == 401) {
    bot->fatal = true;
    (void)err_set(&bot->err, ERR_AUTH, "%s", unknown.sentence);
    (void)err_hint(&bot->err, "%s", unknown.hint);
  } else if (!http_status_err(answer->status, &bot->err)) {
    read_wait(answer, bot);
    (void)err_wrap(&bot->err, "Discord does not say where its gateway is");
  } else {
    read_url(answer->body, answer->length, bot);
  }
}

/* --- for doctor ---------------------------------------------------------------------------------------------------- */

static bool is_wanted(const struct config *config) {
  return config->discord.commands == COMMANDS_SOCKET && config->discord.token != NULL;
}

static bool probe_request(const struct config *config, struct ask *out, struct err *err) {
  return gateway_bot_request(secret_expose(config->discord.token), config->discord.base_url, &out->http, err);
}

static bool probe_judge(const struct answer *answer, char said[static DOOR_SAID_MAX], struct err *err) {
  struct gateway_bot bot;
  gateway_bot_read(&answer->http, &bot);
  if (bot.err.code != ERR_NONE) {
    *err = bot.err;
    return false;
  }
  if (bot.limited && bot.remaining <= 0)
    return err_set(err, ERR_RATE_LIMITED, "Discord lets the bot start no more sessions today");
  (void)text_copy(said, DOOR_SAID_MAX, "knows the bot");
  if (bot.limited) (void)text_fmt(said, DOOR_SAID_MAX, "knows the bot, sessions left today: %" PRId64, bot.remaining);
  return true;
}

extern const struct door_probe probe_discord_gateway;
const struct door_probe probe_discord_gateway = {
    .name = "Discord's gateway", .is_wanted = is_wanted, .request = probe_request, .judge = probe_judge};
