/* One interaction from the knock to its last word, in a simulated world: at once, deferred, changed once, given up. */
#include "door/answering.h"
#include "fake/bench.h"

/* With the folder of the test's own store. */
static struct config *config_with(struct bench *bench, const char *accounts) {
  char text[4096];
  (void)text_fmt(text, sizeof text, HOURLY "state_dir = %s\n%s" CHANNEL("team"), bench->fake.folder, accounts);
  return config_of(text);
}

static void reload_with(struct bench *bench, const char *accounts) {
  struct config *config = config_with(bench, accounts);
  daemon_reload(bench->daemon, config);
  config_release(config);
}

/* --- commands of the test's own -------------------------------------------------------------------------------------- */

static int changes_made;
static bool look_fails;
static bool change_fails;

static void say(struct chat_answer *answer, const char *text) {
  buf_add(&answer->message.text, text);
}

static void balance(const struct chat_question *question, struct chat_answer *answer) {
  const struct account *account = question->account != NULL ? question->account : &question->view->config->accounts[0];
  const struct standing *standing = view_standing(question->view, account->name);
  char amount[MONEY_TEXT_MAX] = "?";
  if (reading_is_known(&standing->reading)) money_print_exact(amount, standing->reading.available.nano);
  say(answer, amount);
}

static bool history(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                    struct err *err) {
  struct turn turn;
  assert_non_null(store);
  if (look_fails) return err_set(err, ERR_STORE, "the disk is gone");
  if (!store_turn_last(store, NULL, &turn, err)) return false;
  say(answer, turn.id != 0 ? "looked" : "nothing yet");
  if (question->account != NULL) buf_addf(&answer->message.text, " at %s", question->account->name);
  return true;
}

static bool mute(struct store *store, const struct chat_question *question, struct chat_answer *answer, struct err *err) {
  const struct account_key key = {.account = question->account->name, .provider = question->account->provider};
  struct alert_memory memory;
  if (change_fails) return err_set(err, ERR_STORE, "the disk is full");
  changes_made++;
  say(answer, "muted");
  return store_alert_memory(store, &key, &memory, err) && store_alert_memory_put(store, &key, &memory, err);
}

#define KIMI                                                                                                               \
  { "account", CHAT_ACCOUNT, false, "an account" }
#define OPENLY                                                                                                             \
  { "public", CHAT_PUBLIC, false, "for all" }
static const struct chat_argument arguments[] = {KIMI, OPENLY, {0}};

static const struct chat_command at_once = {.name = "balance", .arguments = arguments, .alone = true, .answer = balance};
static const struct chat_command helps = {.name = "help", .arguments = arguments, .answer = balance};
static const struct chat_command looks = {.name = "history", .arguments = arguments, .look = history};
static const struct chat_command changes = {.name = "mute", .arguments = arguments, .changes = true, .change = mute};
static const struct chat_command refreshes = {
    .name = "refresh", .arguments = arguments, .changes = true, .refreshes = true, .answer = balance};
static const struct chat_command moves = {
    .name = "topup", .arguments = arguments, .changes = true, .refreshes = true, .change = mute};
static const struct chat_command *const commands[] = {&at_once, &helps, &looks, &changes, &refreshes, &moves, NULL};

/* --- somebody in a chat ---------------------------------------------------------------------------------------------- */

struct person {
  struct bench *bench;
  char said[512];
  int64_t deferred_ms; /* after the knock; -1: not */
  int64_t answered_ms;
  int64_t began_ms;
  int defers;
  int answers;
  int ends;
  size_t choices;
  bool in_public;
  bool deferred_in_public;
};

static struct answering *answering;

static int64_t since(const struct person *person) {
  return person->bench->fake.mono_ms - person->began_ms;
}

static void on_defer(void *context, bool in_public) {
  struct person *person = context;
  assert_int_equal(person->ends, 0);
  assert_int_equal(person->answers, 0);
  person->defers++;
  person->deferred_ms = since(person);
  person->deferred_in_public = in_public;
}

