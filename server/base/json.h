#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * Reading JSON: a parsed document and read-only look at its values. The only user of jansson.
 * Names start with `doc_` because json_ belongs to that library.
 *
 * A document owns all its values; strings borrowed from it live as long as it does. Input is
 * UTF-8, or UTF-16 or UTF-32 as Python would guess it; depth is limited to the library's 2048;
 * duplicate keys: the last wins; integers beyond 64 bit become doubles. A parse error reports the
 * character position and a text as Python's decoder words it ("Expecting value", "Extra data", …),
 * because clients see both (contract v1-server §3).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct doc;       /* a document */
struct doc_value; /* a value inside a document */

enum doc_kind {
    DOC_NULL,
    DOC_BOOL,
    DOC_INT,
    DOC_DOUBLE,
    DOC_STRING,
    DOC_ARRAY,
    DOC_OBJECT
};

struct doc_error {
    size_t position; /* in characters */
    const char *text;
    bool is_encoding; /* not readable as JSON text at all: not UTF-8, or nested too deep */
};

/* NULL on error. */
struct doc *doc_parse(struct str text, struct doc_error *ret_error);
void doc_free(struct doc *doc);
const struct doc_value *doc_root(const struct doc *doc);

enum doc_kind doc_kind(const struct doc_value *value);
bool doc_bool(const struct doc_value *value);
int64_t doc_int(const struct doc_value *value);
double doc_double(const struct doc_value *value); /* of an int or a double */
struct str doc_string(const struct doc_value *value);
size_t doc_count(const struct doc_value *value); /* of an array or object */
const struct doc_value *doc_at(const struct doc_value *array, size_t index);
/* NULL when absent. */
const struct doc_value *doc_find(const struct doc_value *object, struct str name);

/* Visits members in their order. Start with *iterator = NULL; false at the end. */
bool doc_next(const struct doc_value *object, void **iterator, struct str *ret_name,
              const struct doc_value **ret_value);

/* Appends the value as compact JSON. */
void doc_print(const struct doc_value *value, struct buf *out);
/* With the members of each object in the order of their names: equal values give equal texts. */
void doc_print_sorted(const struct doc_value *value, struct buf *out);

/* What becomes of the member with this name: printed, printed as "<redacted>", or printed with
 * every scalar below it as "<redacted>". */
enum doc_mask {
    DOC_SHOW,
    DOC_MASK,
    DOC_MASK_LEAVES
};
typedef enum doc_mask (*doc_mask_fn)(struct str name);
void doc_print_masked(const struct doc_value *value, doc_mask_fn mask, struct buf *out);

#endif
