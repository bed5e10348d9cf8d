#include "outcome.h"

#include <stdio.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"
#include "terminal.h"

#define VENDOR_MAX 512

int outcome_exit(const struct standing *standings, size_t count) {
  bool unknown = false;
  bool any = false;
  for (size_t i = 0; i < count; i++) {
    if (standings[i].level == LEVEL_WARNING || standings[i].level == LEVEL_CRITICAL) return EXIT_LOW;
    if (standings[i].account->missing != NULL) continue;
    any = true;
    unknown = unknown || standings[i].level == LEVEL_UNKNOWN;
  }
  return unknown || !any ? EXIT_TROUBLE : EXIT_FINE;
}

void outcome_print_vendor(char *out, size_t size, const struct console_only *vendor) {
  (void)text_fmt(out, size, "console only, %s opens no balance call; see %s, or use %s", vendor->env, vendor->page,
                 vendor->instead);
}

static void tell_console_only(const struct config *config) {
  char said[VENDOR_MAX];
  for (const struct console_only *const *vendor = config->console_only; *vendor != NULL; vendor++) {
    outcome_print_vendor(said, sizeof said, *vendor);
    (void)fprintf(stderr, "%s: %s\n", (*vendor)->label, said);
  }
}

void outcome_tell_missing(const struct config *config, const struct account *const *accounts, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (accounts[i]->missing == NULL) continue;
    (void)fprintf(stderr, "%s: not configured (%s)\n", accounts[i]->name, accounts[i]->missing_why);
  }
  tell_console_only(config);
}

int outcome_explain_emptiness(const struct config *config) {
  struct err err = {0};
  tell_console_only(config);
  err_set(&err, ERR_CONFIG, "there is no account to watch");
  err_hint(&err, "set a key such as MOONSHOT_API_KEY, or write an [account NAME] into config.ini; see `lowtide providers`");
  return command_fail(&err);
}

/* In posts only what is configured has a place. */
static void print_configured(const struct summary *summary, struct buf *out) {
  struct summary shown = *summary;
  struct standing *standings = mem_new(summary->count, sizeof *standings);
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  shown.standings = standings;
  shown.count = 0;
  for (size_t i = 0; i < summary->count; i++) {
    if (summary->standings[i].account->missing == NULL) standings[shown.count++] = summary->standings[i];
  }
  if (shown.count > 0) {
    compose_summary(&shown, &marked);
    message_print_plain(out, buf_text(&marked), terminal_is_rich());
  }
  buf_done(&marked);
  mem_free(standings);
}

int outcome_print(const struct invocation *invocation, const struct summary *summary) {
  struct buf out;
  int result = EXIT_FINE;
  buf_init(&out, 4 * MESSAGE_TEXT_MAX);
  if (invocation_has(invocation, "json")) {
    compose_balances_json(summary, &out);
  } else {
    print_configured(summary, &out);
  }
  if (out.len > 0) result = command_print(buf_text(&out));
  buf_done(&out);
  return result;
}

void outcome_amount(char *out, size_t size, const struct reading *reading) {
  struct amount amount = reading->available.known ? reading->available : reading->used;
  if (!amount.known) return;
  money_print(out, size, amount.nano, reading->unit);
  size_t length = strlen(out);
  if (!reading->available.known) (void)text_copy(out + length, size - length, " used");
}

const char *outcome_sure(const struct recipe_about *about) {
  if (text_eq(about->sure, "code")) return "not documented (seen in code)";
  if (text_eq(about->sure, "medium")) return "not documented (medium)";
  return about->sure;
}

bool outcome_has_console(const struct config *config) {
  for (size_t i = 0; i < config->channel_count; i++) {
    const struct channel *channel = &config->channels[i];
    if (channel->plug->local && (channel->sends & SENDS_SUMMARY) != 0) return true;
  }
  return false;
}
