#include "unit/notifier_testing.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES 300

/* Where a payload keeps its texts. */
struct shape {
  const char *plug;
  const char *list; /* JSON pointer of the array, or of the one text */
  const char *item; /* within the array's items; NULL: list is the text */
  const char *bold;
  size_t limit;
};

static const struct shape shapes[] = {
    {"discord-webhook", "/content", NULL, "**", 2000},
    {"slack-webhook", "/blocks", "/text/text", "*", 3000},
};

static size_t utf16_units(const char *text) {
  size_t units = 0;
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if ((c & 0xC0U) != 0x80U) units += c >= 0xF0U ? 2 : 1;
  }
  return units;
}

/* The next piece of a rendered text: its length, and what a reader sees of it. */
static size_t see(const char *text, const char *bold, char seen[static 8]) {
  static const struct {
    const char *markup;
    const char *seen;
  } table[] = {{"\u200B", ""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {" ", ""}, {"\n", ""}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (!text_starts(text, table[i].markup)) continue;
    text_copy(seen, 8, table[i].seen);
    return strlen(table[i].markup);
  }
  bool is_bold = text_starts(text, bold);
  seen[0] = is_bold ? '\0' : *text;
  seen[1] = '\0';
  return is_bold ? strlen(bold) : 1;
}

/* Escapes and invisible characters away, as a reader would see it; white space too, for it may go at a cut. */
static void add_seen(struct buf *out, const char *text, const char *bold) {
  static const char joiner[] = "\u2060";
  while (*text != '\0') {
    char seen[8];
    bool joined = text_starts(text, joiner);
    if (joined) text += strlen(joiner);
    bool escaped = *text == '\\' && strlen(bold) == 2;
    if (escaped) text++;
    text += see(text, joined || escaped ? "\n" : bold, seen);
    if (joined) text += strlen(joiner);
    if (seen[0] != '\0') buf_add(out, seen);
  }
}

/* Bold marks that are not escaped. Slack's foreign ones stand between word joiners. */
static size_t count_bold(const char *text, const char *bold) {
  static const char joiner[] = "\u2060";
  size_t count = 0;
  while (*text != '\0') {
    if (*text == '\\' && strlen(bold) == 2) {
      text += 2;
    } else if (text_starts(text, joiner)) {
      text = strstr(text + strlen(joiner), joiner) + strlen(joiner);
    } else if (text_starts(text, bold)) {
      count++;
      text += strlen(bold);
    } else {
      text++;
    }
  }
  return count;
}

static void check_text(const struct shape *shape, const char *text, struct buf *seen) {
  assert_non_null(text);
  assert_true(utf16_units(text) <= shape->limit);
  assert_true(text[strspn(text, " \n")] != '\0');
  assert_int_equal(count_bold(text, shape->bold) % 2, 0);
  assert_null(strstr(text, "****"));
  add_seen(seen, text, shape->bold);
}

static void check_part(const struct shape *shape, const struct buf *part, struct buf *seen) {
  struct err err = {0};
  assert_true(buf_ok(part));
  assert_true(part->len <= HTTP_REQUEST_BODY_MAX);
  struct json *root = json_parse(buf_text(part), part->len, &err);
  if (root == NULL) print_message("%s\n", err.text);
  assert_non_null(root);
  const struct json *list = json_at(root, shape->list);
  if (shape->item == NULL) check_text(shape, json_string(list), seen);
  if (shape->item != NULL) {
    assert_in_range(json_count(list), 1, 50);
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item))
      check_text(shape, json_string(json_at(item, shape->item)), seen);
  }
  json_free(root);
}

