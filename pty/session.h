#ifndef PTY_SESSION_H
#define PTY_SESSION_H

/*
 * A terminal: a PTY, the shell (or any program) that runs in it, what it has printed and what it
 * shows. Commands are handed to the shell byte for byte and end when the shell says so, by marks
 * that printed text cannot fake; no echo and no prompt is part of their output.
 *
 *     session ── shell process · marks (from PTY bytes) ── byte_log · screen
 *        └──< session_listener
 *
 *     starting → prompt ⇄ handed → running → prompt …      foreign: the shell was replaced
 *        any → dead → starting (a new shell in the last directory) when it restarts, else closed
 *
 * Owned by actions/terminals, by a V0 runtime or by a conversation's tool. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct byte_log;
struct error;
struct loop;
struct processes;
struct screen;
struct session;

#define SESSION_NAME_BYTES     16 /* of a process */
#define SESSION_MAX_TEXT_BYTES ((size_t)16 << 20)

enum session_shell {
    SESSION_BASH,
    SESSION_ZSH,
    SESSION_POSIX,  /* dash, busybox ash, mksh */
    SESSION_PROGRAM /* any program: no commands can be handed over, keys only */
};

struct session_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *env;  /* NULL-terminated; borrowed for the call. TERM is set here */
    const char *const *argv; /* of a SESSION_PROGRAM; NULL: $SHELL, else /bin/bash */
    enum session_shell shell;
    const char *shell_path; /* NULL: by kind, found in PATH */
    const char *user;       /* run as `su <user> -- …`; NULL: as the server */
    const char *cwd;
    const char *term; /* NULL: xterm-256color */
    int cols;
    int rows;
    size_t max_scrollback_rows;
    size_t max_log_bytes;  /* as in byte_log.h */
    struct str spill_path; /* as in byte_log.h */
    bool restarts; /* a shell that has ended is replaced by a new one in the last directory */
    const char *rc_lines; /* shell text run before the first prompt; NULL: none */
};

enum session_state {
    SESSION_STARTING,
    SESSION_AT_PROMPT,
    SESSION_HANDED,
    SESSION_RUNNING,
    SESSION_FOREIGN,
    SESSION_DEAD
};

/* What the shell says of itself at each prompt. The strings live until the next one. */
struct session_metadata {
    int pid; /* $!, -1: none yet */
    struct str username;
    struct str hostname;
    struct str working_dir; /* logical */
    struct str python;      /* path of `python`, "" when there is none */
};

enum session_outcome {
    SESSION_COMPLETED,
    SESSION_SHELL_ENDED,    /* exit, exec, kill: exit_code is that of the shell */
    SESSION_SHELL_REPLACED, /* exec of something else: its status is unknown */
    SESSION_NOT_STARTED,    /* the shell did not take the text; nothing ran */
    SESSION_CLOSED
};

struct session_command_end {
    enum session_outcome outcome;
    int exit_code; /* 128 + n for signal n; -1 unknown */
    uint64_t from; /* the output: offsets in the byte log */
    uint64_t to;
    const struct session_metadata *metadata;
    struct str message; /* what happened, for a reader; "" when it completed */
};

bool session_open(const struct session_options *options, struct session **ret_session,
                  struct error *error) MUST_CHECK;
/* HUP, TERM, KILL to what runs in it; then on_closed(owner), in which log and screen can still be
 * read; it is gone afterwards. */
void session_close(struct session *session, void (*on_closed)(void *owner), void *owner);

/* Hands `text` over; queued while the shell starts. ERROR_INVALID for a NUL byte, ERROR_CONFLICT
 * when a command (an agent's or a person's) runs or one waits already. Each text accepted ends in
 * exactly one on_end, never inside this call. */
struct session_command {
    struct str text;
    void (*on_start)(void *owner, uint64_t from); /* may be NULL */
    void (*on_end)(void *owner, const struct session_command_end *end);
    void *owner;
};
bool session_run(struct session *session, const struct session_command *command,
                 struct error *error) MUST_CHECK;
/* The owner is going away: on_start and on_end will not be called; the command goes on. */
void session_forget_command(struct session *session);

/* Keys for what runs, or a shell that starts; behind a text they wait until it runs. */
void session_write(struct session *session, struct str bytes);
bool session_write_is_full(const struct session *session); /* the program does not read */
/* To the process group in the foreground of the terminal. */
bool session_signal(struct session *session, int signal, struct error *error) MUST_CHECK;
void session_resize(struct session *session, int cols, int rows);

enum session_state session_state(const struct session *session);
pid_t session_pid(const struct session *session); /* 0 when dead */
const struct session_metadata *session_metadata(const struct session *session);
struct byte_log *session_log(struct session *session);
struct screen *session_screen(struct session *session);
/* The kernel is asked now. False when there is none. */
struct session_foreground {
    pid_t group; /* named after its leader */
    char name[SESSION_NAME_BYTES];
    bool is_raw;
};
bool session_foreground(const struct session *session,
                        struct session_foreground *ret_foreground) MUST_CHECK;
uint64_t session_restarts(const struct session *session);

/* Members may be NULL. `message` says why, for instance how the shell ended. */
struct session_listener {
    struct list link;
    void (*on_state)(struct session_listener *listener, enum session_state state,
                     struct str message);
    void (*on_metadata)(struct session_listener *listener); /* a prompt was reached */
};
void session_listen(struct session *session, struct session_listener *listener);
void session_listener_cancel(struct session_listener *listener);

#endif
