#ifndef BASE_JSONW_H
#define BASE_JSONW_H

/*
 * Writes compact JSON straight into a buf: no tree, no allocation of its own. Commas and nesting
 * are kept by the writer; strings are escaped and their UTF-8 repaired; non-ASCII stays unescaped.
 *
 *     struct jsonw w;
 *     jsonw_init(&w, &buf);
 *     jsonw_object(&w);
 *     jsonw_string(&w, "status", STR("ok"));
 *     jsonw_end(&w);                        // {"status":"ok"}
 *
 * In an object every value has a name; in an array (and at the top) the name is NULL. Depth is
 * limited to JSONW_MAX_DEPTH (asserted).
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

#define JSONW_MAX_DEPTH 64

struct buf;

struct jsonw {
    struct buf *buf;
    unsigned depth;
    uint64_t has_items; /* one bit per level */
    uint64_t is_array;
    bool is_named; /* jsonw_name has been written, its value not yet */
};

void jsonw_init(struct jsonw *w, struct buf *buf);

void jsonw_object(struct jsonw *w); /* at the top or in an array */
void jsonw_array(struct jsonw *w);
void jsonw_object_in(struct jsonw *w, const char *name);
void jsonw_array_in(struct jsonw *w, const char *name);
void jsonw_end(struct jsonw *w); /* closes the innermost object or array */

void jsonw_string(struct jsonw *w, const char *name, struct str value);
/* null when the str is not set */
void jsonw_string_or_null(struct jsonw *w, const char *name, struct str value);
void jsonw_cstr(struct jsonw *w, const char *name, const char *value); /* NULL gives null */
void jsonw_int(struct jsonw *w, const char *name, int64_t value);
void jsonw_uint(struct jsonw *w, const char *name, uint64_t value);
/* As Python prints a float: 12.0, 0.1, 1e-07; null for what JSON cannot hold (NaN, infinities). */
void jsonw_double(struct jsonw *w, const char *name, double value);
void jsonw_bool(struct jsonw *w, const char *name, bool value);
void jsonw_null(struct jsonw *w, const char *name);
/* Bytes that are JSON already. */
void jsonw_raw(struct jsonw *w, const char *name, struct str json);
/* A name that is not a C literal, then exactly one nameless value. */
void jsonw_name(struct jsonw *w, struct str name);

/* Appends one quoted and escaped string, without any writer. */
void jsonw_quote(struct buf *buf, struct str text);
/* Appends one float as jsonw_double writes it. */
void jsonw_number(struct buf *buf, double value);

#endif
