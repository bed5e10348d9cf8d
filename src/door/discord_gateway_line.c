#include "discord_gateway_line.h"

#include <inttypes.h>
#include <stdarg.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"

#define FIRST_MIN_MS 100 /* a connection that broke after holding well */
#define FIRST_MAX_MS 500
#define BACKOFF_MAX_MS 30000
#define HELD_MAX_MS 5000 /* a session that was had and is held costs nothing to have again */
#define FAILURES_MAX 6   /* beyond these the wait does not grow */
#define CONNECT_MS 15000 /* the socket's own patience is shorter */
#define LOST_TOLD_MS 60000
#define PROOF_MS 60000
#define LIMIT_UNTOLD_MS 60000 /* no session is left, and nobody says until when */
#define RESUMES_MAX 3
#define URL_FAILURES_MAX 3
#define DISK_MS 1000
#define NOBODY_KNOWS "\n" /* what a session shows that was held before: differs from whatever is wanted */

int64_t gateway_now_ms(const struct gateway_machine *machine) {
  return machine->hands->mono_ms(machine->hands->context);
}

int64_t gateway_between_ms(const struct gateway_machine *machine, int64_t from_ms, int64_t to_ms) {
  uint64_t chance = machine->hands->chance(machine->hands->context);
  return from_ms + (int64_t)((chance >> 1U) % (uint64_t)(to_ms - from_ms + 1));
}

void gateway_tell(const struct gateway_machine *machine, enum gateway_news news, const char *format, ...) {
  char sentence[ERR_TEXT_MAX + ERR_HINT_MAX];
  va_list args;
  va_start(args, format);
  (void)text_fmtv(sentence, sizeof sentence, format, args);
  va_end(args);
  machine->hands->tell(machine->hands->context, news, sentence);
}

bool gateway_is_online(const struct gateway_machine *machine) {
  switch (machine->phase) {
  case GATEWAY_CONNECTING:
  case GATEWAY_NOTING:
  case GATEWAY_IDENTIFYING:
  case GATEWAY_RESUMING:
  case GATEWAY_READY: return true;
  case GATEWAY_OFF:
  case GATEWAY_WAITING:
  case GATEWAY_ASKING:
  case GATEWAY_FAILED: break;
  }
  return false;
}

void gateway_keep(struct gateway_machine *machine) {
  machine->keep_due_ms = GATEWAY_NEVER;
  machine->keep_again = machine->keeping;
  if (machine->keeping) return;
  machine->keeping = true;
  machine->hands->keep(machine->hands->context);
}

/* --- trying -------------------------------------------------------------------------------------------------------- */

static void wait_for(struct gateway_machine *machine, int64_t delay_ms) {
  machine->phase = GATEWAY_WAITING;
  machine->phase_due_ms = gateway_now_ms(machine) + delay_ms;
}

static void stop_heart(struct gateway_machine *machine) {
  machine->beat_due_ms = GATEWAY_NEVER;
  machine->owe_due_ms = GATEWAY_NEVER;
}

/* 0.1 to 0.5 s, then up to 1, 2, 4 … 30 s. */
static int64_t back_off(struct gateway_machine *machine) {
  bool cheap = machine->phase == GATEWAY_READY && gateway_session_is_held(&machine->memory.session);
  int64_t most_ms = cheap ? HELD_MAX_MS : BACKOFF_MAX_MS;
  int64_t window_ms = 500LL << machine->failures;
  if (window_ms > most_ms) window_ms = most_ms;
  bool first = machine->failures == 0;
  if (machine->failures < FAILURES_MAX) machine->failures++;
  return first ? gateway_between_ms(machine, FIRST_MIN_MS, FIRST_MAX_MS)
               : gateway_between_ms(machine, window_ms / 2, window_ms);
}

static void connect_to(struct gateway_machine *machine, const char *url) {
  char whole[GATEWAY_URL_MAX];
  (void)gateway_url_complete(url, whole, sizeof whole); /* what is fit has room for it */
  stop_heart(machine);
  machine->sends = (struct gateway_sends){0};
  machine->phase = GATEWAY_CONNECTING;
  machine->phase_due_ms = gateway_now_ms(machine) + CONNECT_MS;
  machine->hands->connect(machine->hands->context, whole);
}

/* A new session costs one of Discord's thousand and of our fifty; that the last one is noted comes first. */
static int64_t identify_wait_ms(struct gateway_machine *machine) {
  int64_t wait_ms = gateway_budget_wait_ms(&machine->memory.budget, machine->hands->wall_ms(machine->hands->context));
  return wait_ms == 0 && machine->keeping ? DISK_MS : wait_ms;
}

