#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/recipe_parts.h"

enum place { PLACE_URL, PLACE_HEADER, PLACE_BODY };

struct builder {
  const struct recipe_run *run;
  enum place place;
  struct buf *out;
  struct err *err;
};

static bool is_missing(const char *text) {
  return text == NULL || *text == '\0';
}

bool account_has(const struct account *account, const char *name) {
  return !is_missing(account_value(account, name));
}

const char *run_value(const struct recipe_run *run, const char *name) {
  const char *text = account_value(run->account, name);
  for (size_t i = 0; is_missing(text) && i < run->recipe->set_count; i++) {
    if (text_eq(run->recipe->sets[i].name, name)) text = run->sets[i];
  }
  return is_missing(text) ? NULL : text;
}

static bool find_value(const struct builder *builder, const char *name, const char **out) {
  *out = run_value(builder->run, name);
  if (*out != NULL) return true;
  (void)err_set(builder->err, ERR_NOT_CONFIGURED, "%s is not set", name);
  return err_hint(builder->err, "write `%s = …` into [account %s]", name, builder->run->account->name);
}

static void add_inside_json(struct buf *out, const char *text) {
  struct buf quoted;
  buf_init(&quoted, HTTP_REQUEST_BODY_MAX);
  if (buf_add_json(&quoted, text)) {
    buf_add_n(out, quoted.data + 1, quoted.len - 2);
  } else {
    out->full = true;
  }
  buf_wipe(&quoted);
}

static bool add_escaped(const struct builder *builder, const char *name, const char *text) {
  switch (builder->place) {
  case PLACE_URL: buf_add_percent(builder->out, text); break;
  case PLACE_BODY: add_inside_json(builder->out, text); break;
  case PLACE_HEADER:
    for (const char *c = text; *c != '\0'; c++) {
      if ((unsigned char)*c >= ' ' && *c != 0x7f) continue;
      return err_set(builder->err, ERR_NOT_CONFIGURED, "%s has a line break or a control character in it", name);
    }
    buf_add(builder->out, text);
  }
  return true;
}

static bool add_value(const struct builder *builder, const struct recipe_part *part) {
  const char *text = NULL;
  return find_value(builder, part->text, &text) && add_escaped(builder, part->text, text);
}

static bool add_base64_pair(const struct builder *builder, const struct recipe_part *part) {
  const char *user = NULL;
  const char *password = NULL;
  if (!find_value(builder, part->text, &user) || !find_value(builder, part->other, &password)) return false;
  struct buf both;
  buf_init(&both, HTTP_HEADER_MAX);
  bool fits = buf_addf(&both, "%s:%s", user, password);
  if (fits) buf_add_base64(builder->out, both.data, both.len);
  buf_wipe(&both);
  return fits || err_set(builder->err, ERR_NOT_CONFIGURED, "%s is too long", part->other);
}

/* Without a query, a fragment or slashes at its end. */
static void print_base(struct buf *out, const char *base) {
  size_t length = strcspn(base, "?#");
  while (length > 0 && base[length - 1] == '/')
    length--;
  buf_add_n(out, base, length);
}

static bool add_base(const struct builder *builder) {
  const char *base = builder->run->account->base_url;
  if (is_missing(base)) {
    (void)err_set(builder->err, ERR_NOT_CONFIGURED, "base_url is not set");
    return err_hint(builder->err, "write `base_url = https://…` into [account %s]", builder->run->account->name);
  }
  print_base(builder->out, base);
  return true;
}

static void add_seconds(const struct builder *builder, int64_t seconds) {
  buf_addf(builder->out, "%lld", (long long)seconds);
}

static void add_day(const struct builder *builder, int64_t days) {
  struct local_time day = {0};
  date_of_days(days, &day.year, &day.month, &day.day);
  buf_addf(builder->out, "%04d-%02d-%02d", day.year, day.month, day.day);
}

