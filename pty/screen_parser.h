#ifndef PTY_SCREEN_PARSER_H
#define PTY_SCREEN_PARSER_H

/*
 * Cuts what a program writes to its terminal into text, controls and escape sequences, wherever the
 * bytes are split. Nothing it keeps is unbounded: too many parameters, a number too large, or a
 * string too long only make that sequence mean nothing. Invalid UTF-8 comes out as U+FFFD, once for
 * each maximal invalid part.
 *
 *     ground ── ESC ──> escape ── [ ──> csi ── final ──> ground
 *                         └── ] P X ^ _ ──> string ── BEL or ESC \ ──> ground
 *
 * CAN and SUB end any sequence. A zeroed parser is one at rest.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/buf.h"

#define SCREEN_PARAMS_MAX       32
#define SCREEN_PARAM_MAX        65535
#define SCREEN_STRING_MAX_BYTES 1024

/* ESC or CSI sequence: at most one leader (one of <=>?) and one intermediate (space to /); 0 where
 * there is none. A parameter that is not given is -1; one joined to the one before it by a colon is
 * marked. */
struct screen_sequence {
    char leader;
    char intermediate;
    char final;
    bool is_invalid;
    int count;
    int params[SCREEN_PARAMS_MAX];
    bool is_joined[SCREEN_PARAMS_MAX];
};

struct screen_parser_handlers {
    /* The bytes begin with printable ASCII, \r or \n; returns how many of them it took, at least
     * one, and none that is anything else. */
    size_t (*on_text)(void *owner, struct str bytes);
    void (*on_character)(void *owner, unsigned code_point); /* beyond ASCII */
    void (*on_control)(void *owner, char control);
    void (*on_escape)(void *owner, const struct screen_sequence *sequence);
    void (*on_csi)(void *owner, const struct screen_sequence *sequence);
    /* kind: ] for OSC, P for DCS. */
    void (*on_string)(void *owner, char kind, struct str text, bool is_ended_by_bell);
};

struct screen_parser {
    int state;
    struct screen_sequence sequence;
    char string_kind;
    struct buf string;
    unsigned char tail_len;
    char tail[4]; /* a character whose end has not come yet */
};

/* How many bytes at the front are printable ASCII. */
size_t screen_parser_printable(struct str bytes);

void screen_parser_fini(struct screen_parser *parser);
/* Back at rest; what is unfinished is forgotten. */
void screen_parser_reset(struct screen_parser *parser);
void screen_parser_feed(struct screen_parser *parser, struct str bytes,
                        const struct screen_parser_handlers *handlers, void *owner);
/* The parameter `at`, or `otherwise` when it is missing or 0. */
int screen_sequence_count(const struct screen_sequence *sequence, int at, int otherwise);

#endif
