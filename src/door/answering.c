#include "answering.h"

#include <string.h>
#include <strings.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "talk.h"

/* --- the last word ------------------------------------------------------------------------------------------------- */

static void unlink_talk(struct talk *talk) {
  struct answering *answering = talk->answering;
  if (talk->next != NULL) talk->next->previous = talk->previous;
  *(talk->previous != NULL ? &talk->previous->next : &answering->talks) = talk->next;
  answering->talk_count--;
}

static void forget(struct talk *talk) {
  view_release(talk->question.view);
  chat_answer_done(&talk->answer);
  mem_free(talk->text);
  mem_free(talk);
}

void talk_returned(struct talk *talk) {
  talk->away = false;
  if (talk->answering == NULL) forget(talk);
}

void talk_end(struct talk *talk) {
  const struct world *world = &talk->answering->world;
  world->alarm_free(talk->soon);
  if (talk->late != NULL) world->alarm_free(talk->late);
  talk_leave_queue(talk);
  unlink_talk(talk);
  talk->answering = NULL;
  talk->way.end(talk->way_context);
  if (!talk->away) forget(talk);
}

void talk_answer(struct talk *talk) {
  talk->way.answer(talk->way_context, &talk->answer, talk->question.in_public);
  talk_end(talk);
}

void talk_fail(struct talk *talk, const struct err *err) {
  struct chat_answer answer;
  log_debug("chat", "%s is not answered: %s by=%s", talk->words[0].value, err->text, talk->who);
  chat_answer_init(&answer);
  chat_answer_fail(&answer, err);
  talk->way.answer(talk->way_context, &answer, false);
  chat_answer_done(&answer);
  talk_end(talk);
}

void talk_turn_away(struct talk *talk) {
  struct err err = {0};
  err_set(&err, ERR_LIMIT, "too many people ask at once");
  err_hint(&err, "ask again in a minute");
  talk_fail(talk, &err);
}

/* --- who may --------------------------------------------------------------------------------------------------------- */

static bool is_of(const struct talk *talk, const char *platform) {
  return text_starts(talk->key, platform);
}

/* Whoever reads it may pass it on: it says what is to be written where. */
static void refuse_asking(const struct talk *talk, struct err *err) {
  bool discord = is_of(talk, "discord:");
  err_set(err, ERR_FORBIDDEN, "Lowtide is not meant to answer here");
  if (*talk->where == '\0') {
    err_hint(err, "whoever runs it can name you, %s, in allow_users of [%s]", talk->who, discord ? "discord" : "slack");
  } else if (discord) {
    err_hint(err, "whoever runs it can name this server, %s, in allow_guilds of [discord]", talk->where);
  } else {
    err_hint(err, "whoever runs it can name your workspace, %s, in allow_teams of [slack]", talk->where);
  }
}

static void refuse_changing(const struct talk *talk, struct err *err) {
  err_set(err, ERR_FORBIDDEN, "you may ask, but not change anything");
  if (is_of(talk, "discord:")) {
    err_hint(err,
             "whoever runs it can name you, %s, in allow_users of [discord], or your role in allow_roles; with neither, "
             "the right Manage Server is needed",
             talk->who);
  } else {
    err_hint(err, "whoever runs it can name you, %s, in allow_users of [slack]", talk->who);
  }
}

/* --- what was asked -------------------------------------------------------------------------------------------------- */

static const struct chat_command *find_command(const struct answering *answering, const char *name) {
  const struct chat_command *const *command = answering->commands;
  while (*command != NULL && strcasecmp((*command)->name, name) != 0)
    command++;
  return *command;
}

/* Nobody typed it: it was right when the message was written. */
static void say_outdated(struct err *err) {
  err_wrap(err, "this button is out of date");
  err_hint(err, "/balance tells what is watched now");
}

static bool understand(struct talk *talk, struct err *err) {
  const struct answering *answering = talk->answering;
  const struct chat_command *command = find_command(answering, talk->words[0].value);
  if (!talk->may_ask) {
    refuse_asking(talk, err);
    return false;
  }
  if (command == NULL) return chat_unknown(talk->words[0].value, err);
  if (command->changes && !talk->may_change) {
    refuse_changing(talk, err);
    return false;
  }
  struct chat_question *question = &talk->question;
  view_release(question->view);
  *question = (struct chat_question){.view = view_keep(daemon_view(answering->daemon)), .key = talk->key};
  question->now_ms = answering->world.wall_ms(answering->world.context);
  if (chat_parse(command, question->view->config, talk->words + 1, talk->word_count - 1, question, err)) return true;
  if (talk->kind == KNOCK_PRESSED) say_outdated(err);
  return false;
}

static void answer_from_view(struct talk *talk) {
  talk->question.command->answer(&talk->question, &talk->answer);
  talk_answer(talk);
}

static void defer(void *context) {
  struct talk *talk = context;
  if (talk->deferred) return;
  talk->deferred = true;
  talk->way.defer(talk->way_context, talk->question.in_public);
}

/* What is still on its way is left to itself. */
static void give_up(void *context) {
  struct talk *talk = context;
  struct err err = {0};
  err_set(&err, ERR_TIMEOUT, "this took too long");
  err_hint(&err, talk->question.command->change != NULL ? "it may still be done: look before you ask again"
                                                        : "the disk or the providers are slow: ask again in a minute");
  talk_fail(talk, &err);
}

static void wait_for_it(struct talk *talk) {
  const struct world *world = &talk->answering->world;
  world->alarm_free(talk->soon);
  talk->soon = world->alarm_new(world->context, defer, talk);
  talk->late = world->alarm_new(world->context, give_up, talk);
  world->alarm_set(talk->soon, ANSWER_DEFER_MS);
  world->alarm_set(talk->late, ANSWER_LAST_MS);
}

