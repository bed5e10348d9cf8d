#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lowtide/log_import.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

#define LINE_MAX_BYTES 4096

/* One file on its way into the history. */
struct import {
  const struct config *config;
  const char *path;
  const struct account *account; /* NULL: by the label of each line */
  long taken;
  long known;
  long skipped;
  long strange;
  long first_strange; /* the line's number */
};

/* The account whose log this is. */
static const struct account *account_of_path(const struct config *config, const char *path) {
  char *real = realpath(path, NULL);
  const struct account *found = NULL;
  for (size_t i = 0; real != NULL && found == NULL && i < config->account_count; i++) {
    const char *log_path = config->accounts[i].log_path;
    char *real_log = log_path != NULL ? realpath(log_path, NULL) : NULL;
    if (real_log != NULL && text_eq(real_log, real)) found = &config->accounts[i];
    free(real_log);
  }
  free(real);
  return found;
}

static const struct account *account_of_label(const struct config *config, const char *label) {
  for (size_t i = 0; i < config->account_count; i++) {
    if (text_eq(config->accounts[i].label, label)) return &config->accounts[i];
  }
  return NULL;
}

static bool pass_over(struct import *import, long number) {
  if (import->strange++ == 0) import->first_strange = number;
  return true;
}

static bool take_reading(struct store *store, struct import *import, struct log_import *line, long number,
                         struct err *err) {
  const struct account *account = import->account;
  if (account == NULL) account = account_of_label(import->config, line->label);
  if (account == NULL) return pass_over(import, number);
  const struct account_key key = {.account = account->name, .provider = account->provider};
  bool fresh = false;
  if (line->reading.unit[0] == '\0' || *account->unit != '\0') {
    const char *unit = *account->unit != '\0' ? account->unit : "USD";
    if (line->reading.unit[0] == '\0') (void)text_copy(line->reading.unit, sizeof line->reading.unit, unit);
  }
  const struct thresholds thresholds = thresholds_for(&account->thresholds, &line->reading);
  enum level level = level_of(&line->reading, &thresholds);
  if (!store_import_add(store, &key, &line->reading, level, &fresh, err)) return false;
  if (fresh) {
    import->taken++;
  } else {
    import->known++;
  }
  return true;
}

static bool take_line(struct store *store, struct import *import, char *text, long number, struct err *err) {
  struct log_import line = {0};
  text[strcspn(text, "\r\n")] = '\0';
  switch (log_import_line(text, &line)) {
  case LOG_IMPORT_READING: return take_reading(store, import, &line, number, err);
  case LOG_IMPORT_NOTHING: import->skipped++; return true;
  case LOG_IMPORT_STRANGE: return pass_over(import, number);
  }
  return true;
}

/* The whole file is one job: it is in the history, or it is not. */
static bool import_job(struct store *store, void *context, struct err *err) {
  struct import *import = context;
  char line[LINE_MAX_BYTES];
  long number = 0;
  bool ok = true;
  import->taken = import->known = import->skipped = import->strange = 0;
  FILE *file = fopen(import->path, "re");
  if (file == NULL) {
    err_set(err, ERR_FILE, "%s cannot be read: %s", import->path, strerror(errno));
    return false;
  }
  while (ok && fgets(line, sizeof line, file) != NULL)
    ok = take_line(store, import, line, ++number, err);
  if (ok && ferror(file) != 0) ok = err_set(err, ERR_FILE, "%s cannot be read to its end", import->path);
  (void)fclose(file);
  return ok;
}

static int tell(const struct import *import) {
  char line[LINE_MAX_BYTES];
  (void)text_fmt(line, sizeof line, "%s: %ld reading%s taken, %ld known already", import->path, import->taken,
                 text_plural(import->taken), import->known);
  int result = command_print(line);
  if (import->strange > 0) {
    (void)fprintf(stderr, "lowtide: %s: %ld line%s of no balance log or no known account, the first is line %ld\n",
                  import->path, import->strange, text_plural(import->strange), import->first_strange);
  }
  return result;
}

static int import_files(const struct invocation *invocation, const struct config *config, const struct account *account) {
  struct err err = {0};
  struct store *store = store_open(config->state_dir, STORE_WRITE, &err);
  if (store == NULL) return command_fail(&err);
  int result = EXIT_FINE;
  long taken = 0;
  for (int i = 0; result == EXIT_FINE && i < invocation->arg_count; i++) {
    struct import import = {.config = config, .path = invocation->args[i], .account = account};
    if (account == NULL) import.account = account_of_path(config, import.path);
    bool ok = store_do(store, import_job, &import, &err);
    if (ok) taken += import.taken;
    result = ok ? tell(&import) : command_fail(&err);
  }
  store_close(store);
  if (taken > 0) state_lock_nudge(config->state_dir);
  return result;
}

static int import_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const char *name = invocation_flag(invocation, "account");
  const struct account *account = name != NULL ? command_account(config, name) : NULL;
  int result = name == NULL || account != NULL ? import_files(invocation, config, account) : EXIT_TROUBLE;
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"account", "NAME", "whose readings these are"},
    {0},
};

const struct command command_import = {
    .name = "import",
    .usage = "FILE…",
    .about = "take existing balance logs into the history",
    .more = "Without --account: by the account whose log the file is, or whose label a line bears. Twice is once.",
    .args_min = 1,
    .args_max = COMMAND_ANY_NUMBER,
    .flags = flags,
    .run = import_run,
};
