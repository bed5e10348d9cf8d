#include "trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define TEXT_MAX (1024 * 1024)
#define VALUES_MAX 16
#define PLACEHOLDER_MAX 32

struct body {
  struct buf text;
  int status;
};

struct trial {
  const struct invocation *invocation;
  struct config *config; /* that holds the recipe */
  const struct recipe *recipe;
  struct account account;
  struct account_value values[VALUES_MAX];
  char placeholders[VALUES_MAX][PLACEHOLDER_MAX];
  struct body bodies[INVOCATION_FLAGS_MAX];
  size_t body_count;
  size_t asked;
  struct trial_steps steps;
  struct reading reading;
};

/* --- what is given ------------------------------------------------------------------------------------------------- */

static bool read_file(const char *path, struct buf *text, struct err *err) {
  char chunk[4096];
  bool is_stdin = text_eq(path, "-");
  FILE *file = is_stdin ? stdin : fopen(path, "re");
  if (file == NULL) return err_set(err, ERR_FILE, "%.120s: %s", path, strerror(errno));
  size_t got;
  while (buf_ok(text) && (got = fread(chunk, 1, sizeof chunk, file)) > 0)
    buf_add_n(text, chunk, got);
  bool read = ferror(file) == 0;
  int reason = errno;
  if (!is_stdin) (void)fclose(file);
  if (!read) return err_set(err, ERR_FILE, "%.120s: %s", path, strerror(reason));
  return buf_ok(text) ||
         err_set(err, ERR_FILE, "%.120s: larger than an answer may be (%d KiB)", path, HTTP_ANSWER_BODY_MAX / 1024);
}

static bool read_status(const char *text, int *status, struct err *err) {
  char *end = NULL;
  long number = strtol(text, &end, 10);
  if (*end != '\0' || number < 100 || number > 599) {
    return err_set(err, ERR_USAGE, "--status %.20s is not an HTTP status", text);
  }
  *status = (int)number;
  return true;
}

/* A status counts for the body behind it, at the end for the last one. */
static bool read_bodies(struct trial *trial, struct err *err) {
  int status = 0;
  for (int i = 0; i < trial->invocation->flag_count; i++) {
    const char *name = trial->invocation->flags[i].name;
    const char *value = trial->invocation->flags[i].value;
    if (text_eq(name, "status") && !read_status(value, &status, err)) return false;
    if (!text_eq(name, "body")) continue;
    struct body *body = &trial->bodies[trial->body_count++];
    buf_init(&body->text, HTTP_ANSWER_BODY_MAX);
    if (!read_file(value, &body->text, err)) return false;
    body->status = status == 0 ? 200 : status;
    status = 0;
  }
  if (trial->body_count == 0) {
    err_set(err, ERR_USAGE, "a saved answer is wanted: --body FILE, or --body - for standard input");
    return err_hint(err, "save one with `lowtide check --raw ACCOUNT` or curl");
  }
  if (status != 0) trial->bodies[trial->body_count - 1].status = status;
  return true;
}

/* --- the recipe ---------------------------------------------------------------------------------------------------- */

/* A config has to have a home for its state, even if it keeps none. */
static const char *home_only(const char *name) {
  return text_eq(name, "HOME") ? "/" : NULL;
}

static const struct config_source bare = {.getenv = home_only, .sealed = true};

/* The name in the file's "[recipe NAME]", of which there is one. */
static bool find_title(const char *path, const char *text, char *name, size_t size, struct err *err) {
  static const char head[] = "[recipe ";
  size_t count = 0;
  for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n' ? 1 : 0;
    if (!text_starts(line, head)) continue;
    const char *start = line + strlen(head);
    (void)text_fmt(name, size, "%.*s", (int)strcspn(start, "]\r\n"), start);
    count++;
  }
  if (count == 1) return true;
  err_set(err, ERR_CONFIG, "%.120s: there are %zu recipes in it, and one is wanted", path, count);
  return err_hint(err, "it starts with a line such as [recipe acme]");
}

static bool open_recipe_file(struct trial *trial, const char *path, struct err *err) {
  char name[64];
  struct buf text;
  buf_init(&text, TEXT_MAX);
  bool ok = read_file(path, &text, err) && find_title(path, buf_text(&text), name, sizeof name, err);
  if (ok) trial->config = config_parse(path, buf_text(&text), text.len, &bare, err);
  buf_done(&text);
  if (trial->config != NULL) trial->recipe = config_recipe(trial->config, name);
  return trial->recipe != NULL;
}

