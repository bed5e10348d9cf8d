#include "lowtide/push.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lowtide/loop.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

#define LINE_MAX_TEXT 256

/* What is handed in, and what stands afterwards. */
struct handing {
  const struct account *account;
  struct push_note note;
  bool fresh;
  struct note_answer kept;
};

static bool push_job(struct store *store, void *context, struct err *err) {
  struct handing *handing = context;
  const struct push_note *note = &handing->note;
  return store_push_put(store, note, &handing->fresh, err) &&
         store_note_balance(store, note->account, note->unit, &handing->kept, err);
}

static bool check_kind(const struct account *account, struct err *err) {
  if (text_eq(account->provider, "push")) return true;
  (void)err_set(err, ERR_USAGE, "%s is read from %s, nothing is handed in for it", account->name, account->provider);
  return err_hint(err, "push is for accounts with `provider = push`");
}

static FILE *open_input(const struct handing *handing, const char *path, struct err *err) {
  if (path != NULL && !text_eq(path, "-")) {
    FILE *file = fopen(path, "re");
    if (file != NULL) return file;
    (void)err_set(err, ERR_FILE, "%.100s: %s", path, strerror(errno));
    (void)err_hint(err, "FILE holds the balance; an amount itself comes as `echo 8.07 | lowtide push %s`",
                   handing->account->name);
    return NULL;
  }
  if (path != NULL || isatty(STDIN_FILENO) == 0) return stdin;
  (void)err_set(err, ERR_USAGE, "push wants a FILE, or the balance on standard input");
  (void)err_hint(err, "echo 8.07 | lowtide push %s", handing->account->name);
  return NULL;
}

static bool read_input(struct handing *handing, const char *path, struct err *err) {
  char text[PUSH_TEXT_MAX + 1];
  struct push_note *note = &handing->note;
  FILE *file = open_input(handing, path, err);
  if (file == NULL) return false;
  size_t length = fread(text, 1, sizeof text, file);
  bool failed = ferror(file) != 0;
  if (file != stdin) (void)fclose(file);
  if (failed) return err_set(err, ERR_FILE, "%.100s cannot be read", path == NULL ? "standard input" : path);
  return push_parse(text, length, note->unit, note->now_ms, &note->push, err);
}

static bool record(const struct config *config, struct handing *handing, struct err *err) {
  struct store *store = store_open(config->state_dir, STORE_WRITE, err);
  if (store == NULL) return false;
  bool ok = store_do(store, push_job, handing, err);
  store_close(store);
  if (ok && handing->fresh) state_lock_nudge(config->state_dir);
  return ok;
}

static int tell(const struct handing *handing, const struct zone *zone) {
  char amount[64];
  char time[ZONE_TIME_TEXT_MAX];
  char line[LINE_MAX_TEXT];
  const struct push *kept = &handing->kept.push;
  money_print(amount, sizeof amount, kept->available.nano, handing->note.unit);
  time_print(time, zone, kept->time_ms);
  if (handing->fresh) {
    (void)text_fmt(line, sizeof line, "%s: %s handed in", handing->account->label, amount);
  } else {
    (void)text_fmt(line, sizeof line, "%s: not taken, %s of %s is newer", handing->account->label, amount, time);
  }
  return command_print(line);
}

static int push_account(const struct invocation *invocation, const struct config *config, const struct account *account) {
  struct err err = {0};
  struct handing handing = {.account = account, .note = {.account = account->name, .now_ms = loop_wall_ms()}};
  handing.note.unit = *account->unit != '\0' ? account->unit : "USD";
  const char *path = invocation->arg_count > 1 ? invocation->args[1] : NULL;
  bool ok = check_kind(account, &err) && read_input(&handing, path, &err) && record(config, &handing, &err);
  return ok ? tell(&handing, config->zone) : command_fail(&err);
}

static int push_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const struct account *account = command_account(config, invocation->args[0]);
  int result = account != NULL ? push_account(invocation, config, account) : EXIT_TROUBLE;
  config_release(config);
  return result;
}

const struct command command_push = {
    .name = "push",
    .usage = "ACCOUNT [FILE]",
    .about = "hand in the balance of an account that a program of your own reads",
    .more =
        "From FILE, or from standard input: an amount such as 8.07, or\n"
        "{\"available\":\"8.07\",\"unit\":\"USD\",\"cash\":\"5\",\"voucher\":\"3.07\",\"time\":\"2026-01-29T09:00:00Z\"},\n"
        "all but available optional. What is older than the newest is not taken. A running daemon sees it "
        "at once.",
    .args_min = 1,
    .args_max = 2,
    .run = push_run,
};
