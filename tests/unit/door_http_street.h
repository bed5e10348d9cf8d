/* What the tests of the HTTP door share: the way in with the platforms' sides played, on a thread of its own, and requests
 * as Discord and Slack sign them. */
#ifndef LOWTIDE_TESTS_DOOR_HTTP_STREET_H
#define LOWTIDE_TESTS_DOOR_HTTP_STREET_H

#include <openssl/evp.h>
#include <stdio.h>

#include "door/http_door.h"
#include "lowtide/digest.h"
#include "unit/http_world.h"

extern const struct way_in way_http;

/* RFC 8032, 7.1, test 1. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define NOW_S 1800000000
#define PING "{\"type\":1}"
#define COMMAND "{\"id\":\"1001\",\"type\":2,\"token\":\"t\",\"data\":{\"name\":\"balance\"}}"
#define PRESS "{\"id\":\"1002\",\"type\":3,\"token\":\"t\",\"data\":{\"custom_id\":\"x\"}}"
#define SLASH "command=%2Fbalance&text=&user_id=U1&trigger_id=1.2.3"
#define NOTED "[lowtide]\nstate_dir = /nowhere\n[account a]\nprovider = manual\n"
#define EVERYTHING NOTED "[http]\nlisten = 127.0.0.1:0\nhosts = bot.example, Balances.Example\n"
#define DISCORD "[discord]\npublic_key = " KEY "\ncommands = http\n"
#define SLACK "[slack]\nsigning_secret = " SECRET "\ncommands = http\n"

/* --- the platforms' sides, as far as the door sees them ------------------------------------------------------------- */

struct discord_desk {
  size_t taken;
  struct discord_first first; /* of a type 3 it is kept waiting */
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
  bool is_shut;
};

/* --- a door on a thread of its own ---------------------------------------------------------------------------------- */

struct street {
  struct world world;
  struct hall hall;
  struct http_door *door;
  struct discord_desk desk;
  struct slack_answers slack;
  pthread_t thread;
  uint16_t port;
  int64_t mono_ms;
  bool busy;
  size_t done;
};

struct slack_answers *slack_answers_new(const struct world *world, struct answering *answering, struct config *config) {
  (void)answering;
  (void)config;
  return &((struct street *)world->context)->slack;
}

void slack_answers_reload(struct slack_answers *answers, struct config *config) {
  (void)answers;
  (void)config;
}

bool slack_answers_take_form(struct slack_answers *answers, const char *body, size_t length, const struct slack_ack *ack,
                             struct err *err) {
  if (length < 8 || memcmp(body, "command=", 8) != 0) return err_set(err, ERR_MALFORMED, "Slack sends no such thing");
  __atomic_add_fetch(&answers->taken, 1, __ATOMIC_SEQ_CST);
  if (answers->is_shut) return ack->acknowledge(ack->context, "{\"text\":\"stopping\"}");
  return ack->acknowledge(ack->context, strstr(body, "text=quiet") != NULL ? "" : "{\"text\":\"hi\"}");
}

void slack_answers_shut(struct slack_answers *answers) {
  answers->is_shut = true;
}

bool slack_answers_are_busy(const struct slack_answers *answers) {
  (void)answers;
  return false;
}

void slack_answers_free(struct slack_answers *answers) {
  (void)answers;
}

static int64_t fixed_wall_ms(void *context) {
  (void)context;
  return INT64_C(1000) * NOW_S;
}

static int64_t street_mono_ms(void *context) {
  return ((struct street *)context)->mono_ms;
}

static inline struct config *config_of(const char *text) {
  struct err err = {0};
  struct config *config = config_parse("config.ini", text, strlen(text), &(struct config_source){.sealed = true}, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static inline bool street_begin(struct street *street, const char *text) {
  struct err err = {0};
  *street = (struct street){.mono_ms = 1000, .desk = {.loop = loop_new(&err)}};
  street->world = (struct world){.context = street, .wall_ms = fixed_wall_ms, .mono_ms = street_mono_ms};
  street->hall =
      (struct hall){.loop = street->desk.loop, .world = &street->world, .desk = &street->desk, .config = config_of(text)};
  street->door = way_http.open(&street->hall, &err);
  if (street->door == NULL) fail_msg("%s", err.text);
  street->port = http_server_port(street->door->server);
  return pthread_create(&street->thread, NULL, http_serve, street->hall.loop) == 0;
}

static void end_street(void *context) {
  struct street *street = context;
  way_http.free(street->door);
  loop_stop(street->hall.loop);
}

static inline void street_end(struct street *street) {
  loop_post(street->hall.loop, end_street, street);
  (void)pthread_join(street->thread, NULL);
  loop_free(street->hall.loop);
  config_release(street->hall.config);
}

static inline int begin(void **state) {
  static struct street street;
  *state = &street;
  return street_begin(&street, EVERYTHING DISCORD SLACK) ? 0 : -1;
}

static inline int end(void **state) {
  street_end(*state);
  return 0;
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static inline void add_hex(struct buf *out, const unsigned char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    buf_addf(out, "%02x", bytes[i]);
}

static inline void sign_discord(const char *timestamp, const char *body, size_t length, struct buf *out) {
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

static inline void sign_slack(const char *timestamp, const char *body, size_t length, struct buf *out) {
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
  int off_s;       /* of the timestamp */
  int flipped;     /* bit of the body, from 1, that is another when it arrives; 0: none */
  bool wrong_sign; /* the last digit of the signature is another */
  const char *host;
};

/* Over a connection, which stays if it is the caller's. */
static inline void put_letter(int fd, const struct letter *letter, const char *connection) {
  char timestamp[16];
  struct buf request;
  struct buf signature;
  size_t length = strlen(letter->body);
  bool discord = text_starts(letter->path, "/discord");
  (void)text_fmt(timestamp, sizeof timestamp, "%d", NOW_S + letter->off_s);
  buf_init(&signature, 256);
  (discord ? sign_discord : sign_slack)(timestamp, letter->body, length, &signature);
  if (letter->wrong_sign) signature.data[signature.len - 1] ^= 1;
  buf_init(&request, 65536);
  buf_addf(&request, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\nContent-Length: %zu\r\n", letter->path,
           letter->host != NULL ? letter->host : "127.0.0.1", connection, length);
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
  (void)http_put_n(fd, request.data, request.len);
  buf_done(&request);
  buf_done(&signature);
}

static inline const char *post(const struct street *street, const struct letter *letter, struct buf *heard) {
  int fd = http_dial_port(street->port);
  buf_init(heard, HEARD_MAX);
  put_letter(fd, letter, "close");
  http_hear(fd, heard, NULL, 5000);
  (void)close(fd);
  return buf_text(heard);
}

static inline int status_in(const char *answer) {
  return text_starts(answer, "HTTP/1.1 ") ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static inline int status_of(const struct street *street, const struct letter *letter) {
  struct buf heard;
  int status = status_in(post(street, letter, &heard));
  buf_done(&heard);
  return status;
}

static inline bool says(const struct street *street, const char *request, const char *wanted) {
  struct http_world world = {.port = street->port};
  return http_says(&world, request, wanted);
}

#endif
