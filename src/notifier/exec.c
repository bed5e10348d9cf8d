/* exec: a program that reads a message as JSON on its standard input. Its exit status is the verdict. */
#include <string.h>

#include "lowtide/text.h"
#include "notifier/post.h"
#include "notifier/report.h"

#define DEADLINE_MS 40000
#define EXIT_TRY_AGAIN 75 /* EX_TEMPFAIL of sysexits.h */
#define SAID_MAX 120

static bool exec_request(const struct sending *sending, struct ask *out, struct err *err) {
  const char *command = channel_value(sending->channel, "command");
  out->kind = ASK_PROGRAM;
  out->program.talks = true;
  return program_ask_split(&out->program, command != NULL ? command : "", err) &&
         report_body(sending, &out->program.input, err);
}

/* The last line that it printed, since that is where programs say why; "" if there is none. */
static void last_line(const struct program_answer *program, char out[static SAID_MAX]) {
  const char *text = program->output != NULL ? program->output : "";
  size_t end = strlen(text);
  while (end > 0 && strchr(" \r\n\t", text[end - 1]) != NULL)
    end--;
  size_t start = end;
  while (start > 0 && text[start - 1] != '\n')
    start--;
  char line[SAID_MAX];
  (void)text_fmt(line, sizeof line, "%.*s", (int)(end - start), text + start);
  text_clean(out, SAID_MAX, line);
}

static struct verdict verdict_not_run(const struct err *err) {
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  if (err->code != ERR_COMMAND) return verdict_retry(0, err->text);
  text_fmt(verdict.why, sizeof verdict.why, "%.120s%s%s", err->text, err->hint[0] != '\0' ? ": " : "", err->hint);
  return verdict;
}

static struct verdict exec_verdict(const struct answer *answer) {
  const struct program_answer *program = &answer->program;
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  char said[SAID_MAX];
  if (answer->err.code != ERR_NONE) return verdict_not_run(&answer->err);
  if (program->exit_code == 0) return verdict_sent();
  last_line(program, said);
  const char *between = said[0] != '\0' ? ": " : "";
  if (program->exit_code < 0) {
    verdict.kind = VERDICT_RETRY;
    text_fmt(verdict.why, sizeof verdict.why, "the program was ended by a signal%s%s", between, said);
  } else {
    if (program->exit_code == EXIT_TRY_AGAIN) verdict.kind = VERDICT_RETRY;
    text_fmt(verdict.why, sizeof verdict.why, "exit status %d%s%s", program->exit_code, between, said);
  }
  return verdict;
}

static const struct setting exec_settings[] = {
    {.name = "command",
     .type = SETTING_TEXT,
     .required = true,
     .about = "a program and its words; reads JSON, exits with 0 (taken), 75 (try again) or another (refused)"},
    {0}};

extern const struct notifier_plug exec_plug;
/* No probe: what a program does with nothing to read, only its author knows. */
const struct notifier_plug exec_plug = {
    .name = "exec",
    .about = "a program of your own that is run for each message",
    .settings = exec_settings,
    .tells_accounts = true,
    .deadline_ms = DEADLINE_MS,
    .render = report_render,
    .request = exec_request,
    .verdict = exec_verdict,
    .mark_repeat = report_mark_repeat,
};
