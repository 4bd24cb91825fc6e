#ifndef BASE_SCHEMA_H
#define BASE_SCHEMA_H

/*
 * One table per request type: it decodes a JSON body or a query string into a C struct, reports
 * every offending field the way the contract wants it (v1-server §3, "422 items"), and describes
 * the type in /openapi.json (schema_print.h).
 *
 * A field names its member by offset. The member's C type follows from the kind:
 *
 *   SCHEMA_STRING, _ENUM              struct str      (absent or null: data == NULL)
 *   SCHEMA_INT                        struct schema_int (beyond 64 bit: an error)
 *   SCHEMA_FLOAT                      struct schema_float (finite)
 *   SCHEMA_BOOL                       struct schema_bool
 *   SCHEMA_UUID                       struct schema_id
 *   SCHEMA_DATETIME                   struct schema_int (wall_us)
 *   SCHEMA_STRINGS                    struct schema_strings (array of strings; repeated in a query)
 *   SCHEMA_STRING_MAP, SCHEMA_ANY     const struct doc_value * (validated; NULL when absent)
 *   SCHEMA_BYTES_BASE64               struct str, decoded
 *
 * Values that were not given keep what the caller put there, so defaults are set before decoding;
 * an allowed null leaves the member unset. Everything decoded lives in the caller's arena or
 * document. Conversions are the lax ones of the contract's server: "5" and 5.0 are integers, "yes"
 * is true, a number is a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct arena;
struct buf;
struct doc_error;
struct doc_value;

enum schema_kind {
    SCHEMA_STRING,
    SCHEMA_ENUM,
    SCHEMA_INT,
    SCHEMA_FLOAT,
    SCHEMA_BOOL,
    SCHEMA_UUID,
    SCHEMA_DATETIME,
    SCHEMA_STRINGS,
    SCHEMA_STRING_MAP,
    SCHEMA_BYTES_BASE64,
    SCHEMA_ANY,
};

struct schema_int {
    int64_t value;
    bool is_set;
};
struct schema_float {
    double value;
    bool is_set;
};
struct schema_bool {
    bool value;
    bool is_set;
};
struct schema_id {
    struct id value;
    bool is_set;
};
struct schema_strings {
    const struct str *items;
    size_t count;
};

struct schema_field {
    const char *name;
    enum schema_kind kind;
    size_t offset;
    bool is_required;
    bool is_nullable;
    /* Of numbers: value ≥ min (ge), or > min when min_is_exclusive (gt), and ≤ max. Of strings:
     * their length in characters. */
    bool has_min;
    bool has_max;
    bool min_is_exclusive;
    int64_t min;
    int64_t max;
    size_t max_bytes;            /* strings; 0 = no limit of its own */
    const char *pattern;         /* as clients see it; checked by matches */
    bool (*matches)(struct str); /* together with pattern */
    const char *const *choices;  /* SCHEMA_ENUM, NULL-terminated */
    const char *default_json;    /* for the documents, NULL = none */
    const char *help;
    const char *title; /* for the documents; NULL = made from the name */
    bool is_literal;   /* SCHEMA_ENUM: reported as literal_error, not enum */
};

struct schema {
    const char *name; /* of the type in the documents */
    const struct schema_field *fields;
    size_t count;
    bool forbids_unknown; /* unknown keys are errors (extra_forbidden), else ignored */
};

#define SCHEMA_DEFINE(variable, type_name, field_table, forbids)                                   \
    const struct schema variable = {.name = (type_name),                                           \
                                    .fields = (field_table),                                       \
                                    .count = sizeof(field_table) / sizeof((field_table)[0]),       \
                                    .forbids_unknown = (forbids)}

/* The 422 items being collected. `out` holds a complete JSON array at any time, "[]" at first. */
struct issues {
    struct buf *out; /* set by issues_init */
    size_t count;
};
void issues_init(struct issues *issues, struct buf *out);
/* type, loc = [place, name], msg; input_json and ctx_json are JSON or STR_NULL (input: null; no
 * ctx). `name` may be NULL: loc = [place]. */
void issues_add(struct issues *issues, const char *type, const char *place, const char *name,
                const char *message, struct str input_json, struct str ctx_json);
/* A body that is no JSON. */
void issues_add_broken_json(struct issues *issues, const struct doc_error *error);

/* `object` may be NULL (missing body). */
void schema_decode_json(const struct schema *schema, const struct doc_value *object,
                        struct arena *arena, void *target, struct issues *issues);
/* A body that is one value and no object; the field's name plays no part. */
void schema_decode_root(const struct schema_field *field, const struct doc_value *value,
                        struct arena *arena, void *target, struct issues *issues);
/* Name/value pairs, percent-decoded already; the last of repeated scalars counts. `place` is
 * "query", "path", "header" or "cookie". No field is a SCHEMA_STRING_MAP or SCHEMA_ANY. */
struct schema_pair {
    struct str name;
    struct str value;
};
void schema_decode_pairs(const struct schema *schema, const char *place,
                         const struct schema_pair *pairs, size_t count, struct arena *arena,
                         void *target, struct issues *issues);

/* Appends a JSON value with secret-looking members replaced by "<redacted>" (v1-server §3). */
void schema_redact(const struct doc_value *value, struct buf *out);

#endif
