/* signed: what Discord's and Slack's signed requests have in common. Private to the room. */
#ifndef LOWTIDE_DOOR_SIGNED_H
#define LOWTIDE_DOOR_SIGNED_H

#include "door/http_door.h"
#include "lowtide/signature.h"

/* The raw body, and what stands in those headers. */
struct signed_text signed_text_of(const struct http_exchange *exchange, const char *timestamp, const char *signature);

/* 401, and for people now and then a line in the log that says what is wrong with it. Answers false. */
bool signed_refuse(struct http_door *door, struct http_exchange *exchange, const char *platform,
                   const struct signed_text *text);

/* Whether that was here before; from now on it was. */
bool signed_is_repeated(struct http_door *door, const char *platform, const char *id);

#endif