static void on_answer(void *context, const struct chat_answer *answer, bool in_public) {
  struct person *person = context;
  assert_int_equal(person->ends, 0);
  person->answers++;
  person->answered_ms = since(person);
  person->in_public = in_public;
  (void)text_copy(person->said, sizeof person->said, buf_text(&answer->message.text));
}

static void on_complete(void *context, const struct chat_choices *choices) {
  struct person *person = context;
  assert_int_equal(person->ends, 0);
  person->answers++;
  person->choices = choices->count;
}

static void on_end(void *context) {
  struct person *person = context;
  person->ends++;
  assert_true(person->ends == 1);
}

static const struct way_back way = {.defer = on_defer, .answer = on_answer, .complete = on_complete, .end = on_end};

static int keys;

/* words: what is typed, with spaces between. */
static void knock_as(struct person *person, struct knock *knock, const char *words) {
  static char text[256];
  char key[32];
  (void)text_copy(text, sizeof text, words);
  for (char *at = text; *at != '\0';) {
    size_t length = strcspn(at, " ");
    bool more = at[length] == ' ';
    at[length] = '\0';
    knock->words[knock->word_count++].value = at;
    at += length + (more ? 1 : 0);
  }
  (void)text_fmt(key, sizeof key, "discord:%d", ++keys);
  if (knock->key == NULL) knock->key = key;
  if (knock->who == NULL) knock->who = "1234";
  person->began_ms = person->bench->fake.mono_ms;
  person->deferred_ms = -1;
  answering_begin(answering, knock, &way, person);
  assert_int_equal(person->defers + person->answers + person->ends, 0);
}

static struct person ask(struct bench *bench, const char *words) {
  struct person person = {.bench = bench};
  struct knock knock = {.may_ask = true, .may_change = true};
  knock_as(&person, &knock, words);
  fake_run(&bench->fake, 30000);
  return person;
}

static struct person ask_with_key(struct bench *bench, const char *words, const char *key) {
  struct person person = {.bench = bench};
  struct knock knock = {.key = key, .may_ask = true, .may_change = true};
  knock_as(&person, &knock, words);
  fake_run(&bench->fake, 30000);
  return person;
}

static int begin_answering(void **state) {
  (void)set_up(state);
  struct bench *bench = *state;
  changes_made = 0;
  look_fails = false;
  change_fails = false;
  config_release(bench->config);
  bench->config = config_with(bench, ACCOUNT("kimi") ACCOUNT("other"));
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  answering = answering_new(&bench->fake.world, bench->daemon, commands);
  return 0;
}

static int end_answering(void **state) {
  struct bench *bench = *state;
  answering_free(answering);
  answering = NULL;
  daemon_free(bench->daemon);
  bench->daemon = NULL;
  return tear_down(state);
}

#define TALK(name) cmocka_unit_test_setup_teardown(name, begin_answering, end_answering)

/* --- at once ---------------------------------------------------------------------------------------------------------- */

static void what_the_view_knows_is_answered_at_once(void **state) {
  const struct person person = ask(*state, "balance");
  assert_string_equal(person.said, "12.34");
  assert_int_equal(person.answered_ms, 0);
  assert_int_equal(person.defers, 0);
  assert_int_equal(person.ends, 1);
  assert_false(person.in_public);
  assert_false(answering_is_busy(answering));
}

static void it_is_answered_at_once_while_a_provider_hangs(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "kimi")->delay_ms = 9000;
  run_until(bench, FAKE_START_MS + HOUR + 1000);
  const struct person person = ask(bench, "balance kimi");
  assert_string_equal(person.said, "12.34");
  assert_int_equal(person.answered_ms, 0);
}

static void public_is_for_all(void **state) {
  const struct person person = ask(*state, "BALANCE kimi public");
  assert_true(person.in_public);
  assert_string_equal(person.said, "12.34");
}

static void nothing_but_the_name_asks_for_help(void **state) {
  const struct person person = ask(*state, "");
  assert_string_equal(person.said, "12.34");
}

