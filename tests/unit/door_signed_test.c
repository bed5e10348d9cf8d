#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <stdio.h>

#include "door/signed.h"
#include "door/signed_parts.h"
#include "lowtide/digest.h"
#include "unit/http_world.h"

/* RFC 8032, 7.1, test 1. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define NOW_S 1800000000
#define COMMAND "{\"id\":\"1001\",\"type\":2,\"token\":\"t\",\"data\":{\"name\":\"balance\"}}"
#define PRESS "{\"id\":\"1002\",\"type\":3,\"token\":\"t\",\"data\":{\"custom_id\":\"x\"}}"
#define SLASH "command=%2Fbalance&text=&user_id=U1&trigger_id=1.2.3"
#define EVERYTHING                                                                                                         \
  "[lowtide]\nstate_dir = /nowhere\n[account a]\nprovider = manual\n[http]\nlisten = 127.0.0.1:0\n"                        \
  "hosts = bot.example, Balances.Example\n"
#define DISCORD "[discord]\npublic_key = " KEY "\ncommands = http\n"
#define SLACK "[slack]\nsigning_secret = " SECRET "\ncommands = http\n"

/* --- the platforms' sides, as far as the door sees them ------------------------------------------------------------- */

struct discord_desk {
  size_t taken;
  struct http_exchange *waiting; /* of a type 3: answered by finish_waiting */
  struct discord_first first;
  struct loop *loop;
};

static void say_now(void *context) {
  struct discord_desk *desk = context;
  desk->first.say(desk->first.context, "{\"type\":4}", 10);
}

bool discord_desk_take(struct discord_desk *desk, const struct config *config, const struct json *interaction,
                       const struct discord_first *first, struct err *err) {
  (void)config;
  if (json_member(interaction, "data") == NULL) return err_set(err, ERR_MALFORMED, "no interaction of ours");
  desk->first = *first;
  __atomic_add_fetch(&desk->taken, 1, __ATOMIC_SEQ_CST);
  if (text_eq(json_number_text(json_member(interaction, "type")), "2")) loop_post(desk->loop, say_now, desk);
  return true;
}

struct slack_answers {
  size_t taken;
};

bool slack_answers_take_form(struct slack_answers *answers, const char *body, size_t length, const struct slack_ack *ack,
                             struct err *err) {
  if (length < 8 || memcmp(body, "command=", 8) != 0) return err_set(err, ERR_MALFORMED, "Slack sends no such thing");
  __atomic_add_fetch(&answers->taken, 1, __ATOMIC_SEQ_CST);
  return ack->acknowledge(ack->context, strstr(body, "text=quiet") != NULL ? "" : "{\"text\":\"hi\"}");
}

/* --- a door on a thread of its own ---------------------------------------------------------------------------------- */

struct street {
  struct loop *loop;
  struct signed_door *door;
  struct config *config;
  struct discord_desk desk;
  struct slack_answers slack;
  pthread_t thread;
  uint16_t port;
  int64_t mono_ms;
};

static int64_t fixed_wall_ms(void *context) {
  (void)context;
  return INT64_C(1000) * NOW_S;
}

static int64_t street_mono_ms(void *context) {
  return ((struct street *)context)->mono_ms;
}

