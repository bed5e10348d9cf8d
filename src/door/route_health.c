/* Liveness: whoever is answered knows that the loop goes round. */
#include "door/http_door.h"

void http_serve_health(struct http_door *door, struct http_exchange *exchange) {
  (void)door;
  http_exchange_add_header(exchange, "Cache-Control", "no-store");
  http_exchange_answer(exchange, 200, "text/plain", "ok\n", 3);
}
