/* gateway_line: one connection's life, apart from what is said over it: trying, holding, losing, stopping, and what is kept
 * of it. Private to the machine. */
#ifndef LOWTIDE_DOOR_DISCORD_GATEWAY_LINE_H
#define LOWTIDE_DOOR_DISCORD_GATEWAY_LINE_H

#include "discord_gateway_machine.h"

int64_t gateway_now_ms(const struct gateway_machine *machine);
int64_t gateway_between_ms(const struct gateway_machine *machine, int64_t from_ms, int64_t to_ms); /* by chance */
void gateway_tell(const struct gateway_machine *machine, enum gateway_news news, const char *format, ...) PRINTF_LIKE(3, 4);
bool gateway_is_online(const struct gateway_machine *machine); /* there is a connection, or one is being made */

/* Tries now, or as soon as it may. */
void gateway_line_try(struct gateway_machine *machine);
/* The connection is over, whoever ended it; comes back after pause_ms at the least. */
void gateway_line_lost(struct gateway_machine *machine, int64_t pause_ms, const char *why);
/* The same; what only a person can mend is told at once. */
void gateway_line_lost_by(struct gateway_machine *machine, int64_t pause_ms, const struct err *err);
/* Ends the connection that there is; then it is lost. */
void gateway_line_cut(struct gateway_machine *machine, int64_t pause_ms, const char *why);
void gateway_line_fail(struct gateway_machine *machine, const char *sentence, const char *hint);
/* READY or RESUMED. */
void gateway_line_holds(struct gateway_machine *machine);
void gateway_line_proved(struct gateway_machine *machine);
void gateway_line_tell_lost(struct gateway_machine *machine);

void gateway_keep(struct gateway_machine *machine);

#endif
