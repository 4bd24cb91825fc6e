#include "agent/tools/dialog.h"

#include <stdlib.h>

#include "actions/shell_output.h"
#include "actions/terminal.h"
#include "actions/terminals.h"
#include "agent/tools/dialog_answer.h"
#include "agent/tools/dialog_call.h"
#include "agent/tools/dialog_state.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

static void free_dialog(struct dialog *dialog)
{
    void (*on_closed)(void *owner) = dialog->on_closed;
    void *owner = dialog->close_owner;
    shell_output_free(dialog->output);
    timer_close(dialog->silence);
    timer_close(dialog->limit);
    buf_fini(&dialog->note);
    buf_fini(&dialog->command);
    buf_fini(&dialog->exports);
    buf_fini(&dialog->message);
    free(dialog);
    if (on_closed != NULL)
        on_closed(owner);
}

static void free_when_closed(struct dialog *dialog)
{
    if (dialog->is_session_closed && dialog->turns_due == 0)
        free_dialog(dialog);
}

struct turn {
    struct dialog *dialog;
    void (*fn)(void *owner);
};

static void on_turn(void *owner)
{
    struct turn *turn = owner;
    struct dialog *dialog = turn->dialog;
    turn->fn(dialog);
    free(turn);
    dialog->turns_due--;
    free_when_closed(dialog);
}

void dialog_turn(struct dialog *dialog, void (*fn)(void *owner))
{
    struct turn *turn = mem_zero(1, sizeof(*turn));
    turn->dialog = dialog;
    turn->fn = fn;
    dialog->turns_due++;
    loop_defer(dialog->loop, on_turn, turn);
}

uint64_t dialog_output_to(const struct dialog *dialog)
{
    if (!dialog->has_started)
        return 0;
    return dialog->is_running ? byte_log_next(session_log(dialog->session)) : dialog->ended_at;
}

static void answer_key(void *owner)
{
    struct dialog *dialog = owner;
    if (dialog->has_call && dialog->waits_for_prompt)
        dialog_answer_key(dialog);
}

static void answer_end(void *owner)
{
    struct dialog *dialog = owner;
    if (dialog->has_call && !dialog->is_running)
        dialog_answer_completed(dialog);
}

/* What had taken the shell's place is over, with a status that nobody knows. */
static void end_foreign(struct dialog *dialog)
{
    dialog->is_foreign = false;
    dialog->is_running = false;
    dialog->exit_code = -1;
    dialog->ended_at = byte_log_next(session_log(dialog->session));
    dialog_turn(dialog, answer_end);
}

static void on_state(struct session_listener *listener, enum session_state state,
                     struct str message)
{
    struct dialog *dialog = container_of(listener, struct dialog, events);
    const bool has_died = state == SESSION_DEAD;
    if (has_died && (dialog->is_foreign || dialog->waits_for_prompt)) {
        buf_clear(&dialog->note);
        buf_append(&dialog->note, message);
        dialog->has_restarted = true;
    }
    if (dialog->is_foreign && state != SESSION_FOREIGN)
        end_foreign(dialog);
    if (has_died && dialog->waits_for_prompt)
        dialog_turn(dialog, answer_key);
}

static void on_metadata(struct session_listener *listener)
{
    struct dialog *dialog = container_of(listener, struct dialog, events);
    if (dialog->waits_for_prompt)
        dialog_turn(dialog, answer_key);
}

static void on_bytes(struct byte_log_listener *listener)
{
    struct dialog *dialog = container_of(listener, struct dialog, bytes);
    if (dialog->has_call)
        dialog_answer_heard(dialog);
    if (dialog->is_running)
        shell_output_follow(dialog->output, dialog_output_to(dialog));
}

static void enter(struct dialog *dialog, const struct dialog_options *options)
{
    dialog->events.on_state = on_state;
    dialog->events.on_metadata = on_metadata;
    dialog->bytes.on_bytes = on_bytes;
    session_listen(dialog->session, &dialog->events);
    byte_log_listen(session_log(dialog->session), &dialog->bytes);
    dialog->output = shell_output_new(session_log(dialog->session), DIALOG_COLS, DIALOG_MAX_LINES);
    dialog->silence = timer_open(dialog->loop, dialog_answer_silence, dialog);
    dialog->limit = timer_open(dialog->loop, dialog_answer_limit, dialog);
    if (options->terminals != NULL)
        dialog->terminal =
            terminals_adopt(options->terminals, options->name, dialog->session, STR(DIALOG_DRIVER));
}

bool dialog_open(const struct dialog_options *options, struct dialog **ret_dialog,
                 struct error *error)
{
    const struct session_options session = {.loop = options->loop,
                                            .processes = options->processes,
                                            .env = options->env,
                                            .shell = SESSION_BASH,
                                            .shell_path = options->shell_path,
                                            .user = options->user,
                                            .cwd = options->cwd,
                                            .cols = DIALOG_COLS,
                                            .rows = DIALOG_ROWS,
                                            .max_scrollback_rows = DIALOG_MAX_LINES,
                                            .restarts = true,
                                            .rc_lines = options->rc_lines};
    struct dialog *dialog = mem_zero(1, sizeof(*dialog));
    dialog->loop = options->loop;
    dialog->no_change_timeout_s = options->no_change_timeout_s;
    if (!session_open(&session, &dialog->session, error)) {
        free_dialog(dialog);
        return false;
    }
    enter(dialog, options);
    *ret_dialog = dialog;
    return true;
}

static void on_session_closed(void *owner)
{
    struct dialog *dialog = owner;
    dialog->is_session_closed = true;
    free_when_closed(dialog);
}

void dialog_close(struct dialog *dialog, void (*on_closed)(void *owner), void *owner)
{
    assert(!dialog->is_closing);
    dialog->is_closing = true;
    dialog->on_closed = on_closed;
    dialog->close_owner = owner;
    session_forget_command(dialog->session);
    session_listener_cancel(&dialog->events);
    byte_log_listener_cancel(&dialog->bytes);
    terminals_disown(dialog->terminal);
    session_close(dialog->session, on_session_closed, dialog);
    if (!dialog->has_call)
        return;
    buf_clear(&dialog->message);
    buf_append(&dialog->message, STR("The terminal was closed."));
    dialog_answer_error(dialog);
}

void dialog_execute(struct dialog *dialog, const struct dialog_call *call)
{
    assert(!dialog->has_call && !dialog->is_closing);
    dialog->has_call = true;
    dialog->is_late = false;
    dialog->is_interrupted = false;
    dialog->was_early = false;
    dialog->answer = NULL;
    dialog->call = *call;
    buf_clear(&dialog->command);
    buf_append(&dialog->command, utf8_trim(call->command));
    buf_clear(&dialog->exports);
    buf_append(&dialog->exports, call->exports);
    dialog_call_begin(dialog);
}

bool dialog_is_busy(const struct dialog *dialog)
{
    return dialog->has_call;
}

bool dialog_is_unfinished(const struct dialog *dialog)
{
    return dialog->is_unfinished;
}

void dialog_interrupt(struct dialog *dialog)
{
    if (dialog->is_running && dialog->has_started)
        session_write(dialog->session, STR(DIALOG_INTERRUPT));
    if (dialog->has_call && dialog->answer == NULL)
        dialog_answer_soon(dialog);
}