/* Each part within the limits, and together what was said. */
static int check_split(const struct shape *shape, const char *marked, const char *plain) {
  struct parts parts;
  struct buf seen;
  struct buf expected;
  buf_init(&seen, MESSAGE_TEXT_MAX);
  buf_init(&expected, MESSAGE_TEXT_MAX);
  render(shape->plug, MESSAGE_ALERT, "role:1 user:2", marked, &parts);
  for (int i = 0; i < parts.count; i++)
    check_part(shape, &parts.part[i], &seen);
  for (; *plain != '\0'; plain++) {
    if (*plain != ' ' && *plain != '\n') buf_add_char(&expected, *plain);
  }
  assert_true(text_ends(buf_text(&seen), buf_text(&expected)));
  assert_true(seen.len - expected.len < 20); /* the mention */
  int count = parts.count;
  parts_done(&parts);
  buf_done(&seen);
  buf_done(&expected);
  return count;
}

static void lines_are_kept_together(void **state) {
  (void)state;
  struct buf marked;
  struct buf plain;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_init(&plain, MESSAGE_TEXT_MAX);
  for (int i = 0; i < LINES; i++) {
    buf_addf(&marked, "%s🌙 " MARK_BOLD MARK_FOREIGN "Kimi %d" MARK_FOREIGN_END ":" MARK_BOLD_END " $12.34 available",
             i > 0 ? "\n" : "", i);
    buf_addf(&plain, "🌙 Kimi %d: $12.34 available", i);
  }
  struct parts parts;
  render("discord-webhook", MESSAGE_SUMMARY, "", marked.data, &parts);
  assert_int_equal(parts.count, 6);
  for (int i = 0; i < parts.count; i++) {
    assert_true(text_starts(buf_text(&parts.part[i]), "{\"content\":\"🌙 **Kimi "));
    assert_non_null(strstr(buf_text(&parts.part[i]), " available\",\"allowed"));
  }
  parts_done(&parts);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
    check_split(&shapes[i], marked.data, plain.data);
  buf_done(&marked);
  buf_done(&plain);
}

static void only_the_first_part_pings(void **state) {
  (void)state;
  struct buf marked;
  struct parts parts;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  for (int i = 0; i < 5000; i++)
    buf_add(&marked, "x ");
  render("discord-webhook", MESSAGE_ALERT, "role:1234", marked.data, &parts);
  assert_int_equal(parts.count, 6);
  assert_non_null(strstr(buf_text(&parts.part[0]), "\"content\":\"<@&1234> x"));
  assert_non_null(strstr(buf_text(&parts.part[0]), "\"roles\":[\"1234\"]"));
  for (int i = 1; i < parts.count; i++) {
    assert_true(text_starts(buf_text(&parts.part[i]), "{\"content\":\"x x"));
    assert_null(strstr(buf_text(&parts.part[i]), "1234"));
    assert_non_null(strstr(buf_text(&parts.part[i]), "\"allowed_mentions\":{\"parse\":[]}"));
  }
  parts_done(&parts);
  buf_done(&marked);
}

/* Random messages of words, bold, foreign text and long runs, from a seed. */
struct maker {
  uint64_t seed;
  struct buf marked;
  struct buf plain;
};

static unsigned next_random(struct maker *maker, unsigned below) {
  maker->seed = maker->seed * 6364136223846793005U + 1442695040888963407U;
  return (unsigned)(maker->seed >> 33) % below;
}

static void add_both(struct maker *maker, const char *text) {
  buf_add(&maker->marked, text);
  buf_add(&maker->plain, text);
}

static void add_word(struct maker *maker, bool foreign) {
  static const char *const pieces[] = {"a",  "Kimi", "é",   "🌙", "漢", "<@1>", "@everyone",
                                       "\\", "*",    "_x_", "`", "&",  "|",    "[y](http://z)",
                                       ">",  "-",    "#",   "1."};
  static const char *const own[] = {"low", "$12.34", "·", "🌙", "left"};
  unsigned runs = next_random(maker, 20) == 0 ? next_random(maker, 2500) : next_random(maker, 4);
  for (unsigned i = 0; i <= runs; i++) {
    unsigned which = next_random(maker, 1000);
    add_both(maker, foreign ? pieces[which % (sizeof pieces / sizeof *pieces)] : own[which % 5]);
  }
}

