#ifndef ACTIONS_EDITOR_HISTORY_H
#define ACTIONS_EDITOR_HISTORY_H

/*
 * What files were before the editor changed them, byte for byte, for undo_edit: a stack of at most
 * EDITOR_HISTORY_PER_FILE contents for each path. The oldest content of all goes first when there
 * are EDITOR_HISTORY_MAX_ENTRIES of them or EDITOR_HISTORY_MAX_BYTES.
 *
 * The contents lie in one file in $TMPDIR or /tmp that has no name: nobody else can read it, and
 * nothing is left behind however the server ends. It is made with the first content. Blocking; one
 * thread at a time.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct editor_history;
struct error;

#define EDITOR_HISTORY_PER_FILE    10
#define EDITOR_HISTORY_MAX_ENTRIES 4096
#define EDITOR_HISTORY_MAX_BYTES   ((size_t)1 << 30)

struct editor_history *editor_history_new(void);
void editor_history_free(struct editor_history *history); /* NULL is fine */

bool editor_history_push(struct editor_history *history, struct str path, struct str content,
                         struct error *error) MUST_CHECK;
/* Takes the last content off the path's stack; false when there is none. */
bool editor_history_pop(struct editor_history *history, struct str path,
                        struct buf *content) MUST_CHECK;

#endif
