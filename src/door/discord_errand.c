#include "discord_errand.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define HOST "https://discord.com"
#define ID_MAX 24
#define BOUNDARY_MAX 40
#define ALT_MAX 1000      /* of 1,024 characters */
#define WAIT_LEAST_MS 100 /* then twice as long each time */
#define WAIT_MOST_MS 30000
#define STRANGE_MS 5000 /* so long after the knock a webhook that is not known may only not be known yet */
#define DOUBLINGS_MAX 10

#define CODE_UNKNOWN_INTERACTION "10062"
#define CODE_ACKNOWLEDGED "40060"
#define CODE_UNKNOWN_WEBHOOK "10015"

struct step {
  struct step *next;
  enum errand_step kind;
  int tries;
  struct buf json;
  struct buf body; /* multipart, with the picture; empty: the JSON alone */
  char boundary[BOUNDARY_MAX];
};

struct errand {
  struct world world;
  char *base_url;
  char interaction[ID_MAX];
  char application[ID_MAX];
  struct secret *token;
  struct step *steps;
  struct step **end;
  void *asked;
  void *alarm;
  bool waits; /* for the alarm */
  int64_t born_ms;
  int64_t asked_ms;
  void (*idle)(void *context);
  void *context;
};

static int64_t mono_ms(const struct errand *errand) {
  return errand->world.mono_ms(errand->world.context);
}

static const char *name_of(enum errand_step kind) {
  switch (kind) {
  case ERRAND_CALLBACK: return "the first word";
  case ERRAND_EDIT: return "the answer";
  case ERRAND_FOLLOW: break;
  }
  return "the answer's next part";
}

/* --- one request ----------------------------------------------------------------------------------------------------- */

static void add_place(const struct errand *errand, enum errand_step kind, struct buf *url) {
  buf_add(url, errand->base_url != NULL ? errand->base_url : HOST);
  if (kind == ERRAND_CALLBACK) {
    buf_addf(url, "/api/v10/interactions/%s/", errand->interaction);
    buf_add_percent(url, secret_expose(errand->token));
    buf_add(url, "/callback");
    return;
  }
  buf_addf(url, "/api/v10/webhooks/%s/", errand->application);
  buf_add_percent(url, secret_expose(errand->token));
  if (kind == ERRAND_EDIT) buf_add(url, "/messages/@original");
}

static bool prepare(const struct errand *errand, const struct step *step, struct ask *ask, struct err *err) {
  struct http_request *http = &ask->http;
  bool whole = step->body.len > 0;
  ask_init(ask);
  (void)text_copy(http->method, sizeof http->method, step->kind == ERRAND_EDIT ? "PATCH" : "POST");
  add_place(errand, step->kind, &http->url);
  http->body.limit = HTTP_UPLOAD_MAX;
  http->harmless = step->kind != ERRAND_FOLLOW; /* the second callback is refused, the second edit is the first */
  if (whole) {
    buf_add_n(&http->body, step->body.data, step->body.len);
  } else {
    buf_add(&http->body, buf_text(&step->json));
  }
  if (!buf_ok(&http->url) || !buf_ok(&http->body)) return err_set(err, ERR_LIMIT, "the answer is too long");
  bool typed = whole ? http_request_header(http, err, "Content-Type: multipart/form-data; boundary=%s", step->boundary)
                     : http_request_header(http, err, "Content-Type: application/json");
  return typed && http_request_header(http, err, "User-Agent: DiscordBot (lowtide, %s)", LOWTIDE_VERSION);
}

/* --- what came back -------------------------------------------------------------------------------------------------- */

enum outcome {
  OUTCOME_DONE,
  OUTCOME_AGAIN,
  OUTCOME_PLAINER, /* without the picture */
  OUTCOME_STEP_LOST,
  OUTCOME_ALL_LOST
};

struct complaint {
  char code[16];
  char message[80];
  int64_t after_ms;
  bool in_doubt; /* it may have arrived all the same */
};

/* Before it is cut: half a token would not be known any more. */
static void copy_foreign(char *out, size_t size, const char *text) {
  char *whole = mem_dup(text != NULL ? text : "");
  (void)secret_blot(whole);
  text_clean(out, size, whole);
  mem_free(whole);
}

static void read_complaint(const struct http_answer *http, struct complaint *complaint) {
  struct err ignored = {0};
  int64_t after_ms = 0;
  *complaint = (struct complaint){.after_ms = http->retry_after_ms};
  complaint->in_doubt = http->err.code != ERR_NONE && http->written;
  struct json *root = json_parse(http->body, http->length, &ignored);
  const char *code = json_number_text(json_member(root, "code"));
  const char *message = json_string(json_member(root, "message"));
  copy_foreign(complaint->code, sizeof complaint->code, code);
  copy_foreign(complaint->message, sizeof complaint->message, message);
  if (http_seconds(json_number_text(json_member(root, "retry_after")), &after_ms) && after_ms > complaint->after_ms)
    complaint->after_ms = after_ms;
  json_free(root);
}

