#ifndef ACTIONS_EDITOR_H
#define ACTIONS_EDITOR_H

/*
 * The file editor that models were trained on: view, create, str_replace, insert, undo_edit
 * (contracts v0-action-execution §5.5 and v1-conversations §6.2; texts and limits differ a little,
 * which is the dialect). Exact texts, exact bytes: a file keeps its encoding, its line endings, its
 * mode and its owner, and no byte outside the change is touched; what is no text in any encoding is
 * refused.
 *
 *     editor ── undo history of each file (bounded, on disk: editor_history.h)
 *
 * An edit blocks on files: editor_run is called from a worker job. Calls from several threads wait
 * for each other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct editor;
struct processes;

#define EDITOR_MAX_FILE_BYTES ((size_t)10 << 20) /* "File is too large" beyond */

enum editor_dialect {
    EDITOR_V0,
    EDITOR_V1
};

struct editor_options {
    enum editor_dialect dialect;
    struct processes *processes; /* for the converters of documents; NULL: there are none */
    const char *const *env;      /* of those; borrowed for the editor's life */
    struct str workspace_root;   /* for the hint of relative paths; STR_NULL: none. Copied. */
};

/* Texts are UTF-8; one that is not set was not given. */
struct editor_request {
    struct str command;
    struct str path;
    struct str file_text;
    struct str old_str;
    struct str new_str;
    bool has_insert_line;
    int64_t insert_line;
    bool has_view_range;
    const int64_t *view_range; /* as many as were sent */
    size_t view_range_count;
    /* What Python prints for a view_range that is not a list of integers; else not set. */
    struct str bad_view_range;
};

/* Everything in buffers of the caller's, who begins with zeroed memory. */
struct editor_result {
    bool is_error;
    struct buf text; /* without "ERROR:\n" in front */
    struct buf path; /* tidied, as the texts name it */
    bool prev_exist;
    bool has_new_content; /* the content below is the file's after the change */
    bool has_old_content; /* and before it */
    struct buf old_content;
    struct buf new_content;
    struct buf image; /* EDITOR_V1: "data:image/png;base64,…" of a viewed picture; else empty */
};

struct editor *editor_new(const struct editor_options *options);
void editor_free(struct editor *editor); /* NULL is fine */
void editor_run(struct editor *editor, const struct editor_request *request,
                struct editor_result *result);
void editor_result_fini(struct editor_result *result);

#endif
