/* disk.c: a disk for SQLite that fails as a test says. */
#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum call { CALL_READ, CALL_WRITE, CALL_SYNC, CALL_LOCK, CALL_OPEN, CALL_OTHER };

struct file {
    sqlite3_file base;
    const char *name;
    sqlite3_file *real; /* follows this struct in memory */
};

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    uv_mutex_t lock; /* guards all below */
    enum disk_fault fault;
    unsigned first, count, calls, failures;
    unsigned slow_ms;
    bool stuck;
    void (*note)(void *arg, const struct disk_deed *deed);
    void *arg;
} disk;

static const char *const fault_names[DISK_FAULTS] = {"good", "error",  "full",     "short",
                                                     "sync", "locked", "readonly", "read"};

int disk_fault_parse(const char *word)
{
    for (int i = 0; i < DISK_FAULTS; i++) {
        if (strcmp(word, fault_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- what fails ---- */

static bool is_about(enum disk_fault fault, enum call call)
{
    switch (fault) {
    case DISK_ERROR:
        return call != CALL_LOCK;
    case DISK_FULL:
    case DISK_SHORT_WRITE:
        return call == CALL_WRITE;
    case DISK_SYNC_ERROR:
        return call == CALL_SYNC;
    case DISK_LOCKED:
        return call == CALL_LOCK;
    case DISK_READ_ONLY:
        return call == CALL_WRITE || call == CALL_OPEN;
    case DISK_READ_ERROR:
        return call == CALL_READ;
    case DISK_GOOD:
    case DISK_FAULTS:
        break;
    }
    return false;
}

/* Counts a call; DISK_GOOD: carry it out. */
static enum disk_fault count_call(enum call call)
{
    enum disk_fault fault = DISK_GOOD;
    uv_mutex_lock(&disk.lock);
    if (is_about(disk.fault, call)) {
        unsigned number = disk.calls++;
        if (number >= disk.first && number - disk.first < disk.count) {
            fault = disk.fault;
            disk.failures++;
        }
    }
    uv_mutex_unlock(&disk.lock);
    return fault;
}

static void note(enum disk_act act, const char *name, uint64_t at, const void *data, size_t size)
{
    uv_mutex_lock(&disk.lock);
    if (disk.note != NULL) {
        disk.note(disk.arg, &(struct disk_deed){act, name, at, data, size});
    }
    uv_mutex_unlock(&disk.lock);
}

static const char *last_part(const char *path)
{
    const char *last = path == NULL ? "" : path;
    for (const char *c = last; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\') {
            last = c + 1;
        }
    }
    return last;
}

/* ---- files ---- */

static struct file *of(sqlite3_file *base)
{
    return (struct file *)base;
}

static sqlite3_file *real_of(sqlite3_file *base)
{
    return of(base)->real;
}

static int file_close(sqlite3_file *base)
{
    sqlite3_file *real = real_of(base);
    return real->pMethods == NULL ? SQLITE_OK : real->pMethods->xClose(real);
}

static int file_read(sqlite3_file *base, void *into, int size, sqlite3_int64 at)
{
    if (count_call(CALL_READ) != DISK_GOOD) {
        return SQLITE_IOERR_READ;
    }
    return real_of(base)->pMethods->xRead(real_of(base), into, size, at);
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(base);
    switch (count_call(CALL_WRITE)) {
    case DISK_GOOD:
        break;
    case DISK_FULL:
        return SQLITE_FULL;
    case DISK_READ_ONLY:
        return SQLITE_READONLY;
    case DISK_SHORT_WRITE:
        real->pMethods->xWrite(real, data, size / 2, at);
        return SQLITE_IOERR_WRITE;
    default:
        return SQLITE_IOERR_WRITE;
    }
    int code = real->pMethods->xWrite(real, data, size, at);
    if (code == SQLITE_OK) {
        note(DISK_WRITE, of(base)->name, (uint64_t)at, data, (size_t)size);
    }
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    if (count_call(CALL_OTHER) != DISK_GOOD) {
        return SQLITE_IOERR_TRUNCATE;
    }
    int code = real_of(base)->pMethods->xTruncate(real_of(base), size);
    if (code == SQLITE_OK) {
        note(DISK_TRUNCATE, of(base)->name, (uint64_t)size, NULL, 0);
    }
    return code;
}

static void take_time(void)
{
    uv_mutex_lock(&disk.lock);
    unsigned ms = disk.slow_ms;
    bool stuck = disk.stuck;
    uv_mutex_unlock(&disk.lock);
    if (ms > 0) {
        uv_sleep(ms);
    }
    while (stuck) {
        uv_sleep(5);
        uv_mutex_lock(&disk.lock);
        stuck = disk.stuck;
        uv_mutex_unlock(&disk.lock);
    }
}

static int file_sync(sqlite3_file *base, int flags)
{
    take_time();
    if (count_call(CALL_SYNC) != DISK_GOOD) {
        return SQLITE_IOERR_FSYNC;
    }
    int code = real_of(base)->pMethods->xSync(real_of(base), flags);
    if (code == SQLITE_OK) {
        note(DISK_SYNC, of(base)->name, 0, NULL, 0);
    }
    return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    if (count_call(CALL_OTHER) != DISK_GOOD) {
        return SQLITE_IOERR_FSTAT;
    }
    return real_of(base)->pMethods->xFileSize(real_of(base), size);
}

static int file_lock(sqlite3_file *base, int lock)
{
    if (count_call(CALL_LOCK) != DISK_GOOD) {
        return SQLITE_BUSY;
    }
    return real_of(base)->pMethods->xLock(real_of(base), lock);
}

static int file_unlock(sqlite3_file *base, int lock)
{
    return real_of(base)->pMethods->xUnlock(real_of(base), lock);
}

static int file_check_lock(sqlite3_file *base, int *locked)
{
    return real_of(base)->pMethods->xCheckReservedLock(real_of(base), locked);
}

static int file_control(sqlite3_file *base, int what, void *arg)
{
    return real_of(base)->pMethods->xFileControl(real_of(base), what, arg);
}

static int file_sector(sqlite3_file *base)
{
    return real_of(base)->pMethods->xSectorSize(real_of(base));
}

static int file_characteristics(sqlite3_file *base)
{
    return real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));
}

static int file_shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **out)
{
    if (count_call(CALL_OTHER) != DISK_GOOD) {
        return SQLITE_IOERR_SHMMAP;
    }
    return real_of(base)->pMethods->xShmMap(real_of(base), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    if ((flags & SQLITE_SHM_LOCK) != 0 && count_call(CALL_LOCK) != DISK_GOOD) {
        return SQLITE_BUSY;
    }
    return real_of(base)->pMethods->xShmLock(real_of(base), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    real_of(base)->pMethods->xShmBarrier(real_of(base));
}

static int file_shm_unmap(sqlite3_file *base, int and_delete)
{
    return real_of(base)->pMethods->xShmUnmap(real_of(base), and_delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* not 3, because then SQLite could bypass these with memory mapping */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- the VFS ---- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
                    int *out_flags)
{
    struct file *file = of(base);
    (void)vfs;
    file->base.pMethods = NULL;
    file->real = (sqlite3_file *)(void *)(file + 1);
    file->name = last_part(path);
    enum disk_fault fault = count_call(CALL_OPEN);
    if (fault == DISK_ERROR) {
        return SQLITE_CANTOPEN;
    }
    if (fault == DISK_READ_ONLY) {
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    }
    int exists = 0;
    if (path != NULL && (flags & SQLITE_OPEN_CREATE) != 0) {
        disk.real->xAccess(disk.real, path, SQLITE_ACCESS_EXISTS, &exists);
    }
    int code = disk.real->xOpen(disk.real, path, file->real, flags, out_flags);
    if (code == SQLITE_OK) {
        file->base.pMethods = &methods;
        if (!exists && (flags & SQLITE_OPEN_CREATE) != 0) {
            note(DISK_CREATE, file->name, 0, NULL, 0);
        }
    }
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    if (count_call(CALL_OTHER) != DISK_GOOD) {
        return SQLITE_IOERR_DELETE;
    }
    int code = disk.real->xDelete(disk.real, path, sync);
    if (code == SQLITE_OK) {
        note(DISK_DELETE, last_part(path), 0, NULL, 0);
    }
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)vfs;
    if (count_call(CALL_OTHER) != DISK_GOOD) {
        return SQLITE_IOERR_ACCESS;
    }
    return disk.real->xAccess(disk.real, path, flags, out);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    return disk.real->xFullPathname(disk.real, path, size, out);
}

static int vfs_random(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    return disk.real->xRandomness(disk.real, size, out);
}

/* Nobody else can release the lock during the sleep, so the time does not matter and need not
 * pass. */
static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    uv_mutex_lock(&disk.lock);
    bool in_vain = disk.fault == DISK_LOCKED;
    uv_mutex_unlock(&disk.lock);
    return in_vain ? us : disk.real->xSleep(disk.real, us);
}

static int vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    return disk.real->xCurrentTime(disk.real, out);
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)vfs;
    return disk.real->xGetLastError(disk.real, size, out);
}

