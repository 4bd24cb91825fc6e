#ifndef ACTIONS_FILE_UPLOAD_H
#define ACTIONS_FILE_UPLOAD_H

/*
 * A file that arrives in pieces on the loop thread and is written by worker jobs.
 *
 *     add … add ── [full? pause the source … on_ready] ── add ── end ── on_done ── close
 *
 * Pieces are gathered up to FILE_UPLOAD_STEP_BYTES and handed to one job at a time; while it
 * writes, the next ones gather. From FILE_UPLOAD_FULL_BYTES on the upload is full: the source
 * should pause until on_ready. So memory stays at about two such buffers, whatever the size of the
 * file.
 *
 * The file itself is written by file_write: nothing shows under its name before the end, and
 * closing an upload that has not ended leaves nothing behind. on_done comes once: with the result
 * after end, or with an error as soon as there is one. The owner closes it in either case; after
 * close nothing is called back.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/file_write.h"
#include "server/base/str.h"

struct error;
struct file_upload;
struct loop;

#define FILE_UPLOAD_STEP_BYTES ((size_t)256 << 10)
#define FILE_UPLOAD_FULL_BYTES ((size_t)1 << 20)

struct file_upload_events {
    void (*on_ready)(void *owner);
    /* `error` is NULL on success; both are borrowed for the call. */
    void (*on_done)(void *owner, const struct file_written *written, const struct error *error);
};

/* Copies the options. The file is opened with the first job, not before. */
struct file_upload *file_upload_open(struct loop *loop, const struct file_write_options *options,
                                     const struct file_upload_events *events, void *owner);
void file_upload_add(struct file_upload *upload, struct str bytes); /* copies */
bool file_upload_is_full(const struct file_upload *upload);
void file_upload_end(struct file_upload *upload);
void file_upload_close(struct file_upload *upload); /* NULL is fine */

#endif
