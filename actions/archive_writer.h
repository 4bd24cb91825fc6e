#ifndef ACTIONS_ARCHIVE_WRITER_H
#define ACTIONS_ARCHIVE_WRITER_H

/*
 * Writes a tar.gz or ZIP member by member into a sink, through the loadable part that holds
 * libarchive (archive_module.h).
 *
 * The part, actiond_archive.so, is looked for when the first archive is made (program_files.h) and
 * stays loaded. Without it every archive fails with UNAVAILABLE and a text that names the file.
 *
 * A member gets exactly the size it was announced with: what a file has lost meanwhile is filled
 * with zeros, what it has gained is left out, so the archive stays readable.
 *
 * Any thread, one per writer. Blocks as long as the sink does.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "actions/archive_module.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct archive_writer;
struct error;

/* The sink gets finished bytes and returns false to end the archive (CANCELLED). */
bool archive_writer_open(enum archive_kind kind, archive_sink_fn sink, void *owner,
                         struct archive_writer **ret_writer, struct error *error) MUST_CHECK;
void archive_writer_free(struct archive_writer *writer); /* NULL is fine */

/* Mode, owner and time come from `status`; its kind decides whether it is a directory. */
bool archive_writer_add_directory(struct archive_writer *writer, const char *name,
                                  const struct stat *status, struct error *error) MUST_CHECK;
bool archive_writer_add_bytes(struct archive_writer *writer, const char *name,
                              const struct stat *status, struct str bytes,
                              struct error *error) MUST_CHECK;
/* From an open file of status->st_size bytes. */
bool archive_writer_add_file(struct archive_writer *writer, const char *name,
                             const struct stat *status, int fd, struct error *error) MUST_CHECK;
bool archive_writer_finish(struct archive_writer *writer, struct error *error) MUST_CHECK;

#endif
