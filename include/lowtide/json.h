/* json: a checked reading of JSON from outside. A document is taken only if every byte is right: valid UTF-8, one value
 * and nothing after it, no duplicate keys, no raw control characters, no "[01]" nor 1e400, at most JSON_DEPTH_MAX levels,
 * numbers of at most JSON_NUMBER_MAX characters. Numbers are available as their own text only. */
#ifndef LOWTIDE_JSON_H
#define LOWTIDE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"

#define JSON_DEPTH_MAX 64
#define JSON_NUMBER_MAX 40
#define JSON_VALUES_MAX 131072 /* a value takes some 100 bytes of memory, and two of the text */
#define JSON_POINTER_MAX 256

struct json; /* one value; belongs to its document, whose root it may be */

/* NULL and ERR_MALFORMED with place and reason if it is not right. Free the root with json_free. */
struct json *json_parse(const char *text, size_t length, struct err *err) MUST_CHECK;
void json_free(struct json *root);

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* All of these take NULL for "not there" and answer NULL (or 0) for it. */
enum json_type json_type(const struct json *value);                         /* JSON_NULL for NULL */
const struct json *json_member(const struct json *object, const char *key); /* case matters */
const struct json *json_first(const struct json *container);
const struct json *json_next(const struct json *item);
const char *json_key(const struct json *member);
size_t json_count(const struct json *container);
const char *json_string(const struct json *value);      /* NULL if it is not a string */
const char *json_number_text(const struct json *value); /* as it stood in the document; NULL if it is not a number */

/* A whole number that fits; false for NULL and all else, *out untouched. */
bool json_whole(const struct json *value, int64_t *out);

/* RFC 6901: "/data/0/amount"; "" is the value itself; "~1" is '/', "~0" is '~'. */
const struct json *json_at(const struct json *value, const char *pointer);

#endif