static struct config *config_of(const char *text) {
  struct err err = {0};
  struct config *config = config_parse("config.ini", text, strlen(text), &(struct config_source){.sealed = true}, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static bool street_begin(struct street *street, const char *text) {
  struct err err = {0};
  const struct world world = {.context = street, .wall_ms = fixed_wall_ms, .mono_ms = street_mono_ms};
  *street = (struct street){.loop = loop_new(&err), .config = config_of(text), .mono_ms = 1000};
  street->desk.loop = street->loop;
  const struct signed_door_setup setup = {
      .loop = street->loop, .world = &world, .config = street->config, .desk = &street->desk, .slack = &street->slack};
  street->door = signed_door_open(&setup, &err);
  if (street->door == NULL) fail_msg("%s", err.text);
  street->port = signed_door_port(street->door);
  return pthread_create(&street->thread, NULL, http_serve, street->loop) == 0;
}

static void end_street(void *context) {
  struct street *street = context;
  signed_door_free(street->door);
  loop_stop(street->loop);
}

static void street_end(struct street *street) {
  loop_post(street->loop, end_street, street);
  (void)pthread_join(street->thread, NULL);
  loop_free(street->loop);
  config_release(street->config);
}

static int begin(void **state) {
  static struct street street;
  *state = &street;
  return street_begin(&street, EVERYTHING DISCORD SLACK) ? 0 : -1;
}

static int end(void **state) {
  street_end(*state);
  return 0;
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static void add_hex(struct buf *out, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    buf_addf(out, "%02x", bytes[i]);
}

static void sign_discord(const char *timestamp, const char *body, size_t length, struct buf *out) {
  unsigned char seed[32];
  unsigned char signature[64];
  size_t size = sizeof signature;
  struct buf whole;
  for (size_t i = 0; i < sizeof seed; i++)
    seed[i] = (unsigned char)strtoul((char[]){SEED[2 * i], SEED[2 * i + 1], '\0'}, NULL, 16);
  buf_init(&whole, 65536);
  buf_add(&whole, timestamp);
  buf_add_n(&whole, body, length);
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
  assert_int_equal(EVP_DigestSign(context, signature, &size, (const unsigned char *)whole.data, whole.len), 1);
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  buf_done(&whole);
  add_hex(out, signature, sizeof signature);
}

static void sign_slack(const char *timestamp, const char *body, size_t length, struct buf *out) {
  const struct digest_key key = {.bytes = SECRET, .length = strlen(SECRET)};
  unsigned char digest[DIGEST_SHA256_BYTES];
  struct buf whole;
  buf_init(&whole, 65536);
  buf_addf(&whole, "v0:%s:", timestamp);
  buf_add_n(&whole, body, length);
  digest_hmac_sha256(&key, whole.data, whole.len, digest);
  buf_done(&whole);
  buf_add(out, "v0=");
  add_hex(out, digest, sizeof digest);
}

struct letter {
  const char *path;
  const char *body;
  size_t length;   /* 0: of the text */
  int off_s;       /* of the timestamp */
  int flipped;     /* so many bits of the body are another's when it arrives; -1: none */
  bool wrong_sign; /* the last digit of the signature is another */
  const char *host;
};

static const char *post(const struct street *street, const struct letter *letter, struct buf *heard) {
  char timestamp[16];
  struct buf request;
  struct buf signature;
  size_t length = letter->length > 0 ? letter->length : strlen(letter->body);
  bool discord = text_starts(letter->path, "/discord");
  (void)text_fmt(timestamp, sizeof timestamp, "%d", NOW_S + letter->off_s);
  buf_init(&signature, 256);
  (discord ? sign_discord : sign_slack)(timestamp, letter->body, length, &signature);
  if (letter->wrong_sign) signature.data[signature.len - 1] ^= 1;
  buf_init(&request, 65536);
  buf_addf(&request, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %zu\r\n", letter->path,
           letter->host != NULL ? letter->host : "127.0.0.1", length);
  buf_addf(&request,
           discord ? "X-Signature-Ed25519: %s\r\nX-Signature-Timestamp: %s\r\n\r\n"
                   : "X-Slack-Signature: %s\r\nX-Slack-Request-Timestamp: %s\r\n\r\n",
           signature.data, timestamp);
  size_t head = request.len;
  buf_add_n(&request, letter->body, length);
  if (letter->flipped > 0) {
    size_t bit = (size_t)letter->flipped - 1;
    request.data[head + bit / 8] = (char)(request.data[head + bit / 8] ^ (1 << bit % 8));
  }
  int fd = http_dial_port(street->port);
  buf_init(heard, HEARD_MAX);
  (void)http_put_n(fd, request.data, request.len);
  http_hear(fd, heard, NULL, 5000);
  (void)close(fd);
  buf_done(&request);
  buf_done(&signature);
  return buf_text(heard);
}

static int status_of(const struct street *street, const struct letter *letter) {
  struct buf heard;
  const char *found = post(street, letter, &heard);
  int status = text_starts(found, "HTTP/1.1 ") ? (int)strtol(found + 9, NULL, 10) : 0;
  buf_done(&heard);
  return status;
}

static bool says(const struct street *street, const char *request, const char *wanted) {
  struct http_world world = {.port = street->port};
  return http_says(&world, request, wanted);
}

#define CLOSE "Host: localhost\r\nConnection: close\r\n"

/* --- Discord -------------------------------------------------------------------------------------------------------- */

static void a_ping_is_answered_with_a_pong(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/discord/interactions", .body = "{\"type\":1}"}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_non_null(strstr(found, "Content-Type: application/json\r\n"));
  assert_true(text_ends(found, "\r\n\r\n{\"type\":1}"));
  buf_done(&heard);
  assert_int_equal(street->desk.taken, 0);
}

static void a_command_is_handed_to_the_desk_and_its_word_goes_back(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_true(text_ends(found, "\r\n\r\n{\"type\":4}"));
  buf_done(&heard);
  assert_int_equal(street->desk.taken, 1);
}

static void what_is_signed_but_no_interaction_is_400(void **state) {
  struct street *street = *state;
  static const char *const bodies[] = {"", "{", "[]", "{\"id\":\"1\"}", "{\"type\":1,\"type\":1}", "\xff", "null", "7"};
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = bodies[i]}), 400);
  }
}

