#ifndef ACTIONS_ZIP_TREE_H
#define ACTIONS_ZIP_TREE_H

/*
 * The files below a directory as a ZIP without compression, whose length is known before its first
 * byte is made (contract v0-action-execution §2.7).
 *
 *     open (walks the tree, notes names and sizes) ── size ── write ── free
 *
 * Members are regular files, hidden ones included, by their path below the directory; a link to a
 * file is stored by content, one to a directory is not followed; there are no members for
 * directories. What is no regular file, and links that lead nowhere, are left out. A path that is a
 * file gives an empty ZIP. Each member gets exactly the size noted: what a file has lost meanwhile
 * is filled with zeros, what it has gained is left out.
 *
 * Memory is a name and 40 bytes per member; more than ZIP_TREE_MAX_NAME_BYTES of names is
 * TOO_LARGE. Blocking: for a thread of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct zip_tree;

#define ZIP_TREE_MAX_NAME_BYTES ((size_t)256 << 20)

/* False stops the writing: CANCELLED. */
typedef bool (*zip_sink_fn)(void *owner, struct str bytes);

/* `root` is a checked path of something that exists. A file that may not be read is an error. */
bool zip_tree_open(const char *root, struct zip_tree **ret_tree, struct error *error) MUST_CHECK;
uint64_t zip_tree_size(const struct zip_tree *tree);
bool zip_tree_write(struct zip_tree *tree, zip_sink_fn sink, void *owner,
                    struct error *error) MUST_CHECK;
void zip_tree_free(struct zip_tree *tree); /* NULL is fine */

#endif
