#ifndef LOOP_PIPE_H
#define LOOP_PIPE_H

/*
 * One end of a pipe, PTY or socket that the loop reads from or writes to. Owns its descriptor.
 *
 * Reading: on_data gets each chunk (borrowed); on_end comes once, at end of file or error (EIO of a
 * PTY counts as the end), after which no on_data follows. Reading can be paused to push back on the
 * writer. Writing: pipe_write copies; on_written(owner) tells when everything queued has left;
 * pipe_pending_bytes says how much is still waiting, so that callers can bound it. What is written
 * to a reader that went away (EPIPE) is dropped quietly, and on_written comes as ever.
 *
 * pipe_close frees by itself and suppresses callbacks that have not run yet.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct pipe;

#define PIPE_READ_BYTES 65536

struct pipe_events {
    void (*on_data)(void *owner, struct str chunk);
    void (*on_end)(void *owner);
    void (*on_written)(void *owner);
};

/* Takes `fd` (also on failure) and makes it non-blocking. Members of events may be NULL; `events`
 * is copied. ERROR_INVALID for what cannot be waited for: files, /dev/null. */
bool pipe_open(struct loop *loop, int fd, const struct pipe_events *events, void *owner,
               struct pipe **ret_pipe, struct error *error) MUST_CHECK;
void pipe_read_start(struct pipe *pipe);
void pipe_read_stop(struct pipe *pipe);
/* Reads, without waiting, what has arrived up to now (1 MiB of it at most, so that a flood cannot
 * hold the loop) and hands it to on_data inside this call; on_end when the other side has closed.
 * For the drain after a leader's exit; reads also while paused. */
void pipe_drain(struct pipe *pipe);
void pipe_write(struct pipe *pipe, struct str bytes);
size_t pipe_pending_bytes(const struct pipe *pipe);
/* Ends the writing side once everything queued has left: shuts a socket down, closes a descriptor
 * that is open for writing only, and leaves a terminal open. */
void pipe_write_end(struct pipe *pipe);
int pipe_fd(const struct pipe *pipe); /* -1 when pipe_write_end has closed it */
void pipe_close(struct pipe *pipe);   /* NULL is fine */

#endif