/* --- signatures ----------------------------------------------------------------------------------------------------- */

static void what_is_not_signed_is_401_and_has_no_effect(void **state) {
  struct street *street = *state;
  static const struct letter wrong[] = {
      {.path = "/discord/interactions", .body = COMMAND, .wrong_sign = true},
      {.path = "/discord/interactions", .body = "{\"type\":1}", .wrong_sign = true},
      {.path = "/discord/interactions", .body = COMMAND, .off_s = -301},
      {.path = "/discord/interactions", .body = COMMAND, .off_s = 301},
      {.path = "/slack/commands", .body = SLASH, .wrong_sign = true},
      {.path = "/slack/interactivity", .body = SLASH, .wrong_sign = true},
      {.path = "/slack/commands", .body = SLASH, .off_s = -301},
      {.path = "/slack/commands", .body = SLASH, .off_s = 400}, /* Bolt takes it */
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_int_equal(status_of(street, &wrong[i]), 401);
  assert_true(says(street, "POST /discord/interactions HTTP/1.1\r\n" CLOSE "Content-Length: 10\r\n\r\n{\"type\":1}",
                   "HTTP/1.1 401 Unauthorized\r\n"));
  assert_true(says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "HTTP/1.1 401 "));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "application/problem+json"));
  assert_int_equal(street->desk.taken + street->slack.taken, 0);
  assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND, .off_s = -300}),
                   200);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH, .off_s = 300}), 200);
}

static void every_bit_of_a_body_counts(void **state) {
  struct street *street = *state;
  for (int bit = 1; bit <= (int)strlen(SLASH) * 8; bit += 5)
    assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH, .flipped = bit}), 401);
  for (int bit = 1; bit <= (int)strlen(COMMAND) * 8; bit += 5)
    assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND, .flipped = bit}),
                     401);
  assert_int_equal(street->desk.taken + street->slack.taken, 0);
}

/* The signatures of one platform are none of the other's. */
static void doors_do_not_open_with_each_others_keys(void **state) {
  struct street *street = *state;
  struct buf request;
  struct buf signature;
  buf_init(&request, 65536);
  buf_init(&signature, 256);
  sign_slack("1800000000", COMMAND, strlen(COMMAND), &signature);
  buf_addf(&request, "POST /discord/interactions HTTP/1.1\r\n" CLOSE "Content-Length: %zu\r\n", strlen(COMMAND));
  buf_addf(&request, "X-Slack-Signature: %s\r\nX-Slack-Request-Timestamp: 1800000000\r\n\r\n" COMMAND, signature.data);
  assert_true(says(street, buf_text(&request), "HTTP/1.1 401 "));
  buf_done(&request);
  buf_done(&signature);
}

/* --- replays -------------------------------------------------------------------------------------------------------- */

static void what_comes_again_is_200_and_has_no_effect(void **state) {
  struct street *street = *state;
  const struct letter discord = {.path = "/discord/interactions", .body = COMMAND};
  const struct letter later = {.path = "/discord/interactions", .body = COMMAND, .off_s = 60}; /* signed anew */
  const struct letter slack = {.path = "/slack/commands", .body = SLASH};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(status_of(street, &discord), 200);
    assert_int_equal(status_of(street, &later), 200);
    assert_int_equal(status_of(street, &slack), 200);
  }
  assert_int_equal(street->desk.taken, 1);
  assert_int_equal(street->slack.taken, 1);
  street->mono_ms += 600999; /* both ends of the window */
  assert_int_equal(status_of(street, &discord), 200);
  assert_int_equal(status_of(street, &slack), 200);
  assert_int_equal(street->desk.taken + street->slack.taken, 2);
}

