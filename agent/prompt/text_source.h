#ifndef AGENT_PROMPT_TEXT_SOURCE_H
#define AGENT_PROMPT_TEXT_SOURCE_H

/*
 * Reads the files of text that go into prompts: instructions, memory, skills. They are written by
 * people, so they are small; one beyond TEXT_SOURCE_MAX_BYTES is refused. What is not UTF-8 is
 * repaired, a byte order mark dropped. Only regular files are read: a pipe would wait for ever.
 *
 * Blocks: for worker jobs.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"

struct buf;
struct error;

#define TEXT_SOURCE_MAX_BYTES ((size_t)1 << 20)

/* Appends. ERROR_NOT_FOUND and its kin name the file. */
bool text_source_read(const char *path, struct buf *out, struct error *error) MUST_CHECK;
/* The same below an open folder; the error names `name`. */
bool text_source_read_at(int folder_fd, const char *name, struct buf *out,
                         struct error *error) MUST_CHECK;

#endif
