#include "discord_gateway.h"

#include <inttypes.h>

#include "discord_gateway_machine.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define ROOM "discord"
#define MEMO "discord-gateway"
#define ASK_MS 15000

/* One connection. It may outlast its use while it is being closed. */
struct line {
  struct discord_gateway *gateway;
  struct websocket *socket;
  struct line *next;
};

struct discord_gateway {
  struct world world;
  struct websockets *websockets;
  struct config *config;
  void (*interaction)(void *context, const struct json *interaction);
  void *context;
  struct gateway_hands hands;
  struct gateway_machine machine;
  void *alarm;
  void *asked;        /* GET /gateway/bot under way */
  struct line *line;  /* the one that the machine knows of */
  struct line *lines; /* all */
  bool loading;
  bool shut;
  char loaded[STORE_MEMO_MAX];
  struct buf memo; /* what is being kept */
  bool keeping;
};

static const char *token_of(const struct discord_gateway *gateway) {
  return secret_expose(gateway->config->discord.token);
}

/* After whatever may have moved the machine. */
static void set_alarm(struct discord_gateway *gateway) {
  int64_t due_ms = gateway_machine_due_ms(&gateway->machine);
  if (due_ms == GATEWAY_NEVER) {
    gateway->world.alarm_stop(gateway->alarm);
  } else {
    int64_t delay_ms = due_ms - gateway->world.mono_ms(gateway->world.context);
    gateway->world.alarm_set(gateway->alarm, delay_ms > 0 ? delay_ms : 0);
  }
}

static void ring(void *context) {
  struct discord_gateway *gateway = context;
  gateway_machine_tick(&gateway->machine);
  set_alarm(gateway);
}

/* --- the socket ---------------------------------------------------------------------------------------------------- */

static void opened(void *context) {
  const struct line *line = context;
  if (line != line->gateway->line) return;
  gateway_machine_opened(&line->gateway->machine);
  set_alarm(line->gateway);
}

static void came(void *context, const char *text, size_t length) {
  const struct line *line = context;
  if (line != line->gateway->line) return;
  gateway_machine_text(&line->gateway->machine, text, length);
  set_alarm(line->gateway);
}

static void closed(void *context, const struct websocket_end *end) {
  struct line *line = context;
  struct discord_gateway *gateway = line->gateway;
  struct line **link = &gateway->lines;
  bool known = line == gateway->line;
  while (*link != line)
    link = &(*link)->next;
  *link = line->next;
  mem_free(line);
  if (!known) return;
  gateway->line = NULL;
  gateway_machine_closed(&gateway->machine, end);
  set_alarm(gateway);
}

static void hand_connect(void *context, const char *url) {
  struct discord_gateway *gateway = context;
  struct line *line = mem_new(1, sizeof *line);
  const struct websocket_hooks hooks = {.opened = opened, .text = came, .closed = closed, .context = line};
  *line = (struct line){.gateway = gateway, .next = gateway->lines};
  gateway->lines = line;
  gateway->line = line;
  line->socket = websocket_open(gateway->websockets, &(struct websocket_ask){.url = url}, &hooks);
}

static bool hand_send(void *context, const char *text, size_t length) {
  const struct discord_gateway *gateway = context;
  return gateway->line != NULL && websocket_send(gateway->line->socket, text, length);
}

static void hand_close(void *context, int code) {
  struct discord_gateway *gateway = context;
  struct line *line = gateway->line;
  gateway->line = NULL;
  if (line != NULL) websocket_close(line->socket, code);
}

/* --- /gateway/bot -------------------------------------------------------------------------------------------------- */

static void answered(void *context, const struct answer *answer) {
  struct discord_gateway *gateway = context;
  struct gateway_bot bot;
  gateway->asked = NULL;
  gateway_bot_read(&answer->http, &bot);
  gateway_machine_asked(&gateway->machine, &bot);
  set_alarm(gateway);
}

static void hand_ask(void *context) {
  struct discord_gateway *gateway = context;
  struct err err = {0};
  struct ask ask;
  ask_init(&ask);
  /* The settings were read within bounds: what does not fit is refused by the asker as no address. */
  if (!gateway_bot_request(token_of(gateway), gateway->config->discord.base_url, &ask.http, &err))
    log_error(ROOM, "%s", err.text);
  gateway->asked = gateway->world.ask(gateway->world.context, &ask, ASK_MS, answered, gateway);
  ask_done(&ask);
}

/* --- the store ----------------------------------------------------------------------------------------------------- */

static bool keep_job(struct store *store, void *context, struct err *err) {
  const struct discord_gateway *gateway = context;
  return store_memo_put(store, MEMO, buf_text(&gateway->memo), err);
}

static void kept(void *context, const struct err *err) {
  struct discord_gateway *gateway = context;
  gateway->keeping = false;
  if (err->code != ERR_NONE) log_warning(ROOM, "the gateway's session is not noted: %s", err->text);
  gateway_machine_kept(&gateway->machine);
  set_alarm(gateway);
}

static void hand_keep(void *context) {
  struct discord_gateway *gateway = context;
  gateway->keeping = true;
  buf_clear(&gateway->memo);
  gateway_memory_write(&gateway->machine.memory, token_of(gateway), gateway->config->discord.base_url, &gateway->memo);
  gateway->world.commit(gateway->world.context, keep_job, kept, gateway);
}

static bool load_job(struct store *store, void *context, struct err *err) {
  struct discord_gateway *gateway = context;
  return store_memo(store, MEMO, gateway->loaded, err);
}

