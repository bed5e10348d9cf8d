#include "door/slack_delivery.h"

#include <string.h>

#include "door/slack_request.h"
#include "lowtide/text.h"

#define TRIES_MAX 3
#define WAIT_FIRST_MS 1000
#define WAIT_MAX_MS 60000        /* a person asks again before that */
#define PICTURE_WAIT_MAX_MS 5000 /* a text without its picture is better than none for so long */
#define PICTURE_SETTLE_MS 1500   /* Slack refuses a file for some seconds after its upload */
#define PICTURE_REFUSALS_MAX 3
#define PICTURE_MAX 2097152

void slack_delivery_init(struct slack_delivery *delivery, const struct slack_settings *settings) {
  *delivery = (struct slack_delivery){.settings = settings};
  reply_parts_init(&delivery->parts);
  buf_init(&delivery->picture, PICTURE_MAX);
  buf_init(&delivery->words, SLACK_TEXT_MAX);
}

void slack_delivery_done(struct slack_delivery *delivery) {
  reply_parts_done(&delivery->parts);
  buf_done(&delivery->picture);
  buf_done(&delivery->words);
  explicit_bzero(delivery->url, sizeof delivery->url);
  explicit_bzero(delivery->upload_url, sizeof delivery->upload_url);
}

/* --- the picture --------------------------------------------------------------------------------------------------- */

void slack_delivery_drop_picture(struct slack_delivery *delivery, const char *why) {
  delivery->stage = SLACK_PICTURE_NONE;
  buf_done(&delivery->picture);
  (void)text_fmt(delivery->why_no_picture, sizeof delivery->why_no_picture, "No picture: %s.", why);
}

bool slack_delivery_has_picture(struct slack_delivery *delivery, const struct buf *picture, const struct buf *words) {
  if (picture->len == 0) return false;
  if (delivery->settings->bot_token == NULL) {
    slack_delivery_drop_picture(delivery, "set bot_token in [slack], of an app with the scope files:write");
    return false;
  }
  buf_add_n(&delivery->picture, picture->data, picture->len);
  buf_add(&delivery->words, buf_text(words));
  delivery->stage = SLACK_PICTURE_PLACE;
  if (!buf_ok(&delivery->picture)) slack_delivery_drop_picture(delivery, "it is too large");
  return delivery->stage != SLACK_PICTURE_NONE;
}

static void refuse_picture(struct slack_delivery *delivery, const struct slack_said *said) {
  static const struct {
    const char *word;
    const char *why;
  } known[] = {
      {"missing_scope", "add the scope files:write to the app and install it again"},
      {"no_permission", "add the scope files:write to the app and install it again"},
      {"not_allowed_token_type", "bot_token in [slack] is not the Bot User OAuth Token, xoxb-…"},
      {"invalid_auth", "Slack does not know bot_token in [slack]: copy it anew"},
      {"token_revoked", "bot_token in [slack] is revoked: install the app again and copy the new one"},
      {"account_inactive", "the bot's account is switched off: install the app again"},
      {"storage_limit_reached", "the workspace has no room left for files"},
      {"file_uploads_disabled", "a rule of the workspace forbids files"},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!text_eq(known[i].word, said->word)) continue;
    slack_delivery_drop_picture(delivery, known[i].why);
    return;
  }
  slack_delivery_drop_picture(delivery, said->err.code != ERR_NONE ? said->err.text : "Slack's answer cannot be read");
}

static bool take_place(struct slack_delivery *delivery, const struct json *root) {
  const char *url = json_string(json_member(root, "upload_url"));
  const char *id = json_string(json_member(root, "file_id"));
  return url != NULL && id != NULL && slack_request_may_go(url, delivery->settings) &&
         text_copy(delivery->upload_url, sizeof delivery->upload_url, url) &&
         text_copy(delivery->file_id, sizeof delivery->file_id, id);
}

static void hear_picture(struct slack_delivery *delivery, const struct answer *answer, int64_t *wait_ms) {
  struct json *root = NULL;
  struct slack_said said = slack_request_heard(answer, &root);
  if (said.ok && delivery->stage == SLACK_PICTURE_PLACE) said.ok = take_place(delivery, root);
  json_free(root);
  if (said.ok) {
    delivery->stage++;
    delivery->tries = 0;
    if (delivery->stage == SLACK_PICTURE_UP) *wait_ms = PICTURE_SETTLE_MS / 3;
    return;
  }
  *wait_ms = said.after_ms > WAIT_FIRST_MS ? said.after_ms : WAIT_FIRST_MS;
  bool again = said.again && ++delivery->tries < TRIES_MAX && *wait_ms <= PICTURE_WAIT_MAX_MS;
  if (again) return;
  *wait_ms = 0;
  delivery->tries = 0;
  refuse_picture(delivery, &said);
}

static bool ask_picture(const struct slack_delivery *delivery, struct ask *out, struct err *err) {
  switch (delivery->stage) {
  case SLACK_PICTURE_PLACE:
    return slack_request_upload_place(delivery->settings, &delivery->picture, buf_text(&delivery->words), out, err);
  case SLACK_PICTURE_BYTES: return slack_request_upload(delivery->upload_url, &delivery->picture, out, err);
  case SLACK_PICTURE_END: return slack_request_upload_end(delivery->settings, delivery->file_id, out, err);
  case SLACK_PICTURE_NONE:
  case SLACK_PICTURE_UP: break;
  }
  return false;
}

