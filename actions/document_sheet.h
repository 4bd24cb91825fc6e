#ifndef ACTIONS_DOCUMENT_SHEET_H
#define ACTIONS_DOCUMENT_SHEET_H

/*
 * A spreadsheet (.xlsx) as Markdown: each sheet as a heading and a table whose first row is the
 * header, values as Python's pandas shows them. A column of whole numbers shows those; with a
 * fraction or a gap in it all its numbers get decimals; gaps show as NaN, or NaT among dates. Of
 * formulas the stored result is shown.
 *
 * At most DOCUMENT_SHEET_MAX_COLUMNS and DOCUMENT_SHEET_MAX_ROWS of a sheet are read.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct document_zip;

#define DOCUMENT_SHEET_MAX_COLUMNS 256
#define DOCUMENT_SHEET_MAX_ROWS    2000

/* False when it is no such document. What does not fit into `out` is left out. */
bool document_sheet(struct document_zip *zip, struct buf *out) MUST_CHECK;

#endif
