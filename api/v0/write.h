#ifndef API_V0_WRITE_H
#define API_V0_WRITE_H

/*
 * The action `write` (contract v0-action-execution §5.3): lines of a text file, or all of it. A new
 * file gets V0_WRITE_MODE and belongs to the user that the runtime works for; an existing one keeps
 * what it had. What the system does not let us write is an `error` observation.
 */

#define V0_WRITE_MODE 0664

#endif