static bool is_uploading(const struct slack_delivery *delivery) {
  return delivery->stage != SLACK_PICTURE_NONE && delivery->stage != SLACK_PICTURE_UP;
}

/* --- the posts ----------------------------------------------------------------------------------------------------- */

/* The last part has the buttons, and the picture above them. */
static bool is_last(const struct slack_delivery *delivery) {
  return delivery->next == delivery->parts.count - 1;
}

static bool shows_picture(const struct slack_delivery *delivery) {
  return is_last(delivery) && delivery->stage == SLACK_PICTURE_UP;
}

bool slack_delivery_part(const struct slack_delivery *delivery, struct buf *out, struct err *err) {
  const char *part = buf_text(&delivery->parts.part[delivery->next]);
  if (shows_picture(delivery)) return reply_slack_picture(part, delivery->file_id, buf_text(&delivery->words), out, err);
  if (is_last(delivery) && *delivery->why_no_picture != '\0')
    return reply_slack_note(part, delivery->why_no_picture, out, err);
  return buf_add(out, part) ? true : err_set(err, ERR_LIMIT, "the answer is too long");
}

/* Without a word of it Slack might put the answer in the place of the message whose button was pressed, or outside its
 * thread. */
static void add_place(const struct slack_delivery *delivery, struct buf *message) {
  struct buf whole;
  buf_init(&whole, message->limit);
  buf_add(&whole, "{\"replace_original\":false,");
  if (*delivery->thread != '\0') buf_addf(&whole, "\"thread_ts\":\"%s\",", delivery->thread);
  buf_add(&whole, buf_text(message) + 1);
  buf_done(message);
  *message = whole;
}

static bool ask_post(const struct slack_delivery *delivery, struct ask *out, struct err *err) {
  struct buf message;
  buf_init(&message, HTTP_REQUEST_BODY_MAX);
  bool made = slack_delivery_part(delivery, &message, err);
  if (made && delivery->beside) add_place(delivery, &message);
  if (made && !buf_ok(&message)) made = err_set(err, ERR_LIMIT, "the answer is too long");
  made = made && slack_request_post(delivery->url, buf_text(&message), out, err);
  buf_done(&message);
  return made;
}

/* Said twice does no harm where one person reads it. */
static bool may_repeat(const struct slack_delivery *delivery, const struct slack_said *said) {
  return said->again && !(said->in_doubt && delivery->in_public);
}

static void hear_post(struct slack_delivery *delivery, const struct answer *answer, int64_t *wait_ms) {
  struct slack_said said = slack_request_heard(answer, NULL);
  if (said.ok || answer->http.written || answer->http.err.code == ERR_NONE) delivery->posts++;
  if (said.ok) {
    delivery->next++;
    delivery->tries = 0;
    return;
  }
  bool room = delivery->posts < SLACK_POSTS_MAX;
  *wait_ms = WAIT_FIRST_MS << delivery->tries;
  if (said.after_ms > *wait_ms) *wait_ms = said.after_ms;
  if (may_repeat(delivery, &said) && room && ++delivery->tries < TRIES_MAX && *wait_ms <= WAIT_MAX_MS) return;
  if (shows_picture(delivery) && room && !said.again) {
    bool last = ++delivery->refusals == PICTURE_REFUSALS_MAX || delivery->posts + 1 == SLACK_POSTS_MAX;
    *wait_ms = last ? 0 : PICTURE_SETTLE_MS;
    if (last) slack_delivery_drop_picture(delivery, "Slack did not show it");
    return;
  }
  delivery->failure = said.err;
}

/* --- all of it ----------------------------------------------------------------------------------------------------- */

static bool ask_next(struct slack_delivery *delivery, struct ask *out) {
  struct err err = {0};
  if (is_uploading(delivery)) {
    if (ask_picture(delivery, out, &err)) return true;
    slack_delivery_drop_picture(delivery, err.text);
    ask_done(out);
  }
  return ask_post(delivery, out, &delivery->failure);
}

enum slack_delivery_step slack_delivery_next(struct slack_delivery *delivery, const struct answer *answer, struct ask *out,
                                             int64_t *wait_ms) {
  *wait_ms = 0;
  if (answer != NULL && is_uploading(delivery)) {
    hear_picture(delivery, answer, wait_ms);
  } else if (answer != NULL) {
    hear_post(delivery, answer, wait_ms);
  }
  if (delivery->failure.code == ERR_NONE && delivery->next >= delivery->parts.count) return SLACK_DELIVERY_DONE;
  ask_init(out);
  if (delivery->failure.code == ERR_NONE && !slack_request_may_go(delivery->url, delivery->settings))
    (void)err_set(&delivery->failure, ERR_MALFORMED, "Slack's response_url is not one of its own hosts");
  if (delivery->failure.code == ERR_NONE && ask_next(delivery, out)) return SLACK_DELIVERY_ASK;
  ask_done(out);
  return SLACK_DELIVERY_FAILED;
}
