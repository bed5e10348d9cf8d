#include "notifier/post.h"

#include <string.h>
#include <strings.h>

#include "lowtide/host.h"
#include "lowtide/text.h"

/* An address taken apart; pieces point into it. */
struct address {
  const char *text;
  size_t origin; /* length of scheme, host and port */
  size_t path;   /* of the path */
  size_t query;  /* of the query without its '?' */
};

static bool is_local(const char *host, size_t length) {
  char name[256];
  return text_fmt(name, sizeof name, "%.*s", (int)length, host) && host_is_loopback(name);
}

static size_t host_length(const char *host, size_t length) {
  const char *bracket = *host == '[' ? memchr(host, ']', length) : NULL;
  if (bracket != NULL) return (size_t)(bracket - host) + 1;
  const char *colon = memchr(host, ':', length);
  return colon != NULL ? (size_t)(colon - host) : length;
}

static bool has_odd_characters(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text <= ' ' || *text >= 0x7F || strchr("\"<>\\^`{|}", *text) != NULL) return true;
  }
  return false;
}

/* name is what the messages call it: the address itself is a secret. */
static bool read_address(const char *text, const char *name, struct address *address, struct err *err) {
  bool secure = strncasecmp(text, "https://", 8) == 0;
  if (has_odd_characters(text)) return err_set(err, ERR_CONFIG, "%s holds a character that no address has", name);
  if (!secure && strncasecmp(text, "http://", 7) != 0)
    return err_set(err, ERR_CONFIG, "%s does not start with https://", name);
  const char *host = text + (secure ? 8 : 7);
  size_t length = strcspn(host, "/?#");
  size_t name_length = host_length(host, length);
  if (name_length == 0) return err_set(err, ERR_CONFIG, "%s has no host", name);
  if (memchr(host, '@', length) != NULL) return err_set(err, ERR_CONFIG, "%s has a user name in it", name);
  if (!secure && !is_local(host, name_length))
    return err_set(err, ERR_CONFIG, "%s is http to another machine: use https", name);
  *address = (struct address){.text = text, .origin = (size_t)(host - text) + length};
  const char *path = text + address->origin;
  address->path = strcspn(path, "?#");
  if (path[address->path] == '?') address->query = strcspn(path + address->path + 1, "#");
  return true;
}

/* Scheme, host and port, and for a base_url its path without the slash at its end. */
static bool add_front(const struct channel *channel, const char *otherwise, const char *name, struct buf *out,
                      struct err *err) {
  bool replaced = channel->base_url != NULL;
  struct address base = {0};
  if (!read_address(replaced ? channel->base_url : otherwise, replaced ? "base_url" : name, &base, err)) return false;
  size_t front = base.origin;
  if (replaced) front += base.path;
  while (replaced && front > 0 && base.text[front - 1] == '/')
    front--;
  buf_add_n(out, base.text, front);
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "%s is too long", name);
}

bool post_host(const struct channel *channel, const char *host, struct buf *out, struct err *err) {
  return add_front(channel, host, "base_url", out, err);
}

bool post_url(const struct channel *channel, const char *under, bool with_query, struct buf *out, struct err *err) {
  const char *url = channel_value(channel, "url");
  struct address own = {0};
  if (text_is_blank(url)) {
    err_set(err, ERR_NOT_CONFIGURED, "the webhook's url is missing");
    return channel->missing != NULL ? err_hint(err, "set %s", channel->missing) : false;
  }
  if (!read_address(url, "url", &own, err) || !add_front(channel, url, "url", out, err)) return false;
  buf_add_n(out, own.text + own.origin, own.path);
  buf_add(out, under);
  if (with_query && own.query > 0) buf_add_n(out, own.text + own.origin + own.path, own.query + 1);
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "url is too long");
}

void post_url_query(struct buf *url, const char *pair) {
  bool has_query = strchr(buf_text(url), '?') != NULL;
  buf_addf(url, "%c%s", has_query ? '&' : '?', pair);
}

bool post_json(const struct channel *channel, const char *payload, struct http_request *request, struct err *err) {
  text_copy(request->method, sizeof request->method, "POST");
  request->ca_file = channel->ca_file;
  if (*payload != '\0') buf_add(&request->body, payload);
  if (!buf_ok(&request->body) || !buf_ok(&request->url)) return err_set(err, ERR_LIMIT, "the post is too long");
  return http_request_header(request, err, "Content-Type: application/json");
}

bool post_mark_repeat(const char *payload, const char *const *openings, struct buf *out, struct err *err) {
  const char *rest = payload;
  for (; *openings != NULL; openings++) {
    const char *at = strstr(rest, *openings);
    if (at == NULL) return err_set(err, ERR_MALFORMED, "the stored message is not one of this channel's");
    at += strlen(*openings);
    buf_add_n(out, rest, (size_t)(at - rest));
    buf_add(out, NOTIFIER_REPEAT_MARK);
    rest = at;
  }
  buf_add(out, rest);
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "the post is too long");
}

struct verdict verdict_sent(void) {
  return (struct verdict){.kind = VERDICT_SENT};
}

static struct verdict verdict_of(enum verdict_kind kind, const char *why) {
  struct verdict verdict = {.kind = kind};
  text_copy(verdict.why, sizeof verdict.why, why);
  return verdict;
}

struct verdict verdict_retry(int64_t after_ms, const char *why) {
  struct verdict verdict = verdict_of(VERDICT_RETRY, why);
  verdict.after_ms = after_ms > 0 ? after_ms : 0;
  return verdict;
}

struct verdict verdict_refused(const char *why) {
  return verdict_of(VERDICT_REFUSED, why);
}

static struct verdict verdict_no_answer(const struct err *err, const char *where) {
  if (err->code != ERR_MALFORMED) return verdict_retry(0, err->text);
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  text_fmt(verdict.why, sizeof verdict.why, "%s: check %s", err->text, where);
  return verdict;
}

static struct verdict verdict_redirect(const char *where) {
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  text_fmt(verdict.why, sizeof verdict.why, "the address leads elsewhere: check %s", where);
  return verdict;
}

bool post_verdict(const struct http_answer *answer, const char *where, struct verdict *verdict) {
  char status[32];
  bool agreed = true;
  text_fmt(status, sizeof status, "HTTP %d", answer->status);
  *verdict = (struct verdict){.kind = VERDICT_REFUSED};
  if (answer->err.code != ERR_NONE) {
    *verdict = verdict_no_answer(&answer->err, where);
  } else if (answer->status >= 200 && answer->status < 300) {
    *verdict = verdict_sent();
  } else if (answer->status == 429) {
    *verdict = verdict_retry(answer->retry_after_ms, "too many posts (HTTP 429)");
  } else if (answer->status == 408 || answer->status >= 500) {
    *verdict = verdict_retry(answer->retry_after_ms, status);
  } else if (answer->status < 400) {
    *verdict = verdict_redirect(where);
  } else {
    agreed = false;
  }
  verdict->rate = answer->rate;
  return agreed;
}
