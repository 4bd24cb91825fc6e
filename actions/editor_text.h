#ifndef ACTIONS_EDITOR_TEXT_H
#define ACTIONS_EDITOR_TEXT_H

/*
 * What the editor says: the rules in which the two dialects differ, error texts, numbered blocks of
 * lines and the limits on them. Texts are what models were trained on: not a character may change.
 *
 * Lengths are counted in characters. The newer dialect cuts the middle out of what is too long, the
 * older one the end. Pure functions, for any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/editor.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;

#define EDITOR_MAX_CHARACTERS 16000
#define EDITOR_CONTEXT_LINES  4

struct editor_rules {
    const char *tool;        /* as "Unrecognized command" names it */
    const char *absolute;    /* the hint for a relative path */
    bool converts_documents; /* .docx and the like can be viewed, and only that */
    bool shows_images;       /* .png and the like can be viewed */
    bool needs_new_str;      /* str_replace without new_str is an error, else it deletes */
    bool strips_new_str;     /* the second try of str_replace strips it too */
    bool ends_with_empty;    /* the last line end opens a numbered line */
    bool cuts_middle;
    bool sorts_paths;        /* a directory's listing by whole paths, else directory by directory */
    bool respects_read_only; /* a file that may not be written is not replaced either */
    bool falls_back_to_utf8; /* for characters that the file's encoding does not have */
    bool names_temporary;    /* errors of writing name a temporary file beside the target */
    bool is_lenient;         /* bytes that look binary are text when they can be read as such */
};

const struct editor_rules *editor_rules(enum editor_dialect dialect);

/* Sets the result to an error with this text; returns false. */
bool editor_fail(struct editor_result *result, const char *format, ...) PRINTF_LIKE(2, 3);
/* "Invalid `parameter` parameter: value. hint" */
bool editor_fail_parameter(struct editor_result *result, const char *parameter, struct str value,
                           const char *format, ...) PRINTF_LIKE(4, 5);
bool editor_fail_missing(struct editor_result *result, const char *parameter, struct str command);

enum editor_notice {
    EDITOR_NOTICE_FILE,
    EDITOR_NOTICE_DOCUMENT,
    EDITOR_NOTICE_DIRECTORY
};
struct str editor_notice(enum editor_notice notice);
/* Appends the text, cut to EDITOR_MAX_CHARACTERS with the notice in place of what is missing. */
void editor_clip(const struct editor_rules *rules, struct str text, enum editor_notice notice,
                 struct buf *out);

/* "Here's the result of running `cat -n` on <description>:" and the numbered lines. */
void editor_numbered(const struct editor_rules *rules, struct str description, struct str text,
                     size_t first_line, struct buf *out);

/* "[1, 3]" */
void editor_list(const int64_t *numbers, size_t count, struct buf *out);

#endif
