#include <signal.h>
#include <sys/stat.h>

#include "lowtide/command_line.h"

/* What it writes is its user's alone, and a peer that hangs up is an error like others. */
int main(int argc, char **argv) {
  (void)umask(077);
  (void)signal(SIGPIPE, SIG_IGN);
  return command_line(argc, argv);
}