static bool is_transient(const struct http_answer *http) {
  return http->err.code != ERR_NONE || http->status == 429 || http->status == 408 || http->status >= 500;
}

static void tell_refusal(const struct errand *errand, const struct step *step, int status,
                         const struct complaint *complaint) {
  const char *name = name_of(step->kind);
  bool known = text_eq(complaint->code, CODE_UNKNOWN_INTERACTION) || text_eq(complaint->code, CODE_ACKNOWLEDGED) ||
               text_eq(complaint->code, CODE_UNKNOWN_WEBHOOK);
  if (known) {
    log_debug("discord", "%s came too late or twice: %s key=discord:%s", name, complaint->message, errand->interaction);
  } else {
    log_warning("discord", "%s was refused: %s status=%d code=%s key=discord:%s", name, complaint->message, status,
                complaint->code[0] != '\0' ? complaint->code : "none", errand->interaction);
  }
}

/* An edit says the first word anew: it does no harm where that has not arrived. */
static bool is_edited(const struct step *step) {
  return step->next != NULL && step->next->kind == ERRAND_EDIT;
}

static enum outcome judge_refusal(const struct errand *errand, const struct step *step, int status,
                                  const struct complaint *complaint) {
  /* By an earlier try, by one of curl's own on a kept connection that died, or by us before a restart: what only edits may
   * follow whoever it was. */
  bool said = text_eq(complaint->code, CODE_ACKNOWLEDGED) && (step->tries > 1 || is_edited(step));
  bool strange = status == 404 && step->kind != ERRAND_CALLBACK && mono_ms(errand) - errand->born_ms < STRANGE_MS;
  if (said) return OUTCOME_DONE;
  if (strange) return OUTCOME_AGAIN;
  tell_refusal(errand, step, status, complaint);
  if (step->body.len > 0 && status != 401 && status != 404) return OUTCOME_PLAINER;
  return step->kind == ERRAND_FOLLOW ? OUTCOME_STEP_LOST : OUTCOME_ALL_LOST;
}

static enum outcome judge(const struct errand *errand, const struct step *step, const struct http_answer *http,
                          struct complaint *complaint) {
  if (http->err.code == ERR_NONE && http->status >= 200 && http->status < 300) return OUTCOME_DONE;
  read_complaint(http, complaint);
  if (!is_transient(http)) return judge_refusal(errand, step, http->status, complaint);
  return complaint->in_doubt && step->kind == ERRAND_FOLLOW ? OUTCOME_STEP_LOST : OUTCOME_AGAIN;
}

/* --- one after the other ---------------------------------------------------------------------------------------------- */

static void go_on(struct errand *errand);

static void free_step(struct step *step) {
  buf_done(&step->json);
  buf_done(&step->body);
  mem_free(step);
}

static void drop_first(struct errand *errand) {
  struct step *step = errand->steps;
  errand->steps = step->next;
  if (errand->steps == NULL) errand->end = &errand->steps;
  free_step(step);
}

static void drop_all(struct errand *errand) {
  while (errand->steps != NULL)
    drop_first(errand);
}

static void wait_ms(struct errand *errand, int64_t delay_ms) {
  errand->waits = true;
  errand->world.alarm_set(errand->alarm, delay_ms);
}

/* As long as Discord would still take it. */
static void try_again(struct errand *errand, const struct step *step, const struct complaint *complaint) {
  int doublings = step->tries < DOUBLINGS_MAX ? step->tries - 1 : DOUBLINGS_MAX;
  int64_t delay_ms = (int64_t)WAIT_LEAST_MS << doublings;
  if (delay_ms > WAIT_MOST_MS) delay_ms = WAIT_MOST_MS;
  if (delay_ms < complaint->after_ms) delay_ms = complaint->after_ms;
  int64_t last_ms = errand->born_ms + (step->kind == ERRAND_CALLBACK ? DISCORD_FIRST_MS : DISCORD_TOKEN_MS);
  if (mono_ms(errand) + delay_ms < last_ms) {
    wait_ms(errand, delay_ms);
    return;
  }
  log_warning("discord", "%s did not get through in time tries=%d key=discord:%s", name_of(step->kind), step->tries,
              errand->interaction);
  if (complaint->in_doubt && is_edited(step)) {
    drop_first(errand);
  } else {
    drop_all(errand);
  }
}

static void answered(void *context, const struct answer *answer) {
  struct errand *errand = context;
  struct step *step = errand->steps;
  struct complaint complaint = {.after_ms = -1};
  errand->asked = NULL;
  log_debug("discord", "%s %s status=%d tries=%d ms=%" PRId64 " key=discord:%s", name_of(step->kind),
            answer->http.err.code != ERR_NONE ? answer->http.err.text : "has an answer", answer->http.status, step->tries,
            mono_ms(errand) - errand->asked_ms, errand->interaction);
  switch (judge(errand, step, &answer->http, &complaint)) {
  case OUTCOME_DONE:
  case OUTCOME_STEP_LOST: drop_first(errand); break;
  case OUTCOME_AGAIN: try_again(errand, step, &complaint); break;
  case OUTCOME_PLAINER: buf_clear(&step->body); break;
  case OUTCOME_ALL_LOST: drop_all(errand); break;
  }
  go_on(errand);
}

