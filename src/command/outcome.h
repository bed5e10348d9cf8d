/* outcome: what check and update found, as exit code, JSON and text. Private to the room. */
#ifndef LOWTIDE_COMMAND_OUTCOME_H
#define LOWTIDE_COMMAND_OUTCOME_H

#include "command.h"
#include "lowtide/compose.h"

/* 2 if any is below its warning level; else 1 if any is unknown (those that lack their secret count only when no other is
 * left); else 0. */
int outcome_exit(const struct standing *standings, size_t count);

/* Writes the summary as JSON, or as text with what lacks its secret named on stderr. */
int outcome_print(const struct invocation *invocation, const struct summary *summary);

/* "$12.34", or "$292.02 used" where nobody knows what is left; out stays as it is where there is no amount. */
void outcome_amount(char *out, size_t size, const struct reading *reading);

/* Those without a secret are told on stderr, and vendors without a balance call. */
void outcome_tell_missing(const struct config *config, const struct account *const *accounts, size_t count);

/* "console only, KEY opens no balance call; see …" */
void outcome_print_vendor(char *out, size_t size, const struct console_only *vendor);

/* Nothing to ask: says what to do first. Answers EXIT_TROUBLE. */
int outcome_explain_emptiness(const struct config *config);

/* A console channel takes the summaries: they need no printing besides. */
bool outcome_has_console(const struct config *config);

/* "documented", "not documented (seen in code)", "not documented (medium)"; "" where the recipe says nothing. */
const char *outcome_sure(const struct recipe_about *about);

#endif
