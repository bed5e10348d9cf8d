/* What the tests of channel types share: rendering, requesting and judging in one line each. */
#ifndef LOWTIDE_NOTIFIER_TESTING_H
#define LOWTIDE_NOTIFIER_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/notifier.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define F(text) MARK_FOREIGN text MARK_FOREIGN_END
#define B(text) MARK_BOLD text MARK_BOLD_END
#define R(text) MARK_RAW text MARK_RAW_END

#define SUMMARY                                                                                                            \
  "📊 " B(F("API Balance Summary")) "\n\n💳 " B(F("Claude") ":") " $8.07 (threshold: $5.00)\n🌙 " B(                          \
      F("Kimi") ":") " $12.34 available (threshold: $5.00)"

static inline void render(const char *plug, enum message_kind kind, const char *mention, const char *marked,
                          struct parts *parts) {
  struct err err = {0};
  struct message message = {.kind = kind, .mention = mention};
  message.silent = kind == MESSAGE_SUMMARY || kind == MESSAGE_RECOVERY;
  buf_init(&message.text, MESSAGE_TEXT_MAX);
  buf_add(&message.text, marked);
  assert_true(buf_ok(&message.text));
  parts_init(parts);
  bool done = notifier_find(plug)->render(&message, NULL, parts, &err);
  if (!done) print_message("%s\n", err.text);
  assert_true(done);
  buf_done(&message.text);
}

/* The payload of a message that is one part. */
static inline void assert_payload(const char *plug, enum message_kind kind, const char *mention, const char *marked,
                                  const char *expected) {
  struct parts parts;
  render(plug, kind, mention, marked, &parts);
  assert_int_equal(parts.count, 1);
  assert_string_equal(buf_text(&parts.part[0]), expected);
  parts_done(&parts);
}

/* A foreign text as message_add_foreign would mark it, in bold and followed by our own. */
static inline void add_line(struct buf *text, const char *label) {
  char clean[16 * 1024];
  text_clean(clean, sizeof clean, label);
  buf_addf(text, "🌙 " MARK_BOLD MARK_FOREIGN "%s" MARK_FOREIGN_END ":" MARK_BOLD_END " $12.34 available", clean);
}

struct test_channel {
  struct account_value value;
  struct channel channel;
};

static inline void channel_make(struct test_channel *made, const char *url, const char *base_url) {
  made->value = (struct account_value){.name = "url", .secret = secret_new(url)};
  made->channel = (struct channel){.name = "chat", .values = &made->value, .value_count = 1, .base_url = base_url};
}

static inline void channel_drop(struct test_channel *made) {
  secret_free(made->value.secret);
}

/* A channel of any values: "token=…", "channel=…", ended by NULL. Those of the names in secrets are kept as one. */
#define VALUES_MAX 8

struct test_bot {
  struct account_value values[VALUES_MAX];
  char names[VALUES_MAX][32];
  struct channel channel;
};

static inline void bot_make(struct test_bot *made, const char *const *pairs) {
  static const char *const secrets[] = {"token", "password", "secret", "url"};
  *made = (struct test_bot){.channel = {.name = "chat", .values = made->values}};
  for (; *pairs != NULL; pairs++) {
    struct account_value *value = &made->values[made->channel.value_count];
    char *name = made->names[made->channel.value_count++];
    size_t length = strcspn(*pairs, "=");
    assert_true(text_fmt(name, sizeof made->names[0], "%.*s", (int)length, *pairs));
    value->name = name;
    value->text = *pairs + length + 1;
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
      if (!text_eq(secrets[i], name)) continue;
      value->secret = secret_new(value->text);
      value->text = NULL;
    }
  }
}

