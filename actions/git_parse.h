#ifndef ACTIONS_GIT_PARSE_H
#define ACTIONS_GIT_PARSE_H

/*
 * Readers for what git prints with -z. Each takes one record off the front of *rest and returns
 * false at the end or at something it does not understand; then *rest is empty in the first case
 * and untouched in the second, which git_parse_is_done tells apart. What they return is borrowed
 * from the text. Pure, for any thread; fuzzed.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

/* Hex digits of SHA-256 are the longest object name. */
#define GIT_OID_MAX 64

bool git_parse_is_done(struct str rest);
/* 40 or 64 lower-case hex digits. */
bool git_parse_is_oid(struct str text);
/* What a client may give as a commit: 4 to 64 hex digits of either case. */
bool git_parse_is_commit(struct str text);

/* `git diff --name-status -z`: "M\0path\0" or "R100\0old\0new\0". */
struct git_name_status {
    char letter;
    struct str path;
    struct str old_path; /* set for R and C */
};
bool git_parse_name_status(struct str *rest, struct git_name_status *ret_entry) MUST_CHECK;

/* `git status --porcelain=v2 -z --branch`. Renames are not expected (--no-renames). */
enum git_status_kind {
    GIT_STATUS_HEAD_OID,    /* text: the object name or "(initial)" */
    GIT_STATUS_HEAD_BRANCH, /* text: the name or "(detached)" */
    GIT_STATUS_HEADER,      /* any other */
    GIT_STATUS_CHANGED,
    GIT_STATUS_UNMERGED,
    GIT_STATUS_UNTRACKED,
    GIT_STATUS_IGNORED,
};
struct git_status_record {
    enum git_status_kind kind;
    char index;    /* X: HEAD to index; '.' is unchanged */
    char worktree; /* Y: index to working tree */
    bool is_submodule;
    bool is_in_head; /* of GIT_STATUS_CHANGED: these two have the path */
    bool is_in_worktree;
    bool is_blank;   /* the index has the empty file, which may be no more than an announcement */
    struct str text; /* the path, or the header's value */
};
bool git_parse_status(struct str *rest, struct git_status_record *ret_record) MUST_CHECK;

/* `git for-each-ref --format=%(refname)%00%(objectname)%00%(symref)%00%(HEAD)`, one per line. */
struct git_ref {
    struct str name;
    struct str oid;
    struct str target; /* of a symbolic ref; else empty */
    bool is_current;
};
bool git_parse_ref(struct str *rest, struct git_ref *ret_ref) MUST_CHECK;

/* `git log -z --format=%H%x1f%h%x1f%an%x1f%aI%x1f%s`. */
#define GIT_LOG_FORMAT "--format=%H%x1f%h%x1f%an%x1f%aI%x1f%s"
struct git_log_record {
    struct str oid;
    struct str short_oid;
    struct str author;
    struct str timestamp;
    struct str subject;
};
bool git_parse_log(struct str *rest, struct git_log_record *ret_record) MUST_CHECK;

/* `git ls-files -z` and others: one name. */
bool git_parse_name(struct str *rest, struct str *ret_name) MUST_CHECK;

#endif
