#include "pty/session.h"

#include <stdlib.h>

#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session_command.h"
#include "pty/session_config.h"
#include "pty/session_end.h"
#include "pty/session_input.h"
#include "pty/session_look.h"
#include "pty/session_start.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/timer.h"

/* Everybody is told once: the links move to a list of their own first, so that whoever is called
 * may cancel others. */
static void tell_each(struct session *session,
                      void (*tell)(struct session *session, struct session_listener *listener,
                                   struct str message),
                      struct str message)
{
    struct list told;
    list_init(&told);
    for (struct list *link; (link = list_first(&session->listeners)) != NULL;) {
        list_remove(link);
        list_append(&told, link);
    }
    for (struct list *link; (link = list_first(&told)) != NULL;) {
        list_remove(link);
        list_append(&session->listeners, link);
        tell(session, container_of(link, struct session_listener, link), message);
    }
}

static void tell_state(struct session *session, struct session_listener *listener,
                       struct str message)
{
    if (listener->on_state != NULL)
        listener->on_state(listener, session->state, message);
}

static void tell_report(struct session *session, struct session_listener *listener,
                        struct str message)
{
    (void)session;
    (void)message;
    if (listener->on_metadata != NULL)
        listener->on_metadata(listener);
}

void session_set_state(struct session *session, enum session_state state, struct str message)
{
    if (session->state == state)
        return;
    session->state = state;
    tell_each(session, tell_state, message);
}

void session_tell_metadata(struct session *session)
{
    session->is_report_due = false;
    tell_each(session, tell_report, STR(""));
}

/* ash asks where the cursor is whenever it has no input. Its line may be typed before the answer,
 * which would then be read by the next program; it can do without. */
static void on_answer(void *owner, struct str bytes)
{
    struct session *session = owner;
    const bool is_busy = session->kind == NULL || session->kind->marks_lines ||
                         session->state == SESSION_RUNNING || session->state == SESSION_FOREIGN;
    if (is_busy || !session_look_is_shell(session))
        session_input_answer(session, bytes);
}

static void make_nonce(struct session *session)
{
    struct id random;
    id_random_bytes(random.bytes, sizeof(random.bytes));
    const struct id_text hex = id_hex(random);
    memcpy(session->nonce, hex.text, MARKS_NONCE_BYTES);
}

static bool open_parts(struct session *session, const struct session_options *options,
                       struct error *error)
{
    const struct byte_log_options log = {.loop = options->loop,
                                         .max_bytes = options->max_log_bytes,
                                         .spill_path = options->spill_path};
    const struct screen_options screen = {.cols = options->cols,
                                          .rows = options->rows,
                                          .max_scrollback_rows = options->max_scrollback_rows,
                                          .on_answer = on_answer,
                                          .owner = session};
    if (!session_config_init(&session->config, options, error) ||
        !byte_log_open(&log, &session->log, error))
        return false;
    session->screen = screen_new(&screen);
    byte_log_resized(session->log, options->cols, options->rows);
    session->timer = timer_open(session->loop, session_watch_due, session);
    make_nonce(session);
    marks_init(&session->marks, str_from(session->nonce));
    return session_start(session, error);
}

bool session_open(const struct session_options *options, struct session **ret_session,
                  struct error *error)
{
    loop_assert_owner(options->loop);
    struct session *session = mem_zero(1, sizeof(*session));
    session->magic = MAGIC_SESSION;
    session->loop = options->loop;
    session->processes = options->processes;
    session->kind = shell_kind(options->shell);
    session->state = SESSION_DEAD;
    session->size = (struct tty_size){.cols = options->cols, .rows = options->rows};
    session->metadata.pid = -1;
    session->prompt_at = SESSION_NO_OFFSET;
    list_init(&session->listeners);
    if (!open_parts(session, options, error)) {
        session_free(session);
        return false;
    }
    *ret_session = session;
    return true;
}

static void forget_listeners(struct session *session)
{
    for (struct list *link; (link = list_first(&session->listeners)) != NULL;)
        list_remove(link);
}

void session_free(struct session *session)
{
    if (session->process != NULL)
        process_forget(session->process);
    session_start_close_pty(session);
    session_input_clear(session);
    session_set_state(session, SESSION_DEAD, STR(""));
    forget_listeners(session);
    list_remove(&session->end_link);
    if (session->on_closed != NULL)
        session->on_closed(session->closed_owner);
    shell_directory_close(&session->directory);
    timer_close(session->timer);
    byte_log_close(session->log);
    screen_free(session->screen);
    marks_fini(&session->marks);
    buf_fini(&session->report);
    buf_fini(&session->decoded);
    buf_fini(&session->text);
    buf_fini(&session->echo);
    session_config_fini(&session->config);
    session->magic = 0;
    free(session);
}

