#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/signature.h"

#define THEN "1531420618"
#define THEN_MS INT64_C(1531420618000)

/* The key of RFC 8032, 7.1, test 1. The signatures with it were made by node's crypto and accepted by verifyKey of the npm
 * package discord-interactions 4.4.0. */
#define KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define PING "{\"type\":1}"
#define PING_SIGNED                                                                                                        \
  "5dddde0612f335c8939507612e69436c8bac6f3dbbd8101b64ddad9ac3da9b70"                                                       \
  "39b46294d43c8fc973db1179e3bffba5670d9e804c9dd8d668b090d55984a305"
#define NOTHING_SIGNED                                                                                                     \
  "f0736248053278040a28a430192375223c1468c4ddea5e7fd43ebcc72b3cf4ce"                                                       \
  "0f546ea620cb9b0553527b9aa821cd976f1142d63d8bed37468a0dd226ac250d"
#define NUL_SIGNED                                                                                                         \
  "d78de0e47e8547f0d10045bd9f5200de115a6e694574e9a1431bd9b52328f8f1"                                                       \
  "aaad9ed46c8aeceecc72e24d591daee7f6a2e548e303e69ff1fe19068c15e10c"
#define KIB_SIGNED                                                                                                         \
  "64ccece0f4907bfc83a854d537aa5be5a01969ab52fb162adb2f116626c3e97f"                                                       \
  "5d56993d15bc4c029a5565d413cf478e378b98859b0b1a5bba9c3104f6a53306"

/* docs: verifying-requests-from-slack, 2026-08; the others made by node's crypto, accepted by @slack/bolt 5.1.0. */
#define SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define SLACK_BODY                                                                                                         \
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"      \
  "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"    \
  "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10" \
  "d2c447fce8b6703c"
#define SLACK_SIGNED "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
#define SLACK_NOTHING_SIGNED "v0=55f41ec73231010289b54e669149ea021fccab11b5524355523533ce930cb739"
#define SLACK_NUL_SIGNED "v0=90eb22cf1a001e80a1ec84e1316c68bb6e49d7c8bae7fef4ed2b2dc46293d1aa"
#define SLACK_KIB_SIGNED "v0=bdbfa250c18676a25289e0e96ab88eacb1a46f4729bc7b9f994675ab5bba9898"

#define KIB 1024

static struct signed_text text_of(const char *signature, const char *body, size_t length) {
  return (struct signed_text){.timestamp = THEN, .signature = signature, .body = body, .length = length};
}

static bool discord(const char *signature, const char *body, size_t length) {
  struct signed_text text = text_of(signature, body, length);
  return signature_is_discord(&text, KEY, THEN_MS);
}

static bool slack(const char *signature, const char *body, size_t length) {
  const struct digest_key secret = {.bytes = SECRET, .length = strlen(SECRET)};
  struct signed_text text = text_of(signature, body, length);
  return signature_is_slack(&text, &secret, THEN_MS);
}

static void fill_kib(char body[KIB]) {
  for (unsigned i = 0; i < KIB; i++)
    body[i] = (char)(unsigned char)(i * 7 + 3);
}

static void what_discord_signed_is_taken(void **state) {
  (void)state;
  char kib[KIB];
  fill_kib(kib);
  assert_true(discord(PING_SIGNED, PING, strlen(PING)));
  assert_true(discord(NOTHING_SIGNED, "", 0));
  assert_true(discord(NOTHING_SIGNED, NULL, 0));
  assert_true(discord(NUL_SIGNED, "a\0b", 3));
  assert_true(discord(KIB_SIGNED, kib, KIB));
}

static void what_slack_signed_is_taken(void **state) {
  (void)state;
  char kib[KIB];
  fill_kib(kib);
  assert_true(slack(SLACK_SIGNED, SLACK_BODY, strlen(SLACK_BODY)));
  assert_true(slack(SLACK_NOTHING_SIGNED, "", 0));
  assert_true(slack(SLACK_NUL_SIGNED, "a\0b", 3));
  assert_true(slack(SLACK_KIB_SIGNED, kib, KIB));
}

static void a_body_is_taken_whole_past_a_nul(void **state) {
  (void)state;
  assert_false(discord(NUL_SIGNED, "a\0c", 3));
  assert_false(discord(NUL_SIGNED, "a", 1));
  assert_false(slack(SLACK_NUL_SIGNED, "a\0c", 3));
  assert_false(slack(SLACK_NUL_SIGNED, "a", 1));
}

