#ifndef PTY_SCREEN_WIDTH_H
#define PTY_SCREEN_WIDTH_H

/*
 * How many columns a character takes in a terminal: 0 for marks and joiners, which belong to the
 * character before them, 2 for wide ones, 1 for the rest. It follows the Unicode 14 tables in the
 * way the C library's wcwidth does, because shells and editors lay their lines out with that; it
 * does not depend on a locale. An emoji sequence is therefore as wide as its parts.
 */

/* -1 for control characters, which take no part in a text. */
int screen_width(unsigned code_point);

#endif
