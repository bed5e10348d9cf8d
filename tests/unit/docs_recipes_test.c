/* What the pages say in ```ini is loaded, and what they claim about the ```json behind it is true. */
#include "lowtide/config.h"
#include "provider/recipe_parts.h"
#include "provider_testing.h"

#define PAGE "contrib/docs/recipes.md"
#define PAGE_MAX (256 * 1024)

static char *read_page(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail_msg("%s is not there", path);
  char *text = mem_new(1, PAGE_MAX);
  size_t length = fread(text, 1, PAGE_MAX - 1, file);
  text[length] = '\0';
  (void)fclose(file);
  return text;
}

static bool ends_with(const char *name, const char *end) {
  return strlen(name) > strlen(end) && text_eq(name + strlen(name) - strlen(end), end);
}

static const char *full_getenv(const char *name) {
  if (text_eq(name, "DISCORD_WEBHOOK_URL")) return "https://discord.com/api/webhooks/1/token";
  if (text_eq(name, "SLACK_WEBHOOK_URL")) return "https://hooks.slack.com/services/T/B/X";
  if (text_eq(name, "HOME")) return "/nonexistent";
  return ends_with(name, "_KEY") ? "sk-of-the-page" : NULL;
}

/* --- blocks -------------------------------------------------------------------------------------------------------- */

struct block {
  char kind[8]; /* behind the fence: ini, json or nothing */
  int line;
  struct buf text; /* without the fence's indentation */
};

/* The next fenced block; NULL if there is none, else where it ends. */
static const char *next_block(const char *at, int *line, struct block *block) {
  size_t indent = 0;
  bool inside = false;
  buf_init(&block->text, PAGE_MAX);
  for (size_t length = 0; *at != '\0'; at += length + (at[length] == '\n'), ++*line) {
    length = strcspn(at, "\n");
    size_t blank = strspn(at, " ");
    bool is_fence = text_starts(at + blank, "```");
    if (inside && is_fence) return at + length;
    size_t cut = blank < indent ? blank : indent;
    if (inside) buf_addf(&block->text, "%.*s\n", (int)(length - cut), at + cut);
    if (inside || !is_fence) continue;
    inside = true;
    indent = blank;
    block->line = *line;
    (void)text_fmt(block->kind, sizeof block->kind, "%.*s", (int)(length - blank) - 3, at + blank + 3);
  }
  buf_done(&block->text);
  return NULL;
}

static bool holds_section(const char *text) {
  static const char *const sections[] = {"[recipe ", "[account ", "[channel ", "[discord]", "[slack]"};
  for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
    if (strstr(text, sections[i]) != NULL) return true;
  }
  return false;
}

static struct config *load_block(const char *path, const struct block *block) {
  static const struct config_source source = {.getenv = full_getenv};
  struct err err = {0};
  struct config *config = config_parse("block", block->text.data, block->text.len, &source, &err);
  if (config == NULL) fail_msg("%s:%d: %s", path, block->line, err.text);
  for (size_t i = 0; i < config->account_count; i++) {
    char title[80];
    (void)text_fmt(title, sizeof title, "[account %s]", config->accounts[i].name);
    if (strstr(buf_text(&block->text), title) != NULL) assert_null(config->accounts[i].missing);
  }
  return config;
}

static int load_blocks(const char *path) {
  char *page = read_page(path);
  struct block block;
  int count = 0;
  int line = 1;
  for (const char *at = page; (at = next_block(at, &line, &block)) != NULL;) {
    if (text_eq(block.kind, "ini") && holds_section(buf_text(&block.text))) {
      config_release(load_block(path, &block));
      count++;
    }
    buf_done(&block.text);
  }
  mem_free(page);
  return count;
}

static void every_config_on_the_pages_loads(void **state) {
  (void)state;
  assert_int_equal(load_blocks(PAGE), 5);
  assert_true(load_blocks("README.md") >= 4);
  assert_true(load_blocks("contrib/docs/chat.md") >= 4);
  assert_true(load_blocks("contrib/docs/channels.md") >= 2);
}

/* --- what a block reads as ----------------------------------------------------------------------------------------- */