static bool open_known_recipe(struct trial *trial, const char *name, struct err *err) {
  const struct config_source source = {.path = invocation_flag(trial->invocation, "config")};
  trial->config = config_load(&source, err);
  if (trial->config == NULL) return false;
  trial->recipe = config_recipe(trial->config, name);
  if (trial->recipe != NULL) return true;
  if (provider_find(name) != NULL) return err_set(err, ERR_USAGE, "%s is no recipe: it reads no saved answers", name);
  const char **names = mem_new(trial->config->recipe_count + 1, sizeof(const char *));
  for (size_t i = 0; i < trial->config->recipe_count; i++)
    names[i] = recipe_about(trial->config->recipes[i])->name;
  err_set(err, ERR_USAGE, "there is no recipe \"%.60s\"", name);
  (void)err_suggest(err, name, names);
  mem_free(names);
  return err_hint(err, "`lowtide providers` lists them; a file's name ends with .ini or has a / in it");
}

static bool open_recipe(struct trial *trial, struct err *err) {
  const char *name = trial->invocation->args[1];
  bool is_file = strchr(name, '/') != NULL || text_ends(name, ".ini");
  return is_file ? open_recipe_file(trial, name, err) : open_known_recipe(trial, name, err);
}

/* --- the account --------------------------------------------------------------------------------------------------- */

/* What --set gives that name, the last one counts; NULL if none does. */
static const char *given(const struct invocation *invocation, const char *name) {
  size_t length = strlen(name);
  for (int i = invocation->flag_count; i > 0; i--) {
    const char *value = invocation->flags[i - 1].value;
    if (!text_eq(invocation->flags[i - 1].name, "set")) continue;
    if (strncmp(value, name, length) == 0 && value[length] == '=') return value + length + 1;
  }
  return NULL;
}

