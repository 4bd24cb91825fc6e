#ifndef JUPYTER_JUPYTER_H
#define JUPYTER_JUPYTER_H

/*
 * A notebook kernel (ipykernel) as a child of the server, spoken to over ZMQ: started in the
 * background, asked to run cells one at a time, interrupted, restarted when it dies (contract
 * v0-action-execution §6).
 *
 *     jupyter ── kernel process · five sockets (jupyter_socket.h) ── queue of cells
 *
 * A cell ends when the kernel says that it is idle again, so no output is lost. Owned by app (V0).
 * Loop thread only; calls back exactly once for each cell.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;
struct jupyter;
struct loop;
struct processes;

struct jupyter_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *env; /* NULL-terminated; borrowed for the plugin's life */
    const char *user;       /* NULL: as the server */
    struct str python;      /* STR_NULL: python, else python3, of PATH in env */
    struct str cwd;
    struct str startup_code; /* run in each new kernel: skills and the like; STR_NULL: none */
};

/* `error` NULL: the kernel answers; else why there is none, with what it printed. */
typedef void (*jupyter_ready_fn)(void *owner, const struct error *error);

struct jupyter_result {
    struct str text; /* as §6.2, colours removed; borrowed for the call */
    const struct str *image_urls;
    size_t image_count;
    bool has_timed_out;
    bool has_died; /* the kernel; a new one takes over */
};
typedef void (*jupyter_result_fn)(void *owner, const struct jupyter_result *result);

struct jupyter *jupyter_start(const struct jupyter_options *options, jupyter_ready_fn on_ready,
                              void *owner);
/* timeout_ms 0: none. When it is over the kernel is interrupted. */
void jupyter_run(struct jupyter *jupyter, struct str code, uint64_t timeout_ms,
                 jupyter_result_fn on_result, void *owner);
/* The one that answered `sys.executable`; "" before that. */
struct str jupyter_python(const struct jupyter *jupyter);
/* Changes the kernel's folder before the next cell, when it is not the one last given. */
void jupyter_set_cwd(struct jupyter *jupyter, struct str cwd);
/* Ends the kernel, cells that wait get has_died; then on_closed(owner). */
void jupyter_close(struct jupyter *jupyter, void (*on_closed)(void *owner), void *owner);

#endif
