#include "discord_gateway_frame.h"

#include <inttypes.h>

#include "lowtide/text.h"

bool gateway_frame_read(const char *text, size_t length, struct gateway_frame *frame, struct err *err) {
  struct gateway_frame read = {.sequence = -1, .event = ""};
  read.root = json_parse(text, length, err);
  if (read.root == NULL) return false;
  if (!json_whole(json_member(read.root, "op"), &read.op)) {
    json_free(read.root);
    return err_set(err, ERR_MALFORMED, "a frame without an op");
  }
  int64_t sequence = -1;
  const char *event = json_string(json_member(read.root, "t"));
  read.d = json_member(read.root, "d");
  if (json_whole(json_member(read.root, "s"), &sequence) && sequence >= 0) read.sequence = sequence;
  if (event != NULL) read.event = event;
  *frame = read;
  return true;
}

void gateway_frame_done(struct gateway_frame *frame) {
  json_free(frame->root);
  *frame = (struct gateway_frame){.sequence = -1, .event = ""};
}

void gateway_write_heartbeat(int64_t sequence, struct buf *out) {
  if (sequence >= 0) {
    buf_addf(out, "{\"op\":%d,\"d\":%" PRId64 "}", GATEWAY_HEARTBEAT, sequence);
  } else {
    buf_addf(out, "{\"op\":%d,\"d\":null}", GATEWAY_HEARTBEAT);
  }
}

/* No intents: an interaction belongs to none of them and always comes ("any events not listed … will always be sent"), and
 * what is not asked for need not be carried, nor be allowed in the developer portal. */
void gateway_write_identify(const char *token, struct buf *out) {
  buf_addf(out, "{\"op\":%d,\"d\":{\"token\":", GATEWAY_IDENTIFY);
  buf_add_json(out, token);
  buf_add(out, ",\"intents\":0,\"properties\":{\"os\":\"linux\",\"browser\":\"lowtide\",\"device\":\"lowtide\"}}}");
}

void gateway_write_resume(const char *token, const struct gateway_session *session, struct buf *out) {
  buf_addf(out, "{\"op\":%d,\"d\":{\"token\":", GATEWAY_RESUME);
  buf_add_json(out, token);
  buf_add(out, ",\"session_id\":");
  buf_add_json(out, session->id);
  buf_addf(out, ",\"seq\":%" PRId64 "}}", session->sequence);
}

/* Type 4, a custom status: its state stands alone under the bot's name, where type 3 would put "Watching" before it. */
void gateway_write_presence(const char *text, struct buf *out) {
  buf_addf(out, "{\"op\":%d,\"d\":{\"since\":null,\"activities\":[", GATEWAY_PRESENCE);
  if (*text != '\0') {
    buf_add(out, "{\"name\":\"Lowtide\",\"type\":4,\"state\":");
    buf_add_json(out, text);
    buf_add_char(out, '}');
  }
  buf_add(out, "],\"status\":\"online\",\"afk\":false}}");
}

#define OR_HTTP "or set commands = http in [discord]"

static const struct {
  int code;
  struct gateway_close close;
} closes[] = {
    {4003, {.meaning = GATEWAY_ENDED}}, /* not authenticated, or the session is no longer valid */
    {4004,
     {GATEWAY_FATAL, "Discord does not know the bot's token",
      "copy it anew from the developer portal (Bot, Reset Token) into token of [discord], then reload"}},
    {4007, {.meaning = GATEWAY_ENDED}}, /* a sequence that it never sent */
    {4009, {.meaning = GATEWAY_ENDED}}, /* the session has timed out */
    {4010,
     {GATEWAY_FATAL, "Discord refuses the shard of this connection",
      "lowtide asks for none: check what stands at base_url of [discord], " OR_HTTP}},
    {4011,
     {GATEWAY_FATAL, "the bot is in too many servers for one connection",
      "give lowtide an application of its own in the developer portal, " OR_HTTP}},
    {4012, {GATEWAY_FATAL, "Discord no longer speaks version 10 of its gateway", "update lowtide, " OR_HTTP}},
    {4013, {GATEWAY_FATAL, "Discord does not know what lowtide asks to be told of", "update lowtide, " OR_HTTP}},
    {4014,
     {GATEWAY_FATAL, "Discord does not let the bot be told what it asks for",
      "lowtide needs no privileged intent: check the bot in the developer portal, " OR_HTTP}},
};

struct gateway_close gateway_close_of(int code) {
  for (size_t i = 0; i < sizeof closes / sizeof *closes; i++) {
    if (closes[i].code == code) return closes[i].close;
  }
  return (struct gateway_close){.meaning = GATEWAY_RESUMABLE};
}
