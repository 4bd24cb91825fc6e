#ifndef ACTIONS_ARCHIVE_SOURCE_H
#define ACTIONS_ARCHIVE_SOURCE_H

/*
 * What an archive is made of: the directory asked for, or the one repository found below it, and
 * what the reply's headers say about that repository (contract v1-server §6.3).
 *
 * The repository is looked for up to ARCHIVE_SEARCH_DEPTH levels down, without hidden directories,
 * links, node_modules, venv, site-packages and vendor, and not inside a repository; one found is
 * taken, none or several leave the directory as it was. Texts are heap memory, NULL when unknown.
 * Credentials in the remote's address are masked. Blocking: for worker threads only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct git;

#define ARCHIVE_SEARCH_DEPTH 3

struct archive_source {
    char *root; /* absolute, without links */
    bool is_repository;
    char *remote;
    char *branch; /* "DETACHED" when no branch is checked out */
    char *head_commit;
};

/* `path` is a checked path that must be a directory: NOT_FOUND "Directory not found", INVALID "Path
 * is not a directory". The repository's texts are left unset. */
bool archive_source_find(const char *path, struct archive_source *ret_source,
                         struct error *error) MUST_CHECK;
/* Fills remote, branch and head_commit as far as git knows them. */
void archive_source_describe(struct archive_source *source, struct git *git);
void archive_source_fini(struct archive_source *source);
/* The last component of the root; "root" for the root of the file system. */
struct str archive_source_name(const struct archive_source *source);

#endif
