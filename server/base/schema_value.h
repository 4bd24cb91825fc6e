#ifndef BASE_SCHEMA_VALUE_H
#define BASE_SCHEMA_VALUE_H

/*
 * Decodes one given value of a field into its member, or adds the item that says why not. The
 * conversions of each kind and their words live here; schema.c walks the fields.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/schema_issue.h"

struct arena;
struct doc_value;
struct issues;
struct schema_field;

struct schema_value {
    const struct schema_field *field;
    struct issue_place place;
    struct issue_input given;
    struct arena *arena;
    struct issues *issues;
};

void schema_value_decode(const struct schema_value *value, void *member);

/* One string of its own, with the field's limits: a plain field or an item of a list. */
bool schema_value_string(const struct schema_value *value, struct str *ret_text) MUST_CHECK;

#endif
