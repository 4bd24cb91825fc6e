#ifndef ACTIONS_FILE_LIST_H
#define ACTIONS_FILE_LIST_H

/*
 * One page of a directory, sorted.
 *
 * A page starts at the entry whose exact name is `page`; when no name equals it, at the first whose
 * lower-cased name does (older servers gave those out); else at the first of all. The page after it
 * starts at *next, which is empty on the last page. Names with a leading dot are hidden and left
 * out unless asked for. Symbolic links are entries of their own and never followed.
 *
 * Sorting by time or size costs a look at every entry; directories beyond FILE_NAMES_MAX entries
 * are cut there (is_truncated). Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/file_names.h"
#include "actions/file_stat.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

enum file_list_order {
    FILE_LIST_BY_NAME,
    FILE_LIST_BY_NAME_NOCASE,
    FILE_LIST_BY_TIME, /* newest first */
    FILE_LIST_BY_SIZE, /* largest first */
};

struct file_list_options {
    const char *path; /* a checked path */
    struct str page;  /* unset: the first */
    size_t limit;     /* at least 1 */
    enum file_list_order order;
    bool includes_hidden;
    bool only_directories;
    bool wants_status; /* fills the status of each entry of the page */
};

struct file_list_entry {
    struct str name;
    enum file_kind kind;
    bool has_status; /* false also when the entry vanished meanwhile */
    struct file_status status;
};

struct file_list {
    struct file_names names; /* of the whole directory; holds the bytes of the entries' names */
    struct file_list_entry *entries;
    size_t count;
    struct str next;
    size_t total;
    bool is_truncated;
};

bool file_list(const struct file_list_options *options, struct file_list *ret_list,
               struct error *error) MUST_CHECK;
void file_list_fini(struct file_list *list);

#endif
