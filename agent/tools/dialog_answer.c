#include "agent/tools/dialog_answer.h"

#include "actions/shell_output.h"
#include "actions/shell_text.h"
#include "agent/tools/dialog_state.h"
#include "agent/tools/dialog_text.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define MAX_TIMER_MS 1e15
#define SIGINT_CODE  130
#define INTERRUPT_MS 2000 /* a program may do that long what it does at C-c */
#define AGAIN_MS     250

static uint64_t milliseconds(double seconds)
{
    const double ms = seconds * 1000;
    return ms < MAX_TIMER_MS ? (uint64_t)ms : (uint64_t)MAX_TIMER_MS;
}

static uint64_t silence_ms(const struct dialog *dialog)
{
    return milliseconds((double)dialog->no_change_timeout_s);
}

void dialog_answer_wait(struct dialog *dialog)
{
    dialog->changed_ms = loop_now_ms(dialog->loop);
    if (dialog->is_interrupted)
        return; /* the timer for that is running */
    if (dialog->call.has_timeout)
        timer_start(dialog->limit, milliseconds(dialog->call.timeout_s), 0);
    else
        timer_start(dialog->silence, silence_ms(dialog), 0);
}

void dialog_answer_heard(struct dialog *dialog)
{
    dialog->changed_ms = loop_now_ms(dialog->loop);
}

void dialog_answer_soon(struct dialog *dialog)
{
    dialog->is_interrupted = true;
    timer_stop(dialog->silence);
    timer_start(dialog->limit, INTERRUPT_MS, 0);
}

/* A shell that is just about to start a program takes C-c for itself and goes on: it is pressed
 * until it counts. */
void dialog_answer_interrupt_begun(struct dialog *dialog)
{
    dialog->was_early = true;
    session_write(dialog->session, STR(DIALOG_INTERRUPT));
    timer_start(dialog->silence, AGAIN_MS, AGAIN_MS);
}

/* The call is over before its owner hears of it, who may make the next one at once. */
static void end_call(struct dialog *dialog, const struct dialog_reply *reply)
{
    const struct dialog_call call = dialog->call;
    timer_stop(dialog->silence);
    timer_stop(dialog->limit);
    dialog->has_call = false;
    dialog->waits_for_prompt = false;
    dialog->is_exporting = false;
    dialog->answer = NULL;
    call.on_reply(call.owner, reply);
}

static struct dialog_reply plain_reply(const struct dialog *dialog)
{
    return (struct dialog_reply){.command = buf_str(&dialog->command),
                                 .text = STR(""),
                                 .exit_code = -1,
                                 .pid = -1,
                                 .prefix = STR(""),
                                 .suffix = STR("")};
}

static void describe_shell(const struct dialog *dialog, struct dialog_reply *reply)
{
    const struct session_metadata *metadata = session_metadata(dialog->session);
    reply->exit_code = dialog->exit_code;
    reply->pid = metadata->pid;
    reply->username = metadata->username;
    reply->hostname = metadata->hostname;
    reply->working_dir = metadata->working_dir;
    reply->python = metadata->python;
}

static void append_note(struct dialog *dialog, struct buf *suffix)
{
    if (dialog->note.len > 0)
        buf_printf(suffix, "\n[%s]", dialog->note.data);
    buf_clear(&dialog->note);
}

/* The shell is a new one: the model has to know that nothing of the old one is left. */
static void append_restart(struct dialog *dialog, struct buf *text)
{
    if (!dialog->has_restarted)
        return;
    dialog->has_restarted = false;
    if (text->len > 0)
        buf_append(text, STR("\n\n"));
    buf_append(text, STR(DIALOG_RESET_TEXT));
}

static void write_end(struct dialog *dialog, struct str command, struct buf *suffix)
{
    if (dialog->exit_code == -1)
        dialog_text_no_exit_code(suffix);
    else
        shell_text_completed(suffix, dialog->exit_code, command);
    if (dialog->is_late)
        buf_append(suffix, STR("\n[It had ended before your input could be sent.]"));
    append_note(dialog, suffix);
}

void dialog_answer_completed(struct dialog *dialog)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf prefix = {0};
    scoped_buf struct buf suffix = {0};
    struct dialog_reply reply = plain_reply(dialog);
    const bool is_cut = shell_output_take(dialog->output, dialog_output_to(dialog), &text);
    if (is_cut && !dialog->is_unfinished)
        shell_text_truncated(&prefix, buf_str(&text));
    write_end(dialog, reply.command, &suffix);
    append_restart(dialog, &text);
    describe_shell(dialog, &reply);
    reply.text = buf_str(&text);
    reply.prefix = buf_str(&prefix);
    reply.suffix = buf_str(&suffix);
    shell_output_end(dialog->output);
    dialog->is_unfinished = false;
    end_call(dialog, &reply);
}