static void add_time(const struct builder *builder, const struct recipe_part *part) {
  const struct account *account = builder->run->account;
  struct local_time now = zone_local(NULL, builder->run->now_ms);
  int64_t today = date_to_days(now.year, now.month, now.day);
  int64_t month_start = today - now.day + 1;
  int64_t since = account->since_ms != 0 ? account->since_ms / DAY_MS : month_start;
  if (part->kind == PART_MONTH) buf_addf(builder->out, "%04d-%02d", now.year, now.month);
  if (part->kind == PART_MONTH_START) add_seconds(builder, month_start * (DAY_MS / 1000));
  if (part->kind == PART_SINCE) add_seconds(builder, since * (DAY_MS / 1000));
  if (part->kind == PART_SINCE_DAY) add_day(builder, since);
  if (part->kind == PART_DAY) add_day(builder, today + part->days);
}

static bool add_part(const struct builder *builder, const struct recipe_part *part) {
  switch (part->kind) {
  case PART_TEXT: buf_add(builder->out, part->text); break;
  case PART_VALUE: return add_value(builder, part);
  case PART_BASE64: return add_base64_pair(builder, part);
  case PART_BASE: return add_base(builder);
  case PART_NOW: add_seconds(builder, builder->run->now_ms / 1000); break;
  case PART_MONTH:
  case PART_MONTH_START:
  case PART_SINCE:
  case PART_SINCE_DAY:
  case PART_DAY: add_time(builder, part); break;
  }
  return true;
}

static bool add_parts(const struct builder *builder, const struct recipe_part *part) {
  for (; part != NULL; part = part->next) {
    if (!add_part(builder, part)) return false;
  }
  return buf_ok(builder->out) || err_set(builder->err, ERR_NOT_CONFIGURED, "the request is too long");
}

static bool build_url(const struct builder *builder, const struct recipe_ask *ask) {
  const struct recipe_part *first = ask->url.parts;
  bool replaced = ask->origin_length > 0 && !is_missing(builder->run->account->base_url);
  if (replaced) {
    print_base(builder->out, builder->run->account->base_url);
    buf_add(builder->out, first->text + ask->origin_length);
    first = first->next;
  }
  if (!add_parts(builder, first)) return false;
  if (builder->run->page == 0) return true;
  buf_add_char(builder->out, strchr(builder->out->data, '?') != NULL ? '&' : '?');
  buf_add(builder->out, builder->run->recipe->next.parameter);
  buf_add_char(builder->out, '=');
  buf_add_percent(builder->out, builder->run->cursor);
  return buf_ok(builder->out) || err_set(builder->err, ERR_MALFORMED, "the next page's name is too long");
}

static bool build_header(const struct recipe_run *run, const struct recipe_header *header, struct http_request *request,
                         struct err *err) {
  struct buf value;
  buf_init(&value, HTTP_HEADER_MAX);
  const struct builder builder = {.run = run, .place = PLACE_HEADER, .out = &value, .err = err};
  bool done = add_parts(&builder, header->value.parts) &&
              http_request_header(request, err, "%s: %s", header->name, buf_text(&value));
  buf_wipe(&value);
  return done;
}

static bool build_headers(const struct recipe_run *run, struct http_request *request, struct err *err) {
  bool accepts = false;
  bool typed = false;
  for (const struct recipe_header *header = run->recipe->headers; header != NULL; header = header->next) {
    accepts = accepts || strcasecmp(header->name, "Accept") == 0;
    typed = typed || strcasecmp(header->name, "Content-Type") == 0;
    if (!build_header(run, header, request, err)) return false;
  }
  if (!accepts && !http_request_header(request, err, "Accept: application/json")) return false;
  return typed || request->body.len == 0 || http_request_header(request, err, "Content-Type: application/json");
}

bool run_build(struct recipe_run *run, struct ask *ask, struct err *err) {
  const struct recipe_ask *recipe_ask = &run->recipe->asks[run->ask];
  struct http_request *request = &ask->http;
  ask_init(ask);
  (void)text_copy(request->method, sizeof request->method, recipe_ask->method);
  request->ca_file = run->account->ca_file;
  const struct builder url = {.run = run, .place = PLACE_URL, .out = &request->url, .err = err};
  const struct builder body = {.run = run, .place = PLACE_BODY, .out = &request->body, .err = err};
  bool posts = text_eq(recipe_ask->method, "POST");
  if (build_url(&url, recipe_ask) && (!posts || add_parts(&body, run->recipe->body.parts)) &&
      build_headers(run, request, err)) {
    return true;
  }
  ask_done(ask);
  return false;
}
