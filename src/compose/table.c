#include <string.h>

#include "lowtide/compose.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "width.h"

struct table {
  int columns;
  bool headed;  /* the first row is the headings */
  char **cells; /* row by row */
  size_t rows;
  size_t room; /* in rows */
  bool *right;
  size_t *widths;
};

static void add_row(struct table *table, const char *const *cells) {
  size_t columns = (size_t)table->columns;
  if (table->rows == table->room) {
    table->room = table->room > 0 ? table->room * 2 : 16;
    table->cells = mem_grow(table->cells, table->room * columns, sizeof *table->cells);
  }
  char **row = table->cells + table->rows * columns;
  for (size_t i = 0; i < columns; i++) {
    size_t size = strlen(cells[i]) + 1;
    row[i] = mem_new(size, 1);
    text_clean(row[i], size, cells[i]);
    size_t width = width_of(row[i]);
    if (width > table->widths[i]) table->widths[i] = width;
  }
  table->rows++;
}

struct table *table_new(const char *const *headings, int columns) {
  struct table *table = mem_new(1, sizeof *table);
  table->columns = columns;
  table->right = mem_new((size_t)columns, sizeof *table->right);
  table->widths = mem_new((size_t)columns, sizeof *table->widths);
  table->headed = headings != NULL;
  if (headings != NULL) add_row(table, headings);
  return table;
}

void table_add(struct table *table, const char *const *cells) {
  add_row(table, cells);
}

void table_align_right(struct table *table, int column) {
  table->right[column] = true;
}

static void add_spaces(struct buf *out, size_t count) {
  for (; count > 0; count--)
    buf_add_char(out, ' ');
}

/* Spaces are owed until something follows them, so that no line ends in one. */
static void print_row(const struct table *table, size_t row, struct buf *out) {
  size_t owed = 0;
  for (size_t i = 0; i < (size_t)table->columns; i++) {
    const char *cell = table->cells[row * (size_t)table->columns + i];
    size_t padding = table->widths[i] - width_of(cell);
    size_t before = table->right[i] ? padding : 0;
    if (*cell != '\0') {
      add_spaces(out, owed + before);
      buf_add(out, cell);
      owed = 0;
    } else {
      owed += before;
    }
    owed += padding - before + 2;
  }
}

void table_print(const struct table *table, struct buf *out, bool bold_headings) {
  for (size_t row = 0; row < table->rows; row++) {
    bool bold = bold_headings && table->headed && row == 0;
    if (bold) buf_add(out, "\033[1m");
    print_row(table, row, out);
    buf_add(out, bold ? "\033[22m\n" : "\n");
  }
}

void table_free(struct table *table) {
  if (table == NULL) return;
  for (size_t i = 0; i < table->rows * (size_t)table->columns; i++)
    mem_free(table->cells[i]);
  mem_free(table->cells);
  mem_free(table->right);
  mem_free(table->widths);
  mem_free(table);
}
