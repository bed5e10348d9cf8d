#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

const struct flag command_common_flags[] = {
    {"config", "FILE", "read this config"},
    {"help", NULL, "this text"},
    {0},
};

int command_fail(const struct err *err) {
  struct err shown = *err;
  (void)secret_blot(shown.text);
  (void)secret_blot(shown.hint);
  (void)fprintf(stderr, "lowtide: %s\n", shown.text);
  if (shown.hint[0] != '\0') (void)fprintf(stderr, "  → %s\n", shown.hint);
  return EXIT_TROUBLE;
}

int command_printed(void) {
  if (fflush(stdout) == 0 && ferror(stdout) == 0) return EXIT_FINE;
  (void)fputs("lowtide: standard output does not take the result\n", stderr);
  return EXIT_TROUBLE;
}

int command_print(const char *text) {
  (void)printf("%s%s", text, text_ends(text, "\n") ? "" : "\n");
  return command_printed();
}

/* Tells what is wrong with the words, and where help is. */
static bool refuse(const struct command *command, const struct err *wrong) {
  struct err err = *wrong;
  err_hint(&err, "see `lowtide %s --help`", command_name(command));
  (void)command_fail(&err);
  return false;
}

static const struct flag *find_in(const struct flag *flags, const char *name, size_t length) {
  for (; flags != NULL && flags->name != NULL; flags++) {
    if (strlen(flags->name) == length && strncmp(flags->name, name, length) == 0) return flags;
  }
  return NULL;
}

static bool refuse_flag(const struct command *command, const char *word) {
  const char *names[2 * INVOCATION_FLAGS_MAX] = {0};
  size_t count = 0;
  for (const struct flag *flag = command->flags; flag != NULL && flag->name != NULL; flag++)
    names[count++] = flag->name;
  for (const struct flag *flag = command_common_flags; flag->name != NULL; flag++)
    names[count++] = flag->name;
  char option[64];
  struct err err = {0};
  (void)text_fmt(option, sizeof option, "%.*s", (int)strcspn(word + 2, "="), word + 2);
  err_set(&err, ERR_USAGE, "%s has no option \"%s\"", command_name(command), option);
  (void)err_suggest(&err, option, names);
  return refuse(command, &err);
}

static bool add_flag(struct invocation *out, const char *name, const char *value) {
  struct err err = {0};
  if (out->flag_count == INVOCATION_FLAGS_MAX) {
    err_set(&err, ERR_USAGE, "too many options at --%s", name);
    return refuse(out->command, &err);
  }
  out->flags[out->flag_count].name = name;
  out->flags[out->flag_count++].value = value;
  return true;
}

/* "--name value", "--name=value" or "--name"; *used says how many words it took. */
static bool take_flag(struct invocation *out, char *const *words, int left, int *used) {
  struct err err = {0};
  const char *name = words[0] + 2;
  size_t length = strcspn(name, "=");
  const struct flag *flag = find_in(out->command->flags, name, length);
  if (flag == NULL) flag = find_in(command_common_flags, name, length);
  if (flag == NULL) return refuse_flag(out->command, words[0]);
  const char *value = name[length] == '=' ? name + length + 1 : NULL;
  if (flag->value == NULL && value != NULL) {
    err_set(&err, ERR_USAGE, "--%s takes no value", flag->name);
    return refuse(out->command, &err);
  }
  if (flag->value != NULL && value == NULL && left < 2) {
    err_set(&err, ERR_USAGE, "--%s wants a value: %s", flag->name, flag->value);
    return refuse(out->command, &err);
  }
  *used = flag->value != NULL && value == NULL ? 2 : 1;
  if (*used == 2) value = words[1];
  return add_flag(out, flag->name, value != NULL ? value : "");
}

static bool check_count(const struct invocation *invocation) {
  const struct command *command = invocation->command;
  struct err err = {0};
  if (invocation->arg_count < command->args_min) {
    struct buf usage;
    buf_init(&usage, sizeof err.text);
    command_print_usage(command, &usage);
    err_set(&err, ERR_USAGE, "%s wants %s", command_name(command), buf_text(&usage));
    buf_done(&usage);
    return refuse(command, &err);
  }
  if (invocation->arg_count > command->args_max) {
    err_set(&err, ERR_USAGE, "%s: \"%s\" is one word too many", command_name(command), invocation->args[command->args_max]);
    return refuse(command, &err);
  }
  return true;
}

