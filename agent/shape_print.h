#ifndef AGENT_SHAPE_PRINT_H
#define AGENT_SHAPE_PRINT_H

/*
 * Printing completed objects (shape.h) in the forms that hide their secrets (secret_form.h): what
 * their tables call a secret is written as the form wants it, members that are null are left out of
 * the forms that have none, and everything else stays as it is. Nothing is kept.
 */

#include <stdbool.h>

#include "agent/secret_form.h"
#include "server/base/attributes.h"

struct buf;
struct cipher;
struct doc_value;
struct error;
struct shape;

/* Appends a form of a completed object. */
void shape_print(const struct shape *shape, const struct doc_value *object,
                 const struct secret_writer *writer, struct buf *out);
/* Appends a form of an object of secrets, as secrets_update takes it. */
bool shape_print_sources(const struct doc_value *sources, const struct cipher *cipher,
                         const struct secret_writer *writer, struct buf *out,
                         struct error *error) MUST_CHECK;

#endif
