#ifndef API_NATIVE_FILES_PRINT_H
#define API_NATIVE_FILES_PRINT_H

/*
 * How the native file routes show a file's status: the same members in the same order wherever a
 * file appears, times as ISO UTC, the mode as octal digits. Only api/native/files*.c use this.
 * Writes into the caller's object; no state of its own.
 */

#include <stdint.h>

struct file_status;
struct jsonw;

/* kind, size, mode ("0644"), uid, gid, links, inode, modified_at, changed_at, etag. */
void files_print_status(const struct file_status *status, struct jsonw *w);
void files_print_time(struct jsonw *w, const char *name, int64_t time_us);

#endif
