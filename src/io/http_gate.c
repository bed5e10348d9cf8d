#include "io/http_gate.h"

#include <string.h>
#include <strings.h>

#include "lowtide/host.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"

#define BUCKETS 64
#define ORIGIN_MAX 320
#define UNUSED_MS_MAX DAY_MS
/* A little less than curl keeps a name, so that a name known here is never one it must look up again. */
#define KNOWN_MS ((HTTP_NAMES_KEPT_S - 5) * INT64_C(1000))

struct gate_name {
  struct gate_name *next;
  struct http_transfer *scout;
  struct transfer_list waiting;
  size_t users; /* transfers that hold it, waiting or not */
  size_t going; /* those that do not wait */
  bool looks_up;
  bool tls;
  bool addressed; /* the scout is past the look-up */
  int64_t scouted_ms;
  enum http_speech speech;
  int64_t lookup_ms; /* when the scout's look-up began; 0: it was cached */
  int64_t known_until_ms;
  int64_t used_ms;
  char key[];
};

struct http_gate {
  struct gate_name *buckets[BUCKETS];
};

struct http_gate *http_gate_new(void) {
  return mem_new(1, sizeof(struct http_gate));
}

static void forget_in(struct gate_name **at, int64_t ms) {
  while (*at != NULL) {
    struct gate_name *name = *at;
    if (name->users > 0 || name->used_ms > ms) {
      at = &name->next;
    } else {
      *at = name->next;
      mem_free(name);
    }
  }
}

static void forget_before(struct http_gate *gate, int64_t ms) {
  for (size_t i = 0; i < BUCKETS; i++)
    forget_in(&gate->buckets[i], ms);
}

void http_gate_free(struct http_gate *gate) {
  if (gate == NULL) return;
  forget_before(gate, INT64_MAX);
  mem_free(gate);
}

void http_gate_tidy(struct http_gate *gate) {
  forget_before(gate, loop_mono_ms() - UNUSED_MS_MAX);
}

/* "scheme://host:port" of an address, without a user; answers where the host begins in it. */
static size_t take_origin(const char *url, char *out, size_t size) {
  const char *start = strstr(url, "://");
  if (start == NULL) return 0;
  size_t scheme_length = (size_t)(start - url) + 3;
  start += 3;
  size_t length = strcspn(start, "/?#");
  const char *user_end = memrchr(start, '@', length);
  if (user_end != NULL) {
    length -= (size_t)(user_end + 1 - start);
    start = user_end + 1;
  }
  bool fits = text_fmt(out, size, "%.*s%.*s", (int)scheme_length, url, (int)length, start);
  return fits ? scheme_length : 0;
}

static bool needs_lookup(const char *authority) {
  char host[ORIGIN_MAX];
  if (*authority == '[') return false;
  (void)text_fmt(host, sizeof host, "%.*s", (int)strcspn(authority, ":"), authority);
  return !host_is_address(host) && !host_is_loopback(host); /* curl knows the names of this machine */
}

static struct gate_name *find_name(struct http_gate *gate, const char *origin) {
  size_t hash = 5381;
  for (const char *c = origin; *c != '\0'; c++)
    hash = hash * 33 + (unsigned char)*c;
  struct gate_name **bucket = &gate->buckets[hash % BUCKETS];
  for (struct gate_name *name = *bucket; name != NULL; name = name->next) {
    if (text_eq(name->key, origin)) return name;
  }
  size_t size = strlen(origin) + 1;
  struct gate_name *name = mem_new(1, sizeof *name + size);
  memcpy(name->key, origin, size);
  name->next = *bucket;
  *bucket = name;
  return name;
}

static bool is_known(const struct gate_name *name, int64_t now_ms) {
  return (!name->looks_up || now_ms < name->known_until_ms) && (!name->tls || name->speech != SPEECH_UNKNOWN);
}

static void set_going(struct http_transfer *transfer, bool goes) {
  if (goes && !transfer->goes) transfer->name->going++;
  if (!goes && transfer->goes) transfer->name->going--;
  transfer->goes = goes;
}

bool http_gate_go(struct http_transfer *transfer) {
  struct gate_name *name = transfer->name;
  if (name == NULL || transfer->goes) return true;
  if (name->speech == SPEECH_HTTP1 && name->going >= HTTP1_CONNECTIONS_MAX) {
    transfer_list_add(&name->waiting, transfer);
    return false;
  }
  set_going(transfer, true);
  return true;
}

