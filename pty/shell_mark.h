#ifndef PTY_SHELL_MARK_H
#define PTY_SHELL_MARK_H

/*
 * What the marks of a shell mean (pty/marks.h finds them):
 *
 *     C ; <n> ; <bytes of the person's unfinished line>       the text n begins to run
 *     D ; <n or empty> ; <status> ; <$! or empty> ; <user> ; <host> ; <cwd> ; <python>
 *                                                              it ended; empty: a person's line did
 *     Q ; ok|lost ; <n or empty> ; <status> ; … as D …        answer to the query key
 *     E                                                        a person's line was accepted
 *     A  B  P            prompt begins · the shell reads a line · it reads the rest of one
 *
 * A working directory with control characters or `;` in it is quoted as by bash's ${…@Q}.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;

enum shell_mark_kind {
    SHELL_MARK_START,     /* C */
    SHELL_MARK_END,       /* D */
    SHELL_MARK_ANSWER,    /* Q */
    SHELL_MARK_ACCEPTED,  /* E */
    SHELL_MARK_PROMPT,    /* A */
    SHELL_MARK_READING,   /* B */
    SHELL_MARK_CONTINUING /* P */
};

struct shell_mark {
    enum shell_mark_kind kind;
    uint64_t number;     /* 0: none */
    uint64_t unfinished; /* of a START */
    bool is_lost;        /* an ANSWER: the hooks had been removed */
    int status;          /* of an END or ANSWER */
    struct str report;   /* from $! on, for shell_report_parse */
};

/* Strings of both point into the payload, or into `decoded`. False: no mark this shell makes. */
bool shell_mark_parse(struct str payload, struct shell_mark *ret_mark) MUST_CHECK;

struct shell_report {
    int pid; /* -1: none */
    struct str user;
    struct str host;
    struct str cwd;
    struct str python;
};

bool shell_report_parse(struct str text, struct buf *decoded,
                        struct shell_report *ret_report) MUST_CHECK;

#endif
