/* curve: how much a simulated account has left at a time: spent by day more than by night and less at weekends, topped up
 * when it nears its floor. Pure integers from a seed, the same for every process; from 2025 on, before that it stands
 * still. */
#ifndef LOWTIDE_SANDBOX_CURVE_H
#define LOWTIDE_SANDBOX_CURVE_H

#include <stdint.h>

struct curve {
  int64_t floor_nano; /* topped up before it falls to it */
  int64_t topup_nano;
  int64_t day_nano;  /* spent on an average day */
  int64_t step_nano; /* the vendor tells no finer */
};

struct curve_point {
  int64_t balance_nano; /* above floor_nano, at most floor_nano + topup_nano */
  int64_t used_nano;    /* since the account began */
  int64_t bought_nano;  /* balance and used together */
};

struct curve_point curve_at(const struct curve *curve, uint64_t seed, int64_t time_ms);

#endif