static bool refuse_set(const struct trial *trial, const char *typed, struct err *err) {
  const char *names[VALUES_MAX + 3] = {"base_url", "unit"};
  char name[64];
  size_t count = 2;
  for (const struct setting *s = recipe_settings(trial->recipe); s->name != NULL && count < VALUES_MAX + 2; s++) {
    if (s->type != SETTING_SECRET) names[count++] = s->name;
  }
  (void)text_fmt(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
  if (strchr(typed, '=') == NULL) {
    err_set(err, ERR_USAGE, "--set wants name=value, not \"%s\"", name);
  } else if (text_eq(name, "key")) {
    err_set(err, ERR_USAGE, "no key is needed: what is saved is read, and nobody is asked");
  } else {
    err_set(err, ERR_USAGE, "%s has no \"%s\"", recipe_about(trial->recipe)->name, name);
    (void)err_suggest(err, name, names);
  }
  return false;
}

static bool check_sets(const struct trial *trial, struct err *err) {
  for (int i = 0; i < trial->invocation->flag_count; i++) {
    const char *value = trial->invocation->flags[i].value;
    if (!text_eq(trial->invocation->flags[i].name, "set")) continue;
    bool known = text_starts(value, "base_url=") || text_starts(value, "unit=");
    for (const struct setting *s = recipe_settings(trial->recipe); s->name != NULL && !known; s++) {
      size_t length = strlen(s->name);
      known = s->type != SETTING_SECRET && strncmp(value, s->name, length) == 0 && value[length] == '=';
    }
    if (!known) return refuse_set(trial, value, err);
  }
  return true;
}

/* What only goes into requests has its own name for a value. */
static void add_value(struct trial *trial, const struct setting *setting) {
  const char *text = given(trial->invocation, setting->name);
  size_t count = trial->account.value_count;
  bool is_sent = setting->required || setting->type == SETTING_SECRET || setting->fallback != NULL;
  if (text_eq(setting->name, "base_url") || count == VALUES_MAX || (text == NULL && !is_sent)) return;
  char *placeholder = trial->placeholders[count];
  (void)text_copy(placeholder, PLACEHOLDER_MAX, setting->name);
  for (char *c = placeholder; *c != '\0'; c++) {
    if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
  }
  trial->values[count] = (struct account_value){.name = setting->name, .text = text != NULL ? text : placeholder};
  trial->account.value_count++;
}

/* Its warning levels are those of an account that sets none. */
static bool make_account(struct trial *trial, struct err *err) {
  static const char text[] = "[account trial]\nprovider = manual\n";
  const struct recipe_about *about = recipe_about(trial->recipe);
  const struct invocation *invocation = trial->invocation;
  const char *unit = invocation_flag(invocation, "unit");
  if (unit == NULL) unit = given(invocation, "unit");
  struct config *plain = config_parse("", text, strlen(text), &bare, err);
  if (plain == NULL || !check_sets(trial, err)) {
    config_release(plain);
    return false;
  }
  trial->account = (struct account){.name = about->name,
                                    .provider = about->name,
                                    .recipe = trial->recipe,
                                    .label = about->label,
                                    .emoji = about->emoji,
                                    .unit = unit == NULL ? "" : unit,
                                    .thresholds = plain->accounts[0].thresholds,
                                    .base_url = given(invocation, "base_url"),
                                    .values = trial->values};
  config_release(plain);
  for (const struct setting *setting = recipe_settings(trial->recipe); setting->name != NULL; setting++) {
    add_value(trial, setting);
    bool hosted = text_eq(setting->name, "base_url") && trial->account.base_url == NULL;
    if (hosted) trial->account.base_url = "https://example.com";
  }
  return true;
}

/* --- the reading --------------------------------------------------------------------------------------------------- */

static void hear(void *context, const struct recipe_step *step) {
  struct trial *trial = context;
  trial_steps_add(&trial->steps, step);
}

static void tell_ask(struct trial *trial, const struct ask *ask) {
  char call[HTTP_URL_MAX + 16];
  char answer[64] = "and no --body is left for it";
  const struct body *body = &trial->bodies[trial->asked];
  (void)text_fmt(call, sizeof call, "%s %s", ask->http.method, buf_text(&ask->http.url));
  if (trial->asked < trial->body_count) {
    (void)text_fmt(answer, sizeof answer, "HTTP %d, %zu byte%s", body->status, body->text.len,
                   text_plural((int64_t)body->text.len));
  }
  hear(trial, &(struct recipe_step){.key = "ask", .formula = call, .found = answer, .is_result = true});
}

/* The answer that is next in line; false if there is none. */
static bool take_answer(struct trial *trial, struct ask *ask, struct answer *answer) {
  tell_ask(trial, ask);
  ask_done(ask);
  if (trial->asked == trial->body_count) return false;
  const struct body *body = &trial->bodies[trial->asked++];
  *answer = (struct answer){.http = {.status = body->status, .body = buf_text(&body->text), .length = body->text.len}};
  return true;
}

static void read_through(struct trial *trial) {
  const struct recipe_listener listener = {.hear = hear, .context = trial};
  struct ask ask;
  struct answer answer;
  int64_t now_ms = loop_wall_ms();
  struct gathering *gathering = gathering_new(&trial->account, now_ms);
  gathering_listen(gathering, &listener);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &trial->reading);
  while (step == GATHERING_ASK && take_answer(trial, &ask, &answer))
    step = gathering_next(gathering, &answer, &ask, &trial->reading);
  gathering_free(gathering);
  if (step == GATHERING_DONE) return;
  struct err err = {0};
  err_set(&err, ERR_NETWORK, "it asks on, and no answer is left");
  err_hint(&err, "save that answer too, and give one --body more");
  trial->reading = reading_unknown(now_ms, &err);
}

static int tell(struct trial *trial) {
  struct buf out;
  buf_init(&out, TEXT_MAX);
  const struct standing standing = standing_of(&trial->account, &trial->reading, NULL, LEVEL_UNKNOWN);
  bool json = invocation_has(trial->invocation, "json");
  if (json) trial_print_json(&out, &trial->steps, &standing);
  if (!json) trial_print(&out, &trial->steps, &standing);
  int result = command_print(buf_text(&out));
  buf_done(&out);
  size_t left = trial->body_count - trial->asked;
  if (left > 0) (void)fprintf(stderr, "lowtide: %zu answer%s not asked for\n", left, left == 1 ? " was" : "s were");
  return reading_is_known(&trial->reading) ? result : EXIT_TROUBLE;
}

int trial_run(const struct invocation *invocation) {
  struct trial *trial = mem_new(1, sizeof *trial);
  struct err err = {0};
  int result = EXIT_TROUBLE;
  trial->invocation = invocation;
  if (read_bodies(trial, &err) && open_recipe(trial, &err) && make_account(trial, &err)) {
    read_through(trial);
    result = tell(trial);
  } else {
    (void)command_fail(&err);
  }
  for (size_t i = 0; i < trial->body_count; i++)
    buf_done(&trial->bodies[i].text);
  trial_steps_done(&trial->steps);
  config_release(trial->config);
  mem_free(trial);
  return result;
}
