#include "agent/tools/dialog_call.h"

#include <string.h>

#include "actions/shell_output.h"
#include "actions/shell_text.h"
#include "actions/terminal.h"
#include "agent/tools/dialog_answer.h"
#include "agent/tools/dialog_state.h"
#include "agent/tools/dialog_text.h"
#include "server/base/error.h"

static void run_answer(void *owner)
{
    struct dialog *dialog = owner;
    if (dialog->has_call && dialog->answer != NULL)
        dialog->answer(dialog);
}

static void answer(struct dialog *dialog, void (*fn)(struct dialog *dialog))
{
    dialog->answer = fn;
    dialog_turn(dialog, run_answer);
}

static void answer_error(struct dialog *dialog, struct str text)
{
    buf_clear(&dialog->message);
    buf_append(&dialog->message, text);
    answer(dialog, dialog_answer_error);
}

static bool is_refused(struct dialog *dialog, struct str command)
{
    const struct dialog_call *call = &dialog->call;
    struct buf *message = &dialog->message;
    buf_clear(message);
    if (!call->is_input && dialog_text_refuse_literal(command, message))
        return true;
    if (!call->is_input && command.len > 0 && call->has_timeout &&
        dialog_text_refuse_timeout(call->timeout_s, call->idle_timeout_s, message))
        return true;
    if (!dialog->is_unfinished && command.len == 0)
        buf_append(message, STR("No previous running command to retrieve logs from."));
    else if (!dialog->is_unfinished && call->is_input)
        buf_append(message, STR("No previous running command to interact with."));
    else
        return dialog_text_refuse_several(command, message);
    return true;
}

/* False: somebody else drives the terminal, or the call makes no sense. That is answered. */
static bool may_be_done(struct dialog *dialog, struct str command)
{
    struct error error;
    if (is_refused(dialog, command)) {
        answer(dialog, dialog_answer_error);
        return false;
    }
    if (dialog->terminal == NULL || command.len == 0 ||
        terminal_may_type(dialog->terminal, STR(DIALOG_DRIVER), &error))
        return true;
    answer_error(dialog, str_from(error.text));
    return false;
}

/* Lines as they are typed, without the last Enter. */
static void append_lines(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_append_byte(out, (char)(text.data[i] == '\n' ? '\r' : text.data[i]));
}

/* Keys stand alone, a text is followed by Enter. */
static void type_input(struct dialog *dialog, struct str text)
{
    scoped_buf struct buf keys = {0};
    const bool is_key = dialog_text_encode_key(text, &keys);
    if (!is_key) {
        append_lines(&keys, text);
        buf_append_byte(&keys, '\r');
    }
    shell_output_keep(dialog->output, dialog_output_to(dialog), is_key ? STR("") : text);
    session_write(dialog->session, buf_str(&keys));
}

static void set_note(struct dialog *dialog, struct str text)
{
    buf_clear(&dialog->note);
    buf_append(&dialog->note, text);
}

static void on_start(void *owner, uint64_t from)
{
    struct dialog *dialog = owner;
    dialog->has_started = true;
    shell_output_begin(dialog->output, from);
    if (dialog->has_call && dialog->is_interrupted)
        dialog_answer_interrupt_begun(dialog);
}

static void fail_call(struct dialog *dialog, struct str text)
{
    buf_clear(&dialog->message);
    buf_append(&dialog->message, text);
    dialog_answer_error(dialog);
}

static void on_end(void *owner, const struct session_command_end *end)
{
    struct dialog *dialog = owner;
    const bool is_replaced = end->outcome == SESSION_SHELL_REPLACED;
    const bool is_over = end->outcome == SESSION_COMPLETED || end->outcome == SESSION_SHELL_ENDED;
    dialog->is_running = is_replaced;
    dialog->is_foreign = is_replaced;
    dialog->has_restarted = end->outcome == SESSION_SHELL_ENDED;
    dialog->ended_at = end->to;
    dialog->exit_code = end->exit_code;
    set_note(dialog, end->message);
    if (!dialog->has_call)
        return;
    if (is_replaced)
        dialog_answer_replaced(dialog);
    else if (is_over)
        dialog_answer_completed(dialog);
    else
        fail_call(dialog, end->message);
}

