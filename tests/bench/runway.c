/* `make bench-runway`: how far off the dry dates of simulated accounts are, ours beside straight lines.
 *
 *     runway [HISTORIES OF A KIND [FIRST SEED]] */
#include <inttypes.h>
#include <stdio.h>

#include "fake/forecasts.h"

static int wins;
static int races;

static void print_kind(enum spending_kind kind, uint64_t seed, int count) {
  struct forecast_score scores[FORECAST_HORIZONS];
  forecast_race(kind, seed, count, scores);
  for (int h = 0; h < FORECAST_HORIZONS; h++) {
    const struct forecast_score *score = &scores[h];
    double ours = score->median[FORECAST_OURS];
    bool won = ours < score->day && ours < score->all;
    wins += won;
    races++;
    printf("| %-12s | %d | %6.2f | %6.2f | %6.2f | %6.2f | %6.2f | %6.2f | %3d %% | %3d %% |%s\n", spending_kind_name(kind),
           forecast_horizons[h], ours, score->median[FORECAST_DAY_FIT], score->median[FORECAST_DAY_SLOPE],
           score->median[FORECAST_ALL_FIT], score->median[FORECAST_ALL_SLOPE], score->median[FORECAST_ORACLE],
           score->known * 100 / score->histories, score->known > 0 ? score->inside * 100 / score->known : 0,
           won ? "" : " <-- not won");
  }
}

int main(int argc, char **argv) {
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 200;
  uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  if (count < 1 || count > 100000) count = 200;
  printf("%ld histories of each of %d kinds, seeds %" PRIu64 " to %" PRIu64 "; hourly readings\n", count,
         SPENDING_KIND_COUNT, seed, seed + (uint64_t)count - 1);
  printf("median error of the dry date in hours; a line is the better of its two readings\n\n");
  printf(
      "| kind         | days before | ours | line through 24 h | line through all | oracle | told | inside low..high |\n");
  printf("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++)
    print_kind((enum spending_kind)kind, seed, (int)count);
  printf("\nours is the best in %d of %d\n", wins, races);
  return wins == races ? 0 : 1;
}
