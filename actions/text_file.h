#ifndef ACTIONS_TEXT_FILE_H
#define ACTIONS_TEXT_FILE_H

/*
 * The content of a text file, as bytes and as text at once, and changes of it that touch no byte
 * outside the change.
 *
 *     bytes    63 61 66 E9 0D 0A …       as on the disk: encoding, byte order mark, line ends
 *     text     "café\n…"                 UTF-8, every line end is LF; offsets count in this one
 *
 * A replacement is given in terms of the text; it gets the file's encoding and the line end that
 * most of its lines have. For plain UTF-8 without CR both are the same memory.
 *
 * The owner keeps the struct; texts borrowed from it live as long as it does. Zero-initialised
 * memory is a valid empty file.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/text_encoding.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

struct text_file {
    struct buf bytes;
    enum text_encoding encoding;
    struct str line_end;
    struct str text;    /* what to read */
    struct buf decoded; /* unless it is the same as bytes */
    struct buf unified; /* unless it is the same as that */
};

/* text[from, to) becomes `text`. */
struct text_change {
    size_t from;
    size_t to;
    struct str text; /* UTF-8, any line ends */
};

/* Takes `bytes`. False when they are no text in any encoding; the error says why they are not
 * UTF-8. */
bool text_file_read(struct text_file *file, struct buf *bytes, struct error *error) MUST_CHECK;
void text_file_fini(struct text_file *file);

/* The whole text after the change. */
void text_file_changed_text(const struct text_file *file, const struct text_change *change,
                            struct buf *out);
/* The whole file's bytes after the change. False when the encoding does not have a character. */
bool text_file_changed_bytes(const struct text_file *file, const struct text_change *change,
                             struct buf *out, struct error *error) MUST_CHECK;
/* The same, with the whole file turned into UTF-8; line ends stay. */
void text_file_changed_utf8(const struct text_file *file, const struct text_change *change,
                            struct buf *out);

/* As Python's readlines counts them: what follows the last LF is a line if it is not empty. */
size_t text_count_lines(struct str text);
/* Where line `number` (from 0) begins; the end of the text beyond the last one. */
size_t text_line_start(struct str text, size_t number);
/* Copies with CR and CRLF turned into LF. */
void text_unify_lines(struct buf *out, struct str text);
/* The line end that most lines have; LF for a text without any. */
struct str text_line_end(struct str text);
/* Copies with these line ends; where they are LF, as it is. */
void text_adapt_lines(struct str line_end, struct str text, struct buf *out);

#endif