static void what_is_not_understood_is_told_with_the_mend(void **state) {
  const struct person unknown = ask(*state, "balanse");
  assert_non_null(strstr(unknown.said, "there is no command \"balanse\""));
  assert_non_null(strstr(unknown.said, "balance"));
  assert_int_equal(unknown.ends, 1);
  const struct person nobody = ask(*state, "balance kimmi");
  assert_non_null(strstr(nobody.said, "kimi"));
  assert_int_equal(nobody.defers, 0);
}

/* The account of an old message may be gone. */
static void a_button_that_is_out_of_date_says_so(void **state) {
  struct bench *bench = *state;
  struct person person = {.bench = bench};
  struct knock knock = {.kind = KNOCK_PRESSED, .may_ask = true, .may_change = true};
  knock_as(&person, &knock, "mute gone 6h");
  fake_run(&bench->fake, 30000);
  assert_non_null(strstr(person.said, "this button is out of date: there is no account \"gone\""));
  assert_non_null(strstr(person.said, "/balance tells what is watched now"));
}

/* --- who may ---------------------------------------------------------------------------------------------------------- */

static struct person ask_without_right(struct bench *bench, bool may_ask, const char *key, const char *words) {
  struct person person = {.bench = bench};
  struct knock knock = {.key = key, .who = "1100000000000000004", .may_ask = may_ask};
  if (!may_ask && text_starts(key, "slack:")) knock.where = "T0999";
  if (!may_ask && text_starts(key, "discord:")) knock.where = "4711";
  knock_as(&person, &knock, words);
  fake_run(&bench->fake, 30000);
  return person;
}

static void a_change_without_the_right_is_refused_politely(void **state) {
  struct bench *bench = *state;
  const struct person discord = ask_without_right(bench, true, "discord:a", "mute kimi");
  assert_non_null(
      strstr(discord.said, "can name you, 1100000000000000004, in allow_users of [discord], or your role in allow_roles"));
  assert_non_null(strstr(discord.said, "the right Manage Server is needed"));
  const struct person slack = ask_without_right(bench, true, "slack:b", "refresh");
  assert_non_null(strstr(slack.said, "can name you, 1100000000000000004, in allow_users of [slack]"));
  assert_int_equal(changes_made, 0);
  assert_int_equal(peer_of(bench, "kimi")->asks, 1);
}

static void a_stranger_hears_nothing_of_balances(void **state) {
  const struct person person = ask_without_right(*state, false, "discord:c", "balance");
  assert_non_null(strstr(person.said, "can name this server, 4711, in allow_guilds of [discord]"));
  const struct person guest = ask_without_right(*state, false, "slack:d", "balance");
  assert_non_null(strstr(guest.said, "can name your workspace, T0999, in allow_teams of [slack]"));
  const struct person alone = ask_without_right(*state, false, "email:e", "balance");
  assert_non_null(strstr(alone.said, "can name you, 1100000000000000004, in allow_users"));
  assert_null(strstr(person.said, "12.34"));
  struct person typing = {.bench = *state};
  struct knock knock = {.kind = KNOCK_COMPLETE, .focused = "account"};
  knock_as(&typing, &knock, "balance");
  fake_run(&((struct bench *)*state)->fake, 10);
  assert_int_equal(typing.choices, 0);
  assert_int_equal(typing.ends, 1);
}

/* --- looks ------------------------------------------------------------------------------------------------------------ */

static void a_quick_look_needs_no_deferral(void **state) {
  const struct person person = ask(*state, "history kimi");
  assert_string_equal(person.said, "looked at kimi");
  assert_int_equal(person.defers, 0);
  assert_int_equal(person.answered_ms, 2);
}

