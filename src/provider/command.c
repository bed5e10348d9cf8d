/* command: a program of one's own that prints the balance, as a number or as JSON. It is started without a shell. */
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/plugs.h"

static bool command_check(const struct account *account, struct err *err) {
  struct ask ask;
  const char *command = account_value(account, "command");
  if (account->missing != NULL) return true;
  ask_init(&ask);
  bool right = program_ask_split(&ask.program, command == NULL ? "" : command, err);
  ask_done(&ask);
  return right;
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
  bool capped = reading->resets_ms != 0 || reading->limit.known;
  if (!reading->available.known) reading->kind = capped ? READING_QUOTA : READING_SPEND;
  return true;
}

/* The currency sign that the text begins with; "" if it begins with none. */
static const char *sign_at(const char *text) {
  static const char *const units[] = {"USD", "CNY", "EUR", "GBP"};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (text_starts(text, unit_sign(units[i]))) return unit_sign(units[i]);
  }
  return "";
}

/* "12.34", "$12.34", "-$3.20". *sign is the currency sign in front, whether it is the unit's or not. */
static bool read_number(const char *output, const char *unit, const char **sign, int64_t *nano) {
  char bare[64];
  struct err ignored = {0};
  const char *text = output + strspn(output, " \t\r\n");
  bool below = *text == '-';
  *sign = sign_at(text + below);
  if (**sign == '\0') return money_parse(output, nano, &ignored);
  const char *number = text + below + strlen(*sign);
  return text_eq(*sign, unit_sign(unit)) && text_fmt(bare, sizeof bare, "%s%s", below ? "-" : "", number) &&
         money_parse(bare, nano, &ignored);
}

static bool refuse_sign(const char *sign, const char *unit, struct err *err) {
  (void)err_set(err, ERR_MALFORMED, "the output is in %s, the account in %s", sign, unit);
  return err_hint(err, "name the currency in the account's `unit`");
}

/* The program may have printed anything, also a key: no sentence of the parsers leaves this function. */
static bool read_output(const struct program_answer *program, struct reading *reading, struct err *err) {
  static const char not_a_number[] = "the output is neither a number nor JSON";
  struct err ignored = {0};
  int64_t nano;
  const char *sign = "";
  const char *output = program->output == NULL ? "" : program->output;
  if (strlen(output) == program->length && read_number(output, reading->unit, &sign, &nano)) {
    reading->available = amount_of(nano);
    return true;
  }
  if (*sign != '\0' && !text_eq(sign, unit_sign(reading->unit))) return refuse_sign(sign, reading->unit, err);
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
  (void)state;
  struct err err = {0};
  struct reading result = {.kind = READING_PREPAID};
  const char *command = account_value(account, "command");
  if (answer == NULL) {
    ask->kind = ASK_PROGRAM;
    if (program_ask_split(&ask->program, command == NULL ? "" : command, &err)) return GATHERING_ASK;
    err.code = ERR_NOT_CONFIGURED;
    return plug_fail(reading, &err);
  }
  (void)text_copy(result.unit, sizeof result.unit, account_unit(account));
  if (!read_answer(&answer->program, &result, &err)) return plug_fail(reading, &err);
  *reading = result;
  return GATHERING_DONE;
}

static const struct setting command_settings[] = {
    {.name = "command",
     .type = SETTING_TEXT,
     .about = "a program and its words; prints 12.34, $12.34 or JSON with available, used, limit, unit …",
     .required = true},
    {.name = NULL},
};

const struct provider_plug provider_command = {
    .name = "command",
    .about = "what a program of your own prints",
    .label = "Command",
    .emoji = "⚙️",
    .settings = command_settings,
    .next = command_next,
    .check = command_check,
};
