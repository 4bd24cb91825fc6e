#include "pty/session_input.h"

#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"

/* Written at once to a program that may not read: little, because it cannot be taken back. */
#define PIECE_BYTES 4096
#define INTERRUPT   STR("\x03")

static struct str unsent(const struct session *session)
{
    return str_skip(buf_str(&session->input), session->input_sent);
}

bool session_input_is_held(const struct session *session)
{
    return session->is_waiting || session->state == SESSION_HANDED;
}

static void pump(struct session *session)
{
    const struct str waiting = unsent(session);
    if (session->pipe == NULL || session_input_is_held(session) || waiting.len == 0 ||
        pipe_pending_bytes(session->pipe) > 0)
        return;
    const struct str piece = str_slice(waiting, 0, PIECE_BYTES);
    pipe_write(session->pipe, piece);
    session->input_sent += piece.len;
    if (piece.len == waiting.len)
        session_input_clear(session);
}

void session_input_resume(struct session *session)
{
    pump(session);
}

void session_input_signal(struct session *session)
{
    const bool is_due = session->held_signal != 0 && session->pipe != NULL;
    const pid_t group = is_due ? tty_foreground(pipe_fd(session->pipe)) : 0;
    if (group > 0)
        (void)process_group_signal(group, session->held_signal); /* it may be gone by now */
    session->held_signal = 0;
}

void session_input_written(struct session *session)
{
    if (session->is_input_stale)
        tty_drop_unread(session->tty_path);
    session->is_input_stale = false;
    pump(session);
}

void session_input_write(struct session *session, struct str bytes)
{
    if (session->pipe == NULL)
        return;
    if (session->state == SESSION_AT_PROMPT && session->watch == WATCH_NOTHING &&
        str_equal(bytes, INTERRUPT))
        session_watch(session, WATCH_LINE);
    session->has_typed = true;
    if (unsent(session).len + bytes.len <= SESSION_INPUT_MAX_BYTES)
        buf_append(&session->input, bytes);
    pump(session);
}

/* A shell that starts may ask its terminal before it has a prompt. */
void session_input_answer(struct session *session, struct str bytes)
{
    if (session->pipe != NULL && session->state == SESSION_STARTING)
        pipe_write(session->pipe, bytes);
    else
        session_input_write(session, bytes);
}

void session_input_flush(struct session *session)
{
    if (session->pipe == NULL || session_input_is_held(session))
        return;
    pipe_write(session->pipe, unsent(session));
    session_input_clear(session);
}

void session_input_press(struct session *session, struct str keys)
{
    session_input_flush(session);
    if (session->pipe != NULL)
        pipe_write(session->pipe, keys);
}

void session_input_drop_unread(struct session *session)
{
    session->held_signal = 0;
    if (!session->has_typed || session->pipe == NULL)
        return;
    session_input_clear(session);
    session->is_input_stale = pipe_pending_bytes(session->pipe) > 0;
    tty_drop_unread(session->tty_path);
}

void session_input_clear(struct session *session)
{
    buf_fini(&session->input);
    session->input_sent = 0;
}

bool session_input_is_full(const struct session *session)
{
    const size_t pending = session->pipe == NULL ? 0 : pipe_pending_bytes(session->pipe);
    return unsent(session).len + pending > SESSION_INPUT_FULL_BYTES;
}
