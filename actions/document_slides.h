#ifndef ACTIONS_DOCUMENT_SLIDES_H
#define ACTIONS_DOCUMENT_SLIDES_H

/*
 * A presentation (.pptx) as Markdown: each slide with its number, its title as a heading, texts,
 * tables, pictures by their description, and the speaker's notes, in the order of the slide.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct document_zip;

/* False when it is no such document. What does not fit into `out` is left out. */
bool document_slides(struct document_zip *zip, struct buf *out) MUST_CHECK;

#endif
