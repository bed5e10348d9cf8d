/* process: the name of a process that nobody else ever bears, so that a claim can outlive its owner by no moment. */
#ifndef LOWTIDE_STORE_PROCESS_H
#define LOWTIDE_STORE_PROCESS_H

#define PROCESS_NAME_MAX 96

enum process_state {
  PROCESS_ALIVE,
  PROCESS_GONE,
  PROCESS_HIDDEN /* cannot be told from here: of another container, or without /proc */
};

/* "PID START NAMESPACE BOOT" of this process. */
void process_name(char out[static PROCESS_NAME_MAX]);
enum process_state process_state_of(const char *name);

#endif
