#include "lowtide/ask.h"

#include <string.h>

static void init_program(struct program_ask *program) {
  buf_init(&program->words, ASK_WORDS_MAX);
  buf_init(&program->input, ASK_INPUT_MAX);
}

static void init_mail(struct mail_ask *mail) {
  buf_init(&mail->url, HTTP_URL_MAX);
  buf_init(&mail->from, ASK_WORDS_MAX);
  buf_init(&mail->to, ASK_WORDS_MAX);
  buf_init(&mail->text, ASK_INPUT_MAX);
}

void ask_init(struct ask *ask) {
  *ask = (struct ask){.kind = ASK_HTTP};
  http_request_init(&ask->http);
  init_program(&ask->program);
  init_mail(&ask->mail);
}

void ask_done(struct ask *ask) {
  http_request_done(&ask->http);
  buf_wipe(&ask->program.words);
  buf_wipe(&ask->program.input);
  buf_wipe(&ask->mail.url);
  buf_wipe(&ask->mail.from);
  buf_wipe(&ask->mail.to);
  buf_wipe(&ask->mail.text);
  ask_init(ask);
}

/* --- a command line ------------------------------------------------------------------------------------------------ */

struct splitter {
  const char *at;
  struct buf *out;
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
    buf_add_char(split->out, escapes ? *split->at++ : c);
  } else {
    buf_add_char(split->out, c);
  }
  return true;
}

static bool split_words(struct program_ask *ask, const char *command, struct err *err) {
  static const char blank[] = " \t\n";
  struct splitter split = {.at = command, .out = &ask->words};
  size_t count = 0;
  if (strlen(command) >= ASK_WORDS_MAX) return err_set(err, ERR_CONFIG, "command: longer than %d bytes", ASK_WORDS_MAX - 1);
  for (split.at += strspn(split.at, blank); *split.at != '\0'; split.at += strspn(split.at, blank)) {
    if (count++ == ASK_ARGS_MAX) return err_set(err, ERR_CONFIG, "command: more than %d words", ASK_ARGS_MAX);
    while (*split.at != '\0' && (split.quote != '\0' || strchr(blank, *split.at) == NULL)) {
      if (!take_character(&split)) return err_set(err, ERR_CONFIG, "command: nothing follows the last backslash");
    }
    if (split.quote != '\0') return err_set(err, ERR_CONFIG, "command: a quote (%c) is not closed", split.quote);
    buf_add_char(&ask->words, '\0');
  }
  return (count > 0 && *ask->words.data != '\0') || err_set(err, ERR_CONFIG, "command: no program is named");
}

bool program_ask_split(struct program_ask *ask, const char *command, struct err *err) {
  buf_clear(&ask->words);
  if (split_words(ask, command, err)) return true;
  buf_wipe(&ask->words);
  buf_init(&ask->words, ASK_WORDS_MAX);
  return false;
}
