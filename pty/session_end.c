#include "pty/session_end.h"

#include <signal.h>

#include "pty/session_command.h"
#include "pty/session_start.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/process_table.h"
#include "server/loop/timer.h"

#define HUP_AGAIN_MS  50
#define HUP_GRACE_MS  1000
#define TERM_GRACE_MS 1000
#define KILL_LOOK_MS  50
#define MAX_LOOKS     40 /* after the first KILL: what starts new processes meanwhile is found */

enum close_step {
    CLOSE_HUP,
    CLOSE_HUP_AGAIN,
    CLOSE_TERM,
    CLOSE_KILL /* and from here on, once for each look */
};

/* Closing sessions whose last process may have gone; of the loop thread. */
static struct list maybe_over = {&maybe_over, &maybe_over};

/* False when there is none but zombies. */
static bool signal_rows(const struct session *session, const struct process_table *table,
                        int signal)
{
    bool is_any = false;
    for (size_t i = 0; i < table->count; i++) {
        const struct process_row *row = &table->rows[i];
        if (row->session != session->leader || process_row_is_zombie(row))
            continue;
        is_any = true;
        (void)kill(row->pid, signal); /* may be gone by now */
    }
    return is_any;
}

/* Signals all processes of the session; false when there is none but zombies. */
static bool signal_members(const struct session *session, int signal)
{
    struct process_table table;
    if (!process_table_read(&table))
        return session->process != NULL && process_signal_group(session->process, signal);
    const bool is_any = signal_rows(session, &table, signal);
    process_table_fini(&table);
    return is_any;
}

static void finish(void *owner)
{
    struct session *session = owner;
    magic_check(session, MAGIC_SESSION);
    session_free(session);
}

static void schedule_finish(struct session *session)
{
    if (session->is_over)
        return;
    session->is_over = true;
    session_watch(session, WATCH_NOTHING);
    loop_defer(session->loop, finish, session);
}

static void hang_up(const struct session *session)
{
    const pid_t foreground = session->pipe == NULL ? 0 : tty_foreground(pipe_fd(session->pipe));
    const pid_t groups[] = {foreground, session->shell_pid, session->leader};
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (groups[i] <= 1)
            continue;
        (void)process_group_signal(groups[i], SIGHUP); /* may be gone by now */
        (void)process_group_signal(groups[i], SIGCONT);
    }
}

/* One look at the system serves all: many terminals end together, each with many processes beside
 * it. A system that cannot be looked at has none. */
static void look_at_all(void *owner)
{
    (void)owner; /* those in the list */
    struct process_table table = {0};
    if (!process_table_read(&table))
        log_error("process.table_failed", "path=/proc");
    for (struct list *link; (link = list_first(&maybe_over)) != NULL;) {
        struct session *session = container_of(link, struct session, end_link);
        magic_check(session, MAGIC_SESSION);
        list_remove(link);
        if (session->process == NULL && !signal_rows(session, &table, 0))
            schedule_finish(session);
    }
    process_table_fini(&table);
}

/* In the next turn, when what else ends now has been heard of too. */
static void look_soon(struct session *session)
{
    if (list_is_empty(&maybe_over))
        loop_defer(session->loop, look_at_all, NULL);
    if (!list_is_linked(&session->end_link))
        list_append(&maybe_over, &session->end_link);
}

static void wait_for_end(struct session *session, uint64_t delay_ms)
{
    session->watch = WATCH_END;
    timer_start(session->timer, delay_ms, 0);
}

void session_end_begin(struct session *session)
{
    if (session->process == NULL) {
        schedule_finish(session);
        return;
    }
    hang_up(session);
    session->close_step = CLOSE_HUP;
    wait_for_end(session, HUP_AGAIN_MS);
}

/* bash forgets a HUP that comes when it is about to wait for keys. */
static void hang_up_shell(struct session *session)
{
    const pid_t shell = session->shell_pid;
    if (shell > 1 && session->pipe != NULL && tty_foreground(pipe_fd(session->pipe)) == shell)
        (void)process_group_signal(shell, SIGHUP); /* may be gone by now */
    wait_for_end(session, HUP_GRACE_MS);
}

void session_end_due(struct session *session)
{
    session->close_step++;
    if (session->close_step == CLOSE_HUP_AGAIN) {
        hang_up_shell(session);
        return;
    }
    const bool is_killing = session->close_step >= CLOSE_KILL;
    if (is_killing)
        (void)signal_members(session, SIGSTOP); /* nothing is forked between look and KILL */
    const bool is_any = signal_members(session, is_killing ? SIGKILL : SIGTERM);
    if (!is_killing && is_any)
        (void)signal_members(session, SIGCONT);
    if (!is_any && session->process == NULL) {
        schedule_finish(session);
    } else if (session->close_step > CLOSE_KILL + MAX_LOOKS) {
        log_error("session.unkillable", "pid=%d", (int)session->leader);
        schedule_finish(session);
    } else {
        wait_for_end(session, is_killing ? KILL_LOOK_MS : TERM_GRACE_MS);
    }
}

void session_end_exited(struct session *session)
{
    if (session->close_step == CLOSE_HUP)
        session->close_step = CLOSE_HUP_AGAIN; /* there is no shell left */
    /* Others may go on, and the timer was that of the shell. */
    wait_for_end(session, session->close_step >= CLOSE_KILL ? KILL_LOOK_MS : TERM_GRACE_MS);
    look_soon(session);
}

/* The end of the shell is that of the terminal too, whoever has it open. */
void session_end_pty_ended(struct session *session)
{
    if (session->is_closing && session->process == NULL)
        look_soon(session);
}
