#ifndef LOOP_PROCESS_TABLE_H
#define LOOP_PROCESS_TABLE_H

/*
 * A look at /proc: which processes exist, whose children they are and to which group they belong.
 * One reading of /proc/<pid>/stat serves the walk down a tree and the look for a group alike.
 *
 * It is a look, not a lock: a process that starts during it may be missing. Who must catch all
 * looks again after those found have ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/base/attributes.h"

struct process_row {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    char state; /* as in /proc: R, S, D, T, t, Z, X, I */
};

struct process_table {
    struct process_row *rows;
    size_t count;
};

/* False when /proc cannot be read. */
bool process_table_read(struct process_table *ret_table) MUST_CHECK;
void process_table_fini(struct process_table *table);

bool process_row_is_zombie(const struct process_row *row);
bool process_table_descends(const struct process_table *table, const struct process_row *row,
                            pid_t ancestor);

/* Whether a process of the group is no zombie; true as well when /proc cannot tell. Looks again as
 * long as there are new members: one may be forked unseen while its parent is seen to have ended.
 */
bool process_table_group_is_alive(pid_t group);

#endif
