/* tzif: what a compiled time zone file says (RFC 8536, version 2 and later). */
#ifndef LOWTIDE_BASE_TZIF_H
#define LOWTIDE_BASE_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/posix_zone.h"
#include "lowtide/err.h"

#define TZIF_SIZE_MAX (256 * 1024)

struct tzif {
  int32_t first_offset_s; /* before the first change */
  size_t count;
  int64_t *changes_s; /* ascending; mem_free */
  int32_t *offsets_s; /* from each change on; mem_free */
  bool has_rule;      /* for what comes after the last change */
  struct posix_zone rule;
};

bool tzif_parse(const char *bytes, size_t length, struct tzif *out, struct err *err) MUST_CHECK;
void tzif_done(struct tzif *tzif);

#endif