static void make_message(struct maker *maker) {
  unsigned words = 1 + next_random(maker, 60);
  bool bold = false;
  add_both(maker, "s");
  for (unsigned i = 0; i < words; i++) {
    if (next_random(maker, 4) == 0) {
      bold = !bold;
      buf_add(&maker->marked, bold ? MARK_BOLD : MARK_BOLD_END);
    }
    bool foreign = next_random(maker, 2) == 0;
    buf_add(&maker->marked, foreign ? MARK_FOREIGN : "");
    add_word(maker, foreign);
    buf_add(&maker->marked, foreign ? MARK_FOREIGN_END : "");
    unsigned gap = next_random(maker, 10);
    add_both(maker, gap == 0 ? "\n" : gap == 1 ? "\n\n" : gap < 7 ? " " : "");
  }
  if (bold) buf_add(&maker->marked, MARK_BOLD_END);
}

static void whatever_is_said_arrives_whole_within_the_limits(void **state) {
  (void)state;
  for (unsigned seed = 0; seed < 60; seed++) {
    struct maker maker = {.seed = seed};
    buf_init(&maker.marked, MESSAGE_TEXT_MAX);
    buf_init(&maker.plain, MESSAGE_TEXT_MAX);
    make_message(&maker);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
      check_split(&shapes[i], buf_text(&maker.marked), buf_text(&maker.plain));
    buf_done(&maker.marked);
    buf_done(&maker.plain);
  }
}

static void hostile_labels_break_nothing(void **state) {
  (void)state;
  static char long_label[10001];
  static char long_spaces[10001];
  memset(long_label, '*', sizeof long_label - 1);
  memset(long_spaces, ' ', sizeof long_spaces - 1);
  static const char *const labels[] = {"@everyone",
                                       "@here",
                                       "<@123>",
                                       "<@&123>",
                                       "<!channel>",
                                       "<!subteam^S1>",
                                       "**",
                                       "*",
                                       "``` code",
                                       "[x](http://evil)",
                                       "\u202Eevil\u202C",
                                       "a\nb\r\nc",
                                       "\x01\x02\x03\x04",
                                       "\xFF\xC3",
                                       "\\",
                                       "",
                                       " ",
                                       long_label,
                                       long_spaces};
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
    struct buf marked;
    buf_init(&marked, MESSAGE_TEXT_MAX);
    add_line(&marked, labels[i]);
    char clean[16 * 1024];
    text_clean(clean, sizeof clean, labels[i]);
    struct buf plain;
    buf_init(&plain, MESSAGE_TEXT_MAX);
    buf_addf(&plain, "🌙 %s: $12.34 available", clean);
    for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++)
      check_split(&shapes[j], marked.data, plain.data);
    struct parts parts;
    render("discord-webhook", MESSAGE_ALERT, "", marked.data, &parts);
    assert_null(strstr(buf_text(&parts.part[0]), "@everyone"));
    assert_null(strstr(buf_text(&parts.part[0]), "@here"));
    assert_null(strstr(buf_text(&parts.part[0]), "\\n"));
    parts_done(&parts);
    render("slack-webhook", MESSAGE_ALERT, "", marked.data, &parts);
    assert_null(strchr(buf_text(&parts.part[0]), '<'));
    assert_null(strstr(buf_text(&parts.part[0]), "\\n"));
    parts_done(&parts);
    buf_done(&marked);
    buf_done(&plain);
  }
}

static void a_cut_in_a_word_splits_no_escape_and_no_character(void **state) {
  (void)state;
  char marked[8000];
  static const char *const units[] = {"*", "🌙", "漢", "é", "@everyone", "://"};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    for (int shift = 0; shift < 4; shift++) {
      struct buf plain;
      buf_init(&plain, 8000);
      buf_addf(&plain, "%.*s", shift, "abcd");
      while (plain.len < 6000)
        buf_add(&plain, units[i]);
      text_fmt(marked, sizeof marked, MARK_BOLD MARK_FOREIGN "%s" MARK_FOREIGN_END MARK_BOLD_END, plain.data);
      for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++)
        check_split(&shapes[j], marked, plain.data);
      buf_done(&plain);
    }
  }
}