bool invocation_parse(const struct command *command, int argc, char *const *argv, struct invocation *out) {
  static const char **args; /* lives as long as the process, which parses one command line */
  args = mem_new((size_t)argc + 1, sizeof(const char *));
  bool only_args = false;
  *out = (struct invocation){.command = command, .args = args};
  for (int i = 0; i < argc;) {
    int used = 1;
    if (!only_args && text_eq(argv[i], "--")) {
      only_args = true;
    } else if (!only_args && text_eq(argv[i], "-h")) {
      if (!add_flag(out, "help", "")) return false;
    } else if (!only_args && text_starts(argv[i], "--")) {
      if (!take_flag(out, argv + i, argc - i, &used)) return false;
    } else {
      args[out->arg_count++] = argv[i];
    }
    i += used;
  }
  return invocation_has(out, "help") || check_count(out);
}

const char *invocation_flag(const struct invocation *invocation, const char *name) {
  for (int i = invocation->flag_count; i > 0; i--) {
    if (text_eq(invocation->flags[i - 1].name, name)) return invocation->flags[i - 1].value;
  }
  return NULL;
}

bool invocation_has(const struct invocation *invocation, const char *name) {
  return invocation_flag(invocation, name) != NULL;
}

struct config *invocation_config(const struct invocation *invocation) {
  struct err err = {0};
  const struct config_source source = {.path = invocation_flag(invocation, "config")};
  struct config *config = config_load(&source, &err);
  if (config == NULL) {
    (void)command_fail(&err);
    return NULL;
  }
  /* Whoever calls a command by hand or from cron wants to hear of trouble only. */
  log_set_lines(config->log_lines);
  log_set_level(config->log_level == LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING);
  return config;
}

void command_warn(const struct config *config) {
  for (const char *const *warning = config->warnings; *warning != NULL; warning++) {
    (void)fprintf(stderr, "lowtide: warning: %s\n", *warning);
  }
}

const struct account *command_account(const struct config *config, const char *name) {
  const struct account *account = config_account(config, name);
  if (account != NULL) return account;
  struct err err = {0};
  const char **names = mem_new(config->account_count + 1, sizeof(const char *));
  for (size_t i = 0; i < config->account_count; i++)
    names[i] = config->accounts[i].name;
  err_set(&err, ERR_USAGE, "there is no account \"%.60s\"", name);
  (void)err_suggest(&err, name, names);
  mem_free(names);
  err_hint(&err, "`lowtide status` lists the accounts");
  (void)command_fail(&err);
  return NULL;
}

bool command_since(const char *text, int64_t *ms, struct err *err) {
  char *rest = NULL;
  long hours = strtol(text, &rest, 10);
  if (rest != text && *rest == '\0' && hours > 0 && hours < 1000000) {
    *ms = hours * HOUR_MS;
    return true;
  }
  return text_duration(text, ms, err) || err_wrap(err, "--since");
}

bool command_amount(const char *text, int64_t *nano, char said[static MONEY_SAID_MAX], struct err *err) {
  struct err ignored = {0};
  if (money_read(text, nano, said, &ignored)) return true;
  (void)err_set(err, ERR_USAGE, "\"%.40s\" is not an amount", text);
  return err_hint(err, "write it as 12.50");
}

const struct account **invocation_accounts(const struct invocation *invocation, const struct config *config,
                                           size_t *count) {
  size_t most = config->account_count + (size_t)invocation->arg_count;
  const struct account **accounts = mem_new(most + 1, sizeof(const struct account *));
  *count = 0;
  for (int i = 0; i < invocation->arg_count; i++) {
    accounts[*count] = command_account(config, invocation->args[i]);
    if (accounts[*count] == NULL) {
      mem_free(accounts);
      return NULL;
    }
    (*count)++;
  }
  for (size_t i = 0; invocation->arg_count == 0 && i < config->account_count; i++) {
    accounts[(*count)++] = &config->accounts[i];
  }
  return accounts;
}
