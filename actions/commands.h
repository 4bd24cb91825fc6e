#ifndef ACTIONS_COMMANDS_H
#define ACTIONS_COMMANDS_H

/*
 * One-shot commands: starts them, finds them again and keeps what happened (contract v1-server §5).
 *
 *     commands ──< command        runs, or is still written to by children it left behind
 *        └── command_log          all events and all output, on disk
 *
 * Owned by app. A command is in the table from its start until its process has ended and nobody
 * holds its pipes any more; after that only the log knows it.
 *
 * Starting never fails because of the program: what cannot be spawned is a command that ends with
 * COMMAND_SPAWN_FAILED. Starting with an id that is known and the same request is harmless.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/command.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct buf;
struct child_env;
struct command_log;
struct commands;
struct error;
struct loop;
struct processes;

#define COMMANDS_MAX_RUNNING 4096 /* 429 beyond */

struct commands_options {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct str directory;      /* of the log; made when the first event is stored */
    int64_t retention_seconds; /* 0: events do not age */
    int64_t max_bytes;         /* of the whole log; 0: no limit */
};

bool commands_open(const struct commands_options *options, struct commands **ret_commands,
                   struct error *error) MUST_CHECK;
/* Another log, for deferred init. Refused (CONFLICT) while a command runs. */
bool commands_reopen(struct commands *commands, struct str directory, int64_t retention_seconds,
                     int64_t max_bytes, struct error *error) MUST_CHECK;
/* Stores what was printed so far and frees itself. To be called after processes_close has reported,
 * so that the ends of the commands are stored too and those who wait for them are told. */
void commands_close(struct commands *commands);

/* Everything is copied. `is_new` is false when the id was known with the same request; an id that
 * is known with another request gives CONFLICT. */
struct command_started {
    struct id id;
    bool is_new;
};
bool commands_start(struct commands *commands, const struct command_request *request,
                    struct command_started *ret_started, struct error *error) MUST_CHECK;

/* NULL when it is not (or no longer) live. */
struct command *commands_find(const struct commands *commands, struct id id);
/* The live ones, oldest first; see command_from_link. */
struct list *commands_live(struct commands *commands);
struct command_log *commands_log(const struct commands *commands);
struct loop *commands_loop(const struct commands *commands);

/* Of a live command or of a stored one; false when neither is known. The strings point into
 * `text`, which is cleared first. */
bool commands_describe(const struct commands *commands, struct id id, struct buf *text,
                       struct command_description *ret_description) MUST_CHECK;
/* True when the id is that of an event or of a live command. */
bool commands_knows(const struct commands *commands, struct id id);
/* Forgets all events, returns how many there were; running commands go on. */
size_t commands_clear(struct commands *commands);

/* Told by the loop, soon after one or more events were added (or all were forgotten), until it is
 * cancelled. What is new is for the listener's own cursor to find out. */
struct commands_listener {
    struct list link;
    void (*on_events)(struct commands_listener *listener);
};
void commands_listen(struct commands *commands, struct commands_listener *listener);
void commands_listener_cancel(struct commands_listener *listener);

#endif
