#ifndef ACTIONS_EDITOR_H
#define ACTIONS_EDITOR_H

/*
 * The file editor that models were trained on: view, create, str_replace, insert, undo_edit
 * (contract v0-action-execution §5.5; V1's file_editor tool differs in texts and limits, which are
 * the dialect's). Exact texts, exact bytes: a file keeps its encoding, its line endings, its mode
 * and its owner; what cannot be decoded is refused, never damaged.
 *
 *     editor ── undo history of each file (bounded, on disk)
 *
 * An edit blocks on files: editor_run is called from a worker job; one at a time for one editor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct editor;
struct processes;

enum editor_dialect {
    EDITOR_V0,
    EDITOR_V1
};

struct editor_options {
    enum editor_dialect dialect;
    struct processes *processes;  /* for the converters of documents */
    const char *const *env;       /* of those; borrowed for the editor's life */
    struct str workspace_root;    /* for the hint of relative paths; STR_NULL: none */
    struct str history_directory; /* STR_NULL: a temporary one, removed at the end */
};

struct editor_request {
    struct str command;
    struct str path;
    struct str file_text; /* not set: not given */
    struct str old_str;
    struct str new_str;
    bool has_insert_line;
    int64_t insert_line;
    bool has_view_range;
    const int64_t *view_range; /* as many as were sent */
    size_t view_range_count;
};

/* Everything in buffers of the caller's. */
struct editor_result {
    bool is_error;
    struct buf text; /* without "ERROR:\n" in front */
    bool prev_exist;
    bool has_contents; /* the two below are the file's before and after */
    bool has_old_contents;
    struct buf old_content;
    struct buf new_content;
};

struct editor *editor_new(const struct editor_options *options);
void editor_free(struct editor *editor);
void editor_run(struct editor *editor, const struct editor_request *request,
                struct editor_result *result);
void editor_result_fini(struct editor_result *result);

/* A unified description of the change, as edit observations carry it (contract
 * v0-action-execution §5.7). */
void editor_diff(struct str path, struct str old_content, struct str new_content, struct buf *out);

#endif
