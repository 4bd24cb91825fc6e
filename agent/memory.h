#ifndef AGENT_MEMORY_H
#define AGENT_MEMORY_H

/*
 * What an agent has noted for later conversations (contract v1-conversations §10): one file of the
 * user's, one of the project's. Together they take MEMORY_MAX_CHARS at most; what is too long loses
 * its beginning, and says so.
 *
 * Reads files: belongs into a worker job.
 */

#include <stddef.h>

struct buf;

#define MEMORY_MAX_CHARS 6000

/* Appends both texts with their headings; nothing when there is neither. */
void memory_read(const char *state_dir, const char *home, const char *workspace, struct buf *out);

/* The folder of the user's memory as people call it: "~/.openhands/memory" where that is it. */
void memory_user_folder(const char *state_dir, const char *home, struct buf *out);

#endif
