#include "discord_desk.h"

#include <string.h>

#include "discord_errand.h"
#include "discord_interaction.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/reply.h"
#include "lowtide/text.h"

#define VISITS_MAX 2048 /* more at once are nobody's who uses a chat */
#define PICTURES_MAX 16 /* on their way at once: where Discord takes none, words must do */

/* One interaction. */
struct visit {
  struct discord_desk *desk;
  struct visit *next;
  struct visit *previous;
  struct errand *errand;
  struct discord_first first;
  bool pictured; /* a picture of it is on its way */
  bool inlined;  /* the first word goes to `first` */
  bool opened;   /* the first word is said */
  bool over;     /* no more is to come */
};

struct discord_desk {
  struct world world;
  struct answering *answering;
  struct visit *visits;
  size_t count;
  size_t pictures;
};

static void end_visit(struct visit *visit) {
  struct discord_desk *desk = visit->desk;
  if (visit->next != NULL) visit->next->previous = visit->previous;
  if (visit->previous != NULL) visit->previous->next = visit->next;
  if (desk->visits == visit) desk->visits = visit->next;
  desk->count--;
  if (visit->pictured) desk->pictures--;
  errand_free(visit->errand);
  mem_free(visit);
}

static void open_with(struct visit *visit, const char *json) {
  visit->opened = true;
  if (!visit->inlined) {
    errand_add(visit->errand, ERRAND_CALLBACK, json);
    return;
  }
  visit->first.say(visit->first.context, json, strlen(json));
  errand_hold(visit->errand, DISCORD_AFTER_FIRST_MS);
}

static void on_defer(void *context, bool in_public) {
  struct visit *visit = context;
  struct buf json;
  buf_init(&json, HTTP_REQUEST_BODY_MAX);
  discord_callback_defer(in_public, &json);
  open_with(visit, buf_text(&json));
  buf_done(&json);
}

static void on_complete(void *context, const struct chat_choices *choices) {
  struct visit *visit = context;
  struct buf json;
  buf_init(&json, HTTP_REQUEST_BODY_MAX);
  discord_callback_choices(choices, &json);
  open_with(visit, buf_text(&json));
  buf_done(&json);
}

/* What cannot be laid out is an answer, too. */
static bool lay_out(const struct message *message, bool in_public, struct reply_parts *parts) {
  struct err err = {0};
  if (reply_discord(message, in_public, parts, &err)) return true;
  log_error("discord", "an answer cannot be laid out: %s", err.text);
  struct chat_answer answer;
  chat_answer_init(&answer);
  chat_answer_fail(&answer, &err);
  reply_parts_done(parts);
  reply_parts_init(parts);
  bool done = reply_discord(&answer.message, in_public, parts, &err);
  chat_answer_done(&answer);
  return done;
}

static void say_first_part(struct visit *visit, const char *part) {
  struct buf json;
  buf_init(&json, HTTP_REQUEST_BODY_MAX);
  discord_callback_answer(part, &json);
  open_with(visit, buf_text(&json));
  buf_done(&json);
}

/* Whether a message is ephemeral was said with the first word: an edit has no flags, as a public message has none. */
static void edit_first_part(struct visit *visit, const struct chat_answer *answer) {
  struct reply_parts parts;
  reply_parts_init(&parts);
  bool laid_out = lay_out(&answer->message, true, &parts);
  if (laid_out && answer->picture.len > 0 && visit->desk->pictures < PICTURES_MAX) {
    visit->pictured = true;
    visit->desk->pictures++;
    errand_add_picture(visit->errand, buf_text(&parts.part[0]), &answer->picture, buf_text(&answer->picture_words));
  } else if (laid_out) {
    errand_add(visit->errand, ERRAND_EDIT, buf_text(&parts.part[0]));
  }
  reply_parts_done(&parts);
}

/* A picture is never in the first word, which has to be there in three seconds. */
static void on_answer(void *context, const struct chat_answer *answer, bool in_public) {
  struct visit *visit = context;
  struct reply_parts parts;
  reply_parts_init(&parts);
  bool laid_out = lay_out(&answer->message, in_public, &parts);
  if (!visit->opened && answer->picture.len > 0) on_defer(visit, in_public);
  if (laid_out && !visit->opened) {
    say_first_part(visit, buf_text(&parts.part[0]));
  } else if (laid_out) {
    edit_first_part(visit, answer);
  }
  for (int i = 1; laid_out && i < parts.count; i++)
    errand_add(visit->errand, ERRAND_FOLLOW, buf_text(&parts.part[i]));
  reply_parts_done(&parts);
}

static void on_end(void *context) {
  struct visit *visit = context;
  visit->over = true;
  if (!visit->opened && visit->inlined) visit->first.say(visit->first.context, NULL, 0);
  visit->opened = true;
  if (errand_is_idle(visit->errand)) end_visit(visit);
}

static void on_idle(void *context) {
  struct visit *visit = context;
  if (visit->over) end_visit(visit);
}

struct discord_desk *discord_desk_new(const struct world *world, struct answering *answering) {
  struct discord_desk *desk = mem_new(1, sizeof *desk);
  desk->world = *world;
  desk->answering = answering;
  return desk;
}

static const struct way_back way = {.defer = on_defer, .answer = on_answer, .complete = on_complete, .end = on_end};

bool discord_desk_take(struct discord_desk *desk, const struct config *config, const struct json *interaction,
                       const struct discord_first *first, struct err *err) {
  struct discord_interaction read;
  if (desk->count >= VISITS_MAX) return err_set(err, ERR_LIMIT, "too many interactions at once");
  if (!discord_interaction_read(interaction, &config->discord, &read, err)) return false;
  struct visit *visit = mem_new(1, sizeof *visit);
  const struct errand_place place = {.base_url = config->discord.base_url,
                                     .interaction = read.id,
                                     .application = read.application_id,
                                     .token = read.token};
  visit->desk = desk;
  visit->next = desk->visits;
  if (visit->next != NULL) visit->next->previous = visit;
  desk->visits = visit;
  desk->count++;
  visit->inlined = first != NULL;
  if (first != NULL) visit->first = *first;
  visit->errand = errand_new(&desk->world, &place, on_idle, visit);
  answering_begin(desk->answering, &read.knock, &way, visit);
  return true;
}

bool discord_desk_is_busy(const struct discord_desk *desk) {
  return desk->count > 0;
}

void discord_desk_free(struct discord_desk *desk) {
  if (desk == NULL) return;
  while (desk->visits != NULL)
    end_visit(desk->visits);
  mem_free(desk);
}
