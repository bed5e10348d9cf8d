/* What may come a second time says so, and which address is which. */
#include "unit/notifier_testing.h"

#include "lowtide/json.h"

/* Every part of a long alert, marked, is within the limit, and the mark is the first that is read. */
static void a_possible_repeat_is_marked_within_the_limit(void **state) {
  (void)state;
  struct err err = {0};
  static const struct {
    const char *plug;
    const char *text; /* of the payload */
    size_t limit;
  } shapes[] = {{"discord-webhook", "/content", 2000},
                {"discord-bot", "/content", 2000},
                {"slack-webhook", "/blocks/0/text/text", 3000},
                {"slack-webhook", "/text", 3000},
                {"slack-bot", "/blocks/0/text/text", 3000}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    const struct notifier_plug *plug = notifier_find(shapes[i].plug);
    struct buf marked;
    struct parts parts;
    buf_init(&marked, MESSAGE_TEXT_MAX);
    for (int n = 0; n < 6500; n++)
      buf_add(&marked, n % 10 == 9 ? " " : "x");
    render(shapes[i].plug, MESSAGE_ALERT, "user:1", marked.data, &parts);
    for (int part = 0; part < parts.count; part++) {
      struct buf out;
      buf_init(&out, HTTP_REQUEST_BODY_MAX);
      assert_true(plug->mark_repeat(buf_text(&parts.part[part]), &out, &err));
      struct json *root = json_parse(buf_text(&out), out.len, &err);
      const char *text = json_string(json_at(root, shapes[i].text));
      assert_true(text_starts(text, NOTIFIER_REPEAT_MARK));
      assert_true(strlen(text) <= shapes[i].limit);
      json_free(root);
      buf_done(&out);
    }
    parts_done(&parts);
    buf_done(&marked);
  }
  struct buf out;
  buf_init(&out, 100);
  assert_false(notifier_find("discord-webhook")->mark_repeat("{}", &out, &err));
  assert_false(notifier_find("slack-webhook")->mark_repeat("{\"text\":\"a\"}", &out, &err));
  buf_done(&out);
  buf_init(&out, 10);
  assert_false(notifier_find("console")->mark_repeat("long enough", &out, &err));
  buf_done(&out);
}

static void a_program_reads_the_mark_in_title_and_text(void **state) {
  (void)state;
  struct err err = {0};
  struct parts parts;
  struct buf out;
  buf_init(&out, HTTP_REQUEST_BODY_MAX);
  render("exec", MESSAGE_ALERT, "", "Kimi credits low!", &parts);
  assert_true(notifier_find("exec")->mark_repeat(buf_text(&parts.part[0]), &out, &err));
  assert_non_null(strstr(buf_text(&out), "\"title\":\"(possible repeat) Kimi credits low!\""));
  assert_non_null(strstr(buf_text(&out), "\"text\":\"(possible repeat) Kimi credits low!\""));
  parts_done(&parts);
  buf_done(&out);
}

static void assert_marks(const struct channel *a, const struct channel *b, bool same) {
  char first[NOTIFIER_MARK_MAX];
  char second[NOTIFIER_MARK_MAX];
  notifier_mark(a, first);
  notifier_mark(b, second);
  assert_int_equal(strlen(first), 8);
  assert_int_equal(text_eq(first, second), same);
}

static void a_mark_tells_one_address_from_another_by_whatever_name(void **state) {
  (void)state;
  const struct account_value one[] = {{.name = "url", .text = "https://hook/1"}};
  const struct account_value two[] = {{.name = "url", .text = "https://hook/2"}};
  const struct account_value other[] = {{.name = "link", .text = "https://hook/1"}};
  const struct account_value more[] = {{.name = "url", .text = "https://hook/1"}, {.name = "thread", .text = "5"}};
  const struct channel channel = {.name = "a", .plug = notifier_find("webhook"), .values = one, .value_count = 1};
  struct channel copy = channel;
  copy.name = "b";
  copy.mention = "here";
  assert_marks(&channel, &copy, true);
  copy.values = two;
  assert_marks(&channel, &copy, false);
  copy.values = other;
  assert_marks(&channel, &copy, false);
  copy.values = more;
  copy.value_count = 2;
  assert_marks(&channel, &copy, false);
  copy = channel;
  copy.base_url = "http://127.0.0.1:1";
  assert_marks(&channel, &copy, false);
  copy = channel;
  copy.plug = notifier_find("slack-webhook");
  assert_marks(&channel, &copy, false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_possible_repeat_is_marked_within_the_limit),
      cmocka_unit_test(a_program_reads_the_mark_in_title_and_text),
      cmocka_unit_test(a_mark_tells_one_address_from_another_by_whatever_name),
  };
  return cmocka_run_group_tests_name("repeats", tests, NULL, NULL);
}