static void every_bit_of_a_body_counts(void **state) {
  (void)state;
  char kib[KIB];
  fill_kib(kib);
  for (unsigned bit = 0; bit < KIB * 8; bit++) {
    kib[bit / 8] = (char)(kib[bit / 8] ^ (1 << bit % 8));
    assert_false(discord(KIB_SIGNED, kib, KIB));
    assert_false(slack(SLACK_KIB_SIGNED, kib, KIB));
    kib[bit / 8] = (char)(kib[bit / 8] ^ (1 << bit % 8));
  }
  assert_true(discord(KIB_SIGNED, kib, KIB));
  assert_true(slack(SLACK_KIB_SIGNED, kib, KIB));
}

/* Of the 64 bytes that the hex digits stand for. */
static void every_bit_of_a_discord_signature_counts(void **state) {
  (void)state;
  static const char digits[] = "0123456789abcdef";
  char signature[] = PING_SIGNED;
  for (unsigned i = 0; i < strlen(signature); i++) {
    char right = signature[i];
    unsigned value = (unsigned)(strchr(digits, right) - digits);
    for (unsigned bit = 0; bit < 4; bit++) {
      signature[i] = digits[value ^ (1U << bit)];
      assert_false(discord(signature, PING, strlen(PING)));
    }
    signature[i] = right;
  }
  assert_true(discord(signature, PING, strlen(PING)));
}

static void every_bit_of_a_slack_signature_counts(void **state) {
  (void)state;
  char signature[] = SLACK_SIGNED;
  for (unsigned bit = 0; bit < strlen(SLACK_SIGNED) * 8; bit++) {
    signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
    assert_false(slack(signature, SLACK_BODY, strlen(SLACK_BODY)));
    signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
  }
  assert_true(slack(signature, SLACK_BODY, strlen(SLACK_BODY)));
}

static void hex_of_a_discord_signature_may_be_upper_case(void **state) {
  (void)state;
  char signature[] = PING_SIGNED;
  for (size_t i = 0; i < strlen(signature); i++)
    signature[i] = (char)(signature[i] >= 'a' ? signature[i] - 'a' + 'A' : signature[i]);
  assert_true(discord(signature, PING, strlen(PING)));
}

static void what_is_no_signature_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {NULL,
                                      "",
                                      "0",
                                      "zz",
                                      PING_SIGNED "0",
                                      PING_SIGNED "00",
                                      SLACK_SIGNED " ",
                                      "v1=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                                      "V0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                                      "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503",
                                      "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
                                      "v0="};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_false(discord(wrong[i], PING, strlen(PING)));
    assert_false(slack(wrong[i], SLACK_BODY, strlen(SLACK_BODY)));
  }
  char cut[] = PING_SIGNED;
  cut[126] = '\0';
  assert_false(discord(cut, PING, strlen(PING)));
  char not_hex[] = PING_SIGNED;
  for (size_t i = 0; i < strlen(not_hex); i++) {
    char right = not_hex[i];
    not_hex[i] = 'g';
    assert_false(discord(not_hex, PING, strlen(PING)));
    not_hex[i] = right;
  }
}

static bool both_at(int64_t now_ms) {
  const struct digest_key secret = {.bytes = SECRET, .length = strlen(SECRET)};
  struct signed_text discords = text_of(PING_SIGNED, PING, strlen(PING));
  struct signed_text slacks = text_of(SLACK_SIGNED, SLACK_BODY, strlen(SLACK_BODY));
  bool taken = signature_is_discord(&discords, KEY, now_ms);
  assert_int_equal(signature_is_slack(&slacks, &secret, now_ms), taken);
  return taken;
}

static void a_stale_timestamp_is_refused_and_so_is_one_of_the_future(void **state) {
  (void)state;
  assert_true(both_at(THEN_MS + 300999));
  assert_false(both_at(THEN_MS + 301000));
  assert_true(both_at(THEN_MS - 300000));
  assert_false(both_at(THEN_MS - 300001 - 999));
  assert_false(both_at(THEN_MS - 400000));
  assert_false(both_at(0));
  assert_false(both_at(INT64_MAX));
}

static void a_timestamp_is_plain_digits(void **state) {
  (void)state;
  static const char *const wrong[] = {NULL,
                                      "",
                                      " 1531420618",
                                      "1531420618 ",
                                      "+1531420618",
                                      "-1531420618",
                                      "01531420618",
                                      "1531420618.0",
                                      "0x5b4790ca",
                                      "1.5e9",
                                      "1531420618a",
                                      "99999999999999999999999",
                                      "٣"};
  const struct digest_key secret = {.bytes = SECRET, .length = strlen(SECRET)};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct signed_text discords = text_of(PING_SIGNED, PING, strlen(PING));
    struct signed_text slacks = text_of(SLACK_SIGNED, SLACK_BODY, strlen(SLACK_BODY));
    discords.timestamp = wrong[i];
    slacks.timestamp = wrong[i];
    assert_false(signature_is_discord(&discords, KEY, THEN_MS));
    assert_false(signature_is_slack(&slacks, &secret, THEN_MS));
  }
}

