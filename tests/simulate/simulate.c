/* `make simulate`: the real pipeline, a month or a year long, in a world where everything goes wrong, from a seed. After
 * each step its laws are looked at; a broken one ends the seed and says how to see it again.
 *
 *     simulate                        the set of `make test`: 10 seeds of 10 days
 *     simulate --all                  the set of CI: 200 seeds of 30 days, 4 of a year with 50 accounts
 *     simulate --seeds 17 [--count 5] [--days 30] [--accounts 50] [--loud]   these alone */
#include <getopt.h>
#include <sys/wait.h>

#include "chances.h"

#define STEPS_AN_HOUR_MAX 20000
#define DRAIN_MS (52 * HOUR) /* the clock may have gone back by two days since somebody looked at it */

/* --- one seed ---------------------------------------------------------------------------------------------------- */

/* Nobody works for nothing: an hour has 120 ticks, a few jobs each. */
static void sim_spins(struct sim *sim) {
  int64_t hour = sim->fake.mono_ms / HOUR;
  if (hour != sim->hour) sim->hour_steps = 0;
  sim->hour = hour;
  if (++sim->hour_steps > STEPS_AN_HOUR_MAX) sim_broken(sim, "the daemon spins: %d steps in an hour", sim->hour_steps);
}

/* From event to event; the daemon may die at any of them. */
static void sim_run(struct sim *sim, int64_t until_mono_ms) {
  while (fake_step(&sim->fake, until_mono_ms)) {
    sim->steps++;
    sim_spins(sim);
    laws_look(sim);
    if (sim->crash_in > 0 && --sim->crash_in == 0 && sim->daemon != NULL) chance_dies(sim);
  }
  if (until_mono_ms > sim->fake.mono_ms) fake_run(&sim->fake, until_mono_ms - sim->fake.mono_ms);
}

/* To 1970 or 2038 for a while, and back. */
static void sim_visit(struct sim *sim) {
  int64_t there_ms = sim_percent(sim, 50) ? 3600000 : 2147483647LL * 1000 - HOUR;
  int64_t before_wall_ms = sim->fake.wall_ms;
  int64_t before_ms = sim->fake.mono_ms;
  sim_say(sim, "the clock goes far away");
  sim->fake.wall_ms = there_ms;
  sim_run(sim, before_ms + sim_between(sim, 1, 180) * MINUTE);
  sim->fake.wall_ms = before_wall_ms + sim->fake.mono_ms - before_ms;
  sim_say(sim, "and comes back");
}

static void sim_mishap(struct sim *sim, const char *schedule, const char *zone) {
  int64_t dice = sim_below(sim, 100);
  if (dice < 38) {
    chance_vendor(sim);
  } else if (dice < 60) {
    chance_hook(sim);
  } else if (dice < 72) {
    chance_person(sim);
  } else if (dice < 80) {
    sim->crash_in = (int)sim_between(sim, 1, 60);
  } else if (dice < 84) {
    chance_stops(sim);
  } else if (dice < 89) {
    chance_reload(sim, schedule, zone);
  } else if (dice < 94) {
    sim->store_until_ms = sim->fake.mono_ms + sim_between(sim, 1, 120) * MINUTE;
    sim_say(sim, "the disk is full");
  } else if (dice < 99) {
    chance_clock(sim);
  } else {
    sim_visit(sim);
  }
}

/* No faults any more: what waits has its time. */
static void sim_drain(struct sim *sim) {
  sim->calm = true;
  sim->crash_in = 0;
  sim->store_until_ms = 0;
  for (int i = 0; i < sim->vendor_count; i++)
    sim->vendors[i].zeros = 0;
  sim_say(sim, "the drain");
  sim_run(sim, sim->fake.mono_ms + DRAIN_MS);
}

static void sim_summarise(struct sim *sim) {
  const struct laws *laws = sim->laws;
  (void)snprintf(sim->verdict, VERDICT_MAX,
                 "%d accounts, %d channels, %" PRId64 " readings, %" PRId64 " crossings, %" PRId64 " told, %" PRId64
                 " refused, %" PRId64 " kept back, %d restarts, %" PRId64 " repeats, %d steps",
                 sim->vendor_count, sim->hook_count, laws->readings, laws->raised, laws->told, laws->refused,
                 laws->kept_back, sim->crashes, laws->repeats, sim->steps);
}

static void sim_free_laws(struct laws *laws) {
  for (size_t i = 0; i < laws->count; i++) {
    mem_free(laws->owed[i].items);
    mem_free(laws->owed[i].text);
  }
  mem_free(laws->owed);
  mem_free(laws->unsaid);
  mem_free(laws);
}