static int vfs_time_64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    (void)vfs;
    return disk.real->xCurrentTimeInt64(disk.real, out);
}

int disk_register(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    if (disk.real == NULL || uv_mutex_init(&disk.lock) != 0) {
        return SQLITE_ERROR;
    }
    disk.vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct file) + disk.real->szOsFile,
        .mxPathname = disk.real->mxPathname,
        .zName = "msiwatch-disk",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time_64,
    };
    return sqlite3_vfs_register(&disk.vfs, 1);
}

/* ---- the test's settings ---- */

void disk_set_fault(enum disk_fault fault, unsigned first, unsigned count)
{
    uv_mutex_lock(&disk.lock);
    disk.fault = fault;
    disk.first = first;
    disk.count = count;
    disk.calls = 0;
    disk.failures = 0;
    uv_mutex_unlock(&disk.lock);
}

unsigned disk_calls(void)
{
    uv_mutex_lock(&disk.lock);
    unsigned calls = disk.calls;
    uv_mutex_unlock(&disk.lock);
    return calls;
}

unsigned disk_failures(void)
{
    uv_mutex_lock(&disk.lock);
    unsigned failures = disk.failures;
    uv_mutex_unlock(&disk.lock);
    return failures;
}

void disk_set_slow(unsigned ms)
{
    uv_mutex_lock(&disk.lock);
    disk.slow_ms = ms;
    uv_mutex_unlock(&disk.lock);
}

void disk_set_stuck(bool stuck)
{
    uv_mutex_lock(&disk.lock);
    disk.stuck = stuck;
    uv_mutex_unlock(&disk.lock);
}

void disk_set_recorder(void (*to)(void *arg, const struct disk_deed *deed), void *arg)
{
    uv_mutex_lock(&disk.lock);
    disk.note = to;
    disk.arg = arg;
    uv_mutex_unlock(&disk.lock);
}
