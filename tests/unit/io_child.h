/* A peer in a process of its own, for a test: it ends when its input does, or when it is told. */
#ifndef LOWTIDE_TESTS_IO_CHILD_H
#define LOWTIDE_TESTS_IO_CHILD_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
  pid_t pid;
  int input;  /* ours to write */
  int output; /* ours to read */
};

static inline bool child_start(struct child *child, const char *const *args) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return false;
  child->pid = fork();
  if (child->pid == 0) {
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that fails leaves nothing behind */
    (void)dup2(in[0], STDIN_FILENO);
    (void)dup2(out[1], STDOUT_FILENO);
    union {
      const char *const *loan;
      char *const *wanted;
    } words = {.loan = args};
    (void)execvp(args[0], words.wanted);
    _exit(127);
  }
  (void)close(in[0]);
  (void)close(out[1]);
  child->input = in[1];
  child->output = out[0];
  return child->pid > 0;
}

/* The next line it prints, without its end; false if there is none within 20 s. */
static inline bool child_line(const struct child *child, char *line, size_t size) {
  size_t length = 0;
  struct pollfd wait = {.fd = child->output, .events = POLLIN};
  while (length + 1 < size && poll(&wait, 1, 20000) == 1 && read(child->output, line + length, 1) == 1) {
    line[length + 1] = '\0';
    if (line[length] == '\n') {
      line[length] = '\0';
      return true;
    }
    length++;
  }
  return false;
}

/* Its exit status; -1 if a signal ended it. */
static inline int child_end(struct child *child, int number) {
  int status = 0;
  (void)close(child->input);
  if (number != 0) (void)kill(child->pid, number);
  (void)waitpid(child->pid, &status, 0);
  (void)close(child->output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
