#ifndef AGENT_FRONTMATTER_H
#define AGENT_FRONTMATTER_H

/*
 * The head of a skill's file: YAML between two lines "---". People write a small part of that
 * language there, and this is the part that is read: maps and lists by indentation, lists and maps
 * in brackets on one line, plain and quoted scalars, text blocks ("|", ">"), comments. Anchors,
 * tags, several documents and keys that are not text are errors.
 *
 * It is turned into JSON, which the rest of the tree knows how to read. Values nest at most
 * FRONTMATTER_MAX_DEPTH deep.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;

#define FRONTMATTER_MAX_DEPTH 8

/* False: the text has no head; then all of it is content. Both are parts of `text`. */
bool frontmatter_split(struct str text, struct str *ret_yaml, struct str *ret_content);
/* Appends an object; an empty head is an empty object. ERROR_INVALID names the line. */
bool frontmatter_to_json(struct str yaml, struct buf *out, struct error *error) MUST_CHECK;

#endif
