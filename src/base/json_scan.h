/* json_scan: the validating half of json: decides whether a text is JSON in every byte, without building anything. */
#ifndef LOWTIDE_BASE_JSON_SCAN_H
#define LOWTIDE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/err.h"

/* Where each number and each object begins, in the order of the text. The caller frees at, whatever json_scan answers. */
struct json_marks {
  size_t *at;
  size_t count;
  size_t room;
};

/* All that json.h promises but for duplicate keys. Never recurses. */
bool json_scan(const char *text, size_t length, struct json_marks *marks, struct err *err) MUST_CHECK;

#endif
