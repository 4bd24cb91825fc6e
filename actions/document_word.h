#ifndef ACTIONS_DOCUMENT_WORD_H
#define ACTIONS_DOCUMENT_WORD_H

/*
 * A Word document (.docx) as Markdown: headings, paragraphs, bold and italic text, lists, links and
 * tables, in their order. A table inside a cell becomes text of that cell. Text that a newer
 * program would show instead of its fallback is left out, as are deleted text and field codes.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct document_zip;

/* False when it is no such document. What does not fit into `out` is left out. */
bool document_word(struct document_zip *zip, struct buf *out) MUST_CHECK;

#endif
