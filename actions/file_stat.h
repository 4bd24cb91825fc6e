#ifndef ACTIONS_FILE_STAT_H
#define ACTIONS_FILE_STAT_H

/*
 * What a client may know about one file: kind, size, mode, times, where a link leads, and its
 * entity tag.
 *
 * The tag is 32 hex digits over device, inode, size and modification time to the nanosecond. Files
 * are replaced, never changed in place, by everything in this folder, so each write gives a new
 * inode and with it a new tag.
 *
 * struct file_status is a plain value. Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

/* enumerator, name for clients */
#define FILE_KINDS(X)                                                                              \
    X(FILE_KIND_FILE, "file")                                                                      \
    X(FILE_KIND_DIRECTORY, "directory")                                                            \
    X(FILE_KIND_LINK, "link")                                                                      \
    X(FILE_KIND_FIFO, "fifo")                                                                      \
    X(FILE_KIND_SOCKET, "socket")                                                                  \
    X(FILE_KIND_DEVICE, "device")                                                                  \
    X(FILE_KIND_UNKNOWN, "unknown")

enum file_kind {
#define FILE_KIND_ENUM(name, text) name,
    FILE_KINDS(FILE_KIND_ENUM)
#undef FILE_KIND_ENUM
};

#define FILE_ETAG_LEN 32
struct file_etag {
    char text[FILE_ETAG_LEN + 1];
};

struct file_status {
    enum file_kind kind;
    uint64_t size;
    unsigned mode; /* permission bits */
    uint32_t uid;
    uint32_t gid;
    uint64_t inode;
    uint64_t links;
    int64_t modified_us;
    int64_t changed_us;
    struct file_etag etag;
};

const char *file_kind_name(enum file_kind kind);
enum file_kind file_kind_of_mode(mode_t mode);
enum file_kind file_kind_of_dirent(unsigned char type);

struct file_etag file_status_etag(const struct stat *status);
struct file_status file_status_from(const struct stat *status);

/* With `follows` a link's target is described, else the link itself. *ret_target is heap memory for
 * a link that was not followed, else NULL; may be NULL. */
bool file_stat(const char *path, bool follows, struct file_status *ret_status, char **ret_target,
               struct error *error) MUST_CHECK;

#endif