static void too_long_a_message_is_an_error(void **state) {
  (void)state;
  struct err err = {0};
  struct parts parts;
  struct message message = {.kind = MESSAGE_ALERT, .mention = ""};
  buf_init(&message.text, MESSAGE_TEXT_MAX);
  for (int i = 0; i < 65 * 2000; i++)
    buf_add(&message.text, "x");
  parts_init(&parts);
  assert_false(notifier_find("discord-webhook")->render(&message, NULL, &parts, &err));
  assert_int_equal(err.code, ERR_LIMIT);
  parts_done(&parts);
  buf_done(&message.text);
}

static void raw_markup_is_never_cut(void **state) {
  (void)state;
  struct buf marked;
  struct parts parts;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  for (int i = 0; i < 1975; i++)
    buf_add(&marked, "x");
  buf_add(&marked, R("<:moon:1234567890>") "y");
  render("discord-webhook", MESSAGE_ALERT, "", marked.data, &parts);
  assert_int_equal(parts.count, 2);
  assert_non_null(strstr(buf_text(&parts.part[1]), "\"<:moon:1234567890>y\""));
  parts_done(&parts);
  buf_done(&marked);
}

static void broken_bytes_become_a_sign_of_it(void **state) {
  (void)state;
  assert_payload("discord-webhook", MESSAGE_ALERT, "", "a\xFF" F("b\xC3") "\xF0\x9F",
                 "{\"content\":\"a\uFFFDb\uFFFD\uFFFD\uFFFD\",\"allowed_mentions\":{\"parse\":[]}}");
}

static void a_mark_without_its_end_reaches_to_the_end(void **state) {
  (void)state;
  assert_payload("discord-webhook", MESSAGE_ALERT, "", MARK_BOLD "a" MARK_FOREIGN "*b",
                 "{\"content\":\"**a\\\\*b**\",\"allowed_mentions\":{\"parse\":[]}}");
  assert_payload("discord-webhook", MESSAGE_ALERT, "", "a" MARK_FOREIGN_END MARK_RAW "<#1>",
                 "{\"content\":\"a <#1>\",\"allowed_mentions\":{\"parse\":[]}}");
}

static void the_console_gets_plain_text(void **state) {
  (void)state;
  assert_payload("console", MESSAGE_SUMMARY, "role:1", SUMMARY,
                 "📊 **API Balance Summary**\n\n💳 **Claude:** $8.07 (threshold: $5.00)\n"
                 "🌙 **Kimi:** $12.34 available (threshold: $5.00)");
  assert_true(notifier_find("console")->local);
  assert_null(notifier_find("console")->request);
}

static void every_type_is_found_by_its_name(void **state) {
  (void)state;
  int count = 0;
  for (; notifier_plugs[count] != NULL; count++)
    assert_ptr_equal(notifier_find(notifier_plugs[count]->name), notifier_plugs[count]);
  assert_true(count >= 5);
  assert_null(notifier_find("discord"));
  assert_null(notifier_find(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_are_kept_together),
      cmocka_unit_test(only_the_first_part_pings),
      cmocka_unit_test(whatever_is_said_arrives_whole_within_the_limits),
      cmocka_unit_test(hostile_labels_break_nothing),
      cmocka_unit_test(a_cut_in_a_word_splits_no_escape_and_no_character),
      cmocka_unit_test(too_long_a_message_is_an_error),
      cmocka_unit_test(raw_markup_is_never_cut),
      cmocka_unit_test(broken_bytes_become_a_sign_of_it),
      cmocka_unit_test(a_mark_without_its_end_reaches_to_the_end),
      cmocka_unit_test(the_console_gets_plain_text),
      cmocka_unit_test(every_type_is_found_by_its_name),
  };
  return cmocka_run_group_tests_name("splitting", tests, NULL, NULL);
}