static void send_first(struct errand *errand) {
  struct step *step = errand->steps;
  struct ask ask;
  struct err err = {0};
  step->tries++;
  if (!prepare(errand, step, &ask, &err)) {
    log_error("discord", "%s cannot be sent: %s", name_of(step->kind), err.text);
    ask_done(&ask);
    drop_all(errand);
    wait_ms(errand, 0);
    return;
  }
  int64_t deadline_ms = step->kind == ERRAND_CALLBACK ? DISCORD_FIRST_ASK_MS : DISCORD_LATER_ASK_MS;
  errand->asked_ms = mono_ms(errand);
  errand->asked = errand->world.ask(errand->world.context, &ask, deadline_ms, answered, errand);
  ask_done(&ask);
}

static void go_on(struct errand *errand) {
  if (errand->asked != NULL || errand->waits) return;
  if (errand->steps != NULL) {
    send_first(errand);
  } else {
    errand->idle(errand->context);
  }
}

static void on_alarm(void *context) {
  struct errand *errand = context;
  errand->waits = false;
  go_on(errand);
}

/* --- what is to be sent ----------------------------------------------------------------------------------------------- */

struct errand *errand_new(const struct world *world, const struct errand_place *place, void (*idle)(void *context),
                          void *context) {
  struct errand *errand = mem_new(1, sizeof *errand);
  errand->world = *world;
  errand->base_url = place->base_url != NULL ? mem_dup(place->base_url) : NULL;
  (void)text_copy(errand->interaction, sizeof errand->interaction, place->interaction);
  (void)text_copy(errand->application, sizeof errand->application, place->application);
  errand->token = secret_new(place->token);
  errand->end = &errand->steps;
  errand->alarm = world->alarm_new(world->context, on_alarm, errand);
  errand->born_ms = mono_ms(errand);
  errand->idle = idle;
  errand->context = context;
  return errand;
}

void errand_hold(struct errand *errand, int64_t delay_ms) {
  wait_ms(errand, delay_ms);
}

static struct step *add_step(struct errand *errand, enum errand_step kind) {
  struct step *step = mem_new(1, sizeof *step);
  step->kind = kind;
  buf_init(&step->json, HTTP_REQUEST_BODY_MAX);
  buf_init(&step->body, HTTP_UPLOAD_MAX);
  *errand->end = step;
  errand->end = &step->next;
  return step;
}

static void begin_at_once(struct errand *errand) {
  if (errand->asked == NULL && !errand->waits) send_first(errand);
}

void errand_add(struct errand *errand, enum errand_step kind, const char *json) {
  struct step *step = add_step(errand, kind);
  buf_add(&step->json, json);
  begin_at_once(errand);
}

/* (docs: reference#uploading-files, 2026-08) */
static void add_parts(struct step *step, const struct buf *picture, const char *words) {
  struct buf *body = &step->body;
  char alt[ALT_MAX];
  text_clean(alt, sizeof alt, words);
  buf_addf(body, "--%s\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n",
           step->boundary);
  buf_add_n(body, buf_text(&step->json), step->json.len - 1);
  buf_add(body, ",\"attachments\":[{\"id\":\"0\",\"filename\":\"chart.png\",\"description\":");
  buf_add_json(body, alt);
  buf_addf(body,
           "}]}\r\n--%s\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"chart.png\"\r\n"
           "Content-Type: image/png\r\n\r\n",
           step->boundary);
  buf_add_n(body, picture->data, picture->len);
  buf_addf(body, "\r\n--%s--\r\n", step->boundary);
  if (!buf_ok(body)) buf_clear(body);
}

void errand_add_picture(struct errand *errand, const char *json, const struct buf *picture, const char *words) {
  struct step *step = add_step(errand, ERRAND_EDIT);
  const struct world *world = &errand->world;
  (void)text_fmt(step->boundary, sizeof step->boundary, "lowtide%016" PRIx64 "%016" PRIx64, world->chance(world->context),
                 world->chance(world->context));
  buf_add(&step->json, json);
  add_parts(step, picture, words);
  begin_at_once(errand);
}

bool errand_is_idle(const struct errand *errand) {
  return errand->steps == NULL && !errand->waits;
}

void errand_free(struct errand *errand) {
  if (errand == NULL) return;
  if (errand->asked != NULL) (void)errand->world.unask(errand->world.context, errand->asked);
  errand->world.alarm_free(errand->alarm);
  drop_all(errand);
  secret_free(errand->token);
  mem_free(errand->base_url);
  mem_free(errand);
}
