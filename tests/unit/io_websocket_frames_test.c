/* The WebSocket client against a server that misbehaves: frame by frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/io_websocket_peer.h"

#define MEBIBYTE ((size_t)1024 * 1024)

/* --- bytes as they are */

static const char *wanted;
static size_t wanted_length;
static unsigned wanted_gap_us; /* after each byte */
static char answered[256];
static atomic_uint answered_first;
static unsigned answered_code;

/* Sends them, then hears what comes back until a close frame, which it answers. */
static void play_bytes(struct link *link) {
  const int at_once = 1;
  (void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  answered_first = 0;
  answered_code = 0;
  if (!link_upgrade(link)) return;
  for (size_t i = 0; wanted_gap_us > 0 && i < wanted_length; i++) {
    (void)link_send(link, wanted + i, 1);
    (void)usleep(wanted_gap_us);
  }
  if (wanted_gap_us == 0) (void)link_send(link, wanted, wanted_length);
  unsigned first = link_hear(link, answered, sizeof answered);
  answered_first = first;
  if (first == (FIN | OP_CLOSE)) answered_code = (unsigned char)answered[0] * 256U + (unsigned char)answered[1];
  if (first == (FIN | OP_CLOSE)) (void)link_close(link, answered_code, "");
  if (first != 0) link_drain(link);
}

static void play_these(const char *bytes, size_t length) {
  wanted = bytes;
  wanted_length = length;
  client.closed = 0;
  client.texts = 0;
  play_to_end(play_bytes);
}

#define PLAY(literal) play_these(literal, sizeof literal - 1)
#define BYE "\x88\x02\x03\xe8"

static void frames_may_come_byte_by_byte(void **state) {
  (void)state;
  wanted_gap_us = 500;
  PLAY("\x81\x05hello\x01\x02wo\x89\x01!\x80\x03rld" BYE);
  wanted_gap_us = 0;
  assert_int_equal(client.texts, 2);
  assert_string_equal(client.last, "world");
  assert_end(ERR_NONE, "");
  assert_int_equal(client.end.code, 1000);
}

static void a_message_may_come_in_fragments(void **state) {
  (void)state;
  PLAY("\x01\x02gr\x00\x00\x00\x01\xc3\x00\x02\xbc\xc3\x80\x02\x9f"
       "e" BYE);
  assert_int_equal(client.texts, 1);
  assert_string_equal(client.last, "gr\303\274\303\237e");
}

static void an_empty_message_is_one(void **state) {
  (void)state;
  PLAY("\x81\x00\x01\x00\x80\x00" BYE);
  assert_int_equal(client.texts, 2);
  assert_int_equal(client.last_length, 0);
  assert_string_equal(client.last, "");
  assert_end(ERR_NONE, "");
}

static void a_nul_is_a_letter(void **state) {
  (void)state;
  PLAY("\x81\x03"
       "a\0b" BYE);
  assert_int_equal(client.texts, 1);
  assert_int_equal(client.last_length, 3);
  assert_memory_equal(client.last, "a\0b", 4);
}

/* Until a text was heard, and what is to be answered. */
static void play_until_text(const char *bytes, size_t length) {
  client.texts_wanted = 1;
  wanted = bytes;
  wanted_length = length;
  begin_play(play_bytes);
  assert_true(client_run(&client, PATIENCE_MS));
  for (int i = 0; i < 1000 && answered_first == 0; i++)
    assert_false(client_run(&client, 10));
  websocket_drop(client.socket);
  peer_end(&peer);
}

static void a_ping_is_answered_with_what_it_says(void **state) {
  (void)state;
  play_until_text("\x89\x04"
                  "beat\x81\x02ok",
                  10);
  assert_string_equal(client.last, "ok");
  assert_int_equal(answered_first, FIN | OP_PONG);
  assert_string_equal(answered, "beat");
}

static void a_ping_between_fragments_is_answered_and_breaks_nothing(void **state) {
  (void)state;
  play_until_text("\x01\x02he\x89\x04"
                  "beat\x80\x03llo",
                  15);
  assert_string_equal(client.last, "hello");
  assert_int_equal(answered_first, FIN | OP_PONG);
  assert_string_equal(answered, "beat");
}

static void what_is_not_utf8_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {"\x81\x03"
       "a\xff"
       "b",
       5},
      {"\x81\x01\xc3", 3}, /* half a letter */
      {"\x01\x01\xc3\x80\x01"
       "a",
       6}, /* its other half is none */
      {"\x01\x02"
       "ok\x00\x01\xf0\x80\x02\x9f\x98",
       11},                        /* three quarters of one */
      {"\x81\x03\xed\xa0\x80", 5}, /* a surrogate */
      {"\x81\x02\xc0\xaf", 4},     /* longer than need be */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    play_these(cases[i].bytes, cases[i].length);
    assert_int_equal(client.texts, 0);
    assert_end(ERR_MALFORMED, "the other side sent a message that is not UTF-8");
    assert_int_equal(answered_code, 1007);
  }
}

