/* command: a program of one's own that prints the balance, as a number or as JSON. It is started without a shell. */
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/plugs.h"

#define COMMAND_MAX 4096

struct command_state {
  char words[COMMAND_MAX + 1]; /* one after the other, each with a NUL behind it */
};

struct splitter {
  const char *at;
  char *out;
  char quote; /* '\0' outside */
};

/* One character or quote of a word, as a shell takes it: nothing is expanded. False at an unfinished escape. */
static bool take_character(struct splitter *split) {
  char c = *split->at++;
  if (c == split->quote && c != '\0') {
    split->quote = '\0';
  } else if (split->quote == '\0' && (c == '"' || c == '\'')) {
    split->quote = c;
  } else if (c == '\\' && split->quote != '\'') {
    bool escapes = split->quote == '\0' || (*split->at != '\0' && strchr("\\\"$`", *split->at) != NULL);
    if (*split->at == '\0') return false;
    *split->out++ = escapes ? *split->at++ : c;
  } else {
    *split->out++ = c;
  }
  return true;
}

/* Splits into state->words and lists them in args, which ends with NULL. */
static bool split_words(const char *text, struct command_state *state, const char **args, struct err *err) {
  static const char blank[] = " \t\n";
  struct splitter split = {.at = text, .out = state->words};
  size_t count = 0;
  if (strlen(text) >= COMMAND_MAX) return err_set(err, ERR_CONFIG, "command: longer than %d bytes", COMMAND_MAX - 1);
  for (split.at += strspn(split.at, blank); *split.at != '\0'; split.at += strspn(split.at, blank)) {
    if (count == ASK_ARGS_MAX) return err_set(err, ERR_CONFIG, "command: more than %d words", ASK_ARGS_MAX);
    args[count++] = split.out;
    while (*split.at != '\0' && (split.quote != '\0' || strchr(blank, *split.at) == NULL)) {
      if (!take_character(&split)) return err_set(err, ERR_CONFIG, "command: nothing follows the last backslash");
    }
    if (split.quote != '\0') return err_set(err, ERR_CONFIG, "command: a quote (%c) is not closed", split.quote);
    *split.out++ = '\0';
  }
  args[count] = NULL;
  return (count > 0 && *args[0] != '\0') || err_set(err, ERR_CONFIG, "command: no program is named");
}

static bool command_check(const struct account *account, struct err *err) {
  struct command_state state = {0};
  const char *args[ASK_ARGS_MAX + 1];
  const char *command = account_value(account, "command");
  return account->missing != NULL || split_words(command == NULL ? "" : command, &state, args, err);
}

/* --- the output ---------------------------------------------------------------------------------------------------- */

static bool read_member(const struct json *root, const char *name, struct amount *out, struct err *err) {
  const struct json *value = json_member(root, name);
  const char *text = json_type(value) == JSON_STRING ? json_string(value) : json_number_text(value);
  int64_t nano;
  if (json_type(value) == JSON_NULL) return true;
  if (text == NULL || !money_parse(text, &nano, err)) {
    return err_set(err, ERR_MALFORMED, "no number at \"%s\" of the output", name);
  }
  *out = amount_of(nano);
  return true;
}

static bool read_resets_at(const struct json *root, int64_t *ms, struct err *err) {
  const struct json *value = json_member(root, "resets_at");
  if (json_type(value) == JSON_NULL) return true;
  const char *text = json_string(value);
  return (text != NULL && time_parse(text, ms, err)) ||
         err_set(err, ERR_MALFORMED, "no time at \"resets_at\" of the output");
}

static bool read_unit(const struct json *root, struct reading *reading, struct err *err) {
  const struct json *value = json_member(root, "unit");
  const char *text = json_string(value);
  if (json_type(value) == JSON_NULL) return true;
  if (text == NULL || !unit_is_fit(text)) {
    return err_set(err, ERR_MALFORMED, "no unit at \"unit\" of the output");
  }
  return text_copy(reading->unit, sizeof reading->unit, text);
}

static bool read_members(const struct json *root, struct reading *reading, struct err *err) {
  if (json_type(root) != JSON_OBJECT) return err_set(err, ERR_MALFORMED, "the output is neither a number nor an object");
  if (!read_member(root, "available", &reading->available, err) || !read_member(root, "cash", &reading->cash, err) ||
      !read_member(root, "voucher", &reading->voucher, err) || !read_member(root, "used", &reading->used, err) ||
      !read_member(root, "limit", &reading->limit, err) || !read_unit(root, reading, err) ||
      !read_resets_at(root, &reading->resets_ms, err)) {
    return false;
  }
  if (!reading->available.known && !reading->used.known) {
    return err_set(err, ERR_MALFORMED, "the output has neither \"available\" nor \"used\"");
  }
  if (!reading->available.known) reading->kind = reading->resets_ms != 0 ? READING_QUOTA : READING_SPEND;
  return true;
}

/* The program may have printed anything, also a key: no sentence of the parsers leaves this function. */
static bool read_output(const struct program_answer *program, struct reading *reading, struct err *err) {
  static const char not_a_number[] = "the output is neither a number nor JSON";
  struct err ignored = {0};
  int64_t nano;
  const char *output = program->output == NULL ? "" : program->output;
  if (strlen(output) == program->length && money_parse(output, &nano, &ignored)) {
    reading->available = amount_of(nano);
    return true;
  }
  struct json *root = json_parse(output, program->length, &ignored);
  if (root == NULL) return err_set(err, ERR_MALFORMED, "%s", text_is_blank(output) ? "no output" : not_a_number);
  bool read = read_members(root, reading, err);
  json_free(root);
  return read;
}

static bool read_answer(const struct program_answer *program, struct reading *reading, struct err *err) {
  if (program->exit_code < 0) return err_set(err, ERR_COMMAND, "ended by a signal");
  if (program->exit_code > 0) return err_set(err, ERR_COMMAND, "exit status %d", program->exit_code);
  return read_output(program, reading, err);
}

static enum gathering_step command_next(void *state, const struct account *account, const struct answer *answer,
                                        struct ask *ask, struct reading *reading) {
  struct err err = {0};
  struct reading result = {.kind = READING_PREPAID};
  const char *command = account_value(account, "command");
  if (answer == NULL) {
    ask->kind = ASK_PROGRAM;
    if (split_words(command == NULL ? "" : command, state, ask->program.args, &err)) return GATHERING_ASK;
    err.code = ERR_NOT_CONFIGURED;
    return plug_fail(reading, &err);
  }
  (void)text_copy(result.unit, sizeof result.unit, plug_unit(account));
  if (!read_answer(&answer->program, &result, &err)) return plug_fail(reading, &err);
  *reading = result;
  return GATHERING_DONE;
}

static const struct setting command_settings[] = {
    {.name = "command",
     .type = SETTING_TEXT,
     .about = "a program and its words; prints a number, or JSON with available, used, limit, unit …",
     .required = true},
    {.name = NULL},
};

const struct provider_plug provider_command = {
    .name = "command",
    .about = "what a program of your own prints",
    .label = "Command",
    .emoji = "⚙️",
    .settings = command_settings,
    .state_size = sizeof(struct command_state),
    .next = command_next,
    .check = command_check,
};
