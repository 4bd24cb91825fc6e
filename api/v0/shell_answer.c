#include "api/v0/shell_answer.h"

#include "actions/shell_output.h"
#include "actions/shell_text.h"
#include "api/v0/shell_state.h"
#include "api/v0/shell_text.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define MAX_TIMER_MS 1e15
#define SIGINT_CODE  130

static uint64_t milliseconds(double seconds)
{
    const double ms = seconds * 1000;
    return ms < MAX_TIMER_MS ? (uint64_t)ms : (uint64_t)MAX_TIMER_MS;
}

static uint64_t silence_ms(const struct v0_shell *shell)
{
    return milliseconds((double)shell->no_change_timeout_s);
}

void shell_answer_wait(struct v0_shell *shell)
{
    shell->changed_ms = loop_now_ms(shell->loop);
    if (!shell->call.is_blocking)
        timer_start(shell->silence, silence_ms(shell), 0);
    if (shell->call.timeout_s > 0)
        timer_start(shell->limit, milliseconds(shell->call.timeout_s), 0);
}

void shell_answer_heard(struct v0_shell *shell)
{
    shell->changed_ms = loop_now_ms(shell->loop);
}

/* The call is over before its owner hears of it, who may make the next one at once. */
static void end_call(struct v0_shell *shell, const struct v0_shell_reply *reply)
{
    const struct v0_shell_call call = shell->call;
    timer_stop(shell->silence);
    timer_stop(shell->limit);
    shell->has_call = false;
    shell->waits_for_prompt = false;
    shell->answer = NULL;
    call.on_reply(call.owner, reply);
}

static struct v0_shell_reply plain_reply(const struct v0_shell *shell)
{
    return (struct v0_shell_reply){.command = buf_str(&shell->command),
                                   .content = STR(""),
                                   .exit_code = -1,
                                   .pid = -1,
                                   .prefix = STR(""),
                                   .suffix = STR("")};
}

static void describe_shell(const struct v0_shell *shell, struct v0_shell_reply *reply)
{
    const struct session_metadata *metadata = session_metadata(shell->session);
    reply->exit_code = shell->exit_code;
    reply->pid = metadata->pid;
    reply->username = metadata->username;
    reply->hostname = metadata->hostname;
    reply->working_dir = metadata->working_dir;
    reply->python = metadata->python;
}

/* Hidden replies go to a program, which wants all of it. */
static void end_with_content(struct v0_shell *shell, struct v0_shell_reply *reply,
                             struct str content)
{
    struct buf limited = {0};
    if (reply->is_hidden)
        reply->content = content;
    else
        v0_text_append_limited(&limited, content);
    if (!reply->is_hidden)
        reply->content = buf_str(&limited);
    end_call(shell, reply);
    buf_fini(&limited);
}

static void track_directory(struct v0_shell *shell, struct str directory)
{
    if (directory.len == 0)
        return;
    buf_clear(&shell->cwd);
    buf_append(&shell->cwd, directory);
}

static void append_note(struct v0_shell *shell, struct buf *suffix)
{
    if (shell->note.len > 0)
        buf_printf(suffix, "\n[%s]", shell->note.data);
    buf_clear(&shell->note);
}

void shell_answer_completed(struct v0_shell *shell)
{
    scoped_buf struct buf content = {0};
    scoped_buf struct buf prefix = {0};
    scoped_buf struct buf suffix = {0};
    struct v0_shell_reply reply = plain_reply(shell);
    const bool is_cut = shell_output_take(shell->output, v0_shell_output_end(shell), &content);
    if (is_cut && !shell->is_unfinished)
        shell_text_truncated(&prefix, buf_str(&content));
    shell_text_completed(&suffix, shell->exit_code, reply.command);
    append_note(shell, &suffix);
    describe_shell(shell, &reply);
    reply.is_hidden = shell->call.is_hidden;
    reply.prefix = buf_str(&prefix);
    reply.suffix = buf_str(&suffix);
    track_directory(shell, reply.working_dir);
    shell_output_end(shell->output);
    shell->is_unfinished = false;
    end_with_content(shell, &reply, buf_str(&content));
}

