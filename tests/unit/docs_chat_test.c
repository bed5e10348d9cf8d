/* contrib/docs/chat.md lists the commands as src/chat/list.c does. */
#include <stdio.h>

#include "unit/chat_testing.h"

#define PAGE "contrib/docs/chat.md"
#define PAGE_MAX (256 * 1024)

static char *read_page(void) {
  FILE *file = fopen(PAGE, "rb");
  if (file == NULL) fail_msg(PAGE " is not there");
  char *text = mem_new(1, PAGE_MAX);
  text[fread(text, 1, PAGE_MAX - 1, file)] = '\0';
  (void)fclose(file);
  return text;
}

/* Row after row, and nothing between them. */
static void the_page_lists_every_command_as_it_is(void **state) {
  (void)state;
  static const char head[] = "| ask | answer | who |\n| --- | --- | --- |\n";
  char *page = read_page();
  const char *at = strstr(page, head);
  assert_non_null(at);
  at += sizeof head - 1;
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    struct buf row;
    buf_init(&row, 1024);
    buf_add(&row, "| `");
    chat_print_usage(*command, &row);
    buf_addf(&row, "` | %s | %s |\n", (*command)->about, (*command)->changes ? "who may change" : "everybody");
    if (!text_starts(at, buf_text(&row))) fail_msg(PAGE " lacks %s", buf_text(&row));
    at += row.len;
    buf_done(&row);
  }
  assert_int_equal(*at, '\n');
  mem_free(page);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_page_lists_every_command_as_it_is)};
  return cmocka_run_group_tests_name("docs: chat", tests, NULL, NULL);
}