static void a_slow_look_is_deferred_and_answered_later(void **state) {
  struct bench *bench = *state;
  bench->fake.work_ms = 2000;
  const struct person person = ask(bench, "history kimi public");
  assert_int_equal(person.defers, 1);
  assert_int_equal(person.deferred_ms, ANSWER_DEFER_MS);
  assert_true(person.deferred_in_public);
  assert_string_equal(person.said, "looked at kimi");
  assert_int_equal(person.answered_ms, 2000);
  assert_int_equal(person.ends, 1);
}

static void a_look_that_fails_says_why(void **state) {
  look_fails = true;
  const struct person person = ask(*state, "history");
  assert_non_null(strstr(person.said, "the disk is gone"));
  assert_int_equal(person.ends, 1);
}

static void what_takes_too_long_is_given_up_with_a_sentence(void **state) {
  struct bench *bench = *state;
  bench->fake.work_ms = ANSWER_LAST_MS + 5000;
  struct person person = {.bench = bench};
  struct knock knock = {.may_ask = true};
  knock_as(&person, &knock, "history");
  fake_run(&bench->fake, ANSWER_LAST_MS + 1);
  assert_non_null(strstr(person.said, "took too long"));
  assert_int_equal(person.ends, 1);
  fake_run(&bench->fake, 30000);
  assert_int_equal(person.answers, 1);
}

static void a_crowd_looks_in_turn_and_too_many_are_told_so(void **state) {
  enum { CROWD = ANSWER_LOOKS_MAX + ANSWER_WAITING_MAX + 5 };
  struct bench *bench = *state;
  static struct person people[CROWD];
  bench->fake.work_ms = 100;
  for (int i = 0; i < CROWD; i++) {
    struct knock knock = {.may_ask = true};
    people[i] = (struct person){.bench = bench};
    knock_as(&people[i], &knock, "history");
  }
  fake_run(&bench->fake, 60000);
  int told = 0;
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(people[i].ends, 1);
    assert_int_equal(people[i].answers, 1);
    if (strstr(people[i].said, "ask again in a minute") != NULL) told++;
  }
  assert_int_equal(told, 5);
}

/* Silence would be an empty acknowledgement on Slack: nobody would know that nothing was done. */
static void more_than_can_be_under_way_are_told_so(void **state) {
  enum { CROWD = ANSWER_TALKS_MAX + 5 };
  struct bench *bench = *state;
  static struct person people[CROWD];
  int told = 0;
  for (int i = 0; i < CROWD; i++) {
    struct knock knock = {.may_ask = true, .may_change = true};
    people[i] = (struct person){.bench = bench};
    knock_as(&people[i], &knock, "mute kimi");
  }
  fake_run(&bench->fake, 60000);
  for (int i = 0; i < CROWD; i++) {
    assert_int_equal(people[i].ends, 1);
    assert_int_equal(people[i].answers, 1);
    if (strstr(people[i].said, "ask again in a minute") != NULL) told++;
  }
  assert_int_equal(told, 5);
  assert_int_equal(changes_made, ANSWER_TALKS_MAX);
}

static void those_who_wait_for_their_turn_are_given_up_too(void **state) {
  struct bench *bench = *state;
  static struct person people[ANSWER_LOOKS_MAX + 2];
  bench->fake.work_ms = ANSWER_LAST_MS + 5000;
  for (int i = 0; i < ANSWER_LOOKS_MAX + 2; i++) {
    struct knock knock = {.may_ask = true};
    people[i] = (struct person){.bench = bench};
    knock_as(&people[i], &knock, "history");
  }
  fake_run(&bench->fake, 3 * ANSWER_LAST_MS);
  for (int i = 0; i < ANSWER_LOOKS_MAX + 2; i++)
    assert_int_equal(people[i].ends, 1);
  assert_false(answering_is_busy(answering));
}

/* --- changes ---------------------------------------------------------------------------------------------------------- */

