#ifndef BASE_SCHEMA_VALUE_H
#define BASE_SCHEMA_VALUE_H

/*
 * Decodes one given value of a field into its member, or adds the item that says why not. The
 * conversions of each kind and their words live here and in schema_scalar; schema.c walks the
 * fields.
 *
 * A report adds one item for the value and returns false, so that a decoder can return it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/json.h"
#include "server/base/schema_issue.h"

struct arena;
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

/* What was given: DOC_STRING for the text of a query. */
enum doc_kind schema_value_kind(const struct schema_value *value);
struct str schema_value_text(const struct schema_value *value);

bool schema_value_report(const struct schema_value *value, const char *type, const char *message);
bool schema_value_report_with(const struct schema_value *value, const char *type,
                              struct str message, struct str ctx_json);
/* The message ends with ", <reason>", and ctx is {"error": reason}. */
bool schema_value_report_because(const struct schema_value *value, const char *type,
                                 const char *message, struct str reason);

#endif
