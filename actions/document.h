#ifndef ACTIONS_DOCUMENT_H
#define ACTIONS_DOCUMENT_H

/*
 * Documents that the editor of contract v0-action-execution §5.5 shows as Markdown: .docx, .xlsx,
 * .pptx and .pdf. Of sound files (.mp3 .wav .m4a .flac) there is only a text to show that says that
 * they are not transcribed.
 *
 * PDF is converted by the program pdftotext (Debian: poppler-utils), within
 * DOCUMENT_PROGRAM_TIMEOUT_MS; without it the error says so. What cannot be converted but is plain
 * text is shown as that. Texts are cut at DOCUMENT_MAX_TEXT_BYTES (document_markdown.h), far beyond
 * what the editor shows. Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;
struct processes;

#define DOCUMENT_PROGRAM_TIMEOUT_MS 60000

struct document_options {
    const char *path;            /* a checked path */
    struct str content;          /* of that file */
    struct processes *processes; /* NULL: no programs are run */
    const char *const *env;      /* of them */
};

/* Told by the ending of the path. */
bool document_is_convertible(struct str path);
bool document_convert(const struct document_options *options, struct buf *out,
                      struct error *error) MUST_CHECK;

#endif
