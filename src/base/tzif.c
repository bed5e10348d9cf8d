#include "base/tzif.h"

#include <string.h>

#include "lowtide/mem.h"

#define HEADER_SIZE 44
#define TYPE_SIZE 6
#define TIMES_MAX 4096
#define RULE_TEXT_MAX 128
#define OFFSET_S_MAX (26 * 3600)

struct header {
  size_t isut_count;
  size_t isstd_count;
  size_t leap_count;
  size_t time_count;
  size_t type_count;
  size_t char_count;
};

struct reader {
  const unsigned char *at;
  size_t left;
};

static int64_t read_be(const unsigned char *bytes, size_t width) {
  uint64_t value = (bytes[0] & 0x80U) != 0 ? UINT64_MAX : 0;
  for (size_t i = 0; i < width; i++)
    value = value << 8 | bytes[i];
  return (int64_t)value;
}

static bool skip(struct reader *reader, size_t length) {
  if (length > reader->left) return false;
  reader->at += length;
  reader->left -= length;
  return true;
}

static bool read_header(struct reader *reader, struct header *out) {
  if (reader->left < HEADER_SIZE || memcmp(reader->at, "TZif", 4) != 0 || reader->at[4] < '2') return false;
  size_t counts[6];
  for (size_t i = 0; i < 6; i++) {
    int64_t count = read_be(reader->at + 20 + 4 * i, 4);
    if (count < 0 || count > TIMES_MAX) return false;
    counts[i] = (size_t)count;
  }
  *out = (struct header){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
  return out->type_count > 0 && skip(reader, HEADER_SIZE);
}

static size_t block_size(const struct header *header, size_t time_width) {
  return header->time_count * (time_width + 1) + header->type_count * TYPE_SIZE + header->char_count +
         header->leap_count * (time_width + 4) + header->isstd_count + header->isut_count;
}

static bool read_changes(const unsigned char *at, const struct header *header, struct tzif *out) {
  const unsigned char *kinds = at + header->time_count * 8;
  const unsigned char *types = kinds + header->time_count;
  for (size_t i = 0; i < header->type_count; i++) {
    int64_t offset_s = read_be(types + i * TYPE_SIZE, 4);
    if (offset_s < -OFFSET_S_MAX || offset_s > OFFSET_S_MAX) return false;
  }
  out->first_offset_s = (int32_t)read_be(types, 4);
  out->changes_s = mem_new(header->time_count, sizeof *out->changes_s);
  out->offsets_s = mem_new(header->time_count, sizeof *out->offsets_s);
  out->count = header->time_count;
  for (size_t i = 0; i < out->count; i++) {
    out->changes_s[i] = read_be(at + i * 8, 8);
    if (kinds[i] >= header->type_count || (i > 0 && out->changes_s[i] <= out->changes_s[i - 1])) return false;
    out->offsets_s[i] = (int32_t)read_be(types + kinds[i] * TYPE_SIZE, 4);
  }
  return true;
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n"; empty where the last offset holds for ever. */
static bool read_rule(const struct reader *reader, struct tzif *out) {
  char text[RULE_TEXT_MAX];
  if (reader->left < 2 || reader->at[0] != '\n') return false;
  const unsigned char *end = memchr(reader->at + 1, '\n', reader->left - 1);
  if (end == NULL) return false;
  size_t length = (size_t)(end - reader->at) - 1;
  if (length == 0) return true;
  if (length >= sizeof text) return false;
  memcpy(text, reader->at + 1, length);
  text[length] = '\0';
  out->has_rule = posix_zone_parse(text, &out->rule);
  return out->has_rule;
}

static bool parse(struct reader *reader, struct tzif *out) {
  struct header header;
  if (!read_header(reader, &header) || !skip(reader, block_size(&header, 4))) return false;
  if (!read_header(reader, &header) || header.leap_count > 0) return false;
  const unsigned char *block = reader->at;
  if (!skip(reader, block_size(&header, 8))) return false;
  return read_changes(block, &header, out) && read_rule(reader, out);
}

bool tzif_parse(const char *bytes, size_t length, struct tzif *out, struct err *err) {
  struct reader reader = {.at = (const unsigned char *)bytes, .left = length};
  struct tzif tzif = {0};
  if (!parse(&reader, &tzif)) {
    tzif_done(&tzif);
    return err_set(err, ERR_CONFIG, "not a time zone file of version 2 or later without leap seconds");
  }
  *out = tzif;
  return true;
}

void tzif_done(struct tzif *tzif) {
  mem_free(tzif->changes_s);
  mem_free(tzif->offsets_s);
  *tzif = (struct tzif){0};
}