static void what_is_not_text_is_refused(void **state) {
  (void)state;
  PLAY("\x82\x02hi");
  assert_int_equal(client.texts, 0);
  assert_end(ERR_MALFORMED, "the other side sent a message that is not text");
  assert_int_equal(answered_code, 1003);
}

static void what_breaks_the_rules_is_a_breach(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {"\x83\x01x", 3},                   /* an opcode that is none */
      {"\x8b\x01x", 3},                   /* another */
      {"\xc1\x01x", 3},                   /* compressed, as nobody agreed on */
      {"\x80\x01x", 3},                   /* goes on with nothing */
      {"\x01\x01x\x81\x01y", 6},          /* a message inside another */
      {"\x09\x01x", 3},                   /* a ping in fragments */
      {"\x89\x7e\x00\x80", 4},            /* a ping that is too long */
      {"\x88\x7e\x00\xff", 4},            /* a close frame that is too long */
      {"\x81\x7f\x80\0\0\0\0\0\0\0", 10}, /* a length below nothing */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    play_these(cases[i].bytes, cases[i].length);
    assert_int_equal(client.texts, 0);
    assert_end(ERR_MALFORMED, "the other side broke the rules of WebSocket");
    assert_true(client.end.opened);
  }
}

/* A server must not mask. 4.1.6 does not mind the first time and reads rubbish later. */
static void a_server_that_masks_ends_nothing_else(void **state) {
  (void)state;
  PLAY("\x81\x83\x01\x02\x03\x04"
       "```\x81\x83\x01\x02\x03\x04"
       "```" BYE);
  assert_in_range(client.texts, 0, 2);
}

static void a_pong_that_nobody_asked_for_is_fine(void **state) {
  (void)state;
  PLAY("\x8a\x00\x8a\x02hi\x81\x02ok" BYE);
  assert_int_equal(client.texts, 1);
  assert_string_equal(client.last, "ok");
}

/* --- sizes */

static void a_length_beyond_all_bounds_is_refused_at_once(void **state) {
  (void)state;
  static char bytes[10 + 8192] = "\x81\x7f\0\0\1\0\0\0\0\0"; /* 1 TiB */
  memset(bytes + 10, 'x', 8192);
  play_these(bytes, sizeof bytes);
  assert_int_equal(client.texts, 0);
  assert_end(ERR_MALFORMED, "the other side sent a message that is too big");
  assert_int_equal(answered_code, 1009);
}

static size_t total;
static size_t fragment;

static void play_fragments(struct link *link) {
  char *block = mem_new(1, fragment);
  memset(block, 'x', fragment);
  bool good = link_upgrade(link);
  for (size_t sent = 0; good && sent < total;) {
    size_t length = total - sent < fragment ? total - sent : fragment;
    good = link_frame(link, (sent == 0 ? OP_TEXT : OP_MORE) | (sent + length == total ? FIN : 0U), block, length);
    sent += length;
  }
  mem_free(block);
  answered_code = 0;
  (void)link_close(link, 1000, "");
  if (link_hear(link, answered, sizeof answered) == (FIN | OP_CLOSE)) {
    answered_code = (unsigned char)answered[0] * 256U + (unsigned char)answered[1];
  }
  link_drain(link);
}

static void play_size(size_t bytes, size_t bytes_a_fragment) {
  total = bytes;
  fragment = bytes_a_fragment;
  client.closed = 0;
  client.texts = 0;
  play_to_end(play_fragments);
}

static void sixteen_mebibytes_in_fragments_are_a_message(void **state) {
  (void)state;
  play_size(16 * MEBIBYTE, 100000);
  assert_end(ERR_NONE, "");
  assert_int_equal(client.texts, 1);
  assert_int_equal(client.last_length, 16 * MEBIBYTE);
  assert_int_equal(client.last[16 * MEBIBYTE - 1], 'x');
  assert_int_equal(answered_code, 1000);
  play_size(16 * MEBIBYTE, 16 * MEBIBYTE);
  assert_int_equal(client.texts, 1);
}

static void one_byte_more_is_too_big(void **state) {
  (void)state;
  play_size(16 * MEBIBYTE + 1, 100000);
  assert_int_equal(client.texts, 0);
  assert_end(ERR_MALFORMED, "the other side sent a message that is too big");
  assert_int_equal(answered_code, 1009);
}