void dialog_answer_key(struct dialog *dialog)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf suffix = {0};
    struct dialog_reply reply = plain_reply(dialog);
    const bool is_interrupt = str_equal_nocase(reply.command, STR("C-c"));
    if (is_interrupt)
        dialog->exit_code = SIGINT_CODE;
    buf_append(&text, is_interrupt ? STR("^C") : STR(""));
    write_end(dialog, reply.command, &suffix);
    append_restart(dialog, &text);
    describe_shell(dialog, &reply);
    reply.text = buf_str(&text);
    reply.suffix = buf_str(&suffix);
    end_call(dialog, &reply);
}

/* In front of a report that is not the first of its command. */
static struct str below_prefix(const struct dialog *dialog)
{
    const bool is_later = dialog->is_unfinished && shell_output_has_shown(dialog->output);
    return is_later ? STR(SHELL_TEXT_BELOW_PREFIX) : STR("");
}

/* The command goes on; later calls get the rest. */
static void answer_unfinished(struct dialog *dialog, struct str suffix)
{
    scoped_buf struct buf text = {0};
    struct dialog_reply reply = plain_reply(dialog);
    reply.prefix = below_prefix(dialog);
    (void)shell_output_take(dialog->output, dialog_output_to(dialog), &text); /* told later */
    reply.text = buf_str(&text);
    reply.suffix = suffix;
    dialog->is_unfinished = true;
    end_call(dialog, &reply);
}

void dialog_answer_replaced(struct dialog *dialog)
{
    scoped_buf struct buf suffix = {0};
    append_note(dialog, &suffix);
    answer_unfinished(dialog, buf_str(&suffix));
}

void dialog_answer_error(struct dialog *dialog)
{
    struct dialog_reply reply = plain_reply(dialog);
    struct buf message = buf_take(&dialog->message);
    reply.is_error = true;
    reply.is_plain = true;
    reply.text = buf_str(&message);
    end_call(dialog, &reply);
    buf_fini(&message);
}

void dialog_answer_cancelled(struct dialog *dialog)
{
    buf_clear(&dialog->message);
    buf_append(&dialog->message, STR("The command was interrupted before it began."));
    dialog_answer_error(dialog);
}

void dialog_answer_silence(void *owner)
{
    struct dialog *dialog = owner;
    scoped_buf struct buf suffix = {0};
    const uint64_t quiet_ms = loop_now_ms(dialog->loop) - dialog->changed_ms;
    if (dialog->was_early) {
        session_write(dialog->session, STR(DIALOG_INTERRUPT));
        return;
    }
    if (quiet_ms < silence_ms(dialog)) {
        timer_start(dialog->silence, silence_ms(dialog) - quiet_ms, 0);
        return;
    }
    if (dialog->waits_for_prompt) {
        dialog_answer_key(dialog);
        return;
    }
    shell_text_no_change(&suffix, dialog->no_change_timeout_s, DIALOG_TOOL);
    answer_unfinished(dialog, buf_str(&suffix));
}

void dialog_answer_limit(void *owner)
{
    struct dialog *dialog = owner;
    scoped_buf struct buf suffix = {0};
    if (dialog->waits_for_prompt) {
        dialog_answer_key(dialog);
        return;
    }
    if (dialog->is_exporting) {
        dialog_answer_cancelled(dialog);
        return;
    }
    if (dialog->is_interrupted)
        dialog_text_interrupted(&suffix);
    else
        shell_text_timed_out(&suffix, dialog->call.timeout_s, DIALOG_TOOL);
    answer_unfinished(dialog, buf_str(&suffix));
}

void dialog_answer_not_executed(struct dialog *dialog)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf suffix = {0};
    struct dialog_reply reply = plain_reply(dialog);
    reply.prefix = below_prefix(dialog);
    if (dialog->is_unfinished) /* else it is a person's command that runs */
        (void)shell_output_take(dialog->output, dialog_output_to(dialog), &text);
    shell_text_not_executed(&suffix, reply.command, DIALOG_TOOL);
    reply.is_error = true;
    reply.text = buf_str(&text);
    reply.suffix = buf_str(&suffix);
    end_call(dialog, &reply);
}
