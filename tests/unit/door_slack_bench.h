/* What the tests of Slack's doors share: a world whose clock they turn, a Slack that answers as they say, and an answering
 * that waits to be told. Header only: a test program includes it once, and nothing of it may be in the library's way. */
#ifndef LOWTIDE_TESTS_DOOR_SLACK_BENCH_H
#define LOWTIDE_TESTS_DOOR_SLACK_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "door/answering.h"
#include "fake/world.h"

#define TALKS_MAX 2060

/* One knock that came to answering. */
struct knocked {
  char words[256];
  char key[CHAT_KEY_MAX];
  char who[64];
  enum knock_kind kind;
  bool may_change;
  struct way_back way;
  void *context;
};

static struct knocked knocked[TALKS_MAX];
static size_t knocks;

void answering_begin(struct answering *answering, const struct knock *knock, const struct way_back *way, void *context) {
  struct buf words;
  (void)answering;
  assert_in_range(knocks, 0, TALKS_MAX - 1);
  struct knocked *one = &knocked[knocks++];
  *one = (struct knocked){.kind = knock->kind, .may_change = knock->may_change, .way = *way, .context = context};
  buf_init(&words, sizeof one->words - 1);
  for (size_t i = 0; i < knock->word_count; i++)
    buf_addf(&words, "%s%s", i > 0 ? "|" : "", knock->words[i].value);
  (void)text_copy(one->words, sizeof one->words, buf_text(&words));
  (void)text_copy(one->key, sizeof one->key, knock->key);
  (void)text_copy(one->who, sizeof one->who, knock->who);
  buf_done(&words);
}

static void say(size_t index, const char *text, const char *picture, bool in_public) {
  struct chat_answer answer = {0};
  message_init(&answer.message, MESSAGE_ANSWER);
  buf_add(&answer.message.text, text);
  buf_init(&answer.picture, 100);
  buf_init(&answer.picture_words, 100);
  if (picture != NULL) buf_add(&answer.picture, picture);
  buf_add(&answer.picture_words, "falling");
  knocked[index].way.answer(knocked[index].context, &answer, in_public);
  message_done(&answer.message);
  buf_done(&answer.picture);
  buf_done(&answer.picture_words);
}

static void finish(size_t index) {
  knocked[index].way.end(knocked[index].context);
}

static struct config *slack_config(const char *more) {
  struct err err = {0};
  char text[1024];
  const struct config_source source = {.getenv = fake_getenv, .sealed = true};
  assert_true(text_fmt(text, sizeof text,
                       "[slack]\nbot_token = xoxb-TOKEN\napp_token = xapp-1-TOKEN\ncommands = socket\n"
                       "allow_users = U1\n%s\n[account kimi]\nprovider = manual\n",
                       more));
  struct config *config = config_parse("test.ini", text, strlen(text), &source, &err);
  if (config == NULL) print_message("%s\n", err.text);
  assert_non_null(config);
  return config;
}

#endif
