#include "api/v0/shell.h"

#include <stdlib.h>

#include "actions/shell_output.h"
#include "actions/terminal.h"
#include "actions/terminals.h"
#include "api/v0/shell_answer.h"
#include "api/v0/shell_call.h"
#include "api/v0/shell_state.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define MAX_SCROLLBACK_ROWS 10000

static void free_shell(struct v0_shell *shell)
{
    void (*on_closed)(void *owner) = shell->on_closed;
    void *owner = shell->close_owner;
    shell_output_free(shell->output);
    timer_close(shell->silence);
    timer_close(shell->limit);
    buf_fini(&shell->note);
    buf_fini(&shell->cwd);
    buf_fini(&shell->command);
    buf_fini(&shell->open_text);
    buf_fini(&shell->message);
    free(shell);
    if (on_closed != NULL)
        on_closed(owner);
}

static void free_when_closed(struct v0_shell *shell)
{
    struct v0_shell *parent = shell->parent;
    if (!shell->is_session_closed || shell->turns_due > 0 || !list_is_empty(&shell->children))
        return;
    list_remove(&shell->siblings);
    free_shell(shell);
    if (parent != NULL)
        free_when_closed(parent);
}

struct turn {
    struct v0_shell *shell;
    void (*fn)(void *owner);
};

static void on_turn(void *owner)
{
    struct turn *turn = owner;
    struct v0_shell *shell = turn->shell;
    turn->fn(shell);
    free(turn);
    shell->turns_due--;
    free_when_closed(shell);
}

void v0_shell_turn(struct v0_shell *shell, void (*fn)(void *owner))
{
    struct turn *turn = mem_zero(1, sizeof(*turn));
    turn->shell = shell;
    turn->fn = fn;
    shell->turns_due++;
    loop_defer(shell->loop, on_turn, turn);
}

uint64_t v0_shell_output_end(const struct v0_shell *shell)
{
    if (!shell->has_started)
        return 0;
    return shell->is_running ? byte_log_next(session_log(shell->session)) : shell->ended_at;
}

static void tell_ready(struct v0_shell *shell, const struct error *error)
{
    void (*on_ready)(void *owner, const struct error *error) = shell->on_ready;
    shell->on_ready = NULL;
    if (on_ready != NULL)
        on_ready(shell->ready_owner, error);
}

/* It has died before its first prompt, and no other took its place. */
static void check_dead(void *owner)
{
    struct v0_shell *shell = owner;
    struct error error;
    if (shell->is_closing || session_state(shell->session) != SESSION_DEAD)
        return;
    error_set(&error, ERROR_INTERNAL, "the shell cannot be started: %s",
              shell->note.len > 0 ? shell->note.data : "it ended at once");
    tell_ready(shell, &error);
}

static void on_first_state(struct v0_shell *shell, enum session_state state, struct str message)
{
    if (state == SESSION_AT_PROMPT || state == SESSION_FOREIGN) {
        tell_ready(shell, NULL);
    } else if (state == SESSION_DEAD) {
        buf_clear(&shell->note);
        buf_append(&shell->note, message);
        v0_shell_turn(shell, check_dead);
    }
}

static void answer_key(void *owner)
{
    struct v0_shell *shell = owner;
    if (shell->has_call && shell->waits_for_prompt)
        shell_answer_key(shell);
}

static void answer_end(void *owner)
{
    struct v0_shell *shell = owner;
    if (shell->has_call && !shell->is_running)
        shell_answer_completed(shell);
}

/* What had taken the shell's place is over, with a status that nobody knows. */
static void end_foreign(struct v0_shell *shell)
{
    shell->is_foreign = false;
    shell->is_running = false;
    shell->exit_code = -1;
    shell->ended_at = byte_log_next(session_log(shell->session));
    v0_shell_turn(shell, answer_end);
}

static void on_state(struct session_listener *listener, enum session_state state,
                     struct str message)
{
    struct v0_shell *shell = container_of(listener, struct v0_shell, events);
    const bool has_died = state == SESSION_DEAD;
    if (shell->on_ready != NULL)
        on_first_state(shell, state, message);
    if (has_died && (shell->is_foreign || shell->waits_for_prompt)) {
        buf_clear(&shell->note);
        buf_append(&shell->note, message);
    }
    if (shell->is_foreign && state != SESSION_FOREIGN)
        end_foreign(shell);
    if (has_died && shell->waits_for_prompt)
        v0_shell_turn(shell, answer_key);
}

