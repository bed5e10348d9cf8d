/* No recipe that comes along asks for anything that costs: its asks are built, each and with all its values, and looked at.
 */
#include <ctype.h>

#include "provider/recipe_parts.h"
#include "provider_testing.h"

#define RECIPES_MAX 200
#define URL_MAX 600
#define SETTINGS_MAX 16

/* What calls that are billed are named after, anywhere in a path. */
static const char *const costly[] = {
    "completion", "chat",     "message",  "generat",  "embed",   "image",  "video",  "audio", "speech",    "transcri",
    "translat",   "moderat",  "predict",  "infer",    "rerank",  "search", "scrape", "crawl", "extract",   "text-to",
    "tts",        "response", "assist",   "thread",   "complet", "upload", "files",  "batch", "fine-tun",  "fine_tun",
    "run/",       "/run",     "runsync",  "job",      "task",    "deploy", "models", "topup", "top-up",    "top_up",
    "recharge",   "purchase", "checkout", "transfer", "redeem",  "create", "delete", "/rent", "/reports?", "/report?",
};

static struct recipe *recipes[RECIPES_MAX];
static size_t recipe_count;

static int read_all(void **state) {
  (void)state;
  for (const struct embedded_recipe *one = embedded_recipes; one->text != NULL; one++) {
    assert_true(recipe_count < RECIPES_MAX);
    recipes[recipe_count++] = read_recipe(one->name, one->text);
  }
  return 0;
}

static int free_all(void **state) {
  (void)state;
  for (size_t i = 0; i < recipe_count; i++)
    recipe_free(recipes[i]);
  return 0;
}

/* With a value for everything that it takes. */
static struct account account_of(const struct recipe *recipe, struct account_value values[static SETTINGS_MAX]) {
  struct account account = usual_account(recipe);
  size_t count = 0;
  values[count++] = (struct account_value){.name = "key", .text = "k"};
  for (const struct setting *setting = recipe_settings(recipe); setting->name != NULL; setting++) {
    if (text_eq(setting->name, "key") || text_eq(setting->name, "base_url")) continue;
    assert_true(count < SETTINGS_MAX);
    values[count++] = (struct account_value){.name = setting->name, .text = "v1"};
  }
  account.base_url = recipe->asks[0].origin_length == 0 ? "https://relay.example.org" : NULL;
  account.values = values;
  account.value_count = count;
  return account;
}

static const char *path_in(const char *url) {
  const char *host = strstr(url, "://");
  assert_non_null(host);
  return host + 3 + strcspn(host + 3, "/?");
}

static void look_at(const struct recipe *recipe, const struct http_request *request) {
  char path[URL_MAX];
  assert_true(text_copy(path, sizeof path, path_in(buf_text(&request->url))));
  for (char *c = path; *c != '\0'; c++)
    *c = (char)tolower((unsigned char)*c);
  for (size_t i = 0; i < sizeof costly / sizeof costly[0]; i++) {
    if (strstr(path, costly[i]) != NULL) fail_msg("%s asks %s: %s may cost", recipe->about.name, path, costly[i]);
  }
  const char *body = buf_text(&request->body);
  bool gets = text_eq(request->method, "GET") && *body == '\0';
  bool posts_nothing = text_eq(request->method, "POST") && *body == '\0' && text_ends(path, "balance");
  bool queries = text_eq(request->method, "POST") && text_eq(path, "/graphql") &&
                 text_starts(body, "{\"query\":\"query ") && strstr(body, "mutation") == NULL;
  if (!gets && !posts_nothing && !queries)
    fail_msg("%s: a %s to %s must be shown to be harmless here", recipe->about.name, request->method, path);
}

static void look_at_ask(const struct account *account, size_t index) {
  struct recipe_run run;
  struct ask ask;
  struct err err = {0};
  run_start(&run, account->recipe, account, NOW_MS);
  run.ask = index;
  if (!run_build(&run, &ask, &err)) fail_msg("%s: %s", account->provider, err.text);
  look_at(account->recipe, &ask.http);
  ask_done(&ask);
  run_done(&run);
}

static void each_ask_of_each_recipe_is_free(void **state) {
  (void)state;
  struct account_value values[SETTINGS_MAX];
  assert_true(recipe_count >= 48);
  for (size_t i = 0; i < recipe_count; i++) {
    const struct account account = account_of(recipes[i], values);
    for (size_t j = 0; j < recipes[i]->ask_count; j++)
      look_at_ask(&account, j);
  }
}

static void answer_with(const struct account *account, const char *body) {
  struct talk talk = {.answers = {{200, body}}};
  talk_through(&talk, account);
  for (size_t i = 0; i < talk.asked; i++) {
    if (strstr(talk.requests[i], "/chat/") != NULL) fail_msg("%s: %s", account->provider, talk.requests[i]);
  }
}

/* What an answer names goes into a path escaped. */
static void no_answer_leads_to_an_ask_that_costs(void **state) {
  (void)state;
  static const char *const answers[] = {
      "{}",
      "{\"data\":[],\"next_page\":\"/v1/chat/completions\",\"next_cursor\":\"../v1/chat/completions\"}",
      "{\"projects\":[{\"project_id\":\"../v1/chat/completions\"}],\"scopeId\":\"../../v1/chat/completions\"}",
  };
  struct account_value values[SETTINGS_MAX];
  for (size_t i = 0; i < recipe_count; i++) {
    struct account account = account_of(recipes[i], values);
    if (account.base_url == NULL) account.value_count = 1; /* what can be found is to be found */
    for (size_t j = 0; j < sizeof answers / sizeof answers[0]; j++)
      answer_with(&account, answers[j]);
  }
}

static void intervals_are_a_vendors_own(void **state) {
  (void)state;
  static const struct interval {
    const char *name;
    int64_t every_ms;
  } known[] = {
      {"openrouter", 60000}, {"openrouter-key", 60000}, {"anthropic", 60000},
      {"openai", 60000},     {"tavily", 60000},         {"together", 3600000},
  };
  size_t found = 0;
  size_t told = 0;
  for (size_t i = 0; i < recipe_count; i++) {
    const struct recipe_about *about = &recipes[i]->about;
    if (about->every_ms > 0) told++;
    for (size_t j = 0; j < sizeof known / sizeof known[0]; j++) {
      if (!text_eq(about->name, known[j].name)) continue;
      assert_int_equal(about->every_ms, known[j].every_ms);
      found++;
    }
    /* A report of costs is heavier than a balance. */
    bool reports_costs = strstr(embedded_text(about->name), "cost") != NULL && recipes[i]->next.path != NULL;
    if (reports_costs && about->every_ms < 60000) fail_msg("%s asks for costs more than once a minute", about->name);
  }
  assert_int_equal(found, sizeof known / sizeof known[0]);
  assert_int_equal(told, found);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_ask_of_each_recipe_is_free),
      cmocka_unit_test(no_answer_leads_to_an_ask_that_costs),
      cmocka_unit_test(intervals_are_a_vendors_own),
  };
  return cmocka_run_group_tests_name("recipe probe", tests, read_all, free_all);
}
