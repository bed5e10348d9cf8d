#include "lowtide/json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

/* A struct json is a cJSON item. An item of a number holds its text in valuestring, which cJSON_Delete frees with it. */
static const cJSON *item_of(const struct json *value) {
  return (const cJSON *)value;
}

static const struct json *json_of(const cJSON *item) {
  return (const struct json *)item;
}

enum json_type json_type(const struct json *value) {
  if (value == NULL) return JSON_NULL;
  switch (item_of(value)->type & 0xFF) {
  case cJSON_False: return JSON_FALSE;
  case cJSON_True: return JSON_TRUE;
  case cJSON_Number: return JSON_NUMBER;
  case cJSON_String: return JSON_STRING;
  case cJSON_Array: return JSON_ARRAY;
  case cJSON_Object: return JSON_OBJECT;
  default: return JSON_NULL;
  }
}

/* Most keys differ in their first letter. */
static bool same_key(const char *a, const char *b) {
  return *a == *b && strcmp(a, b) == 0;
}

/* Follows the tree, and the marks of the text, which stand in the same order. */
struct walk {
  const char *text;
  size_t length;
  const size_t *mark;
};

static bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

static bool keep_number(const struct walk *walk, size_t at, cJSON *item) {
  size_t end = at;
  while (end < walk->length && is_of_number(walk->text[end]))
    end++;
  item->valuestring = cJSON_malloc(end - at + 1);
  if (item->valuestring == NULL) return false;
  memcpy(item->valuestring, walk->text + at, end - at);
  item->valuestring[end - at] = '\0';
  return true;
}

#define FEW_KEYS 32

/* Of a few keys: each with each, and no memory. */
static const char *repeated_of_few(const cJSON *object) {
  for (const cJSON *one = object->child; one != NULL; one = one->next) {
    for (const cJSON *other = one->next; other != NULL; other = other->next) {
      if (same_key(one->string, other->string)) return one->string;
    }
  }
  return NULL;
}

static int compare_keys(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, because a hostile object of 1 MiB would take minutes compared each with each. */
static const char *repeated_key(const cJSON *object) {
  size_t count = 0;
  for (const cJSON *member = object->child; member != NULL; member = member->next)
    count++;
  if (count <= FEW_KEYS) return repeated_of_few(object);
  const char **keys = mem_new(count, sizeof *keys);
  size_t used = 0;
  for (const cJSON *member = object->child; member != NULL; member = member->next)
    keys[used++] = member->string;
  qsort(keys, count, sizeof *keys, compare_keys);
  const char *repeated = NULL;
  for (size_t i = 1; i < count && repeated == NULL; i++) {
    if (text_eq(keys[i - 1], keys[i])) repeated = keys[i];
  }
  mem_free(keys);
  return repeated;
}

static bool check_keys(const cJSON *object, size_t at, struct err *err) {
  const char *key = repeated_key(object);
  if (key == NULL) return true;
  char shown[64];
  text_clean(shown, sizeof shown, key);
  return err_set(err, ERR_MALFORMED, "not JSON: the key \"%s\" is there twice, in the object at byte %zu", shown, at);
}

/* Recurses as deep as the scanner has let pass: JSON_DEPTH_MAX. */
static bool walk_value(struct walk *walk, cJSON *item, struct err *err) {
  enum json_type type = json_type(json_of(item));
  if (type == JSON_NUMBER) {
    return keep_number(walk, *walk->mark++, item) || err_set(err, ERR_LIMIT, "no memory for an answer");
  }
  if (type == JSON_OBJECT && !check_keys(item, *walk->mark++, err)) return false;
  for (cJSON *child = item->child; child != NULL; child = child->next) {
    if (!walk_value(walk, child, err)) return false;
  }
  return true;
}

static struct json *parse_marked(const char *text, size_t length, const struct json_marks *marks, struct err *err) {
  cJSON *root = cJSON_ParseWithLengthOpts(text, length, NULL, 0);
  if (root == NULL) {
    (void)err_set(err, ERR_LIMIT, "no memory for an answer");
    return NULL;
  }
  struct walk walk = {.text = text, .length = length, .mark = marks->at};
  if (!walk_value(&walk, root, err)) {
    cJSON_Delete(root);
    return NULL;
  }
  return (struct json *)root;
}

struct json *json_parse(const char *text, size_t length, struct err *err) {
  struct json_marks marks = {0};
  struct json *root = json_scan(text, length, &marks, err) ? parse_marked(text, length, &marks, err) : NULL;
  mem_free(marks.at);
  return root;
}

void json_free(struct json *root) {
  cJSON_Delete((cJSON *)root);
}

const struct json *json_member(const struct json *object, const char *key) {
  if (json_type(object) != JSON_OBJECT || key == NULL) return NULL;
  const cJSON *member = item_of(object)->child;
  while (member != NULL && !same_key(member->string, key))
    member = member->next;
  return json_of(member);
}

const struct json *json_first(const struct json *container) {
  return container != NULL ? json_of(item_of(container)->child) : NULL;
}

const struct json *json_next(const struct json *item) {
  return item != NULL ? json_of(item_of(item)->next) : NULL;
}

const char *json_key(const struct json *member) {
  return member != NULL ? item_of(member)->string : NULL;
}

size_t json_count(const struct json *container) {
  size_t count = 0;
  for (const struct json *item = json_first(container); item != NULL; item = json_next(item))
    count++;
  return count;
}

const char *json_string(const struct json *value) {
  return json_type(value) == JSON_STRING ? item_of(value)->valuestring : NULL;
}

const char *json_number_text(const struct json *value) {
  return json_type(value) == JSON_NUMBER ? item_of(value)->valuestring : NULL;
}

static const struct json *element_at(const struct json *array, const char *digits) {
  size_t length = strspn(digits, "0123456789");
  if (length == 0 || length > 9 || digits[length] != '\0' || (digits[0] == '0' && length > 1)) return NULL;
  const struct json *item = json_first(array);
  for (long left = strtol(digits, NULL, 10); left > 0 && item != NULL; left--)
    item = json_next(item);
  return item;
}

/* Copies one token with "~0" and "~1" turned back; NULL if it is not right. Answers what stands behind it. */
static const char *take_token(const char *p, char token[static JSON_POINTER_MAX]) {
  size_t used = 0;
  for (; *p != '\0' && *p != '/'; p++) {
    char c = *p;
    if (c == '~') {
      p++;
      if (*p != '0' && *p != '1') return NULL;
      c = *p == '0' ? '~' : '/';
    }
    if (used + 1 == JSON_POINTER_MAX) return NULL;
    token[used++] = c;
  }
  token[used] = '\0';
  return p;
}

const struct json *json_at(const struct json *value, const char *pointer) {
  char token[JSON_POINTER_MAX];
  while (value != NULL && *pointer != '\0') {
    if (*pointer != '/' || (pointer = take_token(pointer + 1, token)) == NULL) return NULL;
    value = json_type(value) == JSON_ARRAY ? element_at(value, token) : json_member(value, token);
  }
  return value;
}

bool json_whole(const struct json *value, int64_t *out) {
  const char *text = json_number_text(value);
  bool minus = text != NULL && *text == '-';
  int64_t sum = 0;
  if (text == NULL) return false;
  for (text += minus ? 1 : 0; *text >= '0' && *text <= '9'; text++) {
    if (sum > (INT64_MAX - (*text - '0')) / 10) return false;
    sum = sum * 10 + (*text - '0');
  }
  if (*text != '\0') return false;
  *out = minus ? -sum : sum;
  return true;
}
