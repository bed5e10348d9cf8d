#include "io/http_gate.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define BUCKETS 64
/* A little less than curl keeps a name, so that a name known here is never one it must look up again. */
#define KNOWN_MS ((HTTP_NAMES_KEPT_S - 5) * INT64_C(1000))

struct gate_name {
  struct gate_name *next;
  struct http_transfer *scout;
  struct transfer_list waiting;
  size_t users;
  int64_t lookup_ms; /* when the scout's look-up began; 0: it was cached */
  int64_t known_until_ms;
  char key[];
};

struct http_gate {
  struct gate_name *buckets[BUCKETS];
};

struct http_gate *http_gate_new(void) {
  return mem_new(1, sizeof(struct http_gate));
}

void http_gate_free(struct http_gate *gate) {
  if (gate == NULL) return;
  http_gate_tidy(gate);
  mem_free(gate);
}

void http_gate_tidy(struct http_gate *gate) {
  for (size_t i = 0; i < BUCKETS; i++) {
    for (struct gate_name **at = &gate->buckets[i]; *at != NULL;) {
      struct gate_name *name = *at;
      if (name->users > 0) {
        at = &name->next;
        continue;
      }
      *at = name->next;
      mem_free(name);
    }
  }
}

/* "host:port" as it stands between the "//" and the path; what needs no look-up gives nothing. */
static size_t find_authority(const char *url, const char **authority) {
  const char *start = strstr(url, "://");
  if (start == NULL) return 0;
  start += 3;
  size_t length = strcspn(start, "/?#");
  const char *user_end = memchr(start, '@', length);
  if (user_end != NULL) {
    length -= (size_t)(user_end + 1 - start);
    start = user_end + 1;
  }
  *authority = start;
  return length;
}

static bool needs_lookup(const char *authority, size_t length) {
  char host[256];
  struct in_addr address;
  if (length == 0 || length >= sizeof host || *authority == '[') return false;
  memcpy(host, authority, length);
  host[length] = '\0';
  host[strcspn(host, ":")] = '\0';
  return inet_pton(AF_INET, host, &address) != 1 && strcasecmp(host, "localhost") != 0;
}

static struct gate_name *find_name(struct http_gate *gate, const char *authority, size_t length) {
  size_t hash = 5381;
  for (size_t i = 0; i < length; i++)
    hash = hash * 33 + (unsigned char)authority[i];
  struct gate_name **bucket = &gate->buckets[hash % BUCKETS];
  for (struct gate_name *name = *bucket; name != NULL; name = name->next) {
    if (strlen(name->key) == length && memcmp(name->key, authority, length) == 0) return name;
  }
  struct gate_name *name = mem_new(1, sizeof *name + length + 1);
  memcpy(name->key, authority, length);
  name->next = *bucket;
  *bucket = name;
  return name;
}

bool http_gate_enter(struct http_gate *gate, struct http_transfer *transfer) {
  const char *authority = NULL;
  size_t length = find_authority(buf_text(&transfer->request->url), &authority);
  if (!needs_lookup(authority, length)) return true;
  struct gate_name *name = find_name(gate, authority, length);
  if (loop_mono_ms() < name->known_until_ms) return true;
  name->users++;
  transfer->name = name;
  if (name->scout == NULL) {
    name->scout = transfer;
    name->lookup_ms = 0;
    return true;
  }
  transfer_list_add(&name->waiting, transfer);
  return false;
}

void http_gate_lookup(struct http_transfer *transfer) {
  if (transfer->name != NULL) transfer->name->lookup_ms = loop_mono_ms();
}

static void leave_name(struct http_transfer *transfer) {
  if (transfer->name->scout == transfer) transfer->name->scout = NULL;
  transfer->name->users--;
  transfer->name = NULL;
}

static void release_all(struct gate_name *name, CURLcode fault, struct transfer_list *released) {
  while (name->waiting.first != NULL) {
    struct http_transfer *waiting = name->waiting.first;
    transfer_list_take(waiting);
    leave_name(waiting);
    waiting->fault = fault;
    transfer_list_add(released, waiting);
  }
}

void http_gate_open(struct http_transfer *transfer, struct transfer_list *released) {
  struct gate_name *name = transfer->name;
  if (name == NULL) return;
  if (name->lookup_ms > 0) name->known_until_ms = name->lookup_ms + KNOWN_MS;
  leave_name(transfer);
  release_all(name, CURLE_OK, released);
}

void http_gate_leave(struct http_transfer *transfer, CURLcode result, struct transfer_list *released) {
  struct gate_name *name = transfer->name;
  if (name == NULL) return;
  bool scout = name->scout == transfer;
  leave_name(transfer);
  if (!scout || name->waiting.first == NULL) return;
  if (result == CURLE_COULDNT_RESOLVE_HOST) {
    release_all(name, result, released);
    return;
  }
  struct http_transfer *heir = name->waiting.first;
  transfer_list_take(heir);
  name->scout = heir;
  name->lookup_ms = 0;
  transfer_list_add(released, heir);
}
