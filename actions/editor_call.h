#ifndef ACTIONS_EDITOR_CALL_H
#define ACTIONS_EDITOR_CALL_H

/*
 * One call of the editor under way, and what its commands share: the path as texts show it and as
 * the system takes it, reading the file with all checks, writing it back. Lives on the stack of
 * editor_run. Functions that return bool have set the result to an error when it is false.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "actions/editor.h"
#include "actions/editor_text.h"
#include "actions/text_file.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct editor_history;

struct editor_call {
    const struct editor_options *options;
    const struct editor_rules *rules;
    struct editor_history *history;
    const struct editor_request *request;
    struct editor_result *result;
    struct str shown; /* tidied the way pathlib does it */
    char *path;       /* checked; NULL for one that nothing can have */
    bool exists;
    struct stat status;
};

/* Tidies the path, looks at the file. */
bool editor_call_init(struct editor_call *call) MUST_CHECK;
void editor_call_fini(struct editor_call *call);

/* The name's ending with its dot, "" when it has none. */
struct str editor_call_suffix(const struct editor_call *call);
bool editor_call_is_directory(const struct editor_call *call);
/* A document that can be viewed and nothing else. */
bool editor_call_is_document(const struct editor_call *call);
/* The type of a picture that can be viewed, else NULL. */
const char *editor_call_image_type(const struct editor_call *call);

bool editor_call_check_size(const struct editor_call *call) MUST_CHECK;
/* Every byte of the file, up to the limit. */
bool editor_call_read_bytes(const struct editor_call *call, struct buf *bytes,
                            struct error *error) MUST_CHECK;
bool editor_call_read(const struct editor_call *call, struct text_file *file) MUST_CHECK;
bool editor_call_write(const struct editor_call *call, struct str bytes) MUST_CHECK;
/* Keeps the content for undo_edit. That it cannot be kept is logged and nothing more. */
void editor_call_remember(const struct editor_call *call, struct str bytes);

#endif
