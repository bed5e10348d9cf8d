#include "io/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/loop_uv.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define GRACE_MS 1000 /* between SIGTERM and SIGKILL */
#define DRAIN_MS 200  /* for what the pipe still holds once the program has gone, if somebody else keeps it open */
#define ENVIRONMENT_MAX 4
#define READ_MAX 4096

struct program {
  uv_process_t process;
  uv_pipe_t pipe;
  uv_pipe_t feed; /* its standard input, where there is something to read */
  uv_write_t feeding;
  struct buf input;
  uv_timer_t timer;
  program_done *done; /* NULL: cancelled or told */
  void *context;
  struct buf output;
  int exit_code;
  bool exited;
  bool ended; /* the pipe */
  bool drained;
  bool talks;
  bool fed; /* there is a feed, open or being closed */
  unsigned open_handles;
  struct program_yard *yard;
  struct program *next; /* in the yard's leaving */
  char scratch[READ_MAX];
};

static void forget_leaving(struct program *program) {
  for (struct program **at = &program->yard->leaving; *at != NULL; at = &(*at)->next) {
    if (*at != program) continue;
    *at = program->next;
    return;
  }
}

static void kill_group(const struct program *program, int number) {
  if (program->process.pid > 0) (void)kill(-program->process.pid, number);
}

static void on_closed(uv_handle_t *handle) {
  struct program *program = handle->data;
  if (--program->open_handles > 0) return;
  buf_done(&program->output);
  buf_wipe(&program->input);
  mem_free(program);
}

static void close_feed(struct program *program) {
  if (program->fed && !uv_is_closing((uv_handle_t *)&program->feed)) uv_close((uv_handle_t *)&program->feed, on_closed);
}

static void close_all(struct program *program) {
  forget_leaving(program);
  close_feed(program);
  if (uv_is_closing((uv_handle_t *)&program->pipe)) return;
  uv_close((uv_handle_t *)&program->process, on_closed);
  uv_close((uv_handle_t *)&program->pipe, on_closed);
  uv_close((uv_handle_t *)&program->timer, on_closed);
}

static void tell(struct program *program, const struct err *err) {
  program_done *done = program->done;
  if (done == NULL) return;
  program->done = NULL;
  const struct program_answer answer = {
      .exit_code = program->exit_code,
      .output = buf_text(&program->output),
      .length = program->output.len,
  };
  done(program->context, err, &answer);
}

static void finish(struct program *program) {
  const struct err none = {.code = ERR_NONE};
  tell(program, &none);
  close_all(program);
}

/* A busy loop may come here before it has looked at the pipe: it gets one more turn. */
static void on_drained(uv_timer_t *timer) {
  struct program *program = timer->data;
  if (!program->drained) {
    program->drained = true;
    (void)uv_timer_start(timer, on_drained, 1, 0);
    return;
  }
  finish(program);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number) {
  struct program *program = process->data;
  program->exited = true;
  program->exit_code = number != 0 ? -1 : (int)status;
  /* What it left running in its group ends with it. */
  kill_group(program, SIGKILL);
  if (program->ended || program->done == NULL) {
    finish(program);
  } else {
    (void)uv_timer_start(&program->timer, on_drained, DRAIN_MS, 0);
  }
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room) {
  (void)suggested;
  struct program *program = handle->data;
  *room = uv_buf_init(program->scratch, READ_MAX);
}

static void on_output(uv_stream_t *stream, ssize_t length, const uv_buf_t *bytes) {
  struct program *program = stream->data;
  struct err err = {0};
  if (length == 0) return;
  if (length < 0) {
    (void)uv_read_stop(stream);
    program->ended = true;
    if (program->exited) finish(program);
  } else if (!buf_add_n(&program->output, bytes->base, (size_t)length) && !program->talks) {
    (void)uv_read_stop(stream);
    err_set(&err, ERR_COMMAND, "the program printed too much");
    err_hint(&err, "%d KiB at most; it should print the balance and nothing else", ASK_OUTPUT_MAX / 1024);
    program->ended = true;
    tell(program, &err);
    program_cancel(program);
  }
}

/* NAME=VALUE of the four variables that are set, in entries that end with NULL. */
static void fill_environment(char *entries[static ENVIRONMENT_MAX + 1], struct buf texts[static ENVIRONMENT_MAX]) {
  static const char *const names[ENVIRONMENT_MAX] = {"PATH", "HOME", "LANG", "TZ"};
  size_t count = 0;
  for (size_t i = 0; i < ENVIRONMENT_MAX; i++) {
    const char *value = getenv(names[i]);
    if (value == NULL && i == 0) value = "/usr/local/bin:/usr/bin:/bin";
    buf_init(&texts[i], 64 * 1024);
    if (value != NULL && buf_addf(&texts[i], "%s=%s", names[i], value)) entries[count++] = texts[i].data;
  }
  entries[count] = NULL;
}

/* libuv closes nothing in the child, and not every library marks what it opens. */
static void mark_inherited_files(void) {
  DIR *folder = opendir("/dev/fd");
  if (folder == NULL) return;
  for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    int fd = 0;
    for (const char *digit = entry->d_name; *digit >= '0' && *digit <= '9'; digit++)
      fd = fd * 10 + (*digit - '0');
    if (fd > STDERR_FILENO) (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  (void)closedir(folder);
}

/* Both of its outputs in one pipe, in the order in which it wrote them. */
static bool make_shared_output(struct program *program, uv_stdio_container_t stdio[static 3], int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  if (uv_pipe_open(&program->pipe, ends[0]) != 0) {
    (void)close(ends[0]);
    (void)close(ends[1]);
    return false;
  }
  *writing = ends[1];
  stdio[1] = stdio[2] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = ends[1]};
  return true;
}

