/* power: a disk that forgets. A VFS of SQLite that passes everything on and writes down what was written, synced, cut and
 * deleted, in order. From that record comes the disk as it may look if the power fails at any moment: what was synced is
 * there; of what was not, each sector is there, or not, or torn, as a seed decides. Header only. */
#ifndef LOWTIDE_TESTS_FAKE_POWER_H
#define LOWTIDE_TESTS_FAKE_POWER_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POWER_FILES_MAX 8
#define POWER_EVENTS_MAX 20000

enum power_what { POWER_WRITE, POWER_CUT, POWER_SYNC, POWER_DELETE, POWER_MARK };

struct power_event {
  enum power_what what;
  int file;
  sqlite3_int64 at; /* of POWER_CUT: the new size; of POWER_SYNC and POWER_DELETE: whether the folder is synced too; of
                       POWER_MARK: what the test says */
  int length;
  unsigned char *data;
};

static struct power_event power_events[POWER_EVENTS_MAX];
static int power_count;
static char power_names[POWER_FILES_MAX][512];
static int power_files;

struct power_file {
  sqlite3_file base;
  int number;         /* in power_names; -1: not written down */
  bool fresh;         /* a journal's first sync syncs its folder too, as SQLite's own VFS does */
  sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *power_real;

static void power_note(enum power_what what, int file, sqlite3_int64 at, const void *data, int length) {
  if (file < 0) return;
  if (power_count == POWER_EVENTS_MAX) abort();
  struct power_event *event = &power_events[power_count++];
  *event = (struct power_event){.what = what, .file = file, .at = at, .length = length};
  if (length == 0) return;
  event->data = malloc((size_t)length);
  memcpy(event->data, data, (size_t)length);
}

static void power_mark(int64_t value) {
  power_note(POWER_MARK, 0, value, NULL, 0);
}

static int power_number(const char *name) {
  for (int i = 0; i < power_files; i++) {
    if (strcmp(power_names[i], name) == 0) return i;
  }
  if (power_files == POWER_FILES_MAX) abort();
  (void)snprintf(power_names[power_files], sizeof power_names[0], "%s", name);
  return power_files++;
}

#define POWER_REAL(file) (((struct power_file *)(void *)(file))->real)
#define POWER_NUMBER(file) (((struct power_file *)(void *)(file))->number)

static int power_close(sqlite3_file *file) {
  return POWER_REAL(file)->pMethods->xClose(POWER_REAL(file));
}
static int power_read(sqlite3_file *file, void *data, int length, sqlite3_int64 at) {
  return POWER_REAL(file)->pMethods->xRead(POWER_REAL(file), data, length, at);
}
static int power_write(sqlite3_file *file, const void *data, int length, sqlite3_int64 at) {
  power_note(POWER_WRITE, POWER_NUMBER(file), at, data, length);
  return POWER_REAL(file)->pMethods->xWrite(POWER_REAL(file), data, length, at);
}
static int power_truncate(sqlite3_file *file, sqlite3_int64 size) {
  power_note(POWER_CUT, POWER_NUMBER(file), size, NULL, 0);
  return POWER_REAL(file)->pMethods->xTruncate(POWER_REAL(file), size);
}
static int power_sync(sqlite3_file *file, int flags) {
  struct power_file *mine = (struct power_file *)(void *)file;
  power_note(POWER_SYNC, mine->number, mine->fresh, NULL, 0);
  mine->fresh = false;
  return POWER_REAL(file)->pMethods->xSync(POWER_REAL(file), flags);
}
static int power_size(sqlite3_file *file, sqlite3_int64 *size) {
  return POWER_REAL(file)->pMethods->xFileSize(POWER_REAL(file), size);
}
static int power_lock(sqlite3_file *file, int level) {
  return POWER_REAL(file)->pMethods->xLock(POWER_REAL(file), level);
}
static int power_unlock(sqlite3_file *file, int level) {
  return POWER_REAL(file)->pMethods->xUnlock(POWER_REAL(file), level);
}
static int power_is_reserved(sqlite3_file *file, int *out) {
  return POWER_REAL(file)->pMethods->xCheckReservedLock(POWER_REAL(file), out);
}
static int power_control(sqlite3_file *file, int op, void *argument) {
  return POWER_REAL(file)->pMethods->xFileControl(POWER_REAL(file), op, argument);
}
static int power_sector(sqlite3_file *file) {
  return POWER_REAL(file)->pMethods->xSectorSize(POWER_REAL(file));
}
static int power_traits(sqlite3_file *file) {
  return POWER_REAL(file)->pMethods->xDeviceCharacteristics(POWER_REAL(file));
}
static int power_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
  return POWER_REAL(file)->pMethods->xShmMap(POWER_REAL(file), page, size, extend, memory);
}
static int power_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return POWER_REAL(file)->pMethods->xShmLock(POWER_REAL(file), offset, n, flags);
}
static void power_shm_barrier(sqlite3_file *file) {
  POWER_REAL(file)->pMethods->xShmBarrier(POWER_REAL(file));
}
static int power_shm_unmap(sqlite3_file *file, int delete) {
  return POWER_REAL(file)->pMethods->xShmUnmap(POWER_REAL(file), delete);
}

