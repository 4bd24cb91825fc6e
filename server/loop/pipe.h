#ifndef LOOP_PIPE_H
#define LOOP_PIPE_H

/*
 * One end of a pipe, PTY or socket that the loop reads from or writes to. Owns its descriptor.
 *
 * Reading: on_data gets each chunk (borrowed); on_end comes once, at end of file or error (EIO of a
 * PTY counts as the end), after which no on_data follows. Reading can be paused to push back on the
 * writer. Writing: pipe_write copies; on_written(owner) tells when everything queued has left;
 * pipe_pending_bytes says how much is still waiting, so that callers can bound it. A reader that
 * went away (EPIPE) ends the pipe quietly: later writes are dropped.
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

/* Takes `fd` (also on failure). Members of events may be NULL. */
bool pipe_open(struct loop *loop, int fd, const struct pipe_events *events, void *owner,
               struct pipe **ret_pipe, struct error *error) MUST_CHECK;
void pipe_read_start(struct pipe *pipe);
void pipe_read_stop(struct pipe *pipe);
/* Reads, without waiting, what has arrived up to now and hands it to on_data; on_end when the other
 * side has closed. For the drain after a leader's exit. */
void pipe_drain(struct pipe *pipe);
void pipe_write(struct pipe *pipe, struct str bytes);
size_t pipe_pending_bytes(const struct pipe *pipe);
/* Ends the writing side once everything queued has left (closes the descriptor when the pipe is
 * not read from). */
void pipe_write_end(struct pipe *pipe);
int pipe_fd(const struct pipe *pipe);
void pipe_close(struct pipe *pipe); /* NULL is fine */

#endif
