#include "server/loop/descendants.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/process.h"
#include "server/loop/process_table.h"
#include "server/loop/timer.h"

struct descendants {
    struct timer *deadline;
    bool is_killing;
    void (*on_given_up)(void *owner);
    void *owner;
};

/* A stopped process takes TERM only when it is continued. */
static void terminate(const struct process_row *row)
{
    (void)kill(row->pid, SIGTERM); /* it may have ended since, or belong to somebody else */
    if (row->state == 'T')
        (void)kill(row->pid, SIGCONT);
}

static void signal_all(const struct descendants *descendants)
{
    struct process_table table;
    if (!process_table_read(&table)) {
        log_error("process.table_failed", "path=/proc");
        return;
    }
    const pid_t self = getpid();
    for (size_t i = 0; i < table.count; i++) {
        const struct process_row *row = &table.rows[i];
        if (process_row_is_zombie(row) || !process_table_descends(&table, row, self))
            continue;
        if (descendants->is_killing)
            (void)kill(row->pid, SIGKILL);
        else
            terminate(row);
    }
    process_table_fini(&table);
}

static void on_deadline(void *owner)
{
    struct descendants *descendants = owner;
    if (descendants->is_killing) {
        descendants->on_given_up(descendants->owner);
        return;
    }
    descendants->is_killing = true;
    timer_start(descendants->deadline, PROCESS_KILL_WAIT_MS, 0);
    signal_all(descendants);
}

struct descendants *descendants_end(struct loop *loop, uint64_t grace_ms,
                                    void (*on_given_up)(void *owner), void *owner)
{
    struct descendants *descendants = mem_alloc(sizeof(*descendants));
    *descendants = (struct descendants){.on_given_up = on_given_up, .owner = owner};
    descendants->deadline = timer_open(loop, on_deadline, descendants);
    timer_start(descendants->deadline, grace_ms, 0);
    signal_all(descendants);
    return descendants;
}

/* Only KILL is repeated: what begins after the TERM may be somebody's tidying up. */
void descendants_look_again(struct descendants *descendants)
{
    if (descendants->is_killing)
        signal_all(descendants);
}

void descendants_close(struct descendants *descendants)
{
    if (descendants == NULL)
        return;
    timer_close(descendants->deadline);
    free(descendants);
}