static void the_limit_may_be_lower_but_not_higher(void **state) {
  (void)state;
  client.ask.message_max = 5000;
  play_size(5000, 5000);
  assert_int_equal(client.texts, 1);
  play_size(5000, 7);
  assert_int_equal(client.texts, 1);
  assert_int_equal(client.last_length, 5000);
  play_size(5001, 5001);
  assert_int_equal(client.texts, 0);
  assert_end(ERR_MALFORMED, "the other side sent a message that is too big");
  client.ask.message_max = 32 * MEBIBYTE;
  play_size(17 * MEBIBYTE, 1000000);
  assert_int_equal(client.texts, 0);
  assert_end(ERR_MALFORMED, "the other side sent a message that is too big");
}

/* --- silence */

static unsigned pings;

static void play_count_pings(struct link *link) {
  char payload[128];
  unsigned first;
  if (!link_upgrade(link)) return;
  while ((first = link_hear(link, payload, sizeof payload)) != 0) {
    if (first != (FIN | OP_PING)) continue;
    pings++;
    (void)link_frame(link, FIN | OP_PONG, payload, strlen(payload));
  }
}

/* On a busy machine the peer may answer late, which shows nothing. */
static void silence_is_asked_for_a_pong(void **state) {
  (void)state;
  bool stays = false;
  client.ask.ping_ms = 100;
  client.ask.silence_ms = 1000;
  for (int tries = 0; !stays && tries < 10; tries++) {
    pings = 0;
    begin_play(play_count_pings);
    stays = !client_run(&client, 1700);
    if (stays) websocket_drop(client.socket);
    peer_end(&peer);
    stays = stays && pings >= 5 && pings <= 17;
  }
  assert_true(stays);
}

#define BEATS_MS 1000

static int64_t longest_gap_ms;

static void play_beat(struct link *link) {
  if (!link_upgrade(link)) return;
  int64_t start_ms = loop_mono_ms();
  for (int64_t last_ms = start_ms, now_ms = start_ms; now_ms - start_ms < BEATS_MS; last_ms = now_ms) {
    (void)usleep(50000);
    (void)link_frame(link, FIN | OP_PING, NULL, 0);
    now_ms = loop_mono_ms();
    if (now_ms - last_ms > longest_gap_ms) longest_gap_ms = now_ms - last_ms;
  }
  link_drain(link);
}

/* On a busy machine the peer may miss its own beat, which shows nothing. */
static void pings_of_the_other_side_are_no_silence(void **state) {
  (void)state;
  client.ask.silence_ms = 600;
  int64_t took_ms = 0;
  longest_gap_ms = client.ask.silence_ms;
  for (int tries = 0; longest_gap_ms > client.ask.silence_ms / 2 && tries < 10; tries++) {
    longest_gap_ms = 0;
    client.closed = 0;
    int64_t start_ms = loop_mono_ms();
    play_to_end(play_beat);
    took_ms = loop_mono_ms() - start_ms;
    assert_end(ERR_TIMEOUT, "nothing was heard any more");
  }
  assert_in_range(took_ms, BEATS_MS + 500, 20000);
}

static void play_count_and_say_nothing(struct link *link) {
  char payload[128];
  if (!link_upgrade(link)) return;
  while (link_hear(link, payload, sizeof payload) == (FIN | OP_PING))
    pings++;
}

static void who_does_not_answer_pings_is_given_up(void **state) {
  (void)state;
  pings = 0;
  client.ask.ping_ms = 300;
  client.ask.silence_ms = 1050;
  int64_t start_ms = loop_mono_ms();
  play_to_end(play_count_and_say_nothing);
  assert_in_range(loop_mono_ms() - start_ms, 1040, 20000);
  assert_end(ERR_TIMEOUT, "nothing was heard any more");
  assert_true(client.end.opened);
  assert_in_range(pings, 1, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(frames_may_come_byte_by_byte),
      TEST(a_message_may_come_in_fragments),
      TEST(an_empty_message_is_one),
      TEST(a_nul_is_a_letter),
      TEST(a_ping_is_answered_with_what_it_says),
      TEST(a_ping_between_fragments_is_answered_and_breaks_nothing),
      TEST(what_is_not_utf8_is_refused),
      TEST(what_is_not_text_is_refused),
      TEST(what_breaks_the_rules_is_a_breach),
      TEST(a_server_that_masks_ends_nothing_else),
      TEST(a_pong_that_nobody_asked_for_is_fine),
      TEST(a_length_beyond_all_bounds_is_refused_at_once),
      TEST(sixteen_mebibytes_in_fragments_are_a_message),
      TEST(one_byte_more_is_too_big),
      TEST(the_limit_may_be_lower_but_not_higher),
      TEST(silence_is_asked_for_a_pong),
      TEST(pings_of_the_other_side_are_no_silence),
      TEST(who_does_not_answer_pings_is_given_up),
  };
  return cmocka_run_group_tests_name("io websocket frames", tests, NULL, NULL);
}
