#include "pty/session_watch.h"

#include "pty/byte_log.h"
#include "pty/session_command.h"
#include "pty/session_end.h"
#include "pty/session_input.h"
#include "pty/session_look.h"
#include "pty/session_output.h"
#include "pty/session_prompt.h"
#include "pty/session_start.h"
#include "server/loop/pipe.h"
#include "server/loop/timer.h"

/* How often a step waits again while the shell has not had its chance. */
#define MAX_PATIENCE       100
#define MAX_START_PATIENCE 15

static uint64_t duration_ms(enum session_watch watch)
{
    static const uint64_t durations[] = {
        [WATCH_START] = 2000, [WATCH_HANDOVER] = 100, [WATCH_QUIET] = 200, [WATCH_QUERY] = 100,
        [WATCH_PROMPT] = 20,  [WATCH_LINE] = 100,     [WATCH_END] = 0,
    };
    return durations[watch];
}

void session_watch(struct session *session, enum session_watch watch)
{
    session->watch = watch;
    if (watch == WATCH_NOTHING) {
        timer_stop(session->timer);
        return;
    }
    session->watched_offset = byte_log_next(session->log);
    timer_start(session->timer, duration_ms(watch), 0);
}

/* True: the timer is set again. */
static bool wait_more(struct session *session, bool is_reason)
{
    if (!is_reason || session->patience >= MAX_PATIENCE)
        return false;
    session->patience++;
    session_watch(session, session->watch);
    return true;
}

static bool is_edited(const struct session *session)
{
    struct tty_modes modes;
    return tty_modes(pipe_fd(session->pipe), &modes) && modes.is_edited;
}

void session_watch_give_up(struct session *session)
{
    session_watch(session, WATCH_NOTHING);
    shell_directory_remove(&session->directory, SHELL_COMMAND_FILE);
    session_output_release(session);
    session_set_state(session, SESSION_FOREIGN, STR("The shell does not take commands any more."));
    session_command_fail(session, SESSION_NOT_STARTED, -1,
                         "The shell did not take the command; nothing of it has run.");
}

static void press_step(struct session *session, enum session_handover step, struct str keys)
{
    session->handover = step;
    session->is_at_end = false;
    session->is_reading = false;
    session->patience = 0;
    session_input_press(session, keys);
    session_watch(session, WATCH_HANDOVER);
}

void session_watch_cancel_line(struct session *session)
{
    press_step(session, HANDOVER_CANCELLED, STR("\x03"));
}

/* The shell has not had its chance: it has not read the key, or works at something. */
static bool is_late(const struct session *session)
{
    return session_look_is_busy(session) || tty_unread(session->tty_path) > 0;
}

static void query_handover(struct session *session)
{
    if (session->handover == HANDOVER_SENT_LAST || !str_is_set(session->kind->query_key)) {
        session_watch_give_up(session);
        return;
    }
    session->handover = HANDOVER_QUERIED;
    session_look_query(session);
}

/* The C-c comes by itself: the terminal would drop all that stands unread in front of it. */
static void on_handover_due(struct session *session)
{
    const bool is_sent =
        session->handover == HANDOVER_SENT || session->handover == HANDOVER_SENT_AGAIN;
    if (wait_more(session, is_late(session) || (is_sent && !is_edited(session))))
        return;
    if (session->handover == HANDOVER_SENT && session->is_reading)
        session_command_hand_again(session, HANDOVER_SENT_AGAIN);
    else if (session->handover == HANDOVER_SENT)
        press_step(session, HANDOVER_UNPASTED, STR("\x1b[201~"));
    else if (session->handover == HANDOVER_UNPASTED)
        session_watch_cancel_line(session);
    else
        query_handover(session);
}

void session_watch_handover_refused(struct session *session)
{
    if (session->handover != HANDOVER_SENT && session->handover < HANDOVER_SENT_AGAIN)
        session_command_hand_again(session, HANDOVER_SENT_AGAIN);
    else
        session_watch(session, WATCH_HANDOVER);
}

static void on_quiet_due(struct session *session)
{
    session_input_signal(session);
    if (byte_log_next(session->log) != session->watched_offset) {
        session_watch(session, WATCH_QUIET);
        return;
    }
    session_watch(session, WATCH_NOTHING);
    session_look(session);
}

static void on_query_due(struct session *session)
{
    if (wait_more(session, is_late(session)))
        return;
    session_watch(session, WATCH_NOTHING);
    session_look_unanswered(session);
}

/* A prompt that takes its time (it may run programs) does not hold up the end of the command. */
static void on_prompt_due(struct session *session)
{
    const bool is_idle = !session_look_is_busy(session) && session->patience > 0 &&
                         !tty_has_output(pipe_fd(session->pipe));
    if ((is_idle && is_edited(session)) || !wait_more(session, true))
        session_prompt_reached(session);
    else if (is_idle && session->is_ending)
        session_prompt_is_late(session);
}

/* No prompt yet: the user's rc takes long, reads from the terminal, or has become another shell. */
static void on_start_due(struct session *session)
{
    if (is_edited(session) && str_is_set(session->kind->query_key))
        session_look_query(session);
    else if (session->patience >= MAX_START_PATIENCE || !wait_more(session, true))
        session_start_is_stuck(session);
}

/* readline forgets a C-c that comes when it is about to wait for keys; any key reminds it. */
static void on_line_due(struct session *session)
{
    session_watch(session, WATCH_NOTHING);
    if (session->state == SESSION_AT_PROMPT && str_is_set(session->kind->query_key) &&
        session_look_is_shell(session) && is_edited(session))
        session_look_query(session);
}

/* What is waited for may stand unread in the terminal: we were late ourselves. */
static bool has_come(struct session *session)
{
    return wait_more(session, tty_has_output(pipe_fd(session->pipe)));
}

void session_watch_due(void *owner)
{
    static void (*const handlers[])(struct session * session) = {
        [WATCH_START] = on_start_due,   [WATCH_HANDOVER] = on_handover_due,
        [WATCH_QUIET] = on_quiet_due,   [WATCH_QUERY] = on_query_due,
        [WATCH_PROMPT] = on_prompt_due, [WATCH_LINE] = on_line_due,
    };
    struct session *session = owner;
    magic_check(session, MAGIC_SESSION);
    if (session->watch == WATCH_END)
        session_end_due(session);
    else if (session->watch != WATCH_NOTHING && session->pipe != NULL && !has_come(session))
        handlers[session->watch](session);
}