static void fill_args(char *args[ASK_ARGS_MAX + 1], const struct buf *words) {
  for (size_t at = 0, i = 0; at < words->len && i < ASK_ARGS_MAX; at += strlen(words->data + at) + 1)
    args[i++] = words->data + at;
}

static int spawn(struct program *program, const struct program_ask *ask) {
  int writing = -1;
  char *args[ASK_ARGS_MAX + 1] = {NULL};
  char *environment[ENVIRONMENT_MAX + 1];
  struct buf texts[ENVIRONMENT_MAX];
  uv_stdio_container_t stdio[3] = {
      {.flags = UV_IGNORE}, {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE}, {.flags = UV_IGNORE}};
  stdio[1].data.stream = (uv_stream_t *)&program->pipe;
  if (program->fed) {
    stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    stdio[0].data.stream = (uv_stream_t *)&program->feed;
  }
  if (ask->talks && !make_shared_output(program, stdio, &writing)) return UV_EMFILE;
  fill_args(args, &ask->words);
  fill_environment(environment, texts);
  const uv_process_options_t options = {
      .exit_cb = on_exit_of,
      .file = args[0],
      .args = args,
      .env = environment,
      .flags = UV_PROCESS_DETACHED, /* a group of its own, so that all of it can be ended */
      .stdio_count = 3,
      .stdio = stdio,
  };
  mark_inherited_files();
  int problem = uv_spawn(program->timer.loop, &program->process, &options);
  if (writing >= 0) (void)close(writing);
  for (size_t i = 0; i < ENVIRONMENT_MAX; i++)
    buf_done(&texts[i]);
  return problem;
}

static void start_fault(const char *name, int problem, struct err *err) {
  char shown[100];
  text_clean(shown, sizeof shown, name);
  if (problem == UV_ENOENT) {
    err_set(err, ERR_COMMAND, "%s is not there", shown);
    err_hint(err, "give its whole path, or look at PATH");
  } else if (problem == UV_EACCES) {
    err_set(err, ERR_COMMAND, "%s may not be run", shown);
    err_hint(err, "chmod +x, and look at the rights of its folders");
  } else {
    err_set(err, ERR_COMMAND, "%s does not start: %s", shown, uv_strerror(problem));
  }
}

/* A program may not care for its input: that the pipe breaks is no fault. */
static void on_fed(uv_write_t *feeding, int status) {
  (void)status;
  close_feed(feeding->data);
}

static void feed(struct program *program) {
  uv_buf_t bytes = uv_buf_init(program->input.data, (unsigned)program->input.len);
  program->feeding.data = program;
  if (uv_write(&program->feeding, (uv_stream_t *)&program->feed, &bytes, 1, on_fed) != 0) close_feed(program);
}

static void prepare_feed(struct program *program, const struct program_ask *ask) {
  buf_init(&program->input, ASK_INPUT_MAX);
  program->fed = ask->input.len > 0;
  if (!program->fed) return;
  buf_add_n(&program->input, ask->input.data, ask->input.len);
  (void)uv_pipe_init(loop_uv(program->yard->loop), &program->feed, 0);
  program->feed.data = program;
  program->open_handles++;
}

struct program *program_start(struct program_yard *yard, const struct program_ask *ask, program_done *done, void *context,
                              struct err *err) {
  if (ask->words.len == 0) {
    err_set(err, ERR_COMMAND, "no program is named");
    return NULL;
  }
  struct program *program = mem_new(1, sizeof *program);
  program->yard = yard;
  buf_init(&program->output, ASK_OUTPUT_MAX);
  (void)uv_pipe_init(loop_uv(yard->loop), &program->pipe, 0);
  (void)uv_timer_init(loop_uv(yard->loop), &program->timer);
  program->process.data = program;
  program->pipe.data = program;
  program->timer.data = program;
  program->open_handles = 3;
  program->talks = ask->talks;
  prepare_feed(program, ask);
  int problem = spawn(program, ask);
  if (problem != 0) {
    start_fault(buf_text(&ask->words), problem, err);
    close_all(program);
    return NULL;
  }
  program->done = done;
  program->context = context;
  (void)uv_read_start((uv_stream_t *)&program->pipe, on_room, on_output);
  if (program->fed) feed(program);
  return program;
}

static void on_grace_over(uv_timer_t *timer) {
  kill_group(timer->data, SIGKILL);
}

void program_cancel(struct program *program) {
  program->done = NULL;
  close_feed(program);
  if (program->exited) {
    close_all(program);
    return;
  }
  kill_group(program, SIGTERM);
  program->next = program->yard->leaving;
  program->yard->leaving = program;
  (void)uv_timer_start(&program->timer, on_grace_over, GRACE_MS, 0);
}

/* After SIGKILL a process is gone within a moment; one that is not (a dead network disk) is left to the system. */
void program_yard_clear(struct program_yard *yard) {
  const struct timespec moment = {.tv_nsec = 1000000};
  while (yard->leaving != NULL) {
    struct program *program = yard->leaving;
    kill_group(program, SIGKILL);
    for (int tries = 0; tries < 200 && waitpid(program->process.pid, NULL, WNOHANG) == 0; tries++)
      (void)nanosleep(&moment, NULL);
    close_all(program);
  }
}
