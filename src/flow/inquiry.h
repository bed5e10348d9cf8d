/* inquiry: one ask to the world and all who wait for its answer. Those who want the very same over HTTP while it is under
 * way join it, so a vendor is asked once for two accounts with one key. A second try, too, is one for all. Private to flow.
 */
#ifndef LOWTIDE_FLOW_INQUIRY_H
#define LOWTIDE_FLOW_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/world.h"

struct inquiry;
struct inquiries;

/* Who waits; the first member of what it is a part of. */
struct inquirer {
  struct inquiry *inquiry; /* NULL: waits for nothing */
  struct inquirer *next;
  struct inquirer **link;
};

struct inquiry_hooks {
  /* For each who waits. again_in_ms: how long to wait before a second try, -1 if it could not help. True: that is what it
   * wants. False: it is done with this, and may have asked the next thing already. */
  bool (*answered)(struct inquirer *inquirer, const struct answer *answer, int64_t again_in_ms);
  void (*again)(struct inquirer *inquirer);
};

/* For about that many who wait at once. hooks must outlive it. */
struct inquiries *inquiries_new(const struct world *world, size_t expected, const struct inquiry_hooks *hooks);
void inquiries_free(struct inquiries *inquiries); /* once nobody waits */

/* Takes the ask's content. Joins what is waited for until then or longer (as monotonic time); answers until when that is.
 * No hook is called from inside. */
int64_t inquiry_ask(struct inquiries *inquiries, struct ask *ask, int64_t until_mono_ms, struct inquirer *inquirer);

/* Waits no more; the others go on. */
void inquiry_leave(struct inquirer *inquirer);

#endif
