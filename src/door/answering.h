/* answering: one interaction, from the knock to its last word, whatever the platform. The three seconds are kept here: what
 * the view knows is answered at once; what takes longer than ANSWER_DEFER_MS is deferred, and answered when it is there.
 * Private to the room. */
#ifndef LOWTIDE_DOOR_ANSWERING_H
#define LOWTIDE_DOOR_ANSWERING_H

#include "lowtide/chat.h"
#include "lowtide/daemon.h"
#include "lowtide/world.h"

#define ANSWER_DEFER_MS 25    /* the promise is 250 */
#define ANSWER_LAST_MS 120000 /* a platform forgets a question after 15 minutes; people do sooner */
#define ANSWER_LOOKS_MAX 3    /* at once on the pool, which has four threads and other work */
#define ANSWER_WAITING_MAX 64 /* looks that wait for that; more are told to try again */
#define ANSWER_TALKS_MAX 1024 /* under way; more are told to try again */
#define ANSWER_KEYS_MAX 1024  /* the newest knocks, to tell one that came twice */

enum knock_kind {
  KNOCK_QUESTION, /* a slash command */
  KNOCK_PRESSED,  /* a button or a select under a message: its words are the question */
  KNOCK_COMPLETE  /* what may stand for an argument */
};

/* What came, as a value. All borrowed for answering_begin's call. */
struct knock {
  enum knock_kind kind;
  const char *key;                        /* "discord:ID", "slack:ID": the same knock again has the same */
  const char *who;                        /* the platform's id of the person, for the log */
  const char *where;                      /* of the server or workspace that the person asks from; NULL: of none */
  struct chat_word words[CHAT_WORDS_MAX]; /* the first value is the command's name */
  size_t word_count;
  const char *focused; /* COMPLETE: the argument's name */
  bool may_ask;
  bool may_change;
};

/* The platform's side. Called on the loop's thread and never from inside answering_begin: at most one defer or complete,
 * then at most one answer, and end exactly once, last. */
struct way_back {
  void (*defer)(void *context, bool in_public);
  void (*answer)(void *context, const struct chat_answer *answer, bool in_public);
  void (*complete)(void *context, const struct chat_choices *choices);
  void (*end)(void *context);
};

struct answering;
/* commands: chat_commands, or a test's own; NULL at its end. */
struct answering *answering_new(const struct world *world, struct daemon *daemon,
                                const struct chat_command *const *commands);
void answering_begin(struct answering *answering, const struct knock *knock, const struct way_back *way, void *context);
bool answering_is_busy(const struct answering *answering);
/* Those that wait for something are told in the next turn of the loop that it took too long. */
void answering_give_up(struct answering *answering);
/* Those under way end without an answer. After the writer's end, before the daemon's. NULL is fine. */
void answering_free(struct answering *answering);

#endif
