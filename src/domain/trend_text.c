#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/runway.h"
#include "lowtide/text.h"

/* "1 USD 0 left used time until resets quantum topup_time topup blocks…", from the oldest block to the newest: SPENT for
 * one that was watched in full, SPENT:SECONDS for one in part, ~COUNT for those of which nothing is known. "-" is an amount
 * that is not known, and the whole text if there was no reading. */
#define VERSION 1
#define BLOCK_S (TREND_BLOCK_MS / 1000)
#define TIME_MAX_MS 253402300800000LL

/* As " %lld" does, but there are hundreds of them in every round. */
static void add_number(struct buf *out, int64_t number) {
  char text[24];
  size_t at = sizeof text;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do {
    text[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) text[--at] = '-';
  text[--at] = ' ';
  buf_add_n(out, text + at, sizeof text - at);
}

static void add_amount(struct buf *out, struct amount amount) {
  if (amount.known) add_number(out, amount.nano);
  if (!amount.known) buf_add(out, " -");
}

static int64_t oldest_block(const struct trend *trend) {
  int64_t oldest = trend->until_ms / TREND_BLOCK_MS - TREND_BLOCKS + 1;
  return oldest > 0 ? oldest : 0;
}

static void add_unknown(struct buf *out, int *unknown) {
  if (*unknown > 0) buf_addf(out, " ~%d", *unknown);
  *unknown = 0;
}

static void add_blocks(struct buf *out, const struct trend *trend) {
  int unknown = 0;
  for (int64_t block = oldest_block(trend); block <= trend->until_ms / TREND_BLOCK_MS; block++) {
    int64_t spent_nano = trend->spent_nano[block % TREND_BLOCKS];
    int watched_s = trend->watched_s[block % TREND_BLOCKS];
    if (watched_s == 0 && spent_nano == 0) {
      unknown++;
      continue;
    }
    add_unknown(out, &unknown);
    add_number(out, spent_nano);
    if (watched_s != BLOCK_S) buf_addf(out, ":%d", watched_s);
  }
  add_unknown(out, &unknown);
}

void trend_encode(const struct trend *trend, struct buf *out) {
  if (!trend->begun) {
    buf_addf(out, "%d -", VERSION);
    return;
  }
  buf_addf(out, "%d ", VERSION);
  buf_add_percent(out, trend->unit);
  buf_addf(out, ". %d", (int)trend->kind);
  add_amount(out, trend->left);
  add_amount(out, trend->used);
  const int64_t numbers[] = {trend->time_ms,      trend->until_ms, trend->resets_ms,
                             trend->quantum_nano, trend->topup_ms, trend->topup_nano};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    add_number(out, numbers[i]);
  add_blocks(out, trend);
}

/* --- back ------------------------------------------------------------------------------------------------------------- */

/* A whole number and what ends it; each number is written in one way only. */
static bool take_number(const char **at, int64_t *number) {
  const char *digits = **at == '-' ? *at + 1 : *at;
  bool leading_zero = digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
  if (*digits < '0' || *digits > '9' || leading_zero || (digits != *at && *digits == '0')) return false;
  char *end = NULL;
  errno = 0;
  long long value = strtoll(*at, &end, 10);
  if (errno != 0) return false;
  *number = value;
  *at = end;
  return true;
}

static bool take_char(const char **at, char c) {
  if (**at != c) return false;
  (*at)++;
  return true;
}

static bool take_amount(const char **at, struct amount *amount) {
  if (!take_char(at, ' ')) return false;
  if ((*at)[0] == '-' && (*at)[1] == ' ') return take_char(at, '-');
  amount->known = true;
  return take_number(at, &amount->nano);
}

static int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-encoded, with a full stop at its end. */
static bool take_unit(const char **at, char unit[UNIT_MAX]) {
  size_t length = 0;
  const char *end = strchr(*at, ' ');
  if (end == NULL || end == *at || end[-1] != '.') return false;
  for (const char *c = *at; c < end - 1; c++) {
    int value = (unsigned char)*c;
    if (*c == '%') {
      int high = hex_of(c[1]);
      int low = high >= 0 ? hex_of(c[2]) : -1;
      if (low < 0) return false;
      value = high * 16 + low;
      c += 2;
    }
    if (value == 0 || length + 1 >= UNIT_MAX) return false;
    unit[length++] = (char)value;
  }
  *at = end;
  return true;
}

static bool take_head(const char **at, struct trend *trend) {
  int64_t kind = 0;
  if (!take_unit(at, trend->unit) || !take_char(at, ' ') || !take_number(at, &kind)) return false;
  if (kind < READING_PREPAID || kind > READING_QUOTA) return false;
  trend->kind = (enum reading_kind)kind;
  trend->begun = true;
  if (!take_amount(at, &trend->left) || !take_amount(at, &trend->used)) return false;
  int64_t *const numbers[] = {&trend->time_ms,      &trend->until_ms, &trend->resets_ms,
                              &trend->quantum_nano, &trend->topup_ms, &trend->topup_nano};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (!take_char(at, ' ') || !take_number(at, numbers[i])) return false;
  }
  return true;
}

static bool is_sound(const struct trend *trend) {
  int64_t quantum = trend->quantum_nano;
  while (quantum > 1 && quantum % 10 == 0)
    quantum /= 10;
  bool times = trend->time_ms > 0 && trend->time_ms <= trend->until_ms && trend->until_ms < TIME_MAX_MS;
  bool topup = trend->topup_ms >= 0 && trend->topup_ms <= trend->until_ms && trend->topup_nano >= 0;
  return times && topup && trend->resets_ms >= 0 && quantum == 1 && trend->quantum_nano <= MONEY_NANO;
}

static bool take_block(const char **at, struct trend *trend, int64_t *block) {
  int64_t count = 0;
  if (!take_char(at, ' ')) return false;
  if (take_char(at, '~')) {
    if (!take_number(at, &count) || count < 1 || count > TREND_BLOCKS) return false;
    *block += count;
    return true;
  }
  int64_t watched_s = BLOCK_S;
  int64_t *spent_nano = &trend->spent_nano[*block % TREND_BLOCKS];
  if (!take_number(at, spent_nano)) return false;
  if (take_char(at, ':') && (!take_number(at, &watched_s) || watched_s < 0 || watched_s >= BLOCK_S)) return false;
  trend->watched_s[*block % TREND_BLOCKS] = (uint16_t)watched_s;
  (*block)++;
  return watched_s > 0 || *spent_nano != 0;
}

static bool take_trend(const char *at, struct trend *trend) {
  int64_t version = 0;
  if (!take_number(&at, &version) || version != VERSION || !take_char(&at, ' ')) return false;
  if (text_eq(at, "-")) return true;
  if (!take_head(&at, trend) || !is_sound(trend)) return false;
  int64_t last = trend->until_ms / TREND_BLOCK_MS;
  int64_t block = oldest_block(trend);
  while (block <= last) {
    if (!take_block(&at, trend, &block)) return false;
  }
  return *at == '\0' && block == last + 1;
}

bool trend_decode(const char *text, struct trend *trend, struct err *err) {
  struct trend taken = {0};
  if (!take_trend(text, &taken)) return err_set(err, ERR_MALFORMED, "not the text of a trend");
  *trend = taken;
  return true;
}
