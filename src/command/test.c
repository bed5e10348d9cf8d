#include <inttypes.h>

#include "command.h"
#include "engine.h"
#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"
#include "posting.h"

/* One message through the outbox, as every other goes. */
struct test {
  struct engine engine;
  struct config *config;
  const struct channel *channel;
  struct turn turn;
  struct posting *posting;
  struct err err;
};

static bool queue(struct store *store, const struct test *test, const struct parts *parts, struct err *err) {
  struct outbox_row row = {
      .turn_id = test->turn.id,
      .payload = parts->part[0].data,
      .created_ms = test->turn.started_ms,
      .due_ms = test->turn.started_ms,
  };
  bool fresh = false;
  (void)text_copy(row.kind, sizeof row.kind, message_kind_name(MESSAGE_TEST));
  (void)text_fmt(row.key, sizeof row.key, "test:%" PRId64, test->turn.id);
  (void)text_copy(row.channel, sizeof row.channel, test->channel->name);
  return store_outbox_add(store, &row, &fresh, err);
}

static bool queue_job(struct store *store, void *context, struct err *err) {
  struct test *test = context;
  struct message message;
  struct parts parts;
  bool fresh = false;
  test->turn = (struct turn){.schedule = "test", .started_ms = loop_wall_ms()};
  if (!store_turn_add(store, &test->turn, &fresh, err)) return false;
  message_init(&message, MESSAGE_TEST);
  parts_init(&parts);
  message.time_ms = test->turn.started_ms;
  buf_add(&message.text, "🧪 Test message from Lowtide to ");
  message_add_foreign(&message.text, test->channel->name);
  buf_add(&message.text, ": if you can read this, the channel works.");
  bool ok = test->channel->plug->render(&message, test->channel, &parts, err) && queue(store, test, &parts, err);
  parts_done(&parts);
  message_done(&message);
  return ok;
}

static void queued(void *context, const struct err *err) {
  struct test *test = context;
  test->err = *err;
  if (err->code != ERR_NONE) {
    loop_stop(test->engine.real.loop);
    return;
  }
  test->posting = posting_start(&test->engine, test->config, test->turn.id, true);
}

static bool why_job(struct store *store, void *context, struct err *err) {
  struct test *test = context;
  struct channel_state state = {0};
  if (!store_channel_state(store, test->channel->name, &state, err)) return false;
  err_set(&test->err, ERR_NETWORK, "%s did not take it: %s", test->channel->name, state.last_why);
  return true;
}

static int tell(struct test *test) {
  char line[256];
  if (test->err.code != ERR_NONE) return command_fail(&test->err);
  if (posting_waiting(test->posting) == 0 && posting_refused(test->posting) == 0) {
    (void)text_fmt(line, sizeof line, "%s took the test message", test->channel->name);
    return command_print(line);
  }
  struct store *store = store_open(test->config->state_dir, STORE_READ, &test->err);
  if (store != NULL) (void)why_job(store, test, &test->err);
  store_close(store);
  return command_fail(&test->err);
}

static int send_test(struct config *config, const struct channel *channel) {
  struct err err = {0};
  struct test test = {.config = config, .channel = channel};
  if (!engine_start(&test.engine, config, ENGINE_WRITES, &err)) return command_fail(&err);
  writer_do(test.engine.real.writer, queue_job, queued, &test);
  loop_run(test.engine.real.loop);
  engine_end_writer(&test.engine);
  int result = tell(&test);
  posting_free(test.posting);
  engine_stop(&test.engine);
  return result;
}

static int refuse_channel(const struct config *config, const char *name) {
  const char **names = mem_new(config->channel_count + 1, sizeof(const char *));
  for (size_t i = 0; i < config->channel_count; i++)
    names[i] = config->channels[i].name;
  struct err err = {0};
  err_set(&err, ERR_USAGE, "there is no channel \"%.60s\"", name);
  (void)err_suggest(&err, name, names);
  err_hint(&err, "`lowtide status` lists the channels");
  mem_free(names);
  return command_fail(&err);
}

static int test_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const struct channel *channel = config_channel(config, invocation->args[0]);
  int result = EXIT_TROUBLE;
  if (channel == NULL) {
    result = refuse_channel(config, invocation->args[0]);
  } else if (channel->missing != NULL) {
    struct err err = {0};
    err_set(&err, ERR_NOT_CONFIGURED, "%s is not configured: %s", channel->name, channel->missing_why);
    result = command_fail(&err);
  } else {
    result = send_test(config, channel);
  }
  config_release(config);
  return result;
}

const struct command command_test = {
    .name = "test",
    .usage = "CHANNEL",
    .about = "send one labelled test message",
    .args_min = 1,
    .args_max = 1,
    .run = test_run,
};
