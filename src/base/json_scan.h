/* json_scan: the validating half of json: decides whether a text is JSON in every byte, without building anything. */
#ifndef LOWTIDE_BASE_JSON_SCAN_H
#define LOWTIDE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/err.h"

/* All that json.h promises but for duplicate keys. Never recurses. */
bool json_scan(const char *text, size_t length, struct err *err) MUST_CHECK;

/* In a text that json_scan accepted: the place behind the string, number or literal that begins at at. */
size_t json_scan_skip(const char *text, size_t length, size_t at);

#endif
