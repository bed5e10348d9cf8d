/* `make bench-runway`: how far off the dry dates of simulated accounts are, ours beside straight lines. The table is the
 * one of contrib/docs/forecast.md.
 *
 *     runway [HISTORIES OF A KIND [FIRST SEED]] */
#include <inttypes.h>
#include <stdio.h>

#include "fake/forecasts.h"

/* Beside the second readings of the lines there may be ties: a difference of so much is none. */
#define TIE 1.03

struct tally {
  int races;
  int wins;        /* over both lines */
  int wins_slopes; /* over both slopes too, or not worse by more than a tie */
  int known;
  int inside;
};

static void print_row(enum spending_kind kind, int days, const struct forecast_score *score, struct tally *tally) {
  const double *median = score->median;
  double ours = median[FORECAST_OURS];
  tally->races++;
  tally->wins += ours < median[FORECAST_DAY_FIT] && ours < median[FORECAST_ALL_FIT];
  tally->wins_slopes += ours < TIE * median[FORECAST_DAY_SLOPE] && ours < TIE * median[FORECAST_ALL_SLOPE];
  tally->known += score->known;
  tally->inside += score->inside;
  printf("| %-12s | %4d | **%.1f** | %4.1f | %4.1f | %4.1f | %4.1f | %4.1f | %3d %% | %2d %% |\n", spending_kind_name(kind),
         days, ours, median[FORECAST_DAY_FIT], median[FORECAST_ALL_FIT], median[FORECAST_DAY_SLOPE],
         median[FORECAST_ALL_SLOPE], median[FORECAST_ORACLE], score->known * 100 / score->histories,
         score->known > 0 ? score->inside * 100 / score->known : 0);
}

static void print_claims(uint64_t seed, int count) {
  struct claims claims[CLAIM_AGES] = {0};
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    for (int n = 0; n < count; n++)
      forecast_claims((enum spending_kind)kind, seed + (uint64_t)n, claims);
  }
  printf("\nYoung histories of all kinds, without top-ups, asked every 6 hours:\n\n");
  printf("| hours of history | told | in range | wrong by more than twice |\n| --- | --- | --- | --- |\n");
  for (int i = 0; i < CLAIM_AGES; i++) {
    int told = claims[i].told > 0 ? claims[i].told : 1;
    printf("| %d to %d | %d %% | %d %% | %d %% |\n", i > 0 ? claim_ages_h[i - 1] : 0, claim_ages_h[i],
           claims[i].told * 100 / claims[i].asked, claims[i].inside * 100 / told, claims[i].wild * 100 / told);
  }
}

int main(int argc, char **argv) {
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 300;
  uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  struct tally tally = {0};
  if (count < 1 || count > 100000) count = 300;
  printf("%ld histories of each of %d kinds, seeds %" PRIu64 " to %" PRIu64 ", hourly readings.\n", count,
         SPENDING_KIND_COUNT, seed, seed + (uint64_t)count - 1);
  printf("The median error of the predicted dry date, in hours:\n\n");
  printf("| kind | days before | ours | line, 24 h | line, all | slope, 24 h | slope, all | oracle | told | in range |\n");
  printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    struct forecast_score scores[FORECAST_HORIZONS];
    forecast_race((enum spending_kind)kind, seed, (int)count, scores);
    for (int h = 0; h < FORECAST_HORIZONS; h++)
      print_row((enum spending_kind)kind, forecast_horizons[h], &scores[h], &tally);
  }
  printf("\nOurs is better than both lines in %d of %d, and as good as both slopes (within 3 %%) or better in %d. "
         "%d %% of what was told was in its range.\n",
         tally.wins, tally.races, tally.wins_slopes, tally.known > 0 ? tally.inside * 100 / tally.known : 0);
  print_claims(seed, (int)count);
  return tally.wins == tally.races ? 0 : 1;
}