static void loaded(void *context, const struct err *err) {
  struct discord_gateway *gateway = context;
  gateway->loading = false;
  if (err->code != ERR_NONE) log_warning(ROOM, "what was known of the gateway's session cannot be read: %s", err->text);
  if (gateway->shut) return;
  const char *text = err->code == ERR_NONE ? gateway->loaded : "";
  gateway_memory_read(text, token_of(gateway), gateway->config->discord.base_url, &gateway->machine.memory);
  if (!gateway->config->discord.presence) gateway_machine_show(&gateway->machine, "");
  gateway_machine_begin(&gateway->machine);
  set_alarm(gateway);
}

/* --- the other hands ----------------------------------------------------------------------------------------------- */

static int64_t hand_mono_ms(void *context) {
  const struct discord_gateway *gateway = context;
  return gateway->world.mono_ms(gateway->world.context);
}

static int64_t hand_wall_ms(void *context) {
  const struct discord_gateway *gateway = context;
  return gateway->world.wall_ms(gateway->world.context);
}

static uint64_t hand_chance(void *context) {
  const struct discord_gateway *gateway = context;
  return gateway->world.chance(gateway->world.context);
}

static void hand_interaction(void *context, const struct json *interaction) {
  const struct discord_gateway *gateway = context;
  gateway->interaction(gateway->context, interaction);
}

static void hand_tell(void *context, enum gateway_news news, const char *sentence) {
  (void)context;
  switch (news) {
  case GATEWAY_CONNECTED: log_info(ROOM, "%s", sentence); break;
  case GATEWAY_LOST:
  case GATEWAY_ODD: log_warning(ROOM, "%s", sentence); break;
  case GATEWAY_STOPPED: log_error(ROOM, "%s", sentence); break;
  case GATEWAY_DETAIL: log_debug(ROOM, "%s", sentence); break;
  }
}

/* --- the doors' side ----------------------------------------------------------------------------------------------- */

struct discord_gateway *discord_gateway_new(const struct discord_gateway_setup *setup) {
  struct discord_gateway *gateway = mem_new(1, sizeof *gateway);
  gateway->world = *setup->world;
  gateway->websockets = setup->websockets;
  gateway->config = config_keep(setup->config);
  gateway->interaction = setup->interaction;
  gateway->context = setup->context;
  gateway->hands = (struct gateway_hands){
      .mono_ms = hand_mono_ms,
      .wall_ms = hand_wall_ms,
      .chance = hand_chance,
      .ask = hand_ask,
      .connect = hand_connect,
      .send = hand_send,
      .close = hand_close,
      .keep = hand_keep,
      .interaction = hand_interaction,
      .tell = hand_tell,
      .context = gateway,
  };
  buf_init(&gateway->memo, STORE_MEMO_MAX - 1);
  gateway_machine_init(&gateway->machine, &gateway->hands, token_of(gateway));
  gateway->alarm = gateway->world.alarm_new(gateway->world.context, ring, gateway);
  gateway->loading = true;
  gateway->world.commit(gateway->world.context, load_job, loaded, gateway);
  return gateway;
}

/* What a person has mended is not seen from here: one that has stopped does not stay as it is. */
bool discord_gateway_fits(const struct discord_gateway *gateway, const struct config *config) {
  const struct discord_settings *now = &gateway->config->discord;
  const struct discord_settings *then = &config->discord;
  if (gateway->machine.phase == GATEWAY_FAILED) return false;
  return then->commands == now->commands && text_eq(secret_expose(then->token), secret_expose(now->token)) &&
         text_eq(then->base_url, now->base_url);
}

void discord_gateway_reload(struct discord_gateway *gateway, struct config *config) {
  struct config *before = gateway->config;
  gateway->config = config_keep(config);
  gateway->machine.token = token_of(gateway);
  config_release(before);
  if (!gateway->config->discord.presence) gateway_machine_show(&gateway->machine, "");
  set_alarm(gateway);
}

void discord_gateway_look(struct discord_gateway *gateway, const struct view *view) {
  char presence[PRESENCE_MAX] = "";
  if (gateway->config->discord.presence) compose_presence(view->standings, view->count, presence);
  gateway_machine_show(&gateway->machine, presence);
  set_alarm(gateway);
}

void discord_gateway_standing(const struct discord_gateway *gateway, struct way_state *out) {
  const struct gateway_machine *machine = &gateway->machine;
  out->standing = machine->phase == GATEWAY_FAILED ? WAY_STOPPED : WAY_OPENING;
  if (machine->phase == GATEWAY_READY) {
    out->standing = WAY_OPEN;
  } else {
    (void)text_fmt(out->why, sizeof out->why, "%s%s%s", machine->why, *machine->mend != '\0' ? "; " : "", machine->mend);
  }
}

void discord_gateway_shut(struct discord_gateway *gateway) {
  gateway->shut = true;
  if (gateway->asked != NULL) (void)gateway->world.unask(gateway->world.context, gateway->asked);
  gateway->asked = NULL;
  gateway_machine_end(&gateway->machine);
  set_alarm(gateway);
}

bool discord_gateway_is_busy(const struct discord_gateway *gateway) {
  return gateway->loading || gateway->keeping || gateway->lines != NULL;
}

void discord_gateway_free(struct discord_gateway *gateway) {
  if (gateway == NULL) return;
  if (gateway->asked != NULL) (void)gateway->world.unask(gateway->world.context, gateway->asked);
  while (gateway->lines != NULL) {
    struct line *line = gateway->lines;
    gateway->lines = line->next;
    websocket_drop(line->socket);
    mem_free(line);
  }
  gateway->world.alarm_free(gateway->alarm);
  buf_done(&gateway->memo);
  config_release(gateway->config);
  mem_free(gateway);
}
