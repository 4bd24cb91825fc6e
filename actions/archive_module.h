#ifndef ACTIONS_ARCHIVE_MODULE_H
#define ACTIONS_ARCHIVE_MODULE_H

/*
 * The border between the program and its loadable part actiond_archive.so, which alone links
 * libarchive and is loaded when the first archive is made. One table of functions, exported as
 * `archive_module`; nothing of libarchive shows through. Only actions/archive_writer.c uses it.
 *
 * An archive is used by one thread at a time. Functions that return bool leave the reason of a
 * failure in problem().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_MODULE_VERSION 1u
#define ARCHIVE_MODULE_FILE    "actiond_archive.so"
#define ARCHIVE_MODULE_SYMBOL  "archive_module"

enum archive_kind {
    ARCHIVE_KIND_TAR_GZ,
    ARCHIVE_KIND_ZIP
};

struct archive_member {
    const char *name;
    bool is_directory;
    uint64_t size;
    unsigned mode;
    uint32_t uid;
    uint32_t gid;
    int64_t modified_s;
};

/* Takes finished bytes; false ends the archive. */
typedef bool (*archive_sink_fn)(void *owner, const void *bytes, size_t len);

struct archive_module {
    unsigned version;
    void *(*open)(enum archive_kind kind, archive_sink_fn sink, void *owner);
    bool (*begin)(void *archive, const struct archive_member *member);
    bool (*add)(void *archive, const void *bytes, size_t len);
    bool (*finish)(void *archive); /* writes what is left of the archive */
    const char *(*problem)(void *archive);
    void (*free)(void *archive);
};

extern const struct archive_module archive_module;

#endif
