#ifndef API_V1_GIT_PRINT_H
#define API_V1_GIT_PRINT_H

/*
 * Git answers as JSON bodies of contract v1-server §7.
 *
 * Names of files look the way the contract's server shows them: as git quotes them (bytes beyond
 * ASCII as octal escapes, in double quotes), and then with each backslash turned into a slash. The
 * native routes show real names.
 *
 * Pure; called on worker threads, because a body may be large.
 */

#include <stdbool.h>

struct buf;
struct git_changes;
struct git_commits;
struct git_diff;

/* Sorted by name, unless the order of git is to be kept. */
void git_print_changes(const struct git_changes *changes, bool is_sorted, struct buf *out);
void git_print_commits(const struct git_commits *commits, struct buf *out);
void git_print_diff(const struct git_diff *diff, struct buf *out);

#endif
