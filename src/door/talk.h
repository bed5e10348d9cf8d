/* talk: what answering.c and the ways to an answer share. Private to both. */
#ifndef LOWTIDE_DOOR_TALK_H
#define LOWTIDE_DOOR_TALK_H

#include "answering.h"

/* One question under way, or, after its end, what the pool, the writer or the daemon has not given back yet. */
struct talk {
  struct answering *answering; /* NULL: it has ended */
  struct talk *next;
  struct talk *previous;
  struct talk *next_waiting; /* of looks */
  enum knock_kind kind;
  struct way_back way;
  void *way_context;
  void *soon; /* its beginning, then its deferral */
  void *late;
  char key[CHAT_KEY_MAX];
  char who[64];
  char where[64];
  char *text; /* owns the words */
  struct chat_word words[CHAT_WORDS_MAX];
  size_t word_count;
  const char *focused;
  bool may_ask;
  bool may_change;
  bool too_many; /* are under way already */
  bool deferred;
  bool waits; /* for its turn to look */
  bool away;  /* somebody else has it: nothing but talk_returned frees it */
  struct chat_question question;
  struct chat_answer answer;
};

struct answering {
  struct world world;
  struct daemon *daemon;
  const struct chat_command *const *commands;
  struct talk *talks;
  size_t talk_count;
  struct talk *first_waiting;
  struct talk *last_waiting;
  size_t waiting;
  size_t looking;
  struct look *looks;
  struct change *changes;
  uint64_t keys[ANSWER_KEYS_MAX];
  size_t key_next;
};

/* The last word, and the end. */
void talk_answer(struct talk *talk);
void talk_fail(struct talk *talk, const struct err *err);
void talk_turn_away(struct talk *talk); /* too many ask at once */
void talk_end(struct talk *talk);
/* Whoever had it gives it back. */
void talk_returned(struct talk *talk);
/* By the view and the config of now. */
bool talk_understand_again(struct talk *talk, struct err *err) MUST_CHECK;

/* The ways to an answer that takes longer. */
void talk_look(struct talk *talk);
void talk_leave_queue(struct talk *talk); /* if it waits for its turn to look */
void talk_change(struct talk *talk);
void talk_refresh(struct talk *talk);
/* The writer has ended: what it still has comes back no more. */
void talk_forget_jobs(struct answering *answering);

#endif
