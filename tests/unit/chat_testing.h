/* What the tests of the chat's commands share: a few accounts, how they stand, and questions as people type them. */
#ifndef LOWTIDE_CHAT_TESTING_H
#define LOWTIDE_CHAT_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lowtide/chat.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define UNUSED __attribute__((unused))
#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */
#define CENT (MONEY_NANO / 100)

#define MANUAL(name, label) "[account " name "]\nprovider = manual\nlabel = " label "\nemoji = 🌙\nlog = none\n"
#define FOUR                                                                                                               \
  MANUAL("kimi", "Kimi")                                                                                                   \
  MANUAL("claude", "Claude API") MANUAL("claude-2", "Claude: work") MANUAL("kimi-old", "Kimi the Old")

struct asking {
  struct config *config;
  struct view view;
  struct standing *standings;
  struct store *store;
  struct chat_answer answer;
  struct buf plain;
};

static UNUSED const char *no_environment(const char *name) {
  return text_eq(name, "HOME") ? "/nonexistent" : NULL;
}

/* Nothing is known of any account yet. */
static UNUSED void asking_begin(struct asking *asking, const char *text) {
  struct err err = {0};
  const struct config_source source = {.getenv = no_environment};
  *asking = (struct asking){.config = config_parse("test.ini", text, strlen(text), &source, &err)};
  if (asking->config == NULL) fail_msg("%s", err.text);
  size_t count = asking->config->account_count;
  asking->standings = mem_new(count, sizeof *asking->standings);
  for (size_t i = 0; i < count; i++) {
    struct err none = {0};
    (void)err_set(&none, ERR_STALE, "not asked yet");
    const struct reading reading = reading_unknown(0, &none);
    asking->standings[i] = standing_of(&asking->config->accounts[i], &reading, NULL, LEVEL_UNKNOWN);
  }
  asking->view = (struct view){.config = asking->config, .standings = asking->standings, .count = count, .references = 1};
  chat_answer_init(&asking->answer);
  buf_init(&asking->plain, MESSAGE_TEXT_MAX);
}

static UNUSED void asking_end(struct asking *asking) {
  store_close(asking->store);
  chat_answer_done(&asking->answer);
  buf_done(&asking->plain);
  mem_free(asking->standings);
  config_release(asking->config);
}

/* The account has that much, as it was read so long ago. */
static UNUSED struct standing *asking_balance(struct asking *asking, const char *name, int64_t cents, int64_t age_ms) {
  size_t i = 0;
  while (!text_eq(asking->config->accounts[i].name, name))
    i++;
  struct reading reading = {.asked_ms = NOW_MS - age_ms, .time_ms = NOW_MS - age_ms, .available = amount_of(cents * CENT)};
  (void)text_copy(reading.unit, sizeof reading.unit, "USD");
  asking->standings[i] = standing_of(&asking->config->accounts[i], &reading, NULL, LEVEL_UNKNOWN);
  return &asking->standings[i];
}

struct typed {
  char text[512];
  struct chat_word words[CHAT_WORDS_MAX + 2];
  size_t count;
};

/* "mute kimi span=6h": the first is the command, "name=value" a named word. */
static UNUSED void typed_split(struct typed *typed, const char *line) {
  typed->count = 0;
  assert_true(text_copy(typed->text, sizeof typed->text, line));
  for (char *at = typed->text; *at != '\0';) {
    size_t length = strcspn(at, " ");
    bool last = at[length] == '\0';
    at[length] = '\0';
    char *equals = strchr(at, '=');
    struct chat_word *word = &typed->words[typed->count++];
    *word = (struct chat_word){.value = at};
    if (equals != NULL) {
      *equals = '\0';
      *word = (struct chat_word){.name = at, .value = equals + 1};
    }
    at += last ? length : length + 1;
  }
}

static UNUSED bool try_parse(struct asking *asking, const char *line, struct chat_question *question, struct err *err) {
  static struct typed typed; /* a question borrows nothing of it */
  typed_split(&typed, line);
  const struct chat_command *command = chat_find(typed.words[0].value);
  assert_non_null(command);
  *question = (struct chat_question){.view = &asking->view, .now_ms = NOW_MS, .key = "test:1"};
  return chat_parse(command, asking->config, typed.words + 1, typed.count - 1, question, err);
}

static UNUSED void parse(struct asking *asking, const char *line, struct chat_question *question) {
  struct err err = {0};
  if (!try_parse(asking, line, question, &err)) fail_msg("%s", err.text);
}

static UNUSED void assert_refused(struct asking *asking, const char *line, const char *sentence, const char *mend) {
  struct chat_question question;
  struct err err = {0};
  assert_false(try_parse(asking, line, &question, &err));
  assert_int_equal(err.code, ERR_USAGE);
  assert_string_equal(err.text, sentence);
  assert_string_equal(err.hint, mend);
}

static UNUSED const char *plain_answer(struct asking *asking) {
  buf_clear(&asking->plain);
  message_print_plain(&asking->plain, buf_text(&asking->answer.message.text), false);
  return buf_text(&asking->plain);
}

struct change {
  const struct chat_question *question;
  struct chat_answer *answer;
};

static UNUSED bool change_job(struct store *store, void *context, struct err *err) {
  const struct change *change = context;
  return change->question->command->change(store, change->question, change->answer, err);
}

/* As a door does it. */
static UNUSED bool try_answer(struct asking *asking, const struct chat_question *question, struct err *err) {
  const struct chat_command *command = question->command;
  struct change change = {.question = question, .answer = &asking->answer};
  if (command->look != NULL) return command->look(asking->store, question, &asking->answer, err);
  if (command->change != NULL) return store_do(asking->store, change_job, &change, err);
  command->answer(question, &asking->answer);
  return true;
}

/* The words of the answer, without marks. */
static UNUSED const char *ask(struct asking *asking, const char *line) {
  struct chat_question question;
  struct err err = {0};
  parse(asking, line, &question);
  if (!try_answer(asking, &question, &err)) fail_msg("%s", err.text);
  return plain_answer(asking);
}

/* "Refresh=refresh kimi, …", choices behind a '|'. */
static UNUSED void assert_buttons(struct asking *asking, const char *expected) {
  const struct message *message = &asking->answer.message;
  struct buf out;
  buf_init(&out, 8192);
  for (size_t i = 0; i < message->button_count; i++)
    buf_addf(&out, "%s%s=%s", i > 0 ? ", " : "", message->buttons[i].label, message->buttons[i].words);
  for (size_t i = 0; i < message->choice_count; i++)
    buf_addf(&out, "%s%s=%s", i > 0 ? ", " : "|", message->choices[i].label, message->choices[i].words);
  assert_string_equal(buf_text(&out), expected);
  buf_done(&out);
}

#endif
