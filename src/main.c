#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lowtide/command_line.h"

/* Cron and supervisors may start it with standard descriptors closed. The next files opened would get their numbers, and
 * what is printed would end up in the store. In their place: no input, an output that refuses, errors that nobody reads. */
static bool fill_descriptors(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    if (open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
  }
  return true;
}

/* What it writes is its user's alone, and a peer that hangs up is an error like others. */
int main(int argc, char **argv) {
  if (!fill_descriptors()) return 1;
  (void)umask(077);
  (void)signal(SIGPIPE, SIG_IGN);
  (void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a full disk, not the end */
  return command_line(argc, argv);
}
