/* Stands before the C library's calls that reach a disk, and lets one of them fail as a broken disk does: EIO.
   Counted are calls on SQLite's own files alone. Loaded with LD_PRELOAD; armed from Python through ctypes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long first = 0, span = 0, passed = 0, struck = 0;

void disk_arm(long at, long calls) { first = at; span = calls; passed = 0; struck = 0; }
long disk_passed(void) { return passed; }
long disk_struck(void) { return struck; }

static int fails(int fd) {
    char link[64], path[4096];
    if (!first) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, ".sqlite3")) return 0;
    passed++;
    if (passed < first || passed >= first + span) return 0;
    struck++;
    errno = EIO;
    return 1;
}

#define STAND_BEFORE(type, name, declared, given)                        \
    type name declared {                                                 \
        static type (*real) declared;                                    \
        if (!real) real = dlsym(RTLD_NEXT, #name);                       \
        return fails(fd) ? -1 : real given;                              \
    }

STAND_BEFORE(ssize_t, pread64, (int fd, void *to, size_t size, off64_t at), (fd, to, size, at))
STAND_BEFORE(ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
STAND_BEFORE(int, fsync, (int fd), (fd))
STAND_BEFORE(int, fdatasync, (int fd), (fd))
STAND_BEFORE(int, ftruncate, (int fd, off_t length), (fd, length))
STAND_BEFORE(int, ftruncate64, (int fd, off64_t length), (fd, length))
