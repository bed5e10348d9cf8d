#include "lowtide/textlog.h"

#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "textlog_file.h"

#define PAGE_LINES 1024

/* Paths that failed in this run: their further lines are left alone. */
struct failed_paths {
  char **path;
  size_t count;
};

struct page {
  struct log_entry entry[PAGE_LINES];
  const struct log_entry *by_path[PAGE_LINES];
  int count;
  int64_t written[PAGE_LINES];
  int written_count;
};

static int compare_entries(const void *a, const void *b) {
  const struct log_entry *left = *(const struct log_entry *const *)a;
  const struct log_entry *right = *(const struct log_entry *const *)b;
  int order = strcmp(left->path, right->path);
  if (order != 0) return order;
  return left->id < right->id ? -1 : left->id > right->id;
}

static bool has_failed(const struct failed_paths *failed, const char *path) {
  for (size_t i = 0; i < failed->count; i++) {
    if (text_eq(failed->path[i], path)) return true;
  }
  return false;
}

static void add_failed(struct failed_paths *failed, const char *path) {
  failed->path = mem_grow(failed->path, failed->count + 1, sizeof *failed->path);
  failed->path[failed->count++] = mem_dup(path);
}

/* The lines of one path, from first to before end. */
static void write_path(struct page *page, int first, int end, struct failed_paths *failed, struct textlog_report *report) {
  const char *path = page->by_path[first]->path;
  struct err err = {0};
  if (has_failed(failed, path)) return;
  if (!textlog_append(path, page->by_path + first, end - first, &err)) {
    if (failed->count == 0) report->err = err;
    add_failed(failed, path);
    return;
  }
  for (int i = first; i < end; i++) {
    page->written[page->written_count++] = page->by_path[i]->id;
  }
}

static void write_page(struct page *page, struct failed_paths *failed, struct textlog_report *report) {
  for (int i = 0; i < page->count; i++) {
    page->by_path[i] = &page->entry[i];
  }
  qsort(page->by_path, (size_t)page->count, sizeof(const void *), compare_entries);
  for (int first = 0; first < page->count;) {
    int end = first + 1;
    while (end < page->count && text_eq(page->by_path[end]->path, page->by_path[first]->path)) {
      end++;
    }
    write_path(page, first, end, failed, report);
    first = end;
  }
}

static void empty_page(struct page *page) {
  for (int i = 0; i < page->count; i++) {
    mem_free(page->entry[i].path);
    mem_free(page->entry[i].text);
  }
  page->count = 0;
  page->written_count = 0;
}

static bool write_pages(struct store *store, struct page *page, struct failed_paths *failed, struct textlog_report *report,
                        struct err *err) {
  int64_t last_id = 0;
  do {
    empty_page(page);
    if (!store_log_pending(store, last_id, page->entry, PAGE_LINES, &page->count, err)) return false;
    if (page->count > 0) last_id = page->entry[page->count - 1].id;
    write_page(page, failed, report);
    if (page->written_count > 0 && !store_log_written(store, page->written, page->written_count, err)) return false;
    report->written += page->written_count;
  } while (page->count == PAGE_LINES);
  return true;
}

static bool trim(struct store *store, const struct failed_paths *failed, struct textlog_report *report, struct err *err) {
  for (size_t i = 0; i < failed->count; i++) {
    int64_t dropped = 0;
    if (!store_log_trim(store, failed->path[i], TEXTLOG_WAITING_MAX, &dropped, err)) return false;
    report->dropped += dropped;
  }
  return true;
}

bool textlog_write(struct store *store, void *context, struct err *err) {
  struct textlog_report *report = context;
  struct failed_paths failed = {0};
  struct page *page = mem_new(1, sizeof *page);
  *report = (struct textlog_report){0};
  bool ok = write_pages(store, page, &failed, report, err) && trim(store, &failed, report, err);
  report->paths = (int)failed.count;
  for (size_t i = 0; i < failed.count; i++) {
    mem_free(failed.path[i]);
  }
  mem_free(failed.path);
  empty_page(page);
  mem_free(page);
  return ok;
}