static void tell_closed(void *owner)
{
    struct session *session = owner;
    magic_check(session, MAGIC_SESSION);
    session_command_fail(session, SESSION_CLOSED, -1, "The terminal was closed.");
}

void session_close(struct session *session, void (*on_closed)(void *owner), void *owner)
{
    assert(!session->is_closing);
    session->is_closing = true;
    session->on_closed = on_closed;
    session->closed_owner = owner;
    session_watch(session, WATCH_NOTHING);
    loop_defer(session->loop, tell_closed, session); /* before the end can be known */
    session_end_begin(session);
}

static bool may_accept(struct session *session, struct error *error)
{
    if (session->kind == NULL)
        return error_set(error, ERROR_CONFLICT, "the terminal runs a program, not a shell");
    if (session->is_closing)
        return error_set(error, ERROR_GONE, "the terminal is being closed");
    if (session->has_command)
        return error_set(error, ERROR_CONFLICT, "a command is running");
    if (session->state == SESSION_RUNNING || session_look_is_used(session))
        return error_set(error, ERROR_CONFLICT, "a command typed by a person is running");
    if (session->state == SESSION_FOREIGN)
        return session_look_take_back(session, error);
    if (session->state == SESSION_DEAD && !session->config.restarts)
        return error_set(error, ERROR_GONE, "the shell has ended");
    return session->state != SESSION_DEAD || session_start(session, error);
}

static bool check_text(struct str text, struct error *error)
{
    if (str_has_byte(text, '\0'))
        return error_set(error, ERROR_INVALID, "a shell cannot run a text with a NUL byte");
    if (text.len > SESSION_MAX_TEXT_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "a text has at most %zu bytes",
                         SESSION_MAX_TEXT_BYTES);
    return true;
}

bool session_run(struct session *session, const struct session_command *command,
                 struct error *error)
{
    loop_assert_owner(session->loop);
    if (!check_text(command->text, error) || !may_accept(session, error))
        return false;
    session_input_flush(session);
    session->command = *command;
    session->command.text = STR_NULL;
    buf_append(&session->text, command->text);
    session->has_command = true;
    session->is_waiting = true;
    session->is_second_try = false;
    session->number++;
    if (session->state == SESSION_AT_PROMPT && session->is_reading)
        session_command_hand_over(session);
    return true;
}

void session_forget_command(struct session *session)
{
    session->command.on_start = NULL;
    session->command.on_end = NULL;
}

void session_write(struct session *session, struct str bytes)
{
    if (session->is_closing)
        return;
    session->has_been_used = true;
    session_input_write(session, bytes);
}

bool session_write_is_full(const struct session *session)
{
    return session_input_is_full(session);
}

bool session_signal(struct session *session, int signal, struct error *error)
{
    const pid_t group = session->pipe == NULL ? 0 : tty_foreground(pipe_fd(session->pipe));
    if (group == 0)
        return error_set(error, ERROR_GONE, "nothing runs in the terminal");
    if (session_input_is_held(session)) {
        session->held_signal = signal;
        return true;
    }
    return process_group_signal(group, signal) ||
           error_set(error, ERROR_GONE, "nothing runs in the foreground of the terminal");
}

void session_resize(struct session *session, int cols, int rows)
{
    const struct tty_size size = {.cols = cols, .rows = rows};
    if (size.cols == session->size.cols && size.rows == session->size.rows)
        return;
    session->size = size;
    screen_resize(session->screen, cols, rows);
    byte_log_resized(session->log, cols, rows);
    if (session->pipe != NULL)
        tty_resize(pipe_fd(session->pipe), size);
}

enum session_state session_state(const struct session *session)
{
    return session->state;
}

pid_t session_pid(const struct session *session)
{
    if (session->process == NULL)
        return 0;
    return session->shell_pid > 0 ? session->shell_pid : session->leader;
}

const struct session_metadata *session_metadata(const struct session *session)
{
    return &session->metadata;
}

struct byte_log *session_log(struct session *session)
{
    return session->log;
}

struct screen *session_screen(struct session *session)
{
    return session->screen;
}

bool session_foreground(const struct session *session, struct session_foreground *ret_foreground)
{
    const struct session_foreground found = session_look_foreground(session);
    if (found.group == 0)
        return false;
    *ret_foreground = found;
    return true;
}

uint64_t session_restarts(const struct session *session)
{
    return session->restarts;
}

void session_listen(struct session *session, struct session_listener *listener)
{
    list_append(&session->listeners, &listener->link);
}

void session_listener_cancel(struct session_listener *listener)
{
    list_remove(&listener->link);
}