static void a_change_is_made_once_however_often_it_is_asked(void **state) {
  struct bench *bench = *state;
  const struct person first = ask_with_key(bench, "mute kimi", "discord:same");
  const struct person second = ask_with_key(bench, "mute kimi", "discord:same");
  assert_string_equal(first.said, "muted");
  assert_non_null(strstr(second.said, "done already"));
  assert_int_equal(changes_made, 1);
  answering_free(answering);
  answering = answering_new(&bench->fake.world, bench->daemon, commands);
  const struct person after_restart = ask_with_key(bench, "mute kimi", "discord:same");
  assert_non_null(strstr(after_restart.said, "done already"));
  assert_int_equal(changes_made, 1);
}

static void a_change_that_fails_can_be_asked_again(void **state) {
  struct bench *bench = *state;
  change_fails = true;
  hush(true);
  const struct person failed = ask_with_key(bench, "mute kimi", "discord:again");
  hush(false);
  assert_non_null(strstr(failed.said, "the disk is full"));
  change_fails = false;
  const struct person done = ask_with_key(bench, "mute kimi", "discord:again");
  assert_string_equal(done.said, "muted");
}

static void what_a_change_moves_is_asked_anew_after_it(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "kimi")->cents = 5000;
  peer_of(bench, "kimi")->delay_ms = 3000;
  const struct person changed = ask(bench, "topup kimi");
  assert_string_equal(changed.said, "muted");
  assert_true(changed.answered_ms < 100);
  const struct person person = ask(bench, "balance kimi");
  assert_string_equal(person.said, "50");
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
  (void)ask(bench, "mute kimi");
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
}

static void the_same_question_again_is_not_answered_twice(void **state) {
  struct bench *bench = *state;
  const struct person first = ask_with_key(bench, "balance", "discord:read");
  const struct person second = ask_with_key(bench, "balance", "discord:read");
  assert_int_equal(first.answers, 1);
  assert_int_equal(second.answers, 0);
  assert_int_equal(second.defers, 0);
  assert_int_equal(second.ends, 1);
  for (int i = 0; i < ANSWER_KEYS_MAX; i++)
    (void)ask(bench, "balance");
  const struct person much_later = ask_with_key(bench, "balance", "discord:read");
  assert_int_equal(much_later.answers, 1);
}

/* --- fresh readings --------------------------------------------------------------------------------------------------- */

static void a_refresh_asks_the_provider_and_tells_what_it_said(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "kimi")->cents = 5000;
  peer_of(bench, "kimi")->delay_ms = 400;
  const struct person person = ask(bench, "refresh kimi");
  assert_int_equal(person.deferred_ms, ANSWER_DEFER_MS);
  assert_string_equal(person.said, "50");
  assert_int_equal(peer_of(bench, "other")->asks, 1);
}

static void a_refresh_of_all_asks_all_that_are_configured(void **state) {
  struct bench *bench = *state;
  (void)ask(bench, "refresh");
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
  assert_int_equal(peer_of(bench, "other")->asks, 2);
}

static void a_reload_under_way_changes_nothing_for_who_waits(void **state) {
  struct bench *bench = *state;
  struct person people[2] = {{.bench = bench}, {.bench = bench}};
  struct knock knocks[2] = {{.may_ask = true, .may_change = true}, {.may_ask = true, .may_change = true}};
  peer_of(bench, "kimi")->delay_ms = 3000;
  bench->fake.work_ms = 3000;
  knock_as(&people[0], &knocks[0], "refresh kimi");
  knock_as(&people[1], &knocks[1], "history kimi");
  fake_run(&bench->fake, 100);
  reload_with(bench, ACCOUNT("other") ACCOUNT("kimi"));
  fake_run(&bench->fake, 10000);
  assert_string_equal(people[0].said, "12.34");
  assert_string_equal(people[1].said, "looked at kimi");
}

static void an_account_that_a_reload_took_away_is_told_of(void **state) {
  struct bench *bench = *state;
  struct person person = {.bench = bench};
  struct knock knock = {.may_ask = true, .may_change = true};
  peer_of(bench, "kimi")->delay_ms = 3000;
  knock_as(&person, &knock, "refresh kimi");
  fake_run(&bench->fake, 100);
  reload_with(bench, ACCOUNT("other"));
  fake_run(&bench->fake, 10000);
  assert_non_null(strstr(person.said, "there is no account \"kimi\""));
  assert_int_equal(person.ends, 1);
}

