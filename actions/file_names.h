#ifndef ACTIONS_FILE_NAMES_H
#define ACTIONS_FILE_NAMES_H

/*
 * The names in one directory, read at once and sorted: by their bytes, or without regard to case
 * (Unicode lower case first, ties by the exact name), as contract v1-server §6 sorts.
 *
 * All names share one block of bytes; each is NUL-terminated. At most FILE_NAMES_MAX entries are
 * kept, the rest is dropped and is_truncated says so. The kind costs a look at the file only on
 * file systems that do not tell it. Zero-initialised memory is a valid empty list.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/file_stat.h"
#include "server/base/buf.h"

struct error;

#define FILE_NAMES_MAX ((size_t)1 << 20)

struct file_name {
    uint32_t offset;
    uint32_t len;
    enum file_kind kind; /* of the entry itself: links are not followed */
};

struct file_names {
    struct buf bytes;
    struct file_name *items;
    size_t count;
    size_t capacity;
    bool is_truncated;
};

/* Which entries are kept; NULL keeps all. */
typedef bool (*file_names_filter_fn)(const void *owner, struct str name, enum file_kind kind);

/* Reads from `directory_fd`, which stays open. Unsorted. False with errno. */
bool file_names_read(struct file_names *names, int directory_fd, file_names_filter_fn keeps,
                     const void *owner) MUST_CHECK;
void file_names_fini(struct file_names *names);

void file_names_sort(struct file_names *names);
void file_names_sort_nocase(struct file_names *names);

struct str file_names_at(const struct file_names *names, size_t index);

/* Appends the text in lower case; bytes that are not UTF-8 stay. */
void file_names_lower(struct buf *out, struct str text);

#endif