static const sqlite3_io_methods power_methods = {
    .iVersion = 2,
    .xClose = power_close,
    .xRead = power_read,
    .xWrite = power_write,
    .xTruncate = power_truncate,
    .xSync = power_sync,
    .xFileSize = power_size,
    .xLock = power_lock,
    .xUnlock = power_unlock,
    .xCheckReservedLock = power_is_reserved,
    .xFileControl = power_control,
    .xSectorSize = power_sector,
    .xDeviceCharacteristics = power_traits,
    .xShmMap = power_shm_map,
    .xShmLock = power_shm_lock,
    .xShmBarrier = power_shm_barrier,
    .xShmUnmap = power_shm_unmap,
};

static int power_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
  struct power_file *mine = (struct power_file *)(void *)file;
  (void)vfs;
  mine->real = (sqlite3_file *)(void *)(mine + 1);
  mine->number = name != NULL ? power_number(name) : -1;
  mine->fresh = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  int code = power_real->xOpen(power_real, name, mine->real, flags, flags_out);
  mine->base.pMethods = code == SQLITE_OK ? &power_methods : NULL;
  return code;
}

/* sync: the directory is synced too, so that the name stays away. */
static int power_delete(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs;
  power_note(POWER_DELETE, power_number(name), sync, NULL, 0);
  return power_real->xDelete(power_real, name, sync);
}

/* From here on SQLite uses this disk. */
static void power_begin(void) {
  static sqlite3_vfs vfs;
  power_real = sqlite3_vfs_find(NULL);
  vfs = *power_real;
  vfs.zName = "power";
  vfs.pNext = NULL;
  vfs.szOsFile = (int)sizeof(struct power_file) + power_real->szOsFile;
  vfs.xOpen = power_open;
  vfs.xDelete = power_delete;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) abort();
}

static void power_end(void) {
  sqlite3_vfs *vfs = sqlite3_vfs_find("power");
  (void)sqlite3_vfs_register(power_real, 1);
  (void)sqlite3_vfs_unregister(vfs);
}

static void power_forget(void) {
  for (int i = 0; i < power_count; i++)
    free(power_events[i].data);
  power_count = power_files = 0;
}

/* --- the disk after the failure --------------------------------------------------------------------------------------- */

struct power_image {
  unsigned char *data;
  size_t size;
  bool there;
};

static uint64_t power_chance(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

static void power_resize(struct power_image *image, size_t size) {
  image->data = realloc(image->data, size > 0 ? size : 1);
  if (size > image->size) memset(image->data + image->size, 0, size - image->size);
  image->size = size;
  image->there = true;
}

static void power_put(struct power_image *image, size_t at, const unsigned char *data, size_t length) {
  if (image->size < at + length) power_resize(image, at + length);
  memcpy(image->data + at, data, length);
}

/* What of an unsynced write got to the disk: of each of its sectors all, nothing, or its beginning. */
static void power_put_some(struct power_image *image, const struct power_event *event, size_t sector, uint64_t *seed) {
  size_t at = (size_t)event->at;
  size_t end = at + (size_t)event->length;
  while (at < end) {
    size_t stop = (at / sector + 1) * sector < end ? (at / sector + 1) * sector : end;
    uint64_t dice = power_chance(seed) % 8;
    size_t length = dice < 3 ? 0 : dice == 3 ? (stop - at) / 2 : stop - at;
    if (length > 0) power_put(image, at, event->data + (at - (size_t)event->at), length);
    at = stop;
  }
}

/* Whether event number i was synced before the failure at number `moment`. */
static bool power_is_safe(int i, int moment) {
  for (int k = i + 1; k < moment; k++) {
    if (power_events[k].what == POWER_SYNC && power_events[k].file == power_events[i].file) return true;
  }
  return false;
}

/* A name that was deleted may still stand there as long as its folder was not synced. */
static void power_delete_some(struct power_image *image, int i, int moment, uint64_t *seed) {
  bool safe = power_events[i].at != 0;
  for (int k = i + 1; k < moment && !safe; k++)
    safe = power_events[k].what == POWER_SYNC && power_events[k].at != 0;
  if (!safe && power_chance(seed) % 2 == 0) return;
  image->size = 0;
  image->there = false;
}

static void power_apply(struct power_image *image, int i, int moment, size_t sector, uint64_t *seed) {
  const struct power_event *event = &power_events[i];
  bool safe = power_is_safe(i, moment);
  switch (event->what) {
  case POWER_WRITE:
    if (safe) {
      power_put(image, (size_t)event->at, event->data, (size_t)event->length);
    } else {
      power_put_some(image, event, sector, seed);
    }
    break;
  case POWER_CUT:
    if (safe || power_chance(seed) % 2 == 0) power_resize(image, (size_t)event->at);
    break;
  case POWER_DELETE: power_delete_some(image, i, moment, seed); break;
  case POWER_SYNC:
  case POWER_MARK: break;
  }
}

/* Writes the files as they may be after a failure just before event number `moment`, into a folder, under their own last
 * names. */
static void power_fail(int moment, uint64_t seed, const char *into) {
  size_t sector = power_chance(&seed) % 2 == 0 ? 512 : 4096;
  for (int file = 0; file < power_files; file++) {
    struct power_image image = {0};
    for (int i = 0; i < moment; i++) {
      if (power_events[i].file == file) power_apply(&image, i, moment, sector, &seed);
    }
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", into, strrchr(power_names[file], '/') + 1);
    (void)remove(path);
    FILE *out = image.there ? fopen(path, "wb") : NULL;
    if (out != NULL) {
      if (fwrite(image.data, 1, image.size, out) != image.size || fclose(out) != 0) abort();
    }
    free(image.data);
  }
}

#endif