static void what_is_remembered_has_a_bound(void **state) {
  (void)state;
  struct signed_replay *replay = signed_replay_new();
  char key[SIGNED_KEY_MAX];
  for (int i = 0; i < SIGNED_REPLAY_MAX + 100; i++) {
    (void)text_fmt(key, sizeof key, "discord:%d", i);
    assert_true(signed_replay_is_new(replay, key, i));
    assert_false(signed_replay_is_new(replay, key, i));
  }
  assert_int_equal(signed_replay_count(replay), SIGNED_REPLAY_MAX);
  assert_false(signed_replay_is_new(replay, "discord:100", SIGNED_REPLAY_MAX));
  assert_true(signed_replay_is_new(replay, "discord:99", SIGNED_REPLAY_MAX));
  assert_false(signed_replay_is_new(replay, "discord:4000", 4000 + SIGNED_REPLAY_MS));
  assert_true(signed_replay_is_new(replay, "discord:4000", 4001 + SIGNED_REPLAY_MS));
  assert_true(signed_replay_is_new(replay, "last", INT64_C(100000000)));
  assert_int_equal(signed_replay_count(replay), 1);
  signed_replay_free(replay);
}

/* --- Slack ---------------------------------------------------------------------------------------------------------- */

static void a_slash_command_is_acknowledged_with_its_answer(void **state) {
  struct street *street = *state;
  struct buf heard;
  const char *found = post(street, &(struct letter){.path = "/slack/commands", .body = SLASH}, &heard);
  assert_non_null(strstr(found, "Content-Type: application/json\r\n"));
  assert_true(text_ends(found, "{\"text\":\"hi\"}"));
  buf_done(&heard);
  found = post(street, &(struct letter){.path = "/slack/interactivity", .body = "command=%2Fx&text=quiet"}, &heard);
  assert_true(text_starts(found, "HTTP/1.1 200 OK\r\n"));
  assert_true(text_ends(found, "\r\n\r\n"));
  assert_null(strstr(found, "Content-Type"));
  buf_done(&heard);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = "other=1"}), 400);
}

static void slacks_look_at_the_certificate_is_answered_and_no_more(void **state) {
  struct street *street = *state;
  assert_true(says(street, "GET /slack/commands?ssl_check=1&token=x HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 200 OK"));
  assert_true(says(street,
                   "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 28\r\n\r\ncommand=%2Fmute&ssl_check=1&",
                   "HTTP/1.1 200 OK"));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 12\r\n\r\nssl_check=12", "HTTP/1.1 401 "));
  assert_true(
      says(street, "POST /slack/commands HTTP/1.1\r\n" CLOSE "Content-Length: 12\r\n\r\nxssl_check=1", "HTTP/1.1 401 "));
  assert_int_equal(street->slack.taken, 0);
}

/* --- routes --------------------------------------------------------------------------------------------------------- */

static void other_ways_of_asking_are_told_so(void **state) {
  struct street *street = *state;
  assert_true(says(street, "GET /healthz HTTP/1.1\r\n" CLOSE "\r\n", "\r\n\r\nok\n"));
  assert_true(says(street, "HEAD /healthz HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 200 OK"));
  assert_true(says(street, "POST /healthz HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "Allow: GET, HEAD\r\n"));
  assert_true(says(street, "GET /discord/interactions HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405 "));
  assert_true(says(street, "HEAD /discord/interactions HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405 "));
  assert_true(says(street, "GET /slack/commands HTTP/1.1\r\n" CLOSE "\r\n", "Allow: POST\r\n"));
  assert_true(says(street, "GET / HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404 "));
  assert_true(says(street, "GET / HTTP/1.1\r\n" CLOSE "\r\n", "application/problem+json"));
  assert_true(says(street, "GET /healthz/ HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404 "));
}

static void doors_that_the_config_does_not_want_are_not_there(void **state) {
  (void)state;
  struct street street;
  assert_true(street_begin(&street, EVERYTHING SLACK "[discord]\npublic_key = " KEY "\ncommands = off\n"));
  assert_int_equal(status_of(&street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}), 404);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 200);
  street_end(&street);
  assert_true(street_begin(&street, EVERYTHING DISCORD));
  assert_int_equal(status_of(&street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}), 200);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 404);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/interactivity", .body = SLASH}), 404);
  street_end(&street);
}

