/* As much of Discord as a bot needs to be asked things, quick enough to time it:
 *
 *     questions [--count N] [--per-second N] [--warm N] [--slow-every N]
 *
 * Prints "port N". Once a bot is ready, asks `/balance` so often, at random moments, each Nth time `/lowtide history`, and
 * takes the time from the question's last byte handed to the kernel to the whole callback read back. The first --warm ones
 * are not counted. Ends with "answered N lost N p50_us N p99_us N max_us N over_1s N"; a question is lost after 15 s. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 64
#define INPUT_MAX 262144
#define LOST_NS 15000000000LL
#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define FIRST_ID 1200000000000000000ULL /* of a question */

struct peer {
  int fd;
  bool is_socket; /* upgraded */
  size_t length;
  char input[INPUT_MAX];
};

struct question {
  int64_t asked_ns;
  int64_t answered_ns; /* 0: not yet */
};

static struct {
  int count;
  int warm;
  int per_second;
  int slow_every;
  int port;
  int sent;
  int answered;
  int ready; /* the descriptor of the bot that is; -1: none */
  int64_t next_ns;
  int64_t last_ns;
  long sequence;
  struct question *questions;
} bench = {.count = 2000, .warm = 100, .per_second = 50, .ready = -1};

static struct pollfd polls[PEERS_MAX + 1];
static struct peer *peers[PEERS_MAX + 1];
static nfds_t poll_count = 1;

static int64_t now_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;
    bytes += sent;
    length -= (size_t)sent;
  }
}

static void send_text(int fd, const char *text) {
  char frame[8192];
  size_t length = strlen(text), at = 2;
  frame[0] = (char)0x81;
  frame[1] = (char)(length < 126 ? length : 126);
  if (length >= 126) {
    frame[2] = (char)(length >> 8);
    frame[3] = (char)(length & 0xFF);
    at = 4;
  }
  memcpy(frame + at, text, length);
  send_all(fd, frame, at + length);
}

static void answer(int fd, const char *status, const char *body) {
  char text[8192];
  int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        status, strlen(body), body);
  send_all(fd, text, (size_t)length);
}

static void upgrade(struct peer *peer, const char *head) {
  const char *found = strcasestr(head, "sec-websocket-key:");
  char key[128];
  if (found == NULL) return;
  found += strlen("sec-websocket-key:");
  found += strspn(found, " ");
  (void)snprintf(key, sizeof key, "%.*s%s", (int)strcspn(found, "\r"), found, MAGIC);
  unsigned char digest[EVP_MAX_MD_SIZE], accept[64];
  unsigned int length = 0;
  (void)EVP_Digest(key, strlen(key), digest, &length, EVP_sha1(), NULL);
  (void)EVP_EncodeBlock(accept, digest, (int)length);
  char text[512];
  int size = snprintf(text, sizeof text,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: %s\r\n\r\n",
                      (const char *)accept);
  send_all(peer->fd, text, (size_t)size);
  peer->is_socket = true;
  send_text(peer->fd, "{\"op\":10,\"d\":{\"heartbeat_interval\":41250},\"s\":null,\"t\":null}");
}

static void note_callback(const char *path) {
  uint64_t id = strtoull(path + strlen("/api/v10/interactions/"), NULL, 10) - FIRST_ID;
  if (id >= (uint64_t)bench.count || bench.questions[id].answered_ns != 0) return;
  bench.questions[id].answered_ns = now_ns();
  bench.answered++;
}

static void serve(struct peer *peer, const char *head) {
  char method[16] = "", path[1024] = "", body[512];
  (void)sscanf(head, "%15s %1023s", method, path);
  if (strncmp(path, "/api/v10/interactions/", 22) == 0) {
    note_callback(path);
    send_all(peer->fd, "HTTP/1.1 204 No Content\r\n\r\n", 27);
  } else if (strcasestr(head, "upgrade: websocket") != NULL) {
    upgrade(peer, head);
  } else if (strcmp(path, "/api/v10/gateway/bot") == 0) {
    (void)snprintf(body, sizeof body,
                   "{\"url\":\"ws://127.0.0.1:%d\",\"shards\":1,\"session_start_limit\":{\"total\":1000,\"remaining\":1000,"
                   "\"reset_after\":0,\"max_concurrency\":1}}",
                   bench.port);
    answer(peer->fd, "200 OK", body);
  } else {
    bool is_list = strstr(path, "/commands") != NULL;
    answer(peer->fd, "200 OK", is_list ? "[]" : "{\"id\":\"1100000000000000001\",\"content\":\"\"}");
  }
}

