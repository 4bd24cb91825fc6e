#ifndef ACTIONS_TERMINAL_COMMAND_H
#define ACTIONS_TERMINAL_COMMAND_H

/*
 * What is remembered of a command that was handed over to a terminal: who it was, the beginning of
 * its text, where its output lies in the byte log and how it ended. Small, because each terminal
 * keeps a few of them; the text in full is the client's.
 *
 * Owned by its terminal, which is also the only one that changes it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty/session.h"
#include "server/base/list.h"
#include "server/base/str.h"

#define TERMINAL_KEPT_COMMANDS      8
#define TERMINAL_COMMAND_TEXT_BYTES 256 /* kept of the text */

enum terminal_command_state {
    TERMINAL_COMMAND_WAITING, /* for the shell */
    TERMINAL_COMMAND_RUNNING,
    TERMINAL_COMMAND_FINISHED
};

struct terminal_command {
    struct list link;
    uint64_t number;
    enum terminal_command_state state;
    struct str who;
    struct str text; /* its beginning */
    bool is_text_cut;
    int64_t started_us;  /* when it was handed over */
    int64_t finished_us; /* 0: not yet */
    uint64_t from;       /* of its output; 0 while it waits */
    uint64_t to;         /* once it is finished */
    enum session_outcome outcome;
    int exit_code;
    struct session_metadata metadata; /* at its end */
    struct str message;               /* how it ended, when it is not plain */
    char *strings;                    /* what all the str point into */
};

struct terminal_command *terminal_command_new(uint64_t number, struct str who, struct str text);
void terminal_command_start(struct terminal_command *command, uint64_t from);
void terminal_command_finish(struct terminal_command *command,
                             const struct session_command_end *end);
void terminal_command_free(struct terminal_command *command);

#endif