static void release_first(struct gate_name *name) {
  struct http_transfer *waiting = name->waiting.first;
  if (waiting == NULL) return;
  transfer_list_take(waiting);
  transfer_list_add(waiting->released, waiting);
}

static void send_scout(struct gate_name *name, struct http_transfer *transfer) {
  set_going(transfer, true);
  name->scout = transfer;
  name->lookup_ms = 0;
  name->addressed = false;
  name->scouted_ms = loop_mono_ms();
}

bool http_gate_enter(struct http_gate *gate, struct http_transfer *transfer) {
  char origin[ORIGIN_MAX];
  size_t host_at = take_origin(buf_text(&transfer->request->url), origin, sizeof origin);
  if (host_at == 0) return true;
  bool looks_up = needs_lookup(origin + host_at);
  bool tls = strncasecmp(origin, "https:", 6) == 0;
  if (!looks_up && !tls) return true;
  struct gate_name *name = find_name(gate, origin);
  name->looks_up = looks_up;
  name->tls = tls;
  name->used_ms = loop_mono_ms();
  name->users++;
  transfer->name = name;
  if (is_known(name, name->used_ms)) return http_gate_go(transfer);
  if (name->scout == NULL) {
    send_scout(name, transfer);
    return true;
  }
  transfer_list_add(&name->waiting, transfer);
  return false;
}

void http_gate_lookup(struct http_transfer *transfer) {
  if (transfer->name != NULL) transfer->name->lookup_ms = loop_mono_ms();
}

static void release_all(struct gate_name *name, CURLcode fault) {
  while (name->waiting.first != NULL) {
    struct http_transfer *waiting = name->waiting.first;
    transfer_list_take(waiting);
    waiting->fault = fault;
    transfer_list_add(waiting->released, waiting);
  }
}

/* Nothing is left to find out: the crowd may follow. */
static void end_scouting(struct gate_name *name) {
  name->scout = NULL;
  release_all(name, CURLE_OK);
}

void http_gate_open(struct http_transfer *transfer) {
  struct gate_name *name = transfer->name;
  if (name == NULL) return;
  if (name->lookup_ms > 0) name->known_until_ms = name->lookup_ms + KNOWN_MS;
  name->addressed = true;
  bool asks_more = name->tls && name->speech == SPEECH_UNKNOWN;
  if (name->scout == transfer && !asks_more) end_scouting(name);
}

void http_gate_heard(struct http_transfer *transfer, bool http2) {
  struct gate_name *name = transfer->name;
  if (name == NULL || !name->tls) return;
  name->speech = http2 ? SPEECH_HTTP2 : SPEECH_HTTP1;
  if (name->scout == transfer) end_scouting(name);
}

void http_gate_leave(struct http_transfer *transfer, CURLcode result) {
  struct gate_name *name = transfer->name;
  if (name == NULL) return;
  set_going(transfer, false);
  transfer->name = NULL;
  name->users--;
  if (name->scout == NULL) release_first(name);
  if (name->scout != transfer) return;
  name->scout = NULL;
  if (result == CURLE_COULDNT_RESOLVE_HOST) {
    release_all(name, result);
  } else if (result != CURLE_OK) {
    release_all(name, CURLE_OK); /* one by one they would fail too late */
  } else if (name->waiting.first != NULL) {
    struct http_transfer *heir = name->waiting.first;
    transfer_list_take(heir);
    send_scout(name, heir);
    transfer_list_add(heir->released, heir);
  }
}

bool http_gate_hurry(struct http_gate *gate) {
  bool waits = false;
  int64_t now_ms = loop_mono_ms();
  for (size_t i = 0; i < BUCKETS; i++) {
    for (struct gate_name *name = gate->buckets[i]; name != NULL; name = name->next) {
      bool late = name->addressed && now_ms - name->scouted_ms >= HTTP_SCOUT_MS;
      if (name->scout != NULL && late) end_scouting(name);
      if (name->waiting.first != NULL) waits = true;
    }
  }
  return waits;
}

enum http_speech http_gate_speech(const struct http_transfer *transfer) {
  return transfer->name != NULL ? transfer->name->speech : SPEECH_UNKNOWN;
}
