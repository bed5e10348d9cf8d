#include <stdio.h>

#include "command.h"
#include "lowtide/buf.h"
#include "lowtide/compose.h"
#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"
#include "outcome.h"
#include "terminal.h"
#include "trial.h"

#define TEXT_MAX (1024 * 1024)

static void add_plug(const struct provider_plug *plug, struct table *table) {
  const char *const cells[] = {plug->name, "—", "—", plug->about, "—", "—"};
  table_add(table, cells);
}

static const char *or_dash(const char *text) {
  return *text != '\0' ? text : "—";
}

static void add_recipe(const struct recipe *recipe, struct table *table) {
  const struct recipe_about *about = recipe_about(recipe);
  const char *const cells[] = {about->name,    or_dash(about->variable),     or_dash(about->key_kind),
                               about->reports, or_dash(outcome_sure(about)), or_dash(about->as_of)};
  table_add(table, cells);
}

static void print_table(const struct config *config, struct buf *out) {
  static const char *const headings[] = {"NAME", "VARIABLE", "KEY", "REPORTS", "SURE", "AS OF"};
  struct table *table = table_new(headings, 6);
  for (size_t i = 0; i < config->recipe_count; i++)
    add_recipe(config->recipes[i], table);
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++)
    add_plug(*plug, table);
  table_print(table, out, terminal_is_rich());
  buf_add(out,
          "\nSURE: documented by the vendor, or not: seen in code of others, or medium (one page or a few repositories).\n"
          "`lowtide providers NAME` prints a config block to paste.");
  table_free(table);
}

static void add_pair(struct buf *out, const char *name, const char *value, bool first) {
  buf_addf(out, "%s\"%s\":", first ? "" : ",", name);
  if (value == NULL || *value == '\0') {
    buf_add(out, "null");
  } else {
    buf_add_json(out, value);
  }
}

static void print_json(const struct config *config, struct buf *out) {
  buf_add(out, "{\"providers\":[");
  for (size_t i = 0; i < config->recipe_count; i++) {
    const struct recipe_about *about = recipe_about(config->recipes[i]);
    buf_add(out, i > 0 ? ",{" : "{");
    add_pair(out, "name", about->name, true);
    add_pair(out, "variable", about->variable, false);
    add_pair(out, "key", about->key_kind, false);
    add_pair(out, "reports", about->reports, false);
    add_pair(out, "sure", about->sure, false);
    add_pair(out, "as_of", about->as_of, false);
    buf_add_char(out, '}');
  }
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    buf_add(out, config->recipe_count > 0 || plug != provider_plugs ? ",{" : "{");
    add_pair(out, "name", (*plug)->name, true);
    add_pair(out, "variable", NULL, false);
    add_pair(out, "key", NULL, false);
    add_pair(out, "reports", (*plug)->about, false);
    add_pair(out, "sure", NULL, false);
    add_pair(out, "as_of", NULL, false);
    buf_add_char(out, '}');
  }
  buf_add(out, "]}");
}

/* All of it may be pasted: what is no setting is a comment. */
static void print_recipe(const struct recipe *recipe, struct buf *out) {
  const struct recipe_about *about = recipe_about(recipe);
  buf_addf(out, "; %s %s: %s\n", about->emoji, about->label, about->reports);
  if (*about->key_kind != '\0' || *about->variable != '\0') {
    buf_addf(out, "; key:      %s%s%s\n", about->key_kind, *about->variable != '\0' ? ", read from " : "", about->variable);
  }
  if (*about->home != '\0') buf_addf(out, "; billing:  %s\n", about->home);
  if (about->every_ms > 0) {
    char every[32];
    text_print_duration(every, sizeof every, about->every_ms);
    buf_addf(out, "; asked:    at most once in %s\n", every);
  }
  if (*about->sure == '\0') return;
  buf_addf(out, "; how sure: %s%s%s\n", outcome_sure(about), *about->as_of != '\0' ? ", as of " : "", about->as_of);
}

static void suggest(const struct config *config, const char *typed, struct err *err) {
  const char **names = NULL;
  size_t count = 0;
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    names = mem_grow(names, count + 1, sizeof *names);
    names[count++] = (*plug)->name;
  }
  names = mem_grow(names, count + config->recipe_count + 1, sizeof *names);
  for (size_t i = 0; i < config->recipe_count; i++)
    names[count++] = recipe_about(config->recipes[i])->name;
  names[count] = NULL;
  (void)err_suggest(err, typed, names);
  mem_free(names);
}

static int print_one(const struct config *config, const char *name, struct buf *out) {
  const struct recipe *recipe = config_recipe(config, name);
  const struct provider_plug *plug = provider_find(name);
  if (recipe != NULL) print_recipe(recipe, out);
  if (recipe == NULL && plug != NULL) buf_addf(out, "; %s %s: %s\n", plug->emoji, plug->label, plug->about);
  if (config_print_block(out, config, name)) return command_print(buf_text(out));
  struct err err = {0};
  err_set(&err, ERR_USAGE, "there is no provider \"%s\"", name);
  suggest(config, name, &err);
  err_hint(&err, "`lowtide providers` lists them; one of your own is a [recipe %s] in the config", name);
  return command_fail(&err);
}

static int print_providers(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  struct buf out;
  if (config == NULL) return EXIT_TROUBLE;
  buf_init(&out, TEXT_MAX);
  int result = EXIT_FINE;
  if (invocation->arg_count == 1) {
    result = print_one(config, invocation->args[0], &out);
  } else {
    if (invocation_has(invocation, "json")) print_json(config, &out);
    if (!invocation_has(invocation, "json")) print_table(config, &out);
    result = command_print(buf_text(&out));
  }
  buf_done(&out);
  config_release(config);
  return result;
}

static int refuse_words(const char *text, const char *hint) {
  struct err err = {0};
  err_set(&err, ERR_USAGE, "%s", text);
  err_hint(&err, "%s", hint);
  return command_fail(&err);
}

static bool is_trial(const struct invocation *invocation) {
  static const char *const options[] = {"body", "status", "set", "unit"};
  bool given = invocation->arg_count > 0 && text_eq(invocation->args[0], "test");
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    given = given || invocation_has(invocation, options[i]);
  return given;
}

static int providers_run(const struct invocation *invocation) {
  bool tests = is_trial(invocation);
  if (tests && invocation->arg_count == 2 && text_eq(invocation->args[0], "test")) return trial_run(invocation);
  if (tests) return refuse_words("a recipe and its saved answers are wanted", "lowtide providers test NAME --body FILE");
  if (invocation->arg_count > 1) return refuse_words("one provider at a time", "see `lowtide providers --help`");
  return print_providers(invocation);
}

static const struct flag flags[] = {
    {"json", NULL, "print as JSON"},
    {"body", "FILE", "test: a saved answer, one for each ask in order; - is standard input"},
    {"status", "NUMBER", "test: the HTTP status of the --body behind it, or of the last one; 200"},
    {"set", "NAME=VALUE", "test: what the account would say: team, project, base_url, ..."},
    {"unit", "UNIT", "test: the account's unit"},
    {0},
};

const struct command command_providers = {
    .name = "providers",
    .usage = "[NAME] | test NAME --body FILE",
    .about = "the known providers, what each reads, and a config block to paste",
    .more = "`providers test` shows step by step how a recipe reads a saved answer: a recipe that comes along, one of the\n"
            "config, or a file with one [recipe NAME]. Exit code: 0 if a balance comes of it, else 1.",
    .args_max = 2,
    .flags = flags,
    .run = providers_run,
};
