#ifndef ACTIONS_GIT_BASE_H
#define ACTIONS_GIT_BASE_H

/*
 * What "changed" is measured against (contract v1-server §7.1): the reference a client names, or
 * the base that shows best what was done in this working tree.
 *
 * A survey knows the references that may matter: from the disk where that is plain (`is_known`),
 * else from one git command that its owner can run beside others:
 *
 *     git_survey_init → unless is_known: run survey.call → git_survey_head → git_survey_base
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "actions/git.h"
#include "actions/git_disk.h"
#include "server/base/mem.h"
#include "server/base/str.h"

/* The empty tree, known to every git without being stored. */
#define GIT_EMPTY_TREE        "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define GIT_EMPTY_TREE_SHA256 "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"

enum git_survey_slot {
    GIT_SURVEY_DEFAULT,  /* refs/remotes/origin/HEAD */
    GIT_SURVEY_MAIN,     /* refs/heads/main */
    GIT_SURVEY_MASTER,   /* refs/heads/master */
    GIT_SURVEY_BRANCH,   /* HEAD's */
    GIT_SURVEY_UPSTREAM, /* refs/remotes/origin/<HEAD's> */
    GIT_SURVEY_SLOTS,
};

struct git_head {
    struct str branch; /* STR_NULL: detached */
    struct str oid;    /* STR_NULL: unborn */
};

enum git_tracked {
    GIT_TRACKED_UNKNOWN,
    GIT_TRACKED_CLEAN,
    GIT_TRACKED_CHANGED
};

struct git_survey {
    const char *directory;
    struct arena arena;
    struct git_disk disk;
    bool is_known;      /* `refs` are filled: there is nothing to run */
    bool is_head_known; /* HEAD is where the branch slot says */
    struct str names[GIT_SURVEY_SLOTS];
    struct git_disk_ref refs[GIT_SURVEY_SLOTS]; /* those without an oid do not exist */
    const char *args[GIT_SURVEY_SLOTS + 3];
    struct git_call call;
};

/* `directory` is absolute, resolved, and outlives the survey. */
void git_survey_init(struct git_survey *survey, const char *directory);
void git_survey_fini(struct git_survey *survey);
/* Runs what is not known; false when git refuses. */
bool git_survey_run(struct git *git, struct git_survey *survey, struct error *error) MUST_CHECK;
/* Takes what the call, run by somebody else, has found out. */
bool git_survey_take(struct git_survey *survey, struct error *error) MUST_CHECK;
/* Where HEAD stands, from the survey when it can tell; else git is asked. Lives in the survey. */
void git_survey_head(struct git *git, struct git_survey *survey, struct git_head *ret_head);
/* An object name, or an empty tree's. Lives in the survey, or where `head` does. */
struct str git_survey_base(struct git *git, struct git_survey *survey, const struct git_head *head,
                           enum git_tracked tracked);

/* The base before anything was run, when the references on disk tell that it is most likely not
 * HEAD: `revision` itself, or where HEAD forked from it. */
struct git_guess {
    struct str revision;
    bool is_fork;
};
bool git_survey_guess(const struct git_survey *survey, struct git_guess *ret_guess) MUST_CHECK;

/* The commit a client names; "HEAD" of an unborn branch is the empty tree. */
bool git_base_resolve(struct git *git, const char *directory, struct str reference,
                      struct arena *arena, struct str *ret_oid, struct error *error) MUST_CHECK;
/* The whole of 7.1, for callers that have nothing to run beside it. `reference` may be unset. */
bool git_base_find(struct git *git, const char *directory, struct str reference,
                   struct arena *arena, struct str *ret_oid, struct error *error) MUST_CHECK;

/* The empty tree in the object format of `oid`. */
struct str git_base_empty_tree(struct str oid);
bool git_base_is_empty_tree(struct str oid);

#endif
