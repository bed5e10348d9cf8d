#include "asking.h"

#include "lowtide/loop.h"
#include "lowtide/message.h"
#include "lowtide/text.h"
#include "terminal.h"

#define JSON_MAX (4 * 1024 * 1024)

static bool has_argument(const struct chat_command *command, const char *name) {
  const struct chat_argument *argument = command->arguments;
  while (argument->name != NULL && !text_eq(argument->name, name))
    argument++;
  return argument->name != NULL;
}

static bool understand(const struct invocation *invocation, const struct config *config, struct chat_question *question,
                       struct err *err) {
  struct chat_word words[CHAT_WORDS_MAX + INVOCATION_FLAGS_MAX];
  size_t count = 0;
  for (int i = 0; i < invocation->flag_count; i++) {
    const char *name = invocation->flags[i].name;
    if (!has_argument(invocation->command->chat, name)) continue;
    words[count++] = (struct chat_word){.name = name, .value = invocation->flags[i].value};
  }
  for (int i = 0; i < invocation->arg_count && i < CHAT_WORDS_MAX; i++)
    words[count++] = (struct chat_word){.value = invocation->args[i]};
  return chat_parse(invocation->command->chat, config, words, count, question, err) ||
         err_hint(err, "see `lowtide %s --help`", command_name(invocation->command));
}

struct work {
  const struct chat_question *question;
  struct chat_answer *answer;
  struct buf *json; /* NULL: it is for people */
};

static bool change_job(struct store *store, void *context, struct err *err) {
  const struct work *work = context;
  return work->question->command->change(store, work->question, work->answer, err);
}

static bool work_on(const struct config *config, struct work *work, struct err *err) {
  const struct chat_command *command = work->question->command;
  struct store *store = store_open(config->state_dir, command->change != NULL ? STORE_WRITE : STORE_READ, err);
  if (store == NULL) return false;
  bool ok = command->change != NULL ? store_do(store, change_job, work, err)
            : work->json != NULL    ? command->json(store, work->question, work->json, err)
                                    : command->look(store, work->question, work->answer, err);
  store_close(store);
  if (ok && command->change != NULL) state_lock_nudge(config->state_dir);
  return ok;
}

static int print_answer(const struct work *work) {
  struct buf text;
  buf_init(&text, 2 * MESSAGE_TEXT_MAX);
  if (work->json == NULL) message_print_plain(&text, buf_text(&work->answer->message.text), terminal_is_rich());
  int result = command_print(buf_text(work->json != NULL ? work->json : &text));
  buf_done(&text);
  return result;
}

int asking_run(const struct invocation *invocation) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  struct view view = {.config = config}; /* no reading is looked at */
  struct chat_answer answer;
  struct chat_question question = {.view = &view, .now_ms = loop_wall_ms()};
  struct buf json;
  struct work work = {.question = &question, .answer = &answer};
  buf_init(&json, JSON_MAX);
  if (invocation_has(invocation, "json")) work.json = &json;
  chat_answer_init(&answer);
  bool ok = understand(invocation, config, &question, &err) && work_on(config, &work, &err);
  int result = ok ? print_answer(&work) : command_fail(&err);
  buf_done(&json);
  chat_answer_done(&answer);
  config_release(config);
  return result;
}