/* --- the end ---------------------------------------------------------------------------------------------------------- */

static void a_daemon_that_stops_has_a_word_for_who_waits(void **state) {
  struct bench *bench = *state;
  struct person person = {.bench = bench};
  struct knock knock = {.may_ask = true, .may_change = true};
  peer_of(bench, "kimi")->delay_ms = 60000;
  knock_as(&person, &knock, "refresh kimi");
  fake_run(&bench->fake, 100);
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, DAEMON_PATIENCE_MS + 10);
  assert_non_null(strstr(person.said, "stopped"));
  assert_int_equal(person.ends, 1);
}

/* What the pool and the writer still have comes back, or not, when nobody is there any more. */
static void who_waits_at_the_end_is_let_go(void **state) {
  struct bench *bench = *state;
  static const char *const words[] = {"history", "mute kimi", "refresh kimi", "balance"};
  struct person people[4];
  bench->fake.work_ms = 5000;
  peer_of(bench, "kimi")->delay_ms = 5000;
  for (int i = 0; i < 4; i++) {
    struct knock knock = {.may_ask = true, .may_change = true};
    people[i] = (struct person){.bench = bench};
    knock_as(&people[i], &knock, words[i]);
  }
  while (fake_step(&bench->fake, bench->fake.mono_ms)) {
  }
  bench->fake.writer_is_gone = true;
  answering_free(answering);
  answering = NULL;
  for (int i = 0; i < 4; i++)
    assert_int_equal(people[i].ends, 1);
}

static void names_are_completed_from_the_view(void **state) {
  struct bench *bench = *state;
  struct person person = {.bench = bench};
  struct knock knock = {.kind = KNOCK_COMPLETE, .focused = "account", .may_ask = true, .word_count = 2};
  knock.words[0].value = "history";
  knock.words[1] = (struct chat_word){.name = "account", .value = "ki"};
  knock_as(&person, &knock, "");
  fake_run(&bench->fake, 10);
  assert_int_equal(person.choices, 1);
  assert_int_equal(person.ends, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TALK(what_the_view_knows_is_answered_at_once),
      TALK(it_is_answered_at_once_while_a_provider_hangs),
      TALK(public_is_for_all),
      TALK(nothing_but_the_name_asks_for_help),
      TALK(what_is_not_understood_is_told_with_the_mend),
      TALK(a_button_that_is_out_of_date_says_so),
      TALK(a_change_without_the_right_is_refused_politely),
      TALK(a_stranger_hears_nothing_of_balances),
      TALK(a_quick_look_needs_no_deferral),
      TALK(a_slow_look_is_deferred_and_answered_later),
      TALK(a_look_that_fails_says_why),
      TALK(what_takes_too_long_is_given_up_with_a_sentence),
      TALK(a_crowd_looks_in_turn_and_too_many_are_told_so),
      TALK(more_than_can_be_under_way_are_told_so),
      TALK(those_who_wait_for_their_turn_are_given_up_too),
      TALK(a_change_is_made_once_however_often_it_is_asked),
      TALK(a_change_that_fails_can_be_asked_again),
      TALK(what_a_change_moves_is_asked_anew_after_it),
      TALK(the_same_question_again_is_not_answered_twice),
      TALK(a_refresh_asks_the_provider_and_tells_what_it_said),
      TALK(a_refresh_of_all_asks_all_that_are_configured),
      TALK(a_reload_under_way_changes_nothing_for_who_waits),
      TALK(an_account_that_a_reload_took_away_is_told_of),
      TALK(a_daemon_that_stops_has_a_word_for_who_waits),
      TALK(who_waits_at_the_end_is_let_go),
      TALK(names_are_completed_from_the_view),
  };
  return cmocka_run_group_tests_name("answering", tests, NULL, NULL);
}
