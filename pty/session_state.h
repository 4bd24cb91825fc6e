#ifndef PTY_SESSION_STATE_H
#define PTY_SESSION_STATE_H

/*
 * The members of a session, shared by its parts; nobody else includes this.
 *
 *     session.c           what callers see; state and listeners
 *     session_start.c     a PTY and a shell in it; what happens when it has ended
 *     session_output.c    bytes from the PTY: text to log and screen, marks to what follows
 *     session_prompt.c    what each mark changes; the prompt is reached
 *     session_command.c   a text is handed over, runs, ends
 *     session_input.c     keys to the PTY
 *     session_watch.c     what is done when a mark does not come
 *     session_end.c       everything that runs in it is ended
 */

#include <stdbool.h>
#include <stdint.h>

#include "pty/marks.h"
#include "pty/session.h"
#include "pty/session_config.h"
#include "pty/shell.h"
#include "pty/shell_directory.h"
#include "pty/tty.h"
#include "server/base/buf.h"

struct pipe;
struct process;
struct timer;

#define MAGIC_SESSION 0x53455353u

#define SESSION_NO_OFFSET UINT64_MAX

/* What the session's one timer waits for. */
enum session_watch {
    WATCH_NOTHING,
    WATCH_START,    /* the first prompt */
    WATCH_HANDOVER, /* C behind a run key */
    WATCH_QUIET,    /* a running program prints nothing more */
    WATCH_QUERY,    /* the answer to the query key */
    WATCH_PROMPT,   /* B behind D */
    WATCH_LINE,     /* the prompt behind a C-c at the prompt */
    WATCH_END       /* what was signalled ends */
};

/* How far a hand-over has come that does not go by itself. */
enum session_handover {
    HANDOVER_SENT,      /* the run key */
    HANDOVER_UNPASTED,  /* something has swallowed it: the end of a paste */
    HANDOVER_CANCELLED, /* C-c */
    HANDOVER_SENT_AGAIN,
    HANDOVER_QUERIED,
    HANDOVER_SENT_LAST
};

struct session {
    uint32_t magic;
    struct loop *loop;
    struct processes *processes;
    struct session_config config;
    const struct shell_kind *kind; /* NULL: a program */
    enum session_state state;
    struct byte_log *log;
    struct screen *screen;
    struct list listeners;
    struct tty_size size;
    uint64_t restarts;

    /* The program in it. */
    struct pipe *pipe; /* NULL: no terminal */
    char tty_path[TTY_PATH_BYTES];
    struct process *process; /* NULL: it has ended */
    pid_t leader;            /* of the session of processes; 0: none yet */
    pid_t shell_pid;         /* not the leader when that is su; 0: not known yet */
    struct shell_directory directory;
    char nonce[MARKS_NONCE_BYTES + 1];
    struct marks marks;
    struct shell_identity {
        uint64_t device;
        uint64_t inode;
    } identity; /* of the shell's program */
    enum shell_attempt attempt;
    bool has_prompted;
    bool has_been_used;     /* a command or keys, since its start */
    unsigned idle_restarts; /* in a row, of shells nobody has used */

    /* Where the shell is. */
    bool is_at_end;    /* D came, B did not yet */
    bool is_reading;   /* B came, and no line was accepted since */
    bool is_continued; /* a person is inside an open quote */
    bool has_editor;   /* it reads keys, not lines */
    bool needs_sane;   /* a dead program left raw modes */
    struct session_metadata metadata;
    struct buf report;  /* as the shell has sent it; the metadata points into it, */
    struct buf decoded; /* or into this */
    bool is_report_due; /* listeners do not know the metadata yet */

    /* The command, waiting or running. */
    struct session_command command;
    bool has_command;   /* on_end is due */
    bool is_waiting;    /* not handed over yet */
    bool is_ending;     /* its D came */
    bool is_second_try; /* its first shell has died before it began */
    uint64_t number;
    struct buf text; /* until it runs */
    struct buf echo; /* printed since the run key */
    enum session_handover handover;
    unsigned patience; /* how often a timer was set again */
    uint64_t from;
    uint64_t ended_at;  /* where D came */
    uint64_t prompt_at; /* where the prompt behind its output begins */
    uint64_t unfinished;
    int exit_code;

    struct timer *timer;
    enum session_watch watch;
    uint64_t watched_offset; /* of the log, when WATCH_QUIET began */

    struct buf input; /* from input_sent on not written yet */
    size_t input_sent;
    bool has_typed; /* since the command began */
    bool is_input_stale;
    int held_signal;

    bool is_closing;
    bool is_over; /* to be freed in the next turn */
    unsigned close_step;
    struct list end_link; /* in session_end.c, while it may be over */
    void (*on_closed)(void *owner);
    void *closed_owner;
};

/* In session.c: the one place where the state changes; listeners are told. `message` says why. */
void session_set_state(struct session *session, enum session_state state, struct str message);
void session_tell_metadata(struct session *session);
/* Everything is gone afterwards; on_closed is called. */
void session_free(struct session *session);

#endif
