#ifndef PLUGINS_JUPYTER_CELL_H
#define PLUGINS_JUPYTER_CELL_H

/*
 * One cell that somebody waits for: its code, how long it may take, and the texts of its ends other
 * than its own output. Kept in the queue of plugins/jupyter/jupyter.c, which runs the first one and
 * calls one of the functions that answer it; each frees the cell and calls on_result last.
 *
 * The timer is the cell's own, because its time begins when it is asked for and not when its turn
 * comes: whoever asked waits for just as long.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plugins/jupyter/jupyter.h"
#include "server/base/buf.h"
#include "server/base/list.h"

struct loop;
struct timer;

struct jupyter_cell {
    struct list link;
    struct jupyter *jupyter;
    struct buf code;
    uint64_t timeout_ms;
    struct timer *timer;
    bool has_timed_out; /* and was interrupted */
    jupyter_result_fn on_result;
    void *owner;
};

struct jupyter_cell_options {
    struct jupyter *jupyter;
    struct loop *loop;
    struct str code;
    uint64_t timeout_ms; /* 0: none */
    void (*on_due)(void *cell);
    jupyter_result_fn on_result;
    void *owner;
};

/* Appends it to the queue. */
void jupyter_cell_new(struct list *queue, const struct jupyter_cell_options *options);
struct jupyter_cell *jupyter_cell_first(const struct list *queue); /* or NULL */

void jupyter_cell_answer(struct jupyter_cell *cell, const struct jupyter_result *result);
void jupyter_cell_answer_timed_out(struct jupyter_cell *cell, bool has_kernel_died);
/* `output` is what it had printed, `reason` how the kernel ended. */
void jupyter_cell_answer_died(struct jupyter_cell *cell, struct str output, const char *reason);
/* All that wait now; what callbacks add stays in the queue. */
void jupyter_cells_fail(struct list *queue, struct str text);

#endif
