/* folder: the state folder, its database file, and the lock that keeps migrations from those who read and write. */
#ifndef LOWTIDE_STORE_FOLDER_H
#define LOWTIDE_STORE_FOLDER_H

#include "lowtide/store.h"

/* mkdir -p, each new folder 0700. */
bool folder_make(const char *state_dir, struct err *err) MUST_CHECK;

/* The database's path. Writers: makes folder (0700) and file (0600). Readers: "no store yet" if there is no file. */
bool folder_prepare(const char *state_dir, enum store_mode mode, char *path, size_t size, struct err *err) MUST_CHECK;

/* A shared lock for as long as *fd is open; *fd is -1 where a reader cannot have one. Waits for a migration. */
bool folder_lock(const char *state_dir, enum store_mode mode, int *fd, struct err *err) MUST_CHECK;

/* Alone with the store, for a migration; false if others would not go. Back with folder_share. */
bool folder_lock_alone(int fd);
void folder_share(int fd);

#endif
