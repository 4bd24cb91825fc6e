#ifndef AGENT_CALL_ARGUMENTS_H
#define AGENT_CALL_ARGUMENTS_H

/*
 * The arguments of a model's call while they are put right: an object whose members can be renamed,
 * replaced and removed. Members keep their order; those that are null are never there.
 *
 * Owned by whoever reads the call. A zeroed one is a valid empty one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;

struct call_argument {
    struct str name;
    const struct doc_value *value;
};

struct call_arguments {
    struct call_argument *items;
    size_t count;
    size_t capacity;
    struct arena arena;
    struct doc **docs; /* that hold the values */
    size_t doc_count;
};

/* JSON as a model writes it: when it cannot be read, once more with the raw control characters in
 * its strings escaped. What is no object has no members; nothing at all neither. */
bool call_arguments_parse(struct call_arguments *arguments, struct str text,
                          struct doc_error *ret_error) MUST_CHECK;
/* The same for one value; NULL when it cannot be read. */
struct doc *call_arguments_parse_value(struct str text, struct doc_error *ret_error);
void call_arguments_fini(struct call_arguments *arguments);

const struct doc_value *call_arguments_find(const struct call_arguments *arguments,
                                            struct str name); /* NULL: absent */
/* STR_NULL: absent or no string */
struct str call_arguments_string(const struct call_arguments *arguments, struct str name);
/* In the place of the old one, or at the front. */
void call_arguments_set_string(struct call_arguments *arguments, struct str name, struct str value);
/* Takes the document. */
void call_arguments_set(struct call_arguments *arguments, struct str name, struct doc *value);
void call_arguments_remove(struct call_arguments *arguments, struct str name);
void call_arguments_rename(struct call_arguments *arguments, struct str name, struct str new_name);

/* Appends the object as Python writes it. */
void call_arguments_print(const struct call_arguments *arguments, struct buf *out);
/* Appends the list of names as Python writes it: ['command', 'path'] */
void call_arguments_print_names(const struct call_arguments *arguments, struct buf *out);

#endif