static void add_amount(struct buf *out, const char *name, struct amount amount) {
  char text[MONEY_TEXT_MAX];
  if (!amount.known) return;
  money_print_exact(text, amount.nano);
  buf_addf(out, "%s%s %s", out->len > 0 ? ", " : "", name, text);
}

static void print_reading(struct buf *out, const struct reading *reading) {
  if (reading->code != ERR_NONE) buf_add(out, reading->detail);
  add_amount(out, "available", reading->available);
  add_amount(out, "cash", reading->cash);
  add_amount(out, "voucher", reading->voucher);
  add_amount(out, "used", reading->used);
  add_amount(out, "limit", reading->limit);
  buf_addf(out, " %s", reading->unit);
}

/* The recipe that the block itself brings. */
static const struct recipe *recipe_of(const struct config *config, const struct block *block) {
  char name[64];
  const char *start = strstr(buf_text(&block->text), "[recipe ") + strlen("[recipe ");
  (void)text_fmt(name, sizeof name, "%.*s", (int)strcspn(start, "]"), start);
  return config_recipe(config, name);
}

static void assert_reads_as(const struct config *config, const struct block *block, struct talk *talk, const char *claim) {
  struct account account = usual_account(recipe_of(config, block));
  for (size_t i = 0; i < config->account_count; i++) {
    if (config->accounts[i].recipe == account.recipe) account = config->accounts[i];
  }
  talk_through(talk, &account);
  struct buf read;
  struct buf wanted;
  buf_init(&read, 512);
  buf_init(&wanted, 512);
  print_reading(&read, &talk->reading);
  buf_addf(&wanted, "%.*s", (int)strcspn(claim, "`"), claim);
  if (!text_eq(buf_text(&read), buf_text(&wanted))) print_message("line %d\n", block->line);
  assert_string_equal(buf_text(&read), buf_text(&wanted));
  buf_done(&read);
  buf_done(&wanted);
}

/* From an ini block over the json blocks behind it to "It reads as `…`". Answers where it ended. */
static const char *try_claim(const char *at, int *line, const struct block *ini) {
  static const char words[] = "It reads as `";
  struct block answers[4];
  struct talk talk = {0};
  size_t count = 0;
  const char *claim = strstr(at, words);
  for (const char *next = at; count < 4; at = next, count++) {
    int next_line = *line;
    next = next_block(at, &next_line, &answers[count]);
    if (next == NULL) break;
    if (claim == NULL || next > claim || !text_eq(answers[count].kind, "json")) {
      buf_done(&answers[count].text);
      break;
    }
    talk.answers[count] = (struct talk_answer){200, buf_text(&answers[count].text)};
    *line = next_line;
  }
  if (count == 0) fail_msg("line %d: no answer follows", ini->line);
  struct config *config = load_block(PAGE, ini);
  assert_reads_as(config, ini, &talk, claim + strlen(words));
  config_release(config);
  while (count > 0)
    buf_done(&answers[--count].text);
  return at;
}

static void every_answer_on_the_page_reads_as_it_claims(void **state) {
  (void)state;
  char *page = read_page(PAGE);
  struct block block;
  int claims = 0;
  int line = 1;
  for (const char *at = page; (at = next_block(at, &line, &block)) != NULL;) {
    if (text_eq(block.kind, "ini")) {
      at = try_claim(at, &line, &block);
      claims++;
    }
    buf_done(&block.text);
  }
  assert_int_equal(claims, 5);
  mem_free(page);
}

static void the_page_names_every_key_of_the_language(void **state) {
  (void)state;
  char *page = read_page(PAGE);
  for (const struct recipe_key *key = recipe_keys; key->name != NULL; key++) {
    char quoted[64];
    (void)text_fmt(quoted, sizeof quoted, "`%s", key->name);
    if (strstr(page, quoted) == NULL) fail_msg("%s does not tell of %s", PAGE, key->name);
  }
  mem_free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_config_on_the_pages_loads),
      cmocka_unit_test(every_answer_on_the_page_reads_as_it_claims),
      cmocka_unit_test(the_page_names_every_key_of_the_language),
  };
  return cmocka_run_group_tests_name("the pages about recipes", tests, NULL, NULL);
}
