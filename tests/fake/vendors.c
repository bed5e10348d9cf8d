/* The sandbox's simulated vendors alone, for tests and benchmarks of the whole program:
 *
 *     vendors [--port N] [--latency MS] [--seed N] [--log FILE] [--webhooks]
 *
 * Prints "port N" once it listens and ends on SIGTERM. The log gets a line of JSON a request, before its answer:
 * {"method","target","headers":{…},"body"}. --webhooks also takes Discord's and Slack's posts, at /api/webhooks/ID/TOKEN
 * and /services/T/B/X: an ID of 404 and a T of none do not exist. All of it misbehaves behind /fault/KIND. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/loop.h"
#include "lowtide/text.h"
#include "sandbox/serve.h"

#define DISCORD "/api/webhooks/"
#define SLACK "/services/"
#define CONTENT_MAX 2000

struct fake {
  struct serving serving;
  FILE *log;
};

static size_t count_characters(const char *text) {
  size_t count = 0;
  for (; *text != '\0'; text++)
    count += ((unsigned char)*text & 0xC0U) != 0x80U;
  return count;
}

static int discord_post(const char *target, const char *content, struct buf *body) {
  size_t length = content != NULL ? count_characters(content) : 0;
  if (length == 0) {
    buf_add(body, "{\"message\":\"Cannot send an empty message\",\"code\":50006}");
    return 400;
  }
  if (length > CONTENT_MAX) {
    buf_add(body, "{\"message\":\"Invalid Form Body\",\"code\":50035,\"errors\":{\"content\":{\"_errors\":[{\"code\":"
                  "\"BASE_TYPE_MAX_LENGTH\",\"message\":\"Must be 2000 or fewer in length.\"}]}}}");
    return 400;
  }
  if (strstr(target, "wait=true") == NULL) return 204;
  buf_add(body, "{\"id\":\"1234567890123456789\",\"type\":0,\"channel_id\":\"1\",\"webhook_id\":\"2\",\"content\":");
  buf_add_json(body, content);
  buf_add(body, ",\"embeds\":[],\"attachments\":[],\"mentions\":[],\"mention_roles\":[],\"flags\":0}");
  return 200;
}

static int discord(const struct local_request *request, const char *target, const struct json *posted, struct buf *body) {
  if (text_starts(target, DISCORD "404/")) {
    buf_add(body, "{\"message\":\"Unknown Webhook\",\"code\":10015}");
    return 404;
  }
  if (text_eq(request->method, "GET")) {
    buf_add(body, "{\"id\":\"2\",\"type\":1,\"name\":\"Lowtide\",\"channel_id\":\"1\",\"guild_id\":\"3\"}");
    return 200;
  }
  const char *type = local_request_header(request, "Content-Type");
  if (type == NULL || !text_starts(type, "application/json") || posted == NULL) {
    buf_add(body, "{\"message\":\"The request body contains invalid JSON.\",\"code\":50109}");
    return 400;
  }
  return discord_post(target, json_string(json_member(posted, "content")), body);
}

static int slack(const char *target, const struct json *posted, struct buf *body) {
  if (text_starts(target, SLACK "none/")) {
    buf_add(body, "no_service");
    return 404;
  }
  const char *text = json_string(json_member(posted, "text"));
  bool has_blocks = json_count(json_member(posted, "blocks")) > 0;
  if (posted == NULL) {
    buf_add(body, "invalid_payload");
  } else if (text_is_blank(text) && !has_blocks) {
    buf_add(body, "no_text");
  } else {
    buf_add(body, "ok");
    return 200;
  }
  return 400;
}

static int webhooks(const struct local_request *request, const char *target, struct buf *body) {
  struct err err = {0};
  bool is_discord = text_starts(target, DISCORD);
  if (!is_discord && !text_starts(target, SLACK)) return 0;
  struct json *posted = json_parse(request->body, request->body_length, &err);
  int status = is_discord ? discord(request, target, posted, body) : slack(target, posted, body);
  json_free(posted);
  return status;
}

static void log_request(FILE *log, const struct local_request *request) {
  struct buf line;
  buf_init(&line, (size_t)8 * LOCAL_REQUEST_BODY_MAX);
  buf_add(&line, "{\"method\":");
  buf_add_json(&line, request->method);
  buf_add(&line, ",\"target\":");
  buf_add_json(&line, request->target);
  buf_add(&line, ",\"headers\":{");
  for (size_t i = 0; i < request->header_count; i++) {
    if (i > 0) buf_add_char(&line, ',');
    buf_add_json(&line, request->headers[i].name);
    buf_add_char(&line, ':');
    buf_add_json(&line, request->headers[i].value);
  }
  buf_add(&line, "},\"body\":");
  buf_add_json(&line, request->body);
  (void)fprintf(log, "%s}\n", buf_text(&line));
  (void)fflush(log);
  buf_done(&line);
}

static void on_request(void *context, const struct local_request *request, struct local_script *script) {
  const struct fake *fake = context;
  if (fake->log != NULL) log_request(fake->log, request);
  serve_request(&fake->serving, request, loop_wall_ms(), script);
}

static void on_signal(void *context) {
  loop_stop(context);
}

static uint64_t number(const char *text) {
  char *end = NULL;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == '\0') return value;
  (void)fprintf(stderr, "vendors: %s is no number\n", text);
  exit(1);
}

static FILE *open_log(const char *path) {
  FILE *log = fopen(path, "a");
  if (log != NULL) return log;
  perror(path);
  exit(1);
}

static uint16_t read_options(int argc, char **argv, struct fake *fake) {
  static const struct option options[] = {{"port", required_argument, NULL, 'p'}, {"latency", required_argument, NULL, 'l'},
                                          {"seed", required_argument, NULL, 's'}, {"log", required_argument, NULL, 'o'},
                                          {"webhooks", no_argument, NULL, 'w'},   {0}};
  uint16_t port = 0;
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (option) {
    case 'p': port = (uint16_t)number(optarg); break;
    case 'l': fake->serving.latency_ms = (int64_t)number(optarg); break;
    case 's': fake->serving.seed = number(optarg); break;
    case 'o': fake->log = open_log(optarg); break;
    case 'w': fake->serving.other = webhooks; break;
    default: exit(1);
    }
  }
  return port;
}

static bool serve(struct loop *loop, uint16_t port, struct fake *fake, struct err *err) {
  struct local_server *server = local_server_new(loop, port, on_request, fake, err);
  if (server == NULL) return false;
  struct signal_watch *term = signal_watch_new(loop, SIGTERM, on_signal, loop);
  struct signal_watch *interrupt = signal_watch_new(loop, SIGINT, on_signal, loop);
  (void)printf("port %u\n", local_server_port(server));
  (void)fflush(stdout);
  loop_run(loop);
  signal_watch_free(term);
  signal_watch_free(interrupt);
  local_server_free(server);
  return true;
}

int main(int argc, char **argv) {
  struct err err = {0};
  struct fake fake = {.serving = {.seed = 1}};
  uint16_t port = read_options(argc, argv, &fake);
  struct loop *loop = loop_new(&err);
  bool served = loop != NULL && serve(loop, port, &fake, &err);
  if (loop != NULL) loop_free(loop);
  if (fake.log != NULL) (void)fclose(fake.log);
  if (!served) (void)fprintf(stderr, "vendors: %s\n", err.text);
  return served ? 0 : 1;
}