static void word_wait(struct gateway_machine *machine, int64_t wait_ms) {
  char until[ZONE_TIME_TEXT_MAX];
  time_print_rfc3339(until, machine->hands->wall_ms(machine->hands->context) + wait_ms);
  (void)text_fmt(machine->why, sizeof machine->why,
                 "%d of the %d new sessions of a day are used, so the next waits until %s", machine->memory.budget.count,
                 GATEWAY_IDENTIFIES_MAX, until);
}

void gateway_line_try(struct gateway_machine *machine) {
  const struct gateway_session *session = &machine->memory.session;
  bool held = gateway_session_is_held(session);
  machine->by_session_url = held && session->url[0] != '\0';
  if (machine->by_session_url) {
    connect_to(machine, session->url);
    return;
  }
  int64_t wait_ms = held ? 0 : identify_wait_ms(machine);
  if (wait_ms > 0) {
    if (wait_ms >= LOST_TOLD_MS) word_wait(machine, wait_ms);
    gateway_tell(machine, GATEWAY_DETAIL, "a new session waits its turn wait_s=%" PRId64, wait_ms / 1000);
    wait_for(machine, wait_ms);
    return;
  }
  machine->phase = GATEWAY_ASKING;
  machine->phase_due_ms = GATEWAY_NEVER;
  machine->hands->ask(machine->hands->context);
}

void gateway_machine_asked(struct gateway_machine *machine, const struct gateway_bot *bot) {
  if (machine->phase != GATEWAY_ASKING) return;
  if (bot->err.code != ERR_NONE && bot->fatal) {
    gateway_line_fail(machine, bot->err.text, bot->err.hint);
  } else if (bot->err.code != ERR_NONE) {
    gateway_line_lost_by(machine, bot->again_ms, &bot->err);
  } else if (bot->limited && bot->remaining <= 0 && !gateway_session_is_held(&machine->memory.session)) {
    int64_t reset_ms = bot->reset_after_ms > 0 ? bot->reset_after_ms : LIMIT_UNTOLD_MS;
    gateway_line_lost(machine, reset_ms, "Discord lets the bot start no more sessions today");
  } else {
    connect_to(machine, bot->url);
  }
}

/* --- losing -------------------------------------------------------------------------------------------------------- */

/* A session that cannot be had back in some tries is not worth more of them, nor an address that does not answer. */
static void count_failure(struct gateway_machine *machine) {
  if (machine->phase == GATEWAY_RESUMING && ++machine->resumes_failed >= RESUMES_MAX) {
    gateway_session_forget(&machine->memory.session);
    machine->resumes_failed = 0;
  }
  if (machine->phase == GATEWAY_CONNECTING && machine->by_session_url && ++machine->url_failures >= URL_FAILURES_MAX) {
    machine->memory.session.url[0] = '\0';
    machine->url_failures = 0;
  }
}

void gateway_line_tell_lost(struct gateway_machine *machine) {
  int64_t away_ms = gateway_now_ms(machine) - machine->away_ms;
  machine->lost_due_ms = GATEWAY_NEVER;
  if (machine->told_lost || machine->away_ms == 0) return;
  machine->told_lost = true;
  machine->told_connected = false;
  const char *why = machine->why[0] != '\0' ? machine->why : "it does not answer";
  if (away_ms < 1000) {
    gateway_tell(machine, GATEWAY_LOST, "no hold on Discord's gateway: %s", why);
  } else {
    gateway_tell(machine, GATEWAY_LOST, "no hold on Discord's gateway for %" PRId64 " s: %s", away_ms / 1000, why);
  }
}

void gateway_line_lost(struct gateway_machine *machine, int64_t pause_ms, const char *why) {
  int64_t now_ms = gateway_now_ms(machine);
  (void)text_copy(machine->why, sizeof machine->why, why);
  count_failure(machine);
  if (machine->away_ms == 0) machine->away_ms = now_ms;
  bool long_away = now_ms - machine->away_ms >= LOST_TOLD_MS;
  machine->lost_due_ms = machine->told_lost ? GATEWAY_NEVER : machine->away_ms + LOST_TOLD_MS;
  stop_heart(machine);
  machine->proof_due_ms = GATEWAY_NEVER;
  machine->show_due_ms = GATEWAY_NEVER;
  if (machine->shown[0] != '\0') (void)text_copy(machine->shown, sizeof machine->shown, NOBODY_KNOWS);
  int64_t delay_ms = back_off(machine);
  if (delay_ms < pause_ms) delay_ms = pause_ms;
  gateway_tell(machine, GATEWAY_DETAIL, "%s again_in_ms=%" PRId64, machine->why, delay_ms);
  wait_for(machine, delay_ms);
  if (long_away) gateway_line_tell_lost(machine);
}

