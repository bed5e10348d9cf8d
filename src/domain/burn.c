#include "burn.h"

#include <math.h>

#define HALF_LIVES 7
#define GROWERS 3
#define EXPERTS (HALF_LIVES + GROWERS)
#define GROWTH_MAX (0.1 / 24)                   /* 10 % a day */
#define RECENT_BLOCKS (10.0 * TREND_DAY_BLOCKS) /* a trial that old counts half */
#define TRIAL_EVERY 6                           /* blocks */
#define TRIALS_MAX (TREND_BLOCKS / TRIAL_EVERY)
#define DAY_TRIALS 2.0
#define SAME 0.05        /* of what was to be expected: too little to matter */
#define MISS_MIN 0.02    /* nobody is better than that but by luck */
#define SPREAD_GUESS 0.3 /* where hardly anything could be tried: */
#define GUESS_TRIALS 1.0 /* it counts as so many */

static const int horizon_blocks[BURN_HORIZONS] = {TREND_DAY_BLOCKS, 3 * TREND_DAY_BLOCKS, 7 * TREND_DAY_BLOCKS};

/* What a mean that forgets keeps of one block, for half-lives of 12 h, 1, 2, 4, 8, 16 days and for ever: 2^(-2 h / it). */
static const double keeps[HALF_LIVES] = {
    0.890898718140, 0.943874312682, 0.971531941154, 0.985663299688, 0.992805872005, 0.996396443192, 1};

/* Before anything was tried: patience and no growth. */
static const double priors[EXPERTS] = {0.1, 0.3, 0.5, 1, 1, 1.5, 2, 0.3, 0.3, 0.3};

/* Ways to see the level: means that forget at different paces, and some that carry their own growth on. */
struct experts {
  double spent[HALF_LIVES];
  double weight[HALF_LIVES];
  double age[HALF_LIVES]; /* the mean age of what is in it, in hours, times weight */
  double rate[EXPERTS];
  double growth[EXPERTS];
};

/* What each would have said then of the time after, beside what came: logarithms of the ratios. */
struct trial {
  double recent;
  double miss[EXPERTS];
};

struct trials {
  int count[BURN_HORIZONS];
  struct trial of[BURN_HORIZONS][TRIALS_MAX];
};

static void experts_learn(struct experts *experts, double spent, double weight) {
  for (int i = 0; i < HALF_LIVES; i++) {
    experts->age[i] = (experts->age[i] + 2 * experts->weight[i]) * keeps[i] + weight;
    experts->spent[i] = experts->spent[i] * keeps[i] + spent;
    experts->weight[i] = experts->weight[i] * keeps[i] + weight;
  }
}

static double mean_age_h(const struct experts *experts, int i) {
  return experts->weight[i] > 0 ? experts->age[i] / experts->weight[i] : 0;
}

static double growth_between(const struct experts *experts, int fast, int slow) {
  double apart_h = mean_age_h(experts, slow) - mean_age_h(experts, fast);
  if (experts->rate[fast] <= 0 || experts->rate[slow] <= 0 || apart_h < 6) return 0;
  double growth = log(experts->rate[fast] / experts->rate[slow]) / apart_h;
  return fmax(-GROWTH_MAX, fmin(GROWTH_MAX, growth));
}

static void experts_speak(struct experts *experts) {
  for (int i = 0; i < HALF_LIVES; i++) {
    experts->rate[i] = experts->weight[i] > 0 ? fmax(0, experts->spent[i] / experts->weight[i]) : 0;
    experts->growth[i] = 0;
  }
  for (int i = 0; i < GROWERS; i++) {
    int fast = 2 + i;
    double growth = growth_between(experts, fast, fast + 2);
    experts->rate[HALF_LIVES + i] = experts->rate[fast] * exp(growth * mean_age_h(experts, fast));
    experts->growth[HALF_LIVES + i] = growth;
  }
}

/* Trials that a step lies in teach nothing: nobody could have known. Neither do those that were hardly watched. */
static void try_at(const struct burn *burn, int i, int step, const struct experts *experts, struct trials *trials) {
  for (int h = 0; h < BURN_HORIZONS; h++) {
    int length = horizon_blocks[h];
    if (i + length >= burn->count || (i < step && i + length >= step)) continue;
    struct stretch after = burn_stretch(burn, i + 1, i + 1 + length);
    double least = SAME * experts->rate[HALF_LIVES - 1] * after.weight;
    if (least <= 0 || after.hours <= length) continue;
    struct trial *trial = &trials->of[h][trials->count[h]++];
    double came = log(fmax(after.spent, 0) + least);
    trial->recent = exp2((i - burn->count) / RECENT_BLOCKS);
    for (int e = 0; e < EXPERTS; e++) {
      double said = experts->rate[e] * after.weight;
      if (experts->growth[e] != 0) said *= exp(experts->growth[e] * length);
      trial->miss[e] = came - log(said + least);
    }
  }
}

