#ifndef PTY_SHELL_POSIX_H
#define PTY_SHELL_POSIX_H

/*
 * A POSIX shell (dash, busybox ash, mksh) with our integration, which reads the file named in ENV:
 *
 *     rc      the user's own ENV file, the caller's lines, then the hooks
 *     hooks   marks: the prompts say D, A, B and P; functions for C, and for D at the end of a text
 *     k       loads `c`
 *
 * These shells have no keys of ours: a short line is typed. They do not say when a person's line
 * begins, so a text is refused while something else is in the foreground. `python` is the one that
 * was found at the start.
 */

struct shell_kind;

extern const struct shell_kind shell_posix;

#endif