static inline void bot_drop(struct test_bot *made) {
  for (size_t i = 0; i < made->channel.value_count; i++)
    secret_free(made->values[i].secret);
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What asking for this came to; ask_done and bot_drop are the caller's. */
static inline bool bot_ask(struct test_bot *made, const struct notifier_plug *plug, const struct sending *sending,
                           struct ask *ask, struct err *err) {
  struct sending whole = *sending;
  whole.channel = &made->channel;
  ask_init(ask);
  return whole.message_id != NULL ? plug->edit(&whole, ask, err) : plug->request(&whole, ask, err);
}

static inline void assert_header(const struct http_request *request, const char *line) {
  for (size_t i = 0; i < request->header_count; i++) {
    if (text_eq(buf_text(&request->headers[i]), line)) return;
  }
  fail_msg("no header \"%s\"", line);
}

/* A channel with these values that asks nothing, and says why. */
static inline void assert_pairs_refused(const char *plug, const char *const *pairs, enum err_code code, const char *piece) {
  struct err err = {0};
  struct test_bot made;
  struct ask ask;
  const struct sending sending = {.payload = "", .nonce = ""};
  bot_make(&made, pairs);
  assert_false(bot_ask(&made, notifier_find(plug), &sending, &ask, &err));
  if (strstr(err.text, piece) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.text, piece);
  assert_int_equal(err.code, code);
  assert_null(strstr(err.text, "TOKEN"));
  ask_done(&ask);
  bot_drop(&made);
}

static inline struct verdict verdict_of_body(const char *plug, int status, const char *body) {
  const struct answer answer = {
      .http = {.status = status, .retry_after_ms = -1, .body = body, .length = strlen(body), .written = true}};
  return notifier_judge(notifier_find(plug), &answer);
}

static inline void assert_url(const char *plug, const char *url, const char *base_url, const char *expected) {
  struct err err = {0};
  struct test_channel made;
  struct ask ask;
  channel_make(&made, url, base_url);
  ask_init(&ask);
  const struct sending sending = {.channel = &made.channel, .payload = "{}", .nonce = "n"};
  bool done = notifier_find(plug)->request(&sending, &ask, &err);
  if (!done) print_message("%s\n", err.text);
  assert_true(done);
  assert_int_equal(ask.kind, ASK_HTTP);
  assert_string_equal(buf_text(&ask.http.url), expected);
  assert_string_equal(ask.http.method, "POST");
  assert_string_equal(buf_text(&ask.http.body), "{}");
  assert_string_equal(buf_text(&ask.http.headers[0]), "Content-Type: application/json");
  ask_done(&ask);
  channel_drop(&made);
}

/* What no request can be made of; no word of the address may be in the sentence. */
static inline void assert_url_refused(const char *plug, const char *url, const char *base_url, enum err_code code) {
  struct err err = {0};
  struct test_channel made;
  struct ask ask;
  channel_make(&made, url, base_url);
  ask_init(&ask);
  const struct sending sending = {.channel = &made.channel, .payload = "{}", .nonce = "n"};
  assert_false(notifier_find(plug)->request(&sending, &ask, &err));
  assert_int_equal(err.code, code);
  assert_null(strstr(err.text, "TOKEN"));
  ask_done(&ask);
  channel_drop(&made);
}

struct verdict_case {
  int status;
  const char *body;
  int64_t retry_after_ms;
  enum verdict_kind kind;
  int64_t after_ms;
  const char *why; /* a piece of it */
};

static inline void assert_verdict(const char *plug, const struct verdict_case *expected) {
  struct answer answer = {.http = {.status = expected->status,
                                   .retry_after_ms = expected->retry_after_ms,
                                   .body = expected->body,
                                   .length = strlen(expected->body),
                                   .written = true}};
  struct verdict verdict = notifier_find(plug)->verdict(&answer);
  if (verdict.kind != expected->kind || strstr(verdict.why, expected->why) == NULL)
    print_message("HTTP %d %s: %d, %s\n", expected->status, expected->body, verdict.kind, verdict.why);
  assert_int_equal(verdict.kind, expected->kind);
  assert_int_equal(verdict.after_ms, expected->after_ms);
  assert_non_null(strstr(verdict.why, expected->why));
}

static inline struct verdict verdict_of_failure(const char *plug, enum err_code code, const char *sentence) {
  struct answer answer = {.http = {.retry_after_ms = -1, .body = "", .written = true}};
  err_set(&answer.err, code, "%s", sentence);
  answer.http.err = answer.err;
  return notifier_find(plug)->verdict(&answer);
}

#endif
