/* `make bench-recipes`: readings a second on one core, from the bodies of a vendor's answers to a reading, for each stored
 * answer and each recipe that reads it; beside them the time that cJSON_Parse takes for the same bodies alone.
 *
 *     recipes [MILLISECONDS A TURN [TURNS]] */
#include <stdlib.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "unit/recipe_shelf.h"

#define CASES_MAX 200
#define ANSWERS_MAX 4
#define TURNS_MAX 99
#define WANTED 100000

static struct shelf shelf;

/* One recipe and what its vendor answers, in turn. */
struct bench_case {
  const struct recipe *recipe;
  const struct json *entry;
  struct account account;
  char base_url[SHAPE_MAX];
  char *bodies[ANSWERS_MAX];
  struct answer answers[ANSWERS_MAX];
  size_t count;
  double ours[TURNS_MAX]; /* nanoseconds a reading */
  double peer[TURNS_MAX];
};

static struct bench_case cases[CASES_MAX];
static size_t case_count;

static const struct account_value values[] = {{.name = "key", .text = "sk-0123456789abcdef"},
                                              {.name = "sid", .text = "AC00"},
                                              {.name = "user", .text = "7"},
                                              {.name = "account_id", .text = "a1"}};

static int64_t cpu_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* --- one reading --------------------------------------------------------------------------------------------------- */

/* A second page is the last one, and empty. */
static void record(struct bench_case *c, size_t at, const char *url) {
  const struct play play = {.shelf = &shelf, .recipe = c->recipe, .ask = ask_of_entry(c->recipe, c->entry)};
  int ask = ask_of_request(c->recipe, url);
  assert_true(at < ANSWERS_MAX);
  if (at > 0 && c->recipe->ask_count == 1) {
    c->bodies[at] = mem_dup("{\"data\":[]}");
  } else {
    c->bodies[at] = ask == play.ask ? read_fixture(told(c->entry, "file")) : good_answer(&play, ask);
  }
  c->answers[at].http = (struct http_answer){.status = 200, .body = c->bodies[at], .length = strlen(c->bodies[at])};
  c->count = at + 1;
}

static enum err_code gather(struct bench_case *c, bool records) {
  struct reading reading = {0};
  struct ask ask;
  struct gathering *gathering = gathering_new(&c->account, NOW_MS);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &reading);
  for (size_t at = 0; step == GATHERING_ASK; at++) {
    if (records) record(c, at, buf_text(&ask.http.url));
    ask_done(&ask);
    step = gathering_next(gathering, &c->answers[at], &ask, &reading);
  }
  gathering_free(gathering);
  return reading.code;
}

static void parse_alone(struct bench_case *c) {
  for (size_t i = 0; i < c->count; i++)
    cJSON_Delete(cJSON_ParseWithLength(c->answers[i].http.body, c->answers[i].http.length));
}

static void read_whole(struct bench_case *c) {
  (void)gather(c, false);
}

/* Nanoseconds that it takes once. */
static double time_it(void (*does)(struct bench_case *), struct bench_case *c, int64_t turn_ns) {
  int64_t start = cpu_ns();
  int64_t spent = 0;
  int count = 0;
  while (spent < turn_ns) {
    for (int i = 0; i < 64; i++)
      does(c);
    count += 64;
    spent = cpu_ns() - start;
  }
  return (double)spent / count;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

static void add_case(const struct recipe *recipe, const struct json *entry) {
  const struct json *expect = json_first(json_member(entry, "expect"));
  struct bench_case *c = &cases[case_count];
  const char *url = told(entry, "url");
  assert_true(case_count < CASES_MAX);
  if (expect == NULL || !text_eq(told(entry, "kind"), "ok") || ask_of_entry(recipe, entry) < 0) return;
  *c = (struct bench_case){.recipe = recipe, .entry = entry, .account = usual_account(recipe)};
  (void)text_fmt(c->base_url, sizeof c->base_url, "%.*s", (int)(path_of(url) - url), url);
  c->account.base_url = text_starts(url, "http") ? c->base_url : "https://relay.example.org";
  c->account.values = values;
  c->account.value_count = sizeof values / sizeof values[0];
  c->account.unit = unit_to_set(recipe, told(expect, "currency"));
  if (gather(c, true) != ERR_NONE) fail_msg("%s does not read %s", recipe->about.name, told(entry, "file"));
  case_count++;
}

static int by_number(const void *a, const void *b) {
  double left = *(const double *)a;
  double right = *(const double *)b;
  return (left > right) - (left < right);
}

static double median(double *numbers, int count) {
  qsort(numbers, (size_t)count, sizeof *numbers, by_number);
  return numbers[count / 2];
}

static int slowest_first(const void *a, const void *b) {
  const struct bench_case *left = a;
  const struct bench_case *right = b;
  return by_number(&right->ours[0], &left->ours[0]);
}

static void print_rates(const char *name, const char *file, double ours_ns, double peer_ns) {
  printf("| %-16s | %-28s | %9.0f | %9.0f | %5.2f |\n", name, file, 1e9 / ours_ns, 1e9 / peer_ns, ours_ns / peer_ns);
}

static void print_all(int turns) {
  double ours = 0;
  double peer = 0;
  int below = 0;
  for (size_t i = 0; i < case_count; i++) {
    cases[i].ours[0] = median(cases[i].ours, turns);
    cases[i].peer[0] = median(cases[i].peer, turns);
    ours += cases[i].ours[0];
    peer += cases[i].peer[0];
    if (1e9 / cases[i].ours[0] < WANTED) below++;
  }
  qsort(cases, case_count, sizeof cases[0], slowest_first);
  printf("| recipe           | answer                       | readings/s | parses/s | times as long |\n");
  printf("| --- | --- | --- | --- | --- |\n");
  for (size_t i = 0; i < case_count && i < 8; i++)
    print_rates(cases[i].recipe->about.name, told(cases[i].entry, "file"), cases[i].ours[0], cases[i].peer[0]);
  print_rates("all, in turn", "", ours / (double)case_count, peer / (double)case_count);
  printf("\n%zu recipes and answers; the slowest are shown; %d are below %d readings a second\n", case_count, below,
         WANTED);
}

int main(int argc, char **argv) {
  int64_t turn_ns = (argc > 1 ? strtol(argv[1], NULL, 10) : 10) * 1000000;
  int turns = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
  if (turns < 1 || turns > TURNS_MAX) turns = 5;
  open_shelf(&shelf);
  for (size_t i = 0; i < shelf.embedded; i++) {
    for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry))
      add_case(shelf.recipes[i], entry);
  }
  printf("body to reading on one core, beside cJSON_Parse of the same bodies; medians of %d turns\n\n", turns);
  for (int turn = 0; turn < turns; turn++) {
    for (size_t i = 0; i < case_count; i++) {
      cases[i].ours[turn] = time_it(read_whole, &cases[i], turn_ns);
      cases[i].peer[turn] = time_it(parse_alone, &cases[i], turn_ns);
    }
  }
  print_all(turns);
  for (size_t i = 0; i < case_count; i++) {
    for (size_t j = 0; j < cases[i].count; j++)
      mem_free(cases[i].bodies[j]);
  }
  close_shelf(&shelf);
  return 0;
}
