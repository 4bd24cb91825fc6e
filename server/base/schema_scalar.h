#ifndef BASE_SCHEMA_SCALAR_H
#define BASE_SCHEMA_SCALAR_H

/*
 * The decoders of numbers, truth values, identifiers and times: one per kind, each with the lax
 * conversions of the contract's server. `member` is the struct that schema.h names for the kind;
 * it is untouched when the value is reported instead.
 */

struct schema_value;

void schema_scalar_int(const struct schema_value *value, void *member);
void schema_scalar_float(const struct schema_value *value, void *member);
void schema_scalar_bool(const struct schema_value *value, void *member);
void schema_scalar_uuid(const struct schema_value *value, void *member);
void schema_scalar_datetime(const struct schema_value *value, void *member);

#endif