void shell_answer_key(struct v0_shell *shell)
{
    scoped_buf struct buf suffix = {0};
    struct v0_shell_reply reply = plain_reply(shell);
    const bool is_interrupt = str_equal_nocase(reply.command, STR("C-c"));
    if (is_interrupt)
        shell->exit_code = SIGINT_CODE;
    shell_text_completed(&suffix, shell->exit_code, reply.command);
    append_note(shell, &suffix);
    describe_shell(shell, &reply);
    reply.is_hidden = shell->call.is_hidden;
    reply.content = is_interrupt ? STR("^C") : STR("");
    reply.suffix = buf_str(&suffix);
    track_directory(shell, reply.working_dir);
    end_call(shell, &reply);
}

/* The command goes on; later calls get the rest. */
static void answer_unfinished(struct v0_shell *shell, struct str suffix)
{
    scoped_buf struct buf content = {0};
    struct v0_shell_reply reply = plain_reply(shell);
    (void)shell_output_take(shell->output, v0_shell_output_end(shell), &content); /* told later */
    reply.prefix = shell->is_unfinished ? STR(SHELL_TEXT_BELOW_PREFIX) : STR("");
    reply.suffix = suffix;
    shell->is_unfinished = true;
    end_with_content(shell, &reply, buf_str(&content));
}

void shell_answer_replaced(struct v0_shell *shell)
{
    scoped_buf struct buf suffix = {0};
    append_note(shell, &suffix);
    answer_unfinished(shell, buf_str(&suffix));
}

static void answer_no_change(struct v0_shell *shell)
{
    scoped_buf struct buf suffix = {0};
    if (shell->waits_for_prompt) {
        shell_answer_key(shell);
        return;
    }
    shell_text_no_change(&suffix, shell->no_change_timeout_s, V0_SHELL_TOOL);
    answer_unfinished(shell, buf_str(&suffix));
}

static bool is_silent(const struct v0_shell *shell)
{
    return !shell->call.is_blocking &&
           loop_now_ms(shell->loop) - shell->changed_ms >= silence_ms(shell);
}

void shell_answer_silence(void *owner)
{
    struct v0_shell *shell = owner;
    if (is_silent(shell)) {
        answer_no_change(shell);
        return;
    }
    const uint64_t quiet_ms = loop_now_ms(shell->loop) - shell->changed_ms;
    timer_start(shell->silence, silence_ms(shell) - quiet_ms, 0);
}

void shell_answer_limit(void *owner)
{
    struct v0_shell *shell = owner;
    scoped_buf struct buf suffix = {0};
    if (is_silent(shell) || shell->waits_for_prompt) {
        answer_no_change(shell);
        return;
    }
    shell_text_timed_out(&suffix, shell->call.timeout_s, V0_SHELL_TOOL);
    answer_unfinished(shell, buf_str(&suffix));
}

void shell_answer_not_executed(struct v0_shell *shell)
{
    scoped_buf struct buf content = {0};
    scoped_buf struct buf suffix = {0};
    struct v0_shell_reply reply = plain_reply(shell);
    if (shell->is_unfinished) /* else it is a person's command that runs */
        (void)shell_output_take(shell->output, v0_shell_output_end(shell), &content);
    shell_text_not_executed(&suffix, reply.command, V0_SHELL_TOOL);
    reply.is_hidden = shell->call.is_hidden;
    reply.prefix = STR(SHELL_TEXT_BELOW_PREFIX);
    reply.suffix = buf_str(&suffix);
    end_with_content(shell, &reply, buf_str(&content));
}

static void answer_misuse(struct v0_shell *shell, struct str content)
{
    struct v0_shell_reply reply = plain_reply(shell);
    reply.command = STR("");
    reply.content = content;
    end_call(shell, &reply);
}

void shell_answer_nothing_to_show(struct v0_shell *shell)
{
    answer_misuse(shell, STR("ERROR: No previous running command to retrieve logs from."));
}

void shell_answer_nobody_to_tell(struct v0_shell *shell)
{
    answer_misuse(shell, STR("ERROR: No previous running command to interact with."));
}

void shell_answer_error(struct v0_shell *shell)
{
    struct v0_shell_reply reply = plain_reply(shell);
    struct buf message = buf_take(&shell->message);
    reply.is_error = true;
    reply.is_hidden = shell->call.is_hidden;
    reply.content = buf_str(&message);
    end_call(shell, &reply);
    buf_fini(&message);
}