/* Or else a digit could move from one to the other. */
static void a_timestamp_is_signed_too(void **state) {
  (void)state;
  const struct digest_key secret = {.bytes = SECRET, .length = strlen(SECRET)};
  struct signed_text discords = text_of(PING_SIGNED, PING, strlen(PING));
  struct signed_text slacks = text_of(SLACK_SIGNED, SLACK_BODY, strlen(SLACK_BODY));
  discords.timestamp = "1531420617";
  slacks.timestamp = "1531420617";
  assert_false(signature_is_discord(&discords, KEY, THEN_MS));
  assert_false(signature_is_slack(&slacks, &secret, THEN_MS));
}

static void another_key_is_refused(void **state) {
  (void)state;
  struct signed_text discords = text_of(PING_SIGNED, PING, strlen(PING));
  assert_false(
      signature_is_discord(&discords, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", THEN_MS));
  assert_false(signature_is_discord(&discords, "", THEN_MS));
  assert_false(signature_is_discord(&discords, NULL, THEN_MS));
  struct signed_text slacks = text_of(SLACK_SIGNED, SLACK_BODY, strlen(SLACK_BODY));
  const struct digest_key other = {.bytes = "9f742231b10e8888abcd99yyyzzz85a5", .length = strlen(SECRET)};
  assert_false(signature_is_slack(&slacks, &other, THEN_MS));
  const struct digest_key shorter = {.bytes = SECRET, .length = strlen(SECRET) - 1};
  assert_false(signature_is_slack(&slacks, &shorter, THEN_MS));
}

/* HMAC takes it, and so would whoever sends. */
static void an_empty_secret_opens_nothing(void **state) {
  (void)state;
  const struct digest_key none = {.bytes = "", .length = 0};
  struct signed_text text = text_of("v0=99f48c615873e238b476b395be49bf9d12238c305d200a934d065a003433bd22", "", 0);
  assert_false(signature_is_slack(&text, &none, THEN_MS));
}

/* RFC 8032, 7.1, tests 1 to 3 and 1024. */
static void public_keys_are_right(void **state) {
  (void)state;
  assert_true(signature_key_is_right(KEY));
  assert_true(signature_key_is_right("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  assert_true(signature_key_is_right("FC51CD8E6218A1A38DA47ED00230F0580816ED13BA3303AC5DEB911548908025"));
  assert_true(signature_key_is_right("278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"));
}

static void what_is_no_public_key_is_none(void **state) {
  (void)state;
  static const char *const wrong[] = {
      NULL,
      "",
      "d75a98",
      KEY "00",
      "z75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "0200000000000000000000000000000000000000000000000000000000000000", /* no x belongs to it */
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* not below the field's prime */
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_false(signature_key_is_right(wrong[i]));
}

/* The encodings of the eight points of small order, and those that are not canonical. OpenSSL and node take the signature
 * below for any text with the first of them. */
static void weak_public_keys_are_none(void **state) {
  (void)state;
  static const char *const weak[] = {"0100000000000000000000000000000000000000000000000000000000000000",
                                     "0100000000000000000000000000000000000000000000000000000000000080",
                                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                     "0000000000000000000000000000000000000000000000000000000000000000",
                                     "0000000000000000000000000000000000000000000000000000000000000080",
                                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                                     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                                     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                                     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                                     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
  static const char anything[] = "0100000000000000000000000000000000000000000000000000000000000000"
                                 "0000000000000000000000000000000000000000000000000000000000000000";
  struct signed_text text = text_of(anything, PING, strlen(PING));
  for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
    assert_false(signature_key_is_right(weak[i]));
    assert_false(signature_is_discord(&text, weak[i], THEN_MS));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_discord_signed_is_taken),
      cmocka_unit_test(what_slack_signed_is_taken),
      cmocka_unit_test(a_body_is_taken_whole_past_a_nul),
      cmocka_unit_test(every_bit_of_a_body_counts),
      cmocka_unit_test(every_bit_of_a_discord_signature_counts),
      cmocka_unit_test(every_bit_of_a_slack_signature_counts),
      cmocka_unit_test(hex_of_a_discord_signature_may_be_upper_case),
      cmocka_unit_test(what_is_no_signature_is_refused),
      cmocka_unit_test(a_stale_timestamp_is_refused_and_so_is_one_of_the_future),
      cmocka_unit_test(a_timestamp_is_plain_digits),
      cmocka_unit_test(a_timestamp_is_signed_too),
      cmocka_unit_test(another_key_is_refused),
      cmocka_unit_test(an_empty_secret_opens_nothing),
      cmocka_unit_test(public_keys_are_right),
      cmocka_unit_test(what_is_no_public_key_is_none),
      cmocka_unit_test(weak_public_keys_are_none),
  };
  return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
