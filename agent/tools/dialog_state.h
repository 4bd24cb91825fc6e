#ifndef AGENT_TOOLS_DIALOG_STATE_H
#define AGENT_TOOLS_DIALOG_STATE_H

/*
 * The members of a dialog, shared by its parts; nobody else includes this.
 *
 *     dialog.c         made and closed; what the session tells
 *     dialog_call.c    what a call means: a command, input, a key, waiting, or nothing
 *     dialog_answer.c  what a call is answered, and when
 *
 * A command is running from its hand-over to its end. It is unfinished when a call has been
 * answered and its end has not been told: it may run still, or have ended between two calls.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/tools/dialog.h"
#include "pty/byte_log.h"
#include "pty/session.h"
#include "server/base/buf.h"

struct shell_output;
struct terminal;
struct timer;

#define DIALOG_COLS      256
#define DIALOG_ROWS      200
#define DIALOG_MAX_LINES 10000
#define DIALOG_INTERRUPT "\x03" /* C-c */

struct dialog {
    struct loop *loop;
    struct session *session;
    struct terminal *terminal; /* NULL: in no table */
    struct shell_output *output;
    struct session_listener events;
    struct byte_log_listener bytes;
    void (*on_closed)(void *owner);
    void *close_owner;
    bool is_closing;
    bool is_session_closed;
    unsigned turns_due; /* of loop_defer, which cannot be cancelled */

    bool is_exporting; /* the unseen command runs; the call's own follows */
    bool is_running;
    bool is_unfinished;
    bool has_started;   /* its output has begun */
    bool is_foreign;    /* it has taken the shell's place */
    bool has_restarted; /* the shell has ended with it; another one is there */
    uint64_t ended_at;  /* of the log: behind its output */
    int exit_code;      /* of the last that has ended */
    struct buf note;    /* what else is to be said of its end */

    /* The call that is to be answered. */
    bool has_call;
    struct dialog_call call; /* its texts are the two below */
    struct buf command;
    struct buf exports;
    bool is_late; /* input for a command that had ended */
    bool is_interrupted;
    bool was_early;                        /* before the command had begun */
    bool waits_for_prompt;                 /* it is a key pressed at the prompt */
    void (*answer)(struct dialog *dialog); /* in the next turn; NULL: an event comes */
    struct buf message;                    /* of an answer that is an error */
    uint64_t changed_ms;                   /* the last output, or the start of the call */
    uint64_t no_change_timeout_s;
    struct timer *silence;
    struct timer *limit;
};

/* In dialog.c: runs fn(dialog) in the next turn. */
void dialog_turn(struct dialog *dialog, void (*fn)(void *owner));
/* Offset of the log up to which the command has printed. */
uint64_t dialog_output_to(const struct dialog *dialog);

#endif
