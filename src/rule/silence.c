#include "lowtide/rule.h"

static enum alert_rank worst(const struct alert_memory *memory) {
  return memory->low.told > memory->stale.told ? memory->low.told : memory->stale.told;
}

/* With nothing told yet a warning is what is expected: only a critical level is worse. */
enum alert_rank alert_mute(struct alert_memory *memory, int64_t until_ms) {
  enum alert_rank told = worst(memory);
  memory->muted_until_ms = until_ms;
  memory->muted = told > RANK_WARNING ? told : RANK_WARNING;
  return memory->muted;
}

enum alert_rank alert_ack(struct alert_memory *memory) {
  memory->low.acked = memory->low.told;
  memory->stale.acked = memory->stale.told;
  return worst(memory);
}

void alert_unmute(struct alert_memory *memory) {
  memory->muted_until_ms = 0;
  memory->muted = RANK_NONE;
}
