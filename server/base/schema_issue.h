#ifndef BASE_SCHEMA_ISSUE_H
#define BASE_SCHEMA_ISSUE_H

/*
 * One 422 item: what is wrong, where it stands and what was given there. Used inside the schema
 * modules; others add items with issues_add (schema.h).
 *
 * The place of an item is a path: "body", then the field, then a member of the field (the key of a
 * map or the index of a list).
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;
struct doc_value;
struct issues;

struct issue_place {
    const char *part;  /* "body", "query", … */
    struct str field;  /* not set: the part as a whole */
    struct str member; /* a key of a map; not set: none */
    size_t index;      /* of a list */
    bool has_index;
};

/* What was given: a JSON value, or text (of a query); neither: null. */
struct issue_input {
    const struct doc_value *value;
    struct str text;
};

struct issue {
    const char *type;
    struct str message;
    struct issue_place place;
    struct issue_input input;
    struct str ctx_json; /* not set: no ctx, but for a value_error, whose ctx follows */
};

void issues_add_issue(struct issues *issues, const struct issue *issue);

#endif