static void a_foreign_host_is_refused(void **state) {
  struct street *street = *state;
  static const char *const ours[] = {"127.0.0.1",         "127.0.0.1:8787", "localhost",   "LocalHost:1",
                                     "a.localhost",       "[::1]:8787",     "bot.example", "BOT.example:443",
                                     "balances.example.", "bot.example."};
  static const char *const foreign[] = {"evil.example",
                                        "bot.example.evil.example",
                                        "xbot.example",
                                        "bot.exampl",
                                        "",
                                        "192.168.1.1",
                                        "localhost.evil.example",
                                        "[",
                                        "[::1",
                                        ":80",
                                        "127.0.0.1.evil.example"};
  struct letter letter = {.path = "/discord/interactions", .body = "{\"type\":1}"};
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
    letter.host = ours[i];
    if (status_of(street, &letter) != 200) fail_msg("%s", ours[i]);
  }
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    letter.host = foreign[i];
    if (status_of(street, &letter) != 403) fail_msg("%s", foreign[i]);
  }
  assert_true(says(street, "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.0 200") ||
              says(street, "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200"));
}

static void what_is_ours_depends_on_where_it_listens(void **state) {
  (void)state;
  const struct http_settings all = {.listen = "0.0.0.0:80", .hosts = ""};
  const struct http_settings all6 = {.listen = "[::]:80", .hosts = ""};
  const struct http_settings one = {.listen = "192.168.1.1:80", .hosts = "a.example,b.example"};
  const struct http_settings file = {.listen = "/run/lowtide.sock", .hosts = " a.example ,\tb.example"};
  assert_true(signed_host_is_ours(&all, "192.168.1.1"));
  assert_true(signed_host_is_ours(&all6, "192.168.1.1:80") && signed_host_is_ours(&all6, "[2001:db8::1]:80"));
  assert_false(signed_host_is_ours(&all, "a.example") || signed_host_is_ours(&all, "1.2.3.4.example"));
  assert_true(signed_host_is_ours(&one, "192.168.1.1") && signed_host_is_ours(&one, "b.example"));
  assert_false(signed_host_is_ours(&one, "192.168.1.2") || signed_host_is_ours(&one, "a.example,b.example"));
  assert_true(signed_host_is_ours(&file, "A.example:443") && signed_host_is_ours(&file, "b.example."));
  assert_true(signed_host_is_ours(&file, "localhost") && signed_host_is_ours(&file, NULL));
  assert_false(signed_host_is_ours(&file, "192.168.1.1") || signed_host_is_ours(&file, "run") ||
               signed_host_is_ours(&file, "."));
  char longer[512];
  memset(longer, 'a', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  assert_false(signed_host_is_ours(&all, longer));
}

/* --- over its life -------------------------------------------------------------------------------------------------- */

static void shut(void *context) {
  signed_door_shut(((struct street *)context)->door);
}

static void a_door_that_is_shut_takes_no_more_questions(void **state) {
  struct street *street = *state;
  loop_post(street->loop, shut, street);
  (void)usleep(20000);
  assert_int_equal(status_of(street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}), 503);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 200);
  assert_true(says(street, "GET /healthz HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 200 "));
  assert_int_equal(street->desk.taken, 0);
}

/* The desk says it after the door has gone. */
static void what_is_unanswered_at_the_end_is_503(void **state) {
  (void)state;
  struct street street;
  struct buf request;
  struct buf heard;
  struct buf signature;
  assert_true(street_begin(&street, EVERYTHING DISCORD SLACK));
  buf_init(&request, 65536);
  buf_init(&heard, HEARD_MAX);
  buf_init(&signature, 256);
  sign_discord("1800000000", PRESS, strlen(PRESS), &signature);
  buf_addf(&request, "POST /discord/interactions HTTP/1.1\r\n" CLOSE "Content-Length: %zu\r\n", strlen(PRESS));
  buf_addf(&request, "X-Signature-Ed25519: %s\r\nX-Signature-Timestamp: 1800000000\r\n\r\n" PRESS, signature.data);
  int fd = http_dial_port(street.port);
  assert_true(http_put(fd, buf_text(&request)));
  assert_true(http_reaches(&street.desk.taken, 1));
  street_end(&street);
  street.desk.first.say(street.desk.first.context, NULL, 0);
  http_hear(fd, &heard, NULL, 2000);
  assert_non_null(strstr(buf_text(&heard), "HTTP/1.1 503 "));
  (void)close(fd);
  buf_done(&signature);
  buf_done(&request);
  buf_done(&heard);
}

