/* push: a balance that somebody hands in: a scraper, a job of one's own, a person. Pure; the command line reads it today,
 * a door of HTTP can take the same text. */
#ifndef LOWTIDE_PUSH_H
#define LOWTIDE_PUSH_H

#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/money.h"

#define PUSH_TEXT_MAX 4096
#define PUSH_AHEAD_MS 60000 /* how far the clock of who hands in may be ahead of ours */

struct push {
  struct amount available; /* always known once it is parsed */
  struct amount cash;
  struct amount voucher;
  int64_t time_ms; /* as of when; never after now */
};

/* `{"available","unit","cash","voucher","time"}`, amounts as decimal strings or numbers, all but available optional or
 * null; or a bare amount, "8.07". unit is the account's: another one is refused. ERR_MALFORMED with the mend as its hint.
 */
bool push_parse(const char *text, size_t length, const char *unit, int64_t now_ms, struct push *out,
                struct err *err) MUST_CHECK;

#endif
