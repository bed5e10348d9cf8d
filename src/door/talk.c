#include "talk.h"

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

/* --- a look into the store, on the pool ---------------------------------------------------------------------------- */

struct look {
  struct answering *answering; /* NULL: it has ended */
  struct look *next;
  struct talk *talk;
  struct err err;
  bool found;
};

static void look_up(void *context) {
  struct look *look = context;
  struct chat_question *question = &look->talk->question;
  struct store *store = store_open(question->view->config->state_dir, STORE_READ, &look->err);
  if (store == NULL) return;
  look->found = question->command->look(store, question, &look->talk->answer, &look->err);
  store_close(store);
}

static void begin_next_look(struct answering *answering);

static void unlink_look(struct look *look) {
  struct look **link = &look->answering->looks;
  while (*link != look)
    link = &(*link)->next;
  *link = look->next;
  look->answering->looking--;
}

static void looked_up(void *context) {
  struct look *look = context;
  struct talk *talk = look->talk;
  struct answering *answering = look->answering;
  if (answering != NULL) unlink_look(look);
  bool heard = talk->answering != NULL;
  talk_returned(talk);
  if (heard && look->found) talk_answer(talk);
  if (heard && !look->found) talk_fail(talk, &look->err);
  mem_free(look);
  if (answering != NULL) begin_next_look(answering);
}

static void begin_look(struct talk *talk) {
  struct answering *answering = talk->answering;
  struct look *look = mem_new(1, sizeof *look);
  *look = (struct look){.answering = answering, .next = answering->looks, .talk = talk};
  answering->looks = look;
  answering->looking++;
  talk->away = true;
  answering->world.work(answering->world.context, look_up, looked_up, look);
}

static void begin_next_look(struct answering *answering) {
  struct talk *talk = answering->first_waiting;
  if (talk == NULL || answering->looking == ANSWER_LOOKS_MAX) return;
  talk_leave_queue(talk);
  begin_look(talk);
}

void talk_leave_queue(struct talk *talk) {
  struct answering *answering = talk->answering;
  struct talk *before = NULL;
  if (!talk->waits) return;
  for (struct talk *at = answering->first_waiting; at != talk; at = at->next_waiting)
    before = at;
  if (before != NULL) before->next_waiting = talk->next_waiting;
  if (before == NULL) answering->first_waiting = talk->next_waiting;
  if (answering->last_waiting == talk) answering->last_waiting = before;
  talk->waits = false;
  answering->waiting--;
}

static void wait_for_turn(struct talk *talk) {
  struct answering *answering = talk->answering;
  talk->waits = true;
  talk->next_waiting = NULL;
  if (answering->last_waiting != NULL) answering->last_waiting->next_waiting = talk;
  if (answering->first_waiting == NULL) answering->first_waiting = talk;
  answering->last_waiting = talk;
  answering->waiting++;
}

void talk_look(struct talk *talk) {
  const struct answering *answering = talk->answering;
  if (answering->looking < ANSWER_LOOKS_MAX) {
    begin_look(talk);
  } else if (answering->waiting < ANSWER_WAITING_MAX) {
    wait_for_turn(talk);
  } else {
    talk_turn_away(talk);
  }
}

/* --- a change, by the writer ----------------------------------------------------------------------------------------- */

struct change {
  struct answering *answering;
  struct change *next;
  struct talk *talk;
  bool fresh;
};

/* May run more than once before it is committed: what an earlier run has said is forgotten. */
static bool make_change(struct store *store, void *context, struct err *err) {
  struct change *change = context;
  struct talk *talk = change->talk;
  const struct chat_question *question = &talk->question;
  chat_answer_done(&talk->answer);
  chat_answer_init(&talk->answer);
  return store_interaction_add(store, talk->key, question->now_ms, &change->fresh, err) &&
         (!change->fresh || question->command->change(store, question, &talk->answer, err));
}

static void unlink_change(struct change *change) {
  struct change **link = &change->answering->changes;
  while (*link != change)
    link = &(*link)->next;
  *link = change->next;
}

/* What a person got wrong is told to the person alone. */
static void log_change(const struct talk *talk, bool fresh, const struct err *err) {
  const struct account *account = talk->question.account;
  const char *name = talk->question.command->name;
  const char *of = account != NULL ? account->name : "";
  const char *space = account != NULL ? " " : "";
  if (err->code == ERR_NONE) {
    log_info("chat", "%s%s%s%s by=%s key=%s", name, space, of, fresh ? "" : " came twice, and was done before", talk->who,
             talk->key);
  } else if (err->code == ERR_USAGE) {
    log_debug("chat", "%s%s%s was not done: %s by=%s", name, space, of, err->text, talk->who);
  } else {
    log_warning("chat", "%s%s%s was not done: %s by=%s", name, space, of, err->text, talk->who);
  }
}

static void changed(void *context, const struct err *err) {
  struct change *change = context;
  struct talk *talk = change->talk;
  bool heard = talk->answering != NULL;
  bool done = err->code == ERR_NONE;
  unlink_change(change);
  log_change(talk, change->fresh, err);
  bool moves = done && change->fresh && talk->question.command->refreshes && talk->question.account != NULL;
  if (moves) daemon_look(change->answering->daemon, talk->question.account);
  if (done && change->fresh && !moves) daemon_nudge(change->answering->daemon);
  if (done && !change->fresh) buf_add(&talk->answer.message.text, "✅ This was done already.");
  talk_returned(talk);
  if (heard && done) talk_answer(talk);
  if (heard && !done) talk_fail(talk, err);
  mem_free(change);
}

void talk_change(struct talk *talk) {
  struct answering *answering = talk->answering;
  struct change *change = mem_new(1, sizeof *change);
  *change = (struct change){.answering = answering, .next = answering->changes, .talk = talk};
  answering->changes = change;
  talk->away = true;
  answering->world.commit(answering->world.context, make_change, changed, change);
}

void talk_forget_jobs(struct answering *answering) {
  for (struct look *look = answering->looks; look != NULL; look = look->next)
    look->answering = NULL;
  while (answering->changes != NULL) {
    struct change *change = answering->changes;
    answering->changes = change->next;
    talk_returned(change->talk);
    mem_free(change);
  }
}

/* --- fresh readings first ----------------------------------------------------------------------------------------- */

static void refreshed(void *context, const struct err *failed) {
  struct talk *talk = context;
  struct err err = *failed;
  bool heard = talk->answering != NULL;
  talk_returned(talk);
  if (!heard) return;
  if (err.code != ERR_NONE || !talk_understand_again(talk, &err)) {
    talk_fail(talk, &err);
    return;
  }
  talk->question.command->answer(&talk->question, &talk->answer);
  talk_answer(talk);
}

void talk_refresh(struct talk *talk) {
  const struct chat_question *question = &talk->question;
  struct config *config = question->view->config;
  const struct account **accounts = mem_new(config->account_count, sizeof(const struct account *));
  size_t count = 0;
  for (size_t i = 0; i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    if (question->account != NULL ? account == question->account : account->missing == NULL) accounts[count++] = account;
  }
  talk->away = true;
  daemon_refresh(talk->answering->daemon, accounts, count, refreshed, talk);
  mem_free(accounts);
}