struct change {
  struct street *street;
  const char *text;
  bool fits;
  size_t done;
};

static void reload(void *context) {
  struct change *change = context;
  struct street *street = change->street;
  struct config *config = config_of(change->text);
  change->fits = signed_door_fits(street->door, config);
  if (change->fits) signed_door_reload(street->door, config);
  config_release(config);
  __atomic_add_fetch(&change->done, 1, __ATOMIC_SEQ_CST);
}

static struct change change_to(struct street *street, const char *text) {
  struct change change = {.street = street, .text = text};
  loop_post(street->loop, reload, &change);
  assert_true(http_reaches(&change.done, 1));
  return change;
}

static void another_config_may_shut_or_open_a_door(void **state) {
  struct street *street = *state;
  const struct letter discord = {.path = "/discord/interactions", .body = "{\"type\":1}"};
  assert_int_equal(status_of(street, &discord), 200);
  struct change change = change_to(street, EVERYTHING SLACK);
  assert_true(change.fits);
  assert_int_equal(status_of(street, &discord), 404);
  change = change_to(street, EVERYTHING DISCORD);
  assert_int_equal(status_of(street, &discord), 200);
  change = change_to(street, "[lowtide]\nstate_dir = /nowhere\n[account a]\nprovider = manual\n"
                             "[http]\nlisten = 127.0.0.1:1\n" DISCORD);
  assert_false(change.fits);
}

static void a_place_that_is_taken_is_said(void **state) {
  struct street *street = *state;
  char text[512];
  struct err err = {0};
  const struct world world = {.context = street, .wall_ms = fixed_wall_ms, .mono_ms = street_mono_ms};
  (void)text_fmt(text, sizeof text,
                 "[lowtide]\nstate_dir = /nowhere\n[account a]\nprovider = manual\n[http]\nlisten = 127.0.0.1:%u\n" DISCORD,
                 street->port);
  struct loop *loop = loop_new(&err);
  struct config *config = config_of(text);
  const struct signed_door_setup setup = {.loop = loop, .world = &world, .config = config, .desk = &street->desk};
  assert_null(signed_door_open(&setup, &err));
  assert_non_null(strstr(err.text, "cannot be listened on"));
  config_release(config);
  loop_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_ping_is_answered_with_a_pong, begin, end),
      cmocka_unit_test_setup_teardown(a_command_is_handed_to_the_desk_and_its_word_goes_back, begin, end),
      cmocka_unit_test_setup_teardown(what_is_signed_but_no_interaction_is_400, begin, end),
      cmocka_unit_test_setup_teardown(what_is_not_signed_is_401_and_has_no_effect, begin, end),
      cmocka_unit_test_setup_teardown(every_bit_of_a_body_counts, begin, end),
      cmocka_unit_test_setup_teardown(doors_do_not_open_with_each_others_keys, begin, end),
      cmocka_unit_test_setup_teardown(what_comes_again_is_200_and_has_no_effect, begin, end),
      cmocka_unit_test(what_is_remembered_has_a_bound),
      cmocka_unit_test_setup_teardown(a_slash_command_is_acknowledged_with_its_answer, begin, end),
      cmocka_unit_test_setup_teardown(slacks_look_at_the_certificate_is_answered_and_no_more, begin, end),
      cmocka_unit_test_setup_teardown(other_ways_of_asking_are_told_so, begin, end),
      cmocka_unit_test(doors_that_the_config_does_not_want_are_not_there),
      cmocka_unit_test_setup_teardown(a_foreign_host_is_refused, begin, end),
      cmocka_unit_test(what_is_ours_depends_on_where_it_listens),
      cmocka_unit_test_setup_teardown(a_door_that_is_shut_takes_no_more_questions, begin, end),
      cmocka_unit_test(what_is_unanswered_at_the_end_is_503),
      cmocka_unit_test_setup_teardown(another_config_may_shut_or_open_a_door, begin, end),
      cmocka_unit_test_setup_teardown(a_place_that_is_taken_is_said, begin, end),
  };
  return cmocka_run_group_tests_name("door_signed", tests, NULL, NULL);
}