static void begin_work(struct talk *talk) {
  const struct chat_command *command = talk->question.command;
  log_debug("chat", "%s by=%s key=%s", command->name, talk->who, talk->key);
  if (command->answer != NULL && !command->refreshes) {
    answer_from_view(talk);
    return;
  }
  wait_for_it(talk);
  if (command->change != NULL) {
    talk_change(talk);
  } else if (command->refreshes) {
    talk_refresh(talk);
  } else {
    talk_look(talk);
  }
}

static void complete(struct talk *talk) {
  const struct answering *answering = talk->answering;
  const struct chat_command *command = find_command(answering, talk->words[0].value);
  struct chat_choices choices = {.count = 0};
  const char *typed = "";
  for (size_t i = 1; i < talk->word_count; i++) {
    if (text_eq(talk->words[i].name, talk->focused)) typed = talk->words[i].value;
  }
  if (command != NULL && talk->may_ask)
    chat_complete(command, daemon_view(answering->daemon), talk->focused, typed, &choices);
  talk->way.complete(talk->way_context, &choices);
  talk_end(talk);
}

static void begin(void *context) {
  struct talk *talk = context;
  struct err err = {0};
  if (talk->kind == KNOCK_COMPLETE) {
    complete(talk);
  } else if (talk->too_many) {
    talk_turn_away(talk);
  } else if (understand(talk, &err)) {
    begin_work(talk);
  } else {
    talk_fail(talk, &err);
  }
}

bool talk_understand_again(struct talk *talk, struct err *err) {
  return understand(talk, err);
}

/* --- the knock ------------------------------------------------------------------------------------------------------- */

/* A second time is told from another question by its key; what changes something is told by the store, which forgets
 * less. */
static bool came_before(struct answering *answering, const char *key) {
  uint64_t mark = text_hash(key, strlen(key)) | 1; /* 0 is an empty place */
  for (size_t i = 0; i < ANSWER_KEYS_MAX; i++) {
    if (answering->keys[i] == mark) return true;
  }
  answering->keys[answering->key_next++ % ANSWER_KEYS_MAX] = mark;
  return false;
}

static char *pour(char **into, const char *text) {
  char *start = *into;
  size_t size = text != NULL ? strlen(text) + 1 : 0;
  if (text == NULL) return NULL;
  memcpy(start, text, size);
  *into += size;
  return start;
}

static size_t size_of(const char *text) {
  return text != NULL ? strlen(text) + 1 : 0;
}

/* The words are copied into one piece of memory. Nothing but a name, "/lowtide", asks for help. */
static void copy_words(struct talk *talk, const struct knock *knock) {
  size_t size = size_of(knock->focused) + sizeof "help";
  for (size_t i = 0; i < knock->word_count; i++)
    size += size_of(knock->words[i].name) + size_of(knock->words[i].value);
  char *into = talk->text = mem_new(size, 1);
  for (size_t i = 0; i < knock->word_count; i++) {
    talk->words[i].name = pour(&into, knock->words[i].name);
    talk->words[i].value = pour(&into, knock->words[i].value);
  }
  talk->word_count = knock->word_count;
  talk->focused = pour(&into, knock->focused);
  if (talk->word_count > 0) return;
  talk->words[0].value = pour(&into, "help");
  talk->word_count = 1;
}

static void drop(void *context) {
  talk_end(context);
}

void answering_begin(struct answering *answering, const struct knock *knock, const struct way_back *way, void *context) {
  struct talk *talk = mem_new(1, sizeof *talk);
  talk->answering = answering;
  talk->kind = knock->kind;
  talk->way = *way;
  talk->way_context = context;
  talk->may_ask = knock->may_ask;
  talk->may_change = knock->may_change;
  (void)text_copy(talk->key, sizeof talk->key, knock->key);
  text_clean(talk->who, sizeof talk->who, knock->who);
  text_clean(talk->where, sizeof talk->where, knock->where != NULL ? knock->where : "");
  copy_words(talk, knock);
  chat_answer_init(&talk->answer);
  talk->next = answering->talks;
  if (talk->next != NULL) talk->next->previous = talk;
  answering->talks = talk;
  talk->too_many = ++answering->talk_count > ANSWER_TALKS_MAX;
  const struct chat_command *command = find_command(answering, talk->words[0].value);
  bool once = knock->kind != KNOCK_COMPLETE && (command == NULL || command->change == NULL);
  bool dropped = once && !talk->too_many && came_before(answering, talk->key);
  talk->soon = answering->world.alarm_new(answering->world.context, dropped ? drop : begin, talk);
  answering->world.alarm_set(talk->soon, 0);
}

struct answering *answering_new(const struct world *world, struct daemon *daemon,
                                const struct chat_command *const *commands) {
  struct answering *answering = mem_new(1, sizeof *answering);
  answering->world = *world;
  answering->daemon = daemon;
  answering->commands = commands;
  return answering;
}

bool answering_is_busy(const struct answering *answering) {
  return answering->talks != NULL;
}

void answering_give_up(struct answering *answering) {
  for (const struct talk *talk = answering->talks; talk != NULL; talk = talk->next) {
    if (talk->late != NULL) answering->world.alarm_set(talk->late, 0);
  }
}

void answering_free(struct answering *answering) {
  if (answering == NULL) return;
  talk_forget_jobs(answering);
  for (struct talk *talk = answering->talks, *next = NULL; talk != NULL; talk = next) {
    next = talk->next;
    talk_end(talk);
  }
  mem_free(answering);
}
