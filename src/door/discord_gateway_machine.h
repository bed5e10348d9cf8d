/* gateway_machine: Discord's gateway as a protocol and nothing else: events come in through the functions below, what is to
 * be done goes out through its hands, and time and chance are asked of them. It owns no socket and no clock, and a test can
 * live a week of it in a moment. Private to the room.
 *
 *     waiting -> asking -> connecting -> noting -> identifying -> ready        a new session
 *     waiting ----------> connecting --------------> resuming -> ready        the one that is held
 */
#ifndef LOWTIDE_DOOR_DISCORD_GATEWAY_MACHINE_H
#define LOWTIDE_DOOR_DISCORD_GATEWAY_MACHINE_H

#include "discord_gateway_frame.h"
#include "lowtide/compose.h"
#include "lowtide/http.h"
#include "lowtide/websocket.h"

#define GATEWAY_CLOSE_CODE 4000 /* not 1000 or 1001: these would end the session */
#define GATEWAY_SENDS_MAX 120   /* in GATEWAY_SENDS_MS, by Discord's rule */
#define GATEWAY_SENDS_MS 60000
#define GATEWAY_WHY_MAX (ERR_TEXT_MAX + ERR_HINT_MAX)
#define GATEWAY_NEVER INT64_MAX

/* What GET /gateway/bot has told. */
struct gateway_bot {
  struct err err;
  bool fatal;       /* err: a person must mend it */
  int64_t again_ms; /* err: not sooner than that; 0: nothing was said */
  char url[GATEWAY_URL_MAX];
  bool limited;           /* the limit was told */
  int64_t remaining;      /* sessions that may yet be started */
  int64_t reset_after_ms; /* until there are more */
};

/* base_url NULL: Discord's own. */
bool gateway_bot_request(const char *token, const char *base_url, struct http_request *out, struct err *err) MUST_CHECK;
void gateway_bot_read(const struct http_answer *answer, struct gateway_bot *bot);

enum gateway_news {
  GATEWAY_CONNECTED, /* for the first time, or again after LOST was told */
  GATEWAY_LOST,      /* it has not held for some time; told once */
  GATEWAY_STOPPED,   /* a person must mend something */
  GATEWAY_ODD,       /* what came is not understood; told once */
  GATEWAY_DETAIL     /* everything else */
};

/* None of them calls the machine. */
struct gateway_hands {
  int64_t (*mono_ms)(void *context);
  int64_t (*wall_ms)(void *context);
  uint64_t (*chance)(void *context);
  void (*ask)(void *context);                      /* GET /gateway/bot; gateway_machine_asked follows */
  void (*connect)(void *context, const char *url); /* there is none when this is called */
  bool (*send)(void *context, const char *text, size_t length);
  void (*close)(void *context, int code); /* what still comes of that connection is not told */
  void (*keep)(void *context); /* the memory as it is now; gateway_machine_kept follows, whether it worked or not */
  void (*interaction)(void *context, const struct json *interaction);
  void (*tell)(void *context, enum gateway_news news, const char *sentence);
  void *context;
};

enum gateway_phase {
  GATEWAY_OFF,
  GATEWAY_WAITING,     /* to try */
  GATEWAY_ASKING,      /* where to, and whether we may */
  GATEWAY_CONNECTING,  /* until HELLO */
  GATEWAY_NOTING,      /* that we identify, before we do */
  GATEWAY_IDENTIFYING, /* until READY */
  GATEWAY_RESUMING,    /* until RESUMED */
  GATEWAY_READY,
  GATEWAY_FAILED, /* for good */
};

struct gateway_sends {
  int64_t at_ms[GATEWAY_SENDS_MAX]; /* a ring */
  int first;
  int count;
};

struct gateway_machine {
  const struct gateway_hands *hands;
  const char *token; /* borrowed */
  struct gateway_memory memory;
  enum gateway_phase phase;
  int64_t phase_due_ms;      /* when it has taken too long, or, WAITING, long enough; all times are monotonic */
  char why[GATEWAY_WHY_MAX]; /* what went wrong last */
  char mend[ERR_HINT_MAX];   /* FAILED: what a person must do */
  bool by_session_url;       /* the connection goes where the session is resumed */
  int failures;              /* in a row, since a connection last held */
  int resumes_failed;        /* in a row */
  int url_failures;          /* of session.url, in a row */
  struct gateway_sends sends;
  /* the heart */
  int64_t interval_ms;
  int64_t beat_due_ms;
  bool acknowledged;
  int64_t owe_due_ms; /* a heartbeat that was asked for and may not be sent yet */
  /* holding and being away */
  int64_t proof_due_ms; /* READY so long that it holds */
  int64_t away_ms;      /* since when it does not */
  int64_t lost_due_ms;  /* when that is told */
  bool told_lost;
  bool told_connected;
  bool told_odd;
  /* the memory's way to the disk */
  bool keeping;
  bool keep_again;
  int64_t keep_due_ms;
  /* presence */
  bool wants; /* as soon as anybody has said what */
  char wanted[PRESENCE_MAX];
  char shown[PRESENCE_MAX];
  int64_t show_due_ms;  /* GATEWAY_NEVER: nothing new */
  int64_t show_next_ms; /* not sooner */
};

void gateway_machine_init(struct gateway_machine *machine, const struct gateway_hands *hands, const char *token);
/* With its memory set: begins. */
void gateway_machine_begin(struct gateway_machine *machine);
/* Hangs up so that the session can be resumed, and keeps it. Nothing follows but kept. */
void gateway_machine_end(struct gateway_machine *machine);

void gateway_machine_asked(struct gateway_machine *machine, const struct gateway_bot *bot);
void gateway_machine_opened(struct gateway_machine *machine);
void gateway_machine_text(struct gateway_machine *machine, const char *text, size_t length);
void gateway_machine_closed(struct gateway_machine *machine, const struct websocket_end *end);
void gateway_machine_kept(struct gateway_machine *machine);
void gateway_machine_show(struct gateway_machine *machine, const char *presence);

/* When gateway_machine_tick is wanted; GATEWAY_NEVER: not at all. To be asked after each event. */
int64_t gateway_machine_due_ms(const struct gateway_machine *machine);
void gateway_machine_tick(struct gateway_machine *machine);

#endif
