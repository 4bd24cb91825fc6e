#ifndef API_NATIVE_OUTPUT_QUERY_H
#define API_NATIVE_OUTPUT_QUERY_H

/*
 * How a piece of an output is asked for (output_piece.h), as a part of a route's query that has to
 * be called `output`:
 *
 *     struct my_query {
 *         struct str name;
 *         struct output_query output;
 *     };
 *     static const struct schema_field fields[] = {…, OUTPUT_QUERY_FIELDS(struct my_query)};
 *     struct my_query query = {.output = OUTPUT_QUERY_DEFAULT};
 */

#include <stdbool.h>

#include "server/base/schema.h"

struct output_query {
    struct schema_int from;
    struct schema_int limit;
    struct schema_float wait;
    struct str format;
};

#define OUTPUT_QUERY_MAX_BYTES  (8 << 20)
#define OUTPUT_QUERY_MAX_WAIT_S 86400

extern const char *const output_query_formats[];

#define OUTPUT_QUERY_FIELD(type, text, of_kind, field, ...)                                        \
    {                                                                                              \
        .name = (text), .kind = (of_kind), .offset = offsetof(type, output.field), __VA_ARGS__     \
    }
/* Items of a table of fields. */
#define OUTPUT_QUERY_FIELDS(type)                                                                  \
    OUTPUT_QUERY_FIELD(type, "from", SCHEMA_INT, from, .has_min = true, .min = 0,                  \
                       .default_json = "0", .help = "The offset of the first byte"),               \
        OUTPUT_QUERY_FIELD(type, "limit", SCHEMA_INT, limit, .has_min = true, .min = 1,            \
                           .has_max = true, .max = OUTPUT_QUERY_MAX_BYTES,                         \
                           .default_json = "1048576", .help = "The most bytes to return"),         \
        OUTPUT_QUERY_FIELD(type, "wait", SCHEMA_FLOAT, wait, .has_min = true, .min = 0,            \
                           .has_max = true, .max = OUTPUT_QUERY_MAX_WAIT_S, .default_json = "0",   \
                           .help = "Seconds to wait for the first new byte"),                      \
        OUTPUT_QUERY_FIELD(type, "format", SCHEMA_ENUM, format, .choices = output_query_formats,   \
                           .default_json = "\"raw\"",                                              \
                           .help = "raw: bytes and headers; json: a JSON object")
#define OUTPUT_QUERY_DEFAULT                                                                       \
    {                                                                                              \
        .limit = {.value = 1 << 20 }                                                               \
    }

bool output_query_wants_json(const struct output_query *query);

#endif