/* What an old command has printed at its end is shown in front of the new one's output. */
static void put_old_output_aside(struct dialog *dialog)
{
    if (dialog->is_unfinished)
        shell_output_keep(dialog->output, dialog_output_to(dialog), STR(""));
    shell_output_end(dialog->output);
    dialog->is_unfinished = false;
}

static bool hand_over(struct dialog *dialog, const struct session_command *command)
{
    struct error error;
    if (session_run(dialog->session, command, &error))
        return true;
    if (error.code == ERROR_CONFLICT)
        answer(dialog, dialog_answer_not_executed);
    else
        answer_error(dialog, str_from(error.text));
    return false;
}

static void run_command(struct dialog *dialog, struct str text)
{
    const struct session_command command = {
        .text = text, .on_start = on_start, .on_end = on_end, .owner = dialog};
    if (!hand_over(dialog, &command))
        return;
    put_old_output_aside(dialog);
    dialog->is_running = true;
    dialog->has_started = false;
    dialog->has_restarted = false;
    buf_clear(&dialog->note);
    dialog_answer_wait(dialog);
}

/* The variables are set, or could not be: the command follows in either case. */
static void on_exported(void *owner, const struct session_command_end *end)
{
    struct dialog *dialog = owner;
    (void)end; /* the command's own failure says more */
    if (!dialog->is_exporting)
        return;
    dialog->is_exporting = false;
    if (dialog->is_interrupted)
        dialog_answer_cancelled(dialog);
    else
        run_command(dialog, buf_str(&dialog->command));
}

static void export_and_run(struct dialog *dialog)
{
    const struct session_command command = {
        .text = buf_str(&dialog->exports), .on_end = on_exported, .owner = dialog};
    dialog->is_exporting = hand_over(dialog, &command);
}

/* A key where no command runs: one that ends the line brings a new prompt, others bring nothing. */
static void press_key(struct dialog *dialog, struct str key)
{
    scoped_buf struct buf keys = {0};
    if (!dialog_text_encode_key(key, &keys)) {
        run_command(dialog, key);
        return;
    }
    put_old_output_aside(dialog);
    dialog->waits_for_prompt = strchr("cCdDjJmMoO", key.data[2]) != NULL;
    session_write(dialog->session, buf_str(&keys));
    if (dialog->waits_for_prompt)
        dialog_answer_wait(dialog);
    else
        answer(dialog, dialog_answer_key);
}

/* A command is told the rest of; input comes too late for it. */
static void answer_ended(struct dialog *dialog)
{
    dialog->is_late = dialog->call.is_input && dialog->command.len > 0;
    answer(dialog, dialog_answer_completed);
}

static bool is_for_program(const struct dialog *dialog, struct str command)
{
    return dialog->is_running &&
           (dialog->call.is_input || command.len == 0 || shell_text_is_key(command));
}

static void act(struct dialog *dialog, struct str command)
{
    if (is_for_program(dialog, command)) {
        if (command.len > 0)
            type_input(dialog, command);
        dialog_answer_wait(dialog);
    } else if (command.len == 0 || dialog->call.is_input) {
        answer_ended(dialog);
    } else if (shell_text_is_key(command)) {
        press_key(dialog, command);
    } else if (dialog->exports.len > 0) {
        export_and_run(dialog);
    } else {
        run_command(dialog, command);
    }
}

void dialog_call_begin(struct dialog *dialog)
{
    const struct str command = buf_str(&dialog->command);
    if (!may_be_done(dialog, command))
        return;
    if (dialog->is_running && !dialog->is_foreign && !dialog->call.is_input && command.len > 0)
        answer(dialog, dialog_answer_not_executed);
    else
        act(dialog, command);
}
