#ifndef CONFIG_CONFIG_VALUE_H
#define CONFIG_CONFIG_VALUE_H

/*
 * Checks one JSON value against its option and puts it into the option's member. The same rules
 * hold for every source (contract v1-server §1.5, §1.6): numbers may be written as text, null
 * stands for "none" where the option allows it, lists are checked item by item.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"

struct arena;
struct buf;
struct config_option;
struct doc_value;
struct error;

/* Strings and lists are copied into the arena. The error says what was expected and, unless the
 * option is secret, what was found: "expected an integer from 1 to 65535, got 0". */
bool config_value_read(const struct config_option *option, const struct doc_value *value,
                       struct arena *arena, void *target, struct error *error) MUST_CHECK;

/* Reads every field of an object, its default where the object has none. A field without either is
 * an error. Members of the object that are no fields are ignored. */
bool config_value_read_fields(const struct config_option *fields, size_t count,
                              const struct doc_value *object, struct arena *arena, void *target,
                              struct error *error) MUST_CHECK;

/* "an integer from 1 to 65535" */
void config_value_describe(const struct config_option *option, struct buf *out);

#endif
