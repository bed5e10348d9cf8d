#include "lowtide/ask.h"

void ask_init(struct ask *ask) {
  *ask = (struct ask){.kind = ASK_HTTP};
  http_request_init(&ask->http);
}

void ask_done(struct ask *ask) {
  http_request_done(&ask->http);
  ask_init(ask);
}
