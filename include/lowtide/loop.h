/* loop: the one event loop, its timers, signals, and work for other threads. Everything here belongs to the loop's thread
 * but loop_post. */
#ifndef LOWTIDE_LOOP_H
#define LOWTIDE_LOOP_H

#include <stdint.h>

#include "lowtide/err.h"

struct loop;
struct timer;
struct signal_watch;

/* From here on SIGPIPE is ignored in the whole program. */
struct loop *loop_new(struct err *err) MUST_CHECK;
/* Everything made on it must be gone. What was posted and not yet fired is fired here. NULL is fine. */
void loop_free(struct loop *loop);
void loop_run(struct loop *loop); /* until loop_stop */
void loop_stop(struct loop *loop);

/* Monotonic milliseconds, now (not the loop's cached time). */
int64_t loop_mono_ms(void);
/* Wall clock, milliseconds UTC. */
int64_t loop_wall_ms(void);

struct timer *timer_new(struct loop *loop, void (*fire)(void *context), void *context);
void timer_set(struct timer *timer, int64_t delay_ms); /* once; replaces what was set */
void timer_stop(struct timer *timer);
void timer_free(struct timer *timer); /* NULL is fine */

struct signal_watch *signal_watch_new(struct loop *loop, int number, void (*fire)(void *context), void *context);
void signal_watch_free(struct signal_watch *watch);

/* Has run called on a thread of the pool, then done on the loop's. run must not touch what belongs to the loop. */
void loop_work(struct loop *loop, void (*run)(void *context), void (*done)(void *context), void *context);

/* From any thread: has fire called on the loop's thread, in order of posting. Keeps nothing alive. */
void loop_post(struct loop *loop, void (*fire)(void *context), void *context);

#endif