static void on_metadata(struct session_listener *listener)
{
    struct v0_shell *shell = container_of(listener, struct v0_shell, events);
    if (shell->waits_for_prompt)
        v0_shell_turn(shell, answer_key);
}

static void on_bytes(struct byte_log_listener *listener)
{
    struct v0_shell *shell = container_of(listener, struct v0_shell, bytes);
    if (shell->has_call)
        shell_answer_heard(shell);
    if (shell->is_running)
        shell_output_follow(shell->output, v0_shell_output_end(shell));
}

static struct v0_shell *new_shell(const struct v0_shell_options *options)
{
    struct v0_shell *shell = mem_zero(1, sizeof(*shell));
    shell->loop = options->loop;
    shell->parent = options->parent;
    shell->on_ready = options->on_ready;
    shell->ready_owner = options->owner;
    shell->no_change_timeout_s = options->no_change_timeout_s;
    shell->events.on_state = on_state;
    shell->events.on_metadata = on_metadata;
    shell->bytes.on_bytes = on_bytes;
    list_init(&shell->children);
    buf_append(&shell->cwd, str_from(options->cwd));
    return shell;
}

static void enter(struct v0_shell *shell, const struct v0_shell_options *options)
{
    session_listen(shell->session, &shell->events);
    byte_log_listen(session_log(shell->session), &shell->bytes);
    shell->output = shell_output_new(session_log(shell->session), SHELL_COLS, SHELL_MAX_LINES);
    shell->silence = timer_open(shell->loop, shell_answer_silence, shell);
    shell->limit = timer_open(shell->loop, shell_answer_limit, shell);
    if (options->terminals != NULL)
        shell->terminal = terminals_adopt(options->terminals, options->name, shell->session,
                                          STR(V0_SHELL_DRIVER));
    if (shell->parent != NULL)
        list_append(&shell->parent->children, &shell->siblings);
}

bool v0_shell_open(const struct v0_shell_options *options, struct v0_shell **ret_shell,
                   struct error *error)
{
    struct v0_shell *shell = new_shell(options);
    const struct session_options session = {.loop = options->loop,
                                            .processes = options->processes,
                                            .env = options->env,
                                            .shell = SESSION_BASH,
                                            .user = options->su_user,
                                            .cwd = options->cwd,
                                            .cols = SHELL_COLS,
                                            .rows = SHELL_ROWS,
                                            .max_scrollback_rows = MAX_SCROLLBACK_ROWS,
                                            .restarts = options->parent == NULL,
                                            .rc_lines = options->rc_lines};
    if (!session_open(&session, &shell->session, error)) {
        shell->on_closed = NULL;
        free_shell(shell);
        return false;
    }
    enter(shell, options);
    *ret_shell = shell;
    return true;
}

static void on_session_closed(void *owner)
{
    struct v0_shell *shell = owner;
    shell->is_session_closed = true;
    free_when_closed(shell);
}

static void refuse_call(struct v0_shell *shell)
{
    buf_clear(&shell->message);
    buf_append(&shell->message, STR("the shell was closed"));
    shell_answer_error(shell);
}

void v0_shell_close(struct v0_shell *shell, void (*on_closed)(void *owner), void *owner)
{
    if (on_closed != NULL) {
        shell->on_closed = on_closed;
        shell->close_owner = owner;
    }
    if (shell->is_closing)
        return; /* with its parent */
    shell->is_closing = true;
    session_forget_command(shell->session);
    session_listener_cancel(&shell->events);
    byte_log_listener_cancel(&shell->bytes);
    terminals_disown(shell->terminal);
    session_close(shell->session, on_session_closed, shell);
    for (struct list *link = list_first(&shell->children); link != NULL;
         link = list_next(&shell->children, link))
        v0_shell_close(container_of(link, struct v0_shell, siblings), NULL, NULL);
    if (shell->has_call)
        refuse_call(shell);
}

void v0_shell_execute(struct v0_shell *shell, const struct v0_shell_call *call)
{
    assert(!shell->has_call);
    shell->has_call = true;
    shell->call = *call;
    shell->call.command = STR_NULL;
    shell->answer = NULL;
    buf_clear(&shell->command);
    buf_append(&shell->command, utf8_trim(call->command));
    shell_call_begin(shell);
}

struct str v0_shell_cwd(const struct v0_shell *shell)
{
    return buf_str(&shell->cwd);
}

struct session *v0_shell_session(const struct v0_shell *shell)
{
    return shell->session;
}