/* The mean miss of one, and how many trials that is, the older counting less. */
static double mean_miss(const struct trials *trials, int e, double *recent) {
  double miss = 0;
  *recent = 0;
  for (int h = 0; h < BURN_HORIZONS; h++) {
    for (int i = 0; i < trials->count[h]; i++) {
      miss += trials->of[h][i].recent * fabs(trials->of[h][i].miss[e]);
      *recent += trials->of[h][i].recent;
    }
  }
  return *recent > 0 ? miss / *recent : 1;
}

/* How much to believe each: the likelihood of its misses, were they Laplace's with their own mean. Trials of one day
 * overlap, so that together they count as one. */
static void weigh(const struct trials *trials, double shares[EXPERTS]) {
  double best = -INFINITY;
  double sum = 0;
  for (int e = 0; e < EXPERTS; e++) {
    double recent;
    double miss = mean_miss(trials, e, &recent);
    shares[e] = log(priors[e]) - recent / (BURN_HORIZONS * DAY_TRIALS) * log(MISS_MIN + miss);
    best = fmax(best, shares[e]);
  }
  for (int e = 0; e < EXPERTS; e++)
    sum += shares[e] = exp(shares[e] - best);
  for (int e = 0; e < EXPERTS; e++)
    shares[e] /= sum;
}

static double spread_of(const struct trials *trials, int horizon, const double shares[EXPERTS]) {
  double squares = SPREAD_GUESS * SPREAD_GUESS * GUESS_TRIALS;
  double recent = GUESS_TRIALS;
  for (int i = 0; i < trials->count[horizon]; i++) {
    const struct trial *trial = &trials->of[horizon][i];
    double miss = 0;
    for (int e = 0; e < EXPERTS; e++)
      miss += shares[e] * trial->miss[e];
    squares += trial->recent * miss * miss;
    recent += trial->recent;
  }
  return sqrt(squares / recent);
}

static void conclude(struct burn *burn, const struct experts *experts, const struct trials *trials) {
  double shares[EXPERTS];
  weigh(trials, shares);
  for (int e = 0; e < EXPERTS; e++) {
    burn->rate += shares[e] * experts->rate[e];
    burn->growth += shares[e] * experts->growth[e];
  }
  for (int h = 0; h < BURN_HORIZONS; h++)
    burn->spread[h] = spread_of(trials, h, shares);
}

static void load(const struct trend *trend, struct burn *burn) {
  int64_t newest = trend->until_ms / TREND_BLOCK_MS;
  int64_t first = newest - TREND_BLOCKS + 1 > 0 ? newest - TREND_BLOCKS + 1 : 0;
  while (first < newest && trend->watched_s[first % TREND_BLOCKS] == 0)
    first++;
  *burn = (struct burn){.oldest = first, .count = (int)(newest - first + 1)};
  for (int i = 0; i < burn->count; i++) {
    int64_t slot = (first + i) % TREND_BLOCKS;
    burn->spent[i] = (double)trend->spent_nano[slot];
    burn->hours[i] = trend->watched_s[slot] / 3600.0;
    burn->watched_h += burn->hours[i];
    burn->spent_nano += burn->spent[i];
    burn->busy += burn->spent[i] > 0;
  }
}

void burn_of(const struct trend *trend, struct burn *burn) {
  struct experts experts = {0};
  struct trials trials = {0};
  load(trend, burn);
  burn_shape(burn);
  int step = burn_step(burn);
  for (int i = 0; i < burn->count; i++) {
    if (i == step) experts = (struct experts){0};
    experts_learn(&experts, burn->spent[i], burn->weight[i]);
    if (i % TRIAL_EVERY != 0 && i != burn->count - 1) continue;
    experts_speak(&experts);
    if (i >= TREND_DAY_BLOCKS) try_at(burn, i, step, &experts, &trials);
  }
  conclude(burn, &experts, &trials);
}
