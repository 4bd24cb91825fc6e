#ifndef ACTIONS_TEXT_DETECT_H
#define ACTIONS_TEXT_DETECT_H

/*
 * Which encoding the bytes of a text file are in. A byte order mark decides, then UTF-8, which
 * nothing else looks like; what is left is a guess: the words with high bytes are read in each
 * encoding that has a chance, and the one in which they look most like words wins.
 *
 * The guess only matters for what is shown and for characters that are added: an edit leaves all
 * other bytes as they are. What no guess fits is Windows-1252 or else Latin-1, unless it holds
 * control characters that no text has; then there is no encoding. Pure functions, for any thread.
 */

#include <stdbool.h>

#include "actions/text_encoding.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

#define TEXT_DETECT_SURE 60 /* of 100 */

struct text_guess {
    enum text_encoding encoding;
    unsigned confidence; /* 0 to 100; 100 for what is no guess */
};

/* False when the bytes are no text. All of them can be decoded with the encoding found. */
bool text_detect(struct str bytes, struct text_guess *ret_guess) MUST_CHECK;
/* True for text with characters that only a terminal or a binary file has any use for. */
bool text_has_controls(struct str text);

#endif
