#ifndef PTY_SHELL_H
#define PTY_SHELL_H

/*
 * What is different from shell to shell: how it is started with our integration, what its session
 * writes into files for it, and which keys make it run a text. One table row per kind
 * (pty/shell_bash.c …); a program that is no shell has none.
 *
 *     files, in the shell's directory     rc: read at start · lines: the caller's own
 *                                         hooks, k, o: marks, run key, query key (bash, zsh)
 *                                         c: the text to run, one per command
 *
 * A text never passes through the terminal: the keys make the shell read it from `c`.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty/session.h"
#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;
struct shell_directory;

#define SHELL_MAX_ARGUMENTS 15
#define SHELL_MAX_VARIABLES 7
#define SHELL_LINES_FILE    "lines"

/* How often a shell has died before its first prompt: what is left out when it starts again. */
enum shell_attempt {
    SHELL_WITH_ALL,
    SHELL_WITHOUT_RC,   /* the user's own */
    SHELL_WITHOUT_LINES /* and the caller's */
};

struct shell_start {
    const struct shell_directory *directory;
    struct str nonce;
    const char *path; /* of the shell */
    const char *user; /* by way of su; NULL: as the server */
    enum shell_attempt attempt;
    bool has_lines;
    const char *const *env;
};

/* Pointers live as long as the arena, which is the caller's to free. */
struct shell_invocation {
    struct arena arena;
    const char *argv[SHELL_MAX_ARGUMENTS + 1];
    const char *env[SHELL_MAX_VARIABLES + 1]; /* in addition */
    size_t argc;
    size_t envc;
};

struct shell_command {
    uint64_t number;
    struct str text;
    bool makes_sane; /* stty sane first */
};

struct shell_kind {
    const char *program; /* found in PATH */
    bool (*write_files)(const struct shell_start *start, struct error *error);
    void (*invoke)(const struct shell_start *start, struct shell_invocation *invocation);
    void (*print_command)(const struct shell_command *command, struct buf *out);
    struct str run_key;     /* STR_NULL: a line is typed */
    struct str query_key;   /* STR_NULL: it cannot be asked */
    struct str restore_key; /* the person's unfinished line comes back; STR_NULL: it does not */
    struct str typed_line;  /* in place of the run key where no line editor is */
    struct str shown_line;  /* what the run key makes the editor show */
    bool keeps_signals;     /* C-c is a signal to its line editor too */
    bool marks_lines;       /* it says when a person's line begins */
};

/* NULL for SESSION_PROGRAM. */
const struct shell_kind *shell_kind(enum session_shell shell);

/* For the rows of the table. */
bool shell_write_embedded(const struct shell_directory *directory, const char *name,
                          const unsigned char *bytes, size_t len, struct error *error) MUST_CHECK;
void shell_add_argument(struct shell_invocation *invocation, const char *argument);
void shell_add_variable(struct shell_invocation *invocation, const char *variable);
/* The value of NAME in start->env; NULL when there is none. */
const char *shell_variable(const struct shell_start *start, const char *name);
/* `su` and what it wants before the shell's own arguments, or the shell's path. */
void shell_add_program(const struct shell_start *start, struct shell_invocation *invocation);
/* 'it'\''s' */
void shell_quote(struct buf *out, struct str text);

#endif
