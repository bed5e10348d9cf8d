/* chat: what people may ask in a chat. A command is one file and one line in the list of src/chat/list.c, which yields
 * dispatch, argument checks, completion, Discord's registration, Slack's manifest, help, and the docs.
 *
 * A question is a few words ("history kimi 7d"), however they came: a slash command's options, a typed line, a button. A
 * command answers it in one of three ways, and sets exactly one of the functions below. */
#ifndef LOWTIDE_CHAT_H
#define LOWTIDE_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"
#include "lowtide/message.h"
#include "lowtide/money.h"
#include "lowtide/store.h"
#include "lowtide/view.h"

#define CHAT_WORDS_MAX 16
#define CHAT_CHOICES_MAX 25 /* Discord's limit */
#define CHAT_CHOICE_MAX 100
#define CHAT_KEY_MAX 96

enum chat_argument_kind {
  CHAT_ACCOUNT, /* a name or, failing that, a label */
  CHAT_SPAN,    /* 6h, 7d */
  CHAT_AMOUNT,  /* 12.50, $12.50, 12.50 usd */
  CHAT_DATE,    /* 2026-03-31 */
  CHAT_PUBLIC   /* "public": for everybody to see */
};

struct chat_argument {
  const char *name; /* as Discord shows it */
  enum chat_argument_kind kind;
  bool needed;
  const char *about;
};

struct chat_question;
struct chat_answer;

struct chat_command {
  const char *name;
  const char *about;
  const struct chat_argument *arguments; /* needed ones first; ends with a NULL name */
  bool alone;                            /* /NAME; else /lowtide NAME */
  bool changes;                          /* needs a permission */
  bool refreshes;                        /* the accounts are asked anew first; then `answer` from the fresh view. After a
                                            `change` its account is */
  bool (*is_for)(const struct account *account); /* NULL: for all; the others are not offered where a name is typed */
  /* From the view, at once. */
  void (*answer)(const struct chat_question *question, struct chat_answer *answer);
  /* Reads the store, on another thread; store NULL: there is none yet. */
  bool (*look)(struct store *store, const struct chat_question *question, struct chat_answer *answer, struct err *err);
  /* What a look finds, for programs; NULL: only people ask it. */
  bool (*json)(struct store *store, const struct chat_question *question, struct buf *out, struct err *err);
  /* In a job of the writer, once for question->key however often it is asked. */
  bool (*change)(struct store *store, const struct chat_question *question, struct chat_answer *answer, struct err *err);
};

#define CHAT_ABOUT "how prepaid API balances stand, and what to do about them"

extern const struct chat_command *const chat_commands[]; /* NULL at its end */
/* Upper or lower case; NULL if there is none. */
const struct chat_command *chat_find(const char *name);
/* ERR_USAGE: there is no command of that name, and the nearest. Always answers false. */
bool chat_unknown(const char *name, struct err *err);
enum chat_place { CHAT_IN_A_CHAT, CHAT_ON_A_LINE /* of a shell, where nothing is public */ };
/* "ACCOUNT [SPAN]" */
void chat_print_arguments(const struct chat_command *command, enum chat_place place, struct buf *out);
/* "/lowtide mute ACCOUNT [SPAN]" */
void chat_print_usage(const struct chat_command *command, struct buf *out);

/* One word of a question; name NULL: it is known by its place or by what it looks like. */
struct chat_word {
  const char *name;
  const char *value;
};

struct chat_question {
  const struct chat_command *command;
  const struct account *account; /* NULL: none was named */
  int64_t span_ms;               /* 0: none */
  struct amount amount;
  char said[MONEY_SAID_MAX]; /* the sign or the unit beside the amount; "": none */
  int64_t expires_ms;        /* 0: none */
  bool in_public;
  struct view *view; /* borrowed */
  int64_t now_ms;
  const char *key; /* of the interaction; for `change` */
};

/* Of the words after the command's name, in whatever order: fills all but view, now_ms and key, which stay as they are.
 * ERR_USAGE with a sentence for the person who asked, and how the command is used as its hint. */
bool chat_parse(const struct chat_command *command, const struct config *config, const struct chat_word *words,
                size_t count, struct chat_question *out, struct err *err) MUST_CHECK;

struct chat_choices {
  char name[CHAT_CHOICES_MAX][CHAT_CHOICE_MAX];
  char value[CHAT_CHOICES_MAX][CHAT_CHOICE_MAX];
  size_t count;
};
/* What may stand for that argument, given what is typed of it so far. */
void chat_complete(const struct chat_command *command, const struct view *view, const char *argument, const char *typed,
                   struct chat_choices *out);

struct chat_answer {
  struct message message;   /* with its buttons; kind MESSAGE_ANSWER */
  struct buf picture;       /* a PNG; empty: none */
  struct buf picture_words; /* for those who cannot see it */
};
void chat_answer_init(struct chat_answer *answer);
void chat_answer_done(struct chat_answer *answer);
/* A sentence that says what is wrong, and the mend. */
void chat_answer_fail(struct chat_answer *answer, const struct err *err);

#endif