void gateway_line_lost_by(struct gateway_machine *machine, int64_t pause_ms, const struct err *err) {
  char why[GATEWAY_WHY_MAX];
  err_print(err, why, sizeof why);
  gateway_line_lost(machine, pause_ms, why);
  if (err->code == ERR_TLS) gateway_line_tell_lost(machine);
}

void gateway_line_cut(struct gateway_machine *machine, int64_t pause_ms, const char *why) {
  machine->hands->close(machine->hands->context, GATEWAY_CLOSE_CODE);
  gateway_line_lost(machine, pause_ms, why);
}

void gateway_line_fail(struct gateway_machine *machine, const char *sentence, const char *hint) {
  machine->phase = GATEWAY_FAILED;
  machine->phase_due_ms = GATEWAY_NEVER;
  stop_heart(machine);
  machine->proof_due_ms = GATEWAY_NEVER;
  machine->lost_due_ms = GATEWAY_NEVER;
  machine->show_due_ms = GATEWAY_NEVER;
  (void)text_copy(machine->why, sizeof machine->why, sentence);
  (void)text_copy(machine->mend, sizeof machine->mend, hint);
  gateway_tell(machine, GATEWAY_STOPPED, "%s; chat commands do not come in until it is mended and reloaded: %s", sentence,
               hint);
}

/* --- holding ------------------------------------------------------------------------------------------------------- */

void gateway_line_holds(struct gateway_machine *machine) {
  int64_t now_ms = gateway_now_ms(machine);
  bool resumed = machine->phase == GATEWAY_RESUMING;
  machine->phase = GATEWAY_READY;
  machine->phase_due_ms = GATEWAY_NEVER;
  machine->lost_due_ms = GATEWAY_NEVER;
  machine->proof_due_ms = now_ms + PROOF_MS;
  machine->resumes_failed = 0;
  machine->url_failures = 0;
  gateway_tell(machine, machine->told_connected ? GATEWAY_DETAIL : GATEWAY_CONNECTED, "%s Discord's gateway",
               resumed ? "resumed the session with" : "connected to");
  machine->told_connected = true;
}

void gateway_line_proved(struct gateway_machine *machine) {
  machine->proof_due_ms = GATEWAY_NEVER;
  machine->failures = 0;
  machine->away_ms = 0;
  machine->told_lost = false;
}

/* --- beginning, ending --------------------------------------------------------------------------------------------- */

void gateway_machine_init(struct gateway_machine *machine, const struct gateway_hands *hands, const char *token) {
  *machine = (struct gateway_machine){.hands = hands,
                                      .token = token,
                                      .memory.session.sequence = -1,
                                      .phase_due_ms = GATEWAY_NEVER,
                                      .beat_due_ms = GATEWAY_NEVER,
                                      .owe_due_ms = GATEWAY_NEVER,
                                      .proof_due_ms = GATEWAY_NEVER,
                                      .lost_due_ms = GATEWAY_NEVER,
                                      .keep_due_ms = GATEWAY_NEVER,
                                      .show_due_ms = GATEWAY_NEVER};
}

void gateway_machine_begin(struct gateway_machine *machine) {
  machine->away_ms = gateway_now_ms(machine);
  machine->lost_due_ms = machine->away_ms + LOST_TOLD_MS;
  (void)text_copy(machine->shown, sizeof machine->shown, NOBODY_KNOWS);
  gateway_line_try(machine);
}

/* Not with 1000: that would end the session, and a restart is a matter of seconds. A bot that does not come back is shown
 * as online for as long as Discord waits for it. */
void gateway_machine_end(struct gateway_machine *machine) {
  if (machine->phase == GATEWAY_OFF) return;
  if (gateway_is_online(machine)) machine->hands->close(machine->hands->context, GATEWAY_CLOSE_CODE);
  machine->phase = GATEWAY_OFF;
  machine->phase_due_ms = GATEWAY_NEVER;
  stop_heart(machine);
  machine->proof_due_ms = GATEWAY_NEVER;
  machine->lost_due_ms = GATEWAY_NEVER;
  machine->show_due_ms = GATEWAY_NEVER;
  gateway_keep(machine);
}
