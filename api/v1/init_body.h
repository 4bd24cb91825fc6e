#ifndef API_V1_INIT_BODY_H
#define API_V1_INIT_BODY_H

/*
 * The body of POST /api/init (contract v1-server §1.11): what it may hold, and what follows from
 * it. Every field is optional and nullable; unknown ones are refused; items of a 422 come in the
 * order of the fields.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct arena;
struct buf;
struct config;
struct doc_value;
struct issues;
struct schema;

/* For the documents. */
extern const struct schema init_body_schema;

/* Adds an item for everything that is wrong; `body` may be NULL. */
void init_body_check(const struct doc_value *body, struct arena *arena, struct issues *issues);
/* An empty text among the session keys is refused on its own (v1-server §1.11). */
bool init_body_has_empty_key(const struct doc_value *body);
/* The options of a checked body as a JSON object for config_with. */
void init_body_changes(const struct doc_value *body, const struct config *config, struct buf *out);

#endif
