#ifndef API_V0_SHELL_STATE_H
#define API_V0_SHELL_STATE_H

/*
 * The members of a V0 shell, shared by its parts; nobody else includes this.
 *
 *     shell.c          made and closed; what the session tells
 *     shell_call.c     what a call means: a command, input, a key, waiting, or nothing
 *     shell_answer.c   what a call is answered, and when
 *
 * A command is running from its hand-over to its end. It is unfinished while its end has not been
 * told: it may run still, or have ended between two calls.
 */

#include <stdbool.h>
#include <stdint.h>

#include "api/v0/shell.h"
#include "pty/byte_log.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/list.h"

struct shell_output;
struct terminal;
struct timer;

#define SHELL_COLS      1000
#define SHELL_ROWS      1000
#define SHELL_MAX_LINES 10500

struct v0_shell {
    struct loop *loop;
    struct session *session;
    struct terminal *terminal; /* NULL: in no table */
    struct shell_output *output;
    struct session_listener events;
    struct byte_log_listener bytes;
    struct v0_shell *parent; /* NULL, or the one that closes this one with itself */
    struct list siblings;
    struct list children;
    void (*on_ready)(void *owner, const struct error *error);
    void *ready_owner;
    void (*on_closed)(void *owner);
    void *close_owner;
    bool is_closing;
    bool is_session_closed;
    unsigned turns_due; /* of loop_defer, which cannot be cancelled */

    bool is_running;
    bool is_unfinished;
    bool has_started;  /* its output has begun */
    bool is_foreign;   /* it has taken the shell's place */
    uint64_t ended_at; /* of the log: behind its output */
    int exit_code;     /* of the last that has ended */
    struct buf note;   /* what else is to be said of its end */
    /* The text of a command that waits for its rest: nothing of it has been handed over, but it
     * counts as running, as it would in a shell that asks for the next line. */
    bool is_open;
    struct buf open_text;
    struct buf cwd;

    /* The call that is to be answered. */
    bool has_call;
    struct v0_shell_call call; /* its command: the text below */
    struct buf command;
    bool waits_for_prompt;                  /* it is a key pressed at the prompt */
    void (*answer)(struct v0_shell *shell); /* in the next turn; NULL: an event comes */
    struct buf message;                     /* of an answer that is an error */
    uint64_t changed_ms;                    /* the last output, or the start of the call */
    uint64_t no_change_timeout_s;
    struct timer *silence;
    struct timer *limit;
};

/* In shell.c: runs shell->answer in the next turn, or what is due then. */
void v0_shell_turn(struct v0_shell *shell, void (*fn)(void *owner));
/* Offset of the log up to which the command has printed. */
uint64_t v0_shell_output_end(const struct v0_shell *shell);

#endif
