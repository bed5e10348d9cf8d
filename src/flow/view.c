#include "lowtide/view.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "view_make.h"

struct body {
  struct view view; /* first: a view is its body */
  struct standing standings[];
};

static struct body *body_new(struct config *config) {
  struct body *body = mem_new(1, sizeof *body + config->account_count * sizeof *body->standings);
  body->view.config = config_keep(config);
  body->view.standings = body->standings;
  body->view.count = config->account_count;
  body->view.references = 1;
  return body;
}

struct view *view_keep(struct view *view) {
  view->references++;
  return view;
}

void view_release(struct view *view) {
  if (view == NULL || --view->references > 0) return;
  config_release(view->config);
  mem_free(view);
}

/* The account's place, which is often where it was in the config that it is of. */
static size_t index_of(const struct view *view, const char *account, size_t likely) {
  const struct account *accounts = view->config->accounts;
  if (likely < view->count && text_eq(accounts[likely].name, account)) return likely;
  size_t index = 0;
  while (index < view->count && !text_eq(accounts[index].name, account))
    index++;
  return index;
}

const struct standing *view_standing(const struct view *view, const char *account) {
  size_t index = index_of(view, account, 0);
  return index < view->count ? &view->standings[index] : NULL;
}

static struct standing not_asked_yet(const struct account *account) {
  struct err err = {0};
  if (account->missing != NULL) {
    err_set(&err, ERR_NOT_CONFIGURED, "%s", account->missing_why != NULL ? account->missing_why : account->missing);
  } else {
    err_set(&err, ERR_STALE, "not asked yet");
  }
  struct reading reading = reading_unknown(0, &err);
  reading.simulated = account->simulated;
  (void)text_copy(reading.unit, sizeof reading.unit, account->unit);
  return standing_of(account, &reading, NULL, LEVEL_UNKNOWN);
}

/* By the thresholds that the account has now. */
static struct standing judged_anew(const struct standing *old, const struct account *account) {
  const struct reading *last_known = old->last_known.code != ERR_NOT_CONFIGURED ? &old->last_known : NULL;
  struct standing standing = standing_of(account, &old->reading, last_known, old->last_level);
  standing_lasts(&standing, old->runway_ms);
  standing.muted_until_ms = old->muted_until_ms;
  return standing;
}

struct view *view_new(struct config *config, const struct view *before) {
  struct body *body = body_new(config);
  for (size_t i = 0; i < body->view.count; i++) {
    const struct account *account = &config->accounts[i];
    size_t old = before != NULL ? index_of(before, account->name, i) : 0;
    bool known = before != NULL && old < before->count && before->standings[old].reading.asked_ms != 0 &&
                 text_eq(before->config->accounts[old].provider, account->provider);
    body->standings[i] = known ? judged_anew(&before->standings[old], account) : not_asked_yet(account);
  }
  return &body->view;
}

/* What a standing says of its runway holds from when the account was asked, as all that it says. */
static struct standing as_of_its_reading(const struct standing *standing, int64_t now_ms) {
  struct standing result = *standing;
  int64_t age_ms = now_ms - result.reading.asked_ms;
  if (result.runway_ms >= 0 && age_ms > 0) result.runway_ms += age_ms;
  return result;
}

/* The reading is the same, but somebody muted the account, or its past is another: somebody imported some. */
static void look_ahead_anew(struct standing *place, const struct standing *fresh, const struct account *account) {
  place->muted_until_ms = fresh->muted_until_ms;
  if (place->runway_ms == fresh->runway_ms) return;
  place->runway_ms = fresh->runway_ms;
  *place = judged_anew(place, account);
}

static void learn(struct body *body, const struct view_news *news, const struct standing *standing) {
  const struct account *account = standing->account;
  size_t likely = (size_t)(account - news->config->accounts);
  size_t index = index_of(&body->view, account->name, likely);
  if (index == body->view.count) return;
  const struct account *own = &body->view.config->accounts[index];
  struct standing *place = &body->standings[index];
  const struct standing fresh = as_of_its_reading(standing, news->now_ms);
  if (!text_eq(own->provider, account->provider)) return;
  if (news->only_newer && standing->reading.asked_ms <= place->reading.asked_ms) {
    if (standing->reading.asked_ms == place->reading.asked_ms) look_ahead_anew(place, &fresh, own);
    return;
  }
  *place = fresh;
  if (own != account) *place = judged_anew(place, own);
}

struct view *view_learn(struct view *view, const struct view_news *news) {
  struct body *body = (struct body *)view;
  if (view->references > 1) {
    body = body_new(view->config);
    memcpy(body->standings, view->standings, view->count * sizeof *body->standings);
    view_release(view);
  }
  for (size_t i = 0; i < news->count; i++)
    learn(body, news, &news->standings[i]);
  return &body->view;
}