/* The length of the request at the front of the input; 0: it is not whole yet. */
static size_t whole_request(struct peer *peer) {
  char *end = memmem(peer->input, peer->length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  *end = '\0';
  const char *found = strcasestr(peer->input, "\ncontent-length:");
  size_t length = (size_t)(end - peer->input) + 4 + (found != NULL ? strtoul(found + 16, NULL, 10) : 0);
  if (length > peer->length) *end = '\r';
  return length <= peer->length ? length : 0;
}

static void take_op(struct peer *peer, const char *text) {
  const char *found = strstr(text, "\"op\":");
  int op = found != NULL ? atoi(found + 5) : -1;
  char ready[1024];
  if (op == 1) send_text(peer->fd, "{\"op\":11}");
  if (op == 6) send_text(peer->fd, "{\"op\":9,\"d\":false,\"s\":null,\"t\":null}");
  if (op != 2) return;
  (void)snprintf(
      ready, sizeof ready,
      "{\"op\":0,\"t\":\"READY\",\"s\":%ld,\"d\":{\"v\":10,\"user\":{\"id\":\"1100000000000000001\",\"username\":\"bot\","
      "\"discriminator\":\"0\",\"avatar\":null,\"bot\":true},\"guilds\":[],\"session_id\":\"s\",\"resume_gateway_url\":"
      "\"ws://127.0.0.1:%d\",\"application\":{\"id\":\"1100000000000000001\",\"flags\":0}}}",
      ++bench.sequence, bench.port);
  send_text(peer->fd, ready);
  bench.ready = peer->fd;
  bench.next_ns = now_ns() + 2000000000LL;
}

/* The length of the frame at the front of the input, which is taken if it is text; 0: it is not whole yet. */
static size_t take_frame(struct peer *peer) {
  const unsigned char *bytes = (const unsigned char *)peer->input;
  if (peer->length < 6) return 0;
  size_t length = bytes[1] & 0x7F, at = 2;
  if (length == 126) {
    length = (size_t)bytes[2] << 8 | bytes[3];
    at = 4;
  }
  if (peer->length < at + 4 + length) return 0;
  char text[INPUT_MAX];
  for (size_t i = 0; i < length; i++)
    text[i] = (char)(bytes[at + 4 + i] ^ bytes[at + i % 4]);
  text[length] = '\0';
  if ((bytes[0] & 0x0F) == 1) take_op(peer, text);
  if ((bytes[0] & 0x0F) == 9) send_all(peer->fd, "\x8a\x00", 2);
  return at + 4 + length;
}

static bool read_peer(struct peer *peer) {
  ssize_t got = recv(peer->fd, peer->input + peer->length, INPUT_MAX - 1 - peer->length, 0);
  if (got <= 0) return got < 0 && (errno == EINTR || errno == EAGAIN);
  peer->length += (size_t)got;
  for (;;) {
    bool was_socket = peer->is_socket;
    size_t taken = was_socket ? take_frame(peer) : whole_request(peer);
    if (taken == 0) return peer->length < INPUT_MAX - 1;
    if (!was_socket) serve(peer, peer->input);
    peer->length -= taken;
    memmove(peer->input, peer->input + taken, peer->length);
  }
}

static void drop(nfds_t at) {
  if (bench.ready == peers[at]->fd) bench.ready = -1;
  (void)close(peers[at]->fd);
  free(peers[at]);
  poll_count--;
  peers[at] = peers[poll_count];
  polls[at] = polls[poll_count];
}

static void take_peer(int listener) {
  int fd = accept(listener, NULL, NULL);
  struct peer *peer = calloc(1, sizeof *peer);
  if (fd < 0 || peer == NULL || poll_count > PEERS_MAX) {
    if (fd >= 0) (void)close(fd);
    free(peer);
    return;
  }
  int one = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  peer->fd = fd;
  peers[poll_count] = peer;
  polls[poll_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void ask(void) {
  char text[4096];
  bool slow = bench.slow_every > 0 && bench.sent % bench.slow_every == bench.slow_every - 1;
  const char *data =
      slow ? "\"name\":\"lowtide\",\"options\":[{\"type\":1,\"name\":\"history\",\"options\":[{\"type\":3,\"name\":"
             "\"account\",\"value\":\"a0001\"}]}]"
           : "\"name\":\"balance\",\"options\":[{\"type\":3,\"name\":\"account\",\"value\":\"a0001\"}]";
  unsigned long long id = FIRST_ID + (unsigned long long)bench.sent;
  (void)snprintf(
      text, sizeof text,
      "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":%ld,\"d\":{\"id\":\"%llu\",\"application_id\":\"1100000000000000001\","
      "\"type\":2,\"token\":\"planted-%llu\",\"version\":1,\"guild_id\":\"1100000000000000003\",\"channel_id\":\"424242\","
      "\"member\":{\"user\":{\"id\":\"1100000000000000004\",\"username\":\"p\",\"discriminator\":\"0\",\"avatar\":null,"
      "\"global_name\":null},\"roles\":[],\"permissions\":\"0\",\"joined_at\":\"2026-01-01T00:00:00Z\",\"deaf\":false,"
      "\"mute\":false,\"flags\":0,\"nick\":null},\"channel\":{\"id\":\"424242\",\"type\":0},\"locale\":\"en-GB\","
      "\"app_permissions\":\"2147483647\",\"entitlements\":[],\"context\":0,\"authorizing_integration_owners\":{\"0\":"
      "\"1100000000000000003\"},\"attachment_size_limit\":10485760,\"data\":{\"id\":\"1300000000000000001\",\"type\":1,%s}}"
      "}",
      ++bench.sequence, id, id, data);
  struct question *question = &bench.questions[bench.sent++];
  send_text(bench.ready, text);
  question->asked_ns = bench.last_ns = now_ns();
  /* random gaps, of the right mean */
  bench.next_ns += (int64_t)(2000000000LL / bench.per_second * (rand() % 1000) / 1000);
  if (bench.next_ns < bench.last_ns) bench.next_ns = bench.last_ns;
}

static bool is_over(void) {
  if (bench.sent < bench.count) return false;
  return bench.answered == bench.count || now_ns() - bench.last_ns > LOST_NS;
}

static void turn(int listener) {
  int64_t wait_ns = 50000000;
  bool asking = bench.ready >= 0 && bench.sent < bench.count;
  if (asking && bench.next_ns - now_ns() < wait_ns) wait_ns = bench.next_ns - now_ns();
  struct timespec patience = {.tv_nsec = wait_ns > 0 ? wait_ns : 0};
  (void)ppoll(polls, poll_count, &patience, NULL);
  for (nfds_t i = poll_count; i-- > 1;)
    if ((polls[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_peer(peers[i])) drop(i);
  if ((polls[0].revents & POLLIN) != 0) take_peer(listener);
  if (asking && bench.ready >= 0 && now_ns() >= bench.next_ns) ask();
}

static int compare(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static void report(void) {
  int64_t *took = calloc((size_t)bench.count, sizeof *took);
  int count = 0, lost = 0, late = 0;
  for (int i = bench.warm; took != NULL && i < bench.count; i++) {
    const struct question *question = &bench.questions[i];
    if (question->answered_ns == 0)
      lost++;
    else
      took[count++] = question->answered_ns - question->asked_ns;
  }
  if (count == 0) {
    puts("answered 0");
    return;
  }
  qsort(took, (size_t)count, sizeof *took, compare);
  for (int i = 0; i < count; i++)
    late += took[i] > 1000000000;
  printf("answered %d lost %d p50_us %lld p99_us %lld max_us %lld over_1s %d\n", count, lost,
         (long long)took[count / 2] / 1000, (long long)took[(int)((double)count * 0.99)] / 1000,
         (long long)took[count - 1] / 1000, late);
  free(took);
}

static void take_options(int argc, char **argv) {
  static const struct option options[] = {{"count", required_argument, NULL, 'c'},
                                          {"per-second", required_argument, NULL, 'p'},
                                          {"warm", required_argument, NULL, 'w'},
                                          {"slow-every", required_argument, NULL, 's'},
                                          {NULL, 0, NULL, 0}};
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (option == '?') exit(2);
    *(option == 'c'   ? &bench.count
      : option == 'p' ? &bench.per_second
      : option == 'w' ? &bench.warm
                      : &bench.slow_every) = (int)strtol(optarg, NULL, 10);
  }
  bench.count += bench.warm;
}

int main(int argc, char **argv) {
  take_options(argc, argv);
  bench.questions = calloc((size_t)bench.count, sizeof *bench.questions);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bench.questions == NULL || listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
      listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
    perror("questions");
    return 1;
  }
  bench.port = ntohs(address.sin_port);
  printf("port %d\n", bench.port);
  (void)fflush(stdout);
  polls[0] = (struct pollfd){.fd = listener, .events = POLLIN};
  while (!is_over())
    turn(listener);
  report();
  return 0;
}
