#ifndef PLUGINS_JUPYTER_JUPYTER_H
#define PLUGINS_JUPYTER_JUPYTER_H

/*
 * A notebook kernel (ipykernel) as a child of the server, spoken to over ZMQ: started in the
 * background, asked to run cells one at a time, interrupted, restarted when it dies (contract
 * v0-action-execution §6).
 *
 *     jupyter ── kernel (kernel.h), a new one when it dies ── queue of cells
 *
 * A cell ends when the kernel has replied and says that it is idle again, so no output is lost. A
 * cell that is interrupted and goes on for JUPYTER_GRACE_MS costs the kernel its life; a kernel
 * that dies is replaced, and the cell it died in, or the next one, says so in its text. One that
 * cannot be started at all is tried again with the next cell. Owned by app (V0). Loop thread only;
 * calls back exactly once for each cell.
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

#define JUPYTER_GRACE_MS 2000 /* clients wait five seconds longer than a cell may take */

struct jupyter_options {
    struct loop *loop;
    struct processes *processes;
    const char *const *env; /* NULL-terminated; borrowed for the plugin's life */
    const char *user;       /* NULL: as the server */
    struct str python;      /* STR_NULL: python, else python3, of PATH in env */
    struct str cwd;
    struct str startup_code; /* run in each new kernel: skills and the like; STR_NULL: none */
};

/* `error` NULL: the kernel answers and has run the startup code; else why there is none, with what
 * it printed. Once, for the first kernel. */
typedef void (*jupyter_ready_fn)(void *owner, const struct error *error);

struct jupyter_result {
    struct str text; /* as §6.2, colours removed; borrowed for the call */
    const struct str *image_urls;
    size_t image_count;
    bool has_timed_out;
    bool has_died; /* the kernel, or there was none; the text says which */
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
