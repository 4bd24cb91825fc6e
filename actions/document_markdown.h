#ifndef ACTIONS_DOCUMENT_MARKDOWN_H
#define ACTIONS_DOCUMENT_MARKDOWN_H

/*
 * Markdown as the converters of documents write it: text in which "*" and "_" are only themselves,
 * and tables.
 *
 * No document gives more than DOCUMENT_MAX_TEXT_BYTES: readers see the beginning only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

#define DOCUMENT_MAX_TEXT_BYTES ((size_t)256 << 10)

/* Appends the text with "*" and "_" escaped and each run of white space as one blank. */
void markdown_text(struct str text, struct buf *out);

/* Filled row by row. Zero-initialised memory is a valid empty table. */
struct markdown_table {
    struct buf text;
    struct markdown_cell *cells;
    size_t count;
    size_t capacity;
    size_t row; /* where the current row begins */
    size_t first_row_cells;
};

/* A cell of Markdown; line ends become blanks. */
void markdown_table_cell(struct markdown_table *table, struct str markdown);
void markdown_table_end_row(struct markdown_table *table);
/* Appends the lines of the table, each with its line end. Without a header an empty one is made,
 * which Markdown cannot do without. */
void markdown_table_print(const struct markdown_table *table, bool has_header, struct buf *out);
void markdown_table_fini(struct markdown_table *table);

#endif
