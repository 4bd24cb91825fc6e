#ifndef ACTIONS_TEXT_CHARSET_H
#define ACTIONS_TEXT_CHARSET_H

/*
 * The single-byte character sets that text files still come in: what the bytes 0x80 to 0xFF stand
 * for in each. The bytes below are ASCII in all of them.
 *
 * The tables are our own and not the C library's, because its converters are loadable files that
 * are missing where the program was copied into a foreign image. Constant data, for any thread.
 */

#include <stdint.h>

#define TEXT_CHARSET_HIGH 128

/* enumerator, table, what Python calls the codec in error texts */
#define TEXT_CHARSETS(X)                                                                           \
    X(TEXT_CHARSET_CP1250, cp1250, "charmap")                                                      \
    X(TEXT_CHARSET_CP1251, cp1251, "charmap")                                                      \
    X(TEXT_CHARSET_CP1252, cp1252, "charmap")                                                      \
    X(TEXT_CHARSET_CP1253, cp1253, "charmap")                                                      \
    X(TEXT_CHARSET_CP1254, cp1254, "charmap")                                                      \
    X(TEXT_CHARSET_CP1255, cp1255, "charmap")                                                      \
    X(TEXT_CHARSET_CP1256, cp1256, "charmap")                                                      \
    X(TEXT_CHARSET_CP1257, cp1257, "charmap")                                                      \
    X(TEXT_CHARSET_CP866, cp866, "charmap")                                                        \
    X(TEXT_CHARSET_CP874, cp874, "charmap")                                                        \
    X(TEXT_CHARSET_ISO8859_1, iso8859_1, "latin-1")                                                \
    X(TEXT_CHARSET_ISO8859_2, iso8859_2, "charmap")                                                \
    X(TEXT_CHARSET_ISO8859_5, iso8859_5, "charmap")                                                \
    X(TEXT_CHARSET_ISO8859_7, iso8859_7, "charmap")                                                \
    X(TEXT_CHARSET_KOI8_R, koi8_r, "charmap")

enum text_charset {
#define TEXT_CHARSET_ENUM(name, table, codec) name,
    TEXT_CHARSETS(TEXT_CHARSET_ENUM)
#undef TEXT_CHARSET_ENUM
    TEXT_CHARSET_COUNT
};

/* TEXT_CHARSET_HIGH code points, that of 0x80 first; 0 for a byte that stands for nothing. */
const uint16_t *text_charset_high(enum text_charset charset);
const char *text_charset_codec(enum text_charset charset);

#endif