static void simulate(struct sim *sim) {
  sim->chance = sim->seed * 0xD1342543DE82EF95U + 1;
  life_open_log(sim);
  life_begin(sim);
  sim->laws = mem_new(1, sizeof *sim->laws);
  sim->fake.answer = people_answer;
  bool long_run = sim->plan.days > 60;
  const char *schedule = long_run ? "20 */12 * * *" : ONE_OF(sim, "@hourly", "0 */2 * * *", "0 */3 * * *", "10 */4 * * *");
  const char *zone = ONE_OF(sim, "UTC", "Europe/Berlin", "America/New_York");
  sim->fake.wall_ms += (long_run ? 0 : sim_between(sim, 0, 300)) * DAY + sim_below(sim, DAY);
  chance_vendors(sim);
  chance_hooks(sim);
  chance_config(sim, schedule, zone);
  sim->config = life_config(sim);
  life_start(sim);
  int64_t end_ms = sim->fake.mono_ms + sim->plan.days * DAY;
  while (sim->fake.mono_ms < end_ms) {
    sim_run(sim, sim->fake.mono_ms + sim_between(sim, 1, 10 * HOUR));
    sim_mishap(sim, schedule, zone);
  }
  sim_drain(sim);
  laws_end(sim);
  sim_summarise(sim);
  life_end(sim);
  sim_free_laws(sim->laws);
}

/* --- many seeds -------------------------------------------------------------------------------------------------- */

struct task {
  uint64_t seed;
  struct plan plan;
  pid_t pid;
  bool ok;
  char *verdict;
};

static void task_start(struct task *task) {
  (void)fflush(stdout);
  task->pid = fork();
  if (task->pid < 0) abort();
  if (task->pid > 0) return;
  struct sim *sim = mem_new(1, sizeof *sim);
  sim->seed = task->seed;
  sim->plan = task->plan;
  sim->verdict = task->verdict;
  simulate(sim);
  mem_free(sim);
  exit(0);
}

static void task_end(struct task *tasks, int count) {
  int status = 0;
  pid_t pid = wait(&status);
  for (int i = 0; i < count; i++) {
    struct task *task = &tasks[i];
    if (task->pid != pid) continue;
    task->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (task->ok || (WIFEXITED(status) && task->verdict[0] != '\0')) return;
    (void)snprintf(task->verdict, VERDICT_MAX, "it crashed (status %d)", status);
  }
}

static void task_print(const char *program, const struct task *task, int number) {
  printf("%s %d - seed %" PRIu64 ", %d days: %s\n", task->ok ? "ok" : "not ok", number, task->seed, task->plan.days,
         task->verdict);
  if (task->ok) return;
  printf("# again: %s --seeds %" PRIu64 " --days %d --accounts %d --loud\n", program, task->seed, task->plan.days,
         task->plan.accounts);
}

/* As many at a time as there are processors; told in their order. */
static int run_all(const char *program, struct task *tasks, int count) {
  long at_once = sysconf(_SC_NPROCESSORS_ONLN);
  int running = 0;
  int failed = 0;
  int started = 0;
  printf("1..%d\n", count);
  while (started < count || running > 0) {
    if (started < count && running < at_once) {
      task_start(&tasks[started++]);
      running++;
      continue;
    }
    task_end(tasks, count);
    running--;
  }
  for (int i = 0; i < count; i++) {
    task_print(program, &tasks[i], i + 1);
    failed += !tasks[i].ok;
  }
  return failed;
}

static int add_tasks(struct task *tasks, int at, uint64_t seed, int count, struct plan plan) {
  for (int i = 0; i < count; i++)
    tasks[at + i] = (struct task){.seed = seed + (uint64_t)i, .plan = plan};
  return at + count;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"all", 0, NULL, 'a'},  {"seeds", 1, NULL, 's'}, {"count", 1, NULL, 'n'},
                                          {"days", 1, NULL, 'd'}, {"loud", 0, NULL, 'l'},  {"accounts", 1, NULL, 'k'},
                                          {NULL, 0, NULL, 0}};
  struct plan plan = {.days = 30};
  uint64_t seed = 0;
  int count = 1;
  bool all = false;
  for (int c = getopt_long(argc, argv, "", options, NULL); c >= 0; c = getopt_long(argc, argv, "", options, NULL)) {
    if (c == 'a') all = true;
    if (c == 'l') plan.loud = true;
    if (c == 's') seed = strtoull(optarg, NULL, 10);
    if (c == 'n') count = (int)strtol(optarg, NULL, 10);
    if (c == 'd') plan.days = (int)strtol(optarg, NULL, 10);
    if (c == 'k') plan.accounts = (int)strtol(optarg, NULL, 10);
    if (c == '?') return 1;
  }
  struct task *tasks = mem_new((size_t)count + 256, sizeof *tasks);
  int total = 0;
  if (seed != 0) {
    total = add_tasks(tasks, 0, seed, count, plan);
  } else if (all) {
    total = add_tasks(tasks, 0, 1, 4, (struct plan){.days = 365, .accounts = 50});
    total = add_tasks(tasks, total, 1, 200, plan);
  } else {
    total = add_tasks(tasks, 0, 1, 10, (struct plan){.days = 10});
  }
  char *verdicts = mmap(NULL, (size_t)total * VERDICT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (verdicts == MAP_FAILED) abort();
  for (int i = 0; i < total; i++)
    tasks[i].verdict = verdicts + (size_t)i * VERDICT_MAX;
  int failed = run_all(argv[0], tasks, total);
  mem_free(tasks);
  return failed > 0 ? 1 : 0;
}
