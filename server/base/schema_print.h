#ifndef BASE_SCHEMA_PRINT_H
#define BASE_SCHEMA_PRINT_H

/*
 * The JSON Schema of a request type, for /openapi.json, from the same table that decodes it: kinds,
 * bounds, choices, titles and defaults in the order and form in which the contract's server prints
 * them. Each function writes one object where the writer stands: at the top, in an array, or
 * behind jsonw_name.
 */

struct jsonw;
struct schema;
struct schema_field;

void schema_print(const struct schema *schema, struct jsonw *w);
void schema_print_field(const struct schema_field *field, struct jsonw *w);

#endif
