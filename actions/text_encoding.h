#ifndef ACTIONS_TEXT_ENCODING_H
#define ACTIONS_TEXT_ENCODING_H

/*
 * Between the bytes of a text file and UTF-8: UTF-8, UTF-16 and UTF-32 with and without a byte
 * order mark, the single-byte sets of text_charset.h, and the five multi-byte ones that the C
 * library converts. All are stateless, so a piece of a text may be encoded on its own.
 *
 *     bytes of the file ── text_decode ──> UTF-8, line ends as they are
 *     [mark][ a  b  c ]                   [ a  b  c ]
 *      └── text_decoded_offset ────────────┘      a place in the text, as a place in the bytes
 *
 * Errors read as Python words them ("'utf-8' codec can't decode byte 0xe9 in position 3: …"),
 * positions counted as it counts them: bytes when decoding, characters when encoding. Pure
 * functions, for any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/text_charset.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;

enum text_encoding {
    TEXT_UTF8,
    TEXT_UTF8_MARKED,  /* with a byte order mark, which is no part of the text */
    TEXT_UTF8_DAMAGED, /* what is not UTF-8 in it reads as U+FFFD */
    TEXT_UTF16_LE,
    TEXT_UTF16_LE_MARKED,
    TEXT_UTF16_BE,
    TEXT_UTF16_BE_MARKED,
    TEXT_UTF32_LE_MARKED,
    TEXT_UTF32_BE_MARKED,
    TEXT_GB18030,
    TEXT_BIG5,
    TEXT_CP932,
    TEXT_EUC_JP,
    TEXT_CP949,
    TEXT_SINGLE_BYTE /* + one of enum text_charset */
};

#define TEXT_ENCODING_COUNT ((int)TEXT_SINGLE_BYTE + (int)TEXT_CHARSET_COUNT)

enum text_encoding text_encoding_of_charset(enum text_charset charset);
/* The byte order mark that a file in this encoding begins with; empty for most. */
struct str text_encoding_mark(enum text_encoding encoding);
/* The encoding whose mark the bytes begin with. */
bool text_encoding_from_mark(struct str bytes, enum text_encoding *ret_encoding);

/* All of the bytes of a file, its mark included. */
bool text_decode(enum text_encoding encoding, struct str bytes, struct buf *out,
                 struct error *error) MUST_CHECK;
/* How many of the bytes (which can be decoded) become the first `text_offset` bytes of the text,
 * the mark included. The offset lies between two characters. */
size_t text_decoded_offset(enum text_encoding encoding, struct str bytes, size_t text_offset);
/* A piece of text, valid UTF-8, without mark. `position` is what an error's position counts from.
 */
bool text_encode(enum text_encoding encoding, struct str text, size_t position, struct buf *out,
                 struct error *error) MUST_CHECK;

#endif
