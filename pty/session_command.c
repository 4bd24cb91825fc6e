#include "pty/session_command.h"

#include "pty/byte_log.h"
#include "pty/session_input.h"
#include "pty/session_output.h"
#include "pty/session_start.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/base/error.h"
#include "server/loop/pipe.h"

#define KILL_LINE       STR("\x15")        /* what a person has typed before */
#define BRACKETED_PASTE STR("\x1b[?2004h") /* the editor's, printed before the prompt */

static bool write_text(struct session *session, struct error *error)
{
    const struct shell_command command = {.number = session->number,
                                          .text = buf_str(&session->text),
                                          .makes_sane = session->needs_sane};
    struct buf file;
    buf_init(&file, SIZE_MAX / 2);
    session->kind->print_command(&command, &file);
    const bool is_written =
        shell_directory_write(&session->directory, SHELL_COMMAND_FILE, buf_str(&file), error);
    buf_fini(&file);
    return is_written;
}

/* Somebody may have emptied the place where the files are; then all of them are missing. */
static bool prepare_text(struct session *session, bool is_first, struct error *error)
{
    return (is_first && write_text(session, NULL)) ||
           (session_start_files(session, error) && write_text(session, error));
}

/* Without a line editor the keys mean nothing; a short line is typed in their place. */
static void press_run(struct session *session)
{
    const struct shell_kind *kind = session->kind;
    struct tty_modes modes;
    if (session->has_editor && str_is_set(kind->run_key)) {
        session_input_press(session, kind->run_key);
        return;
    }
    scoped_buf struct buf line = {0};
    const bool is_raw = tty_modes(pipe_fd(session->pipe), &modes) && !modes.has_newlines;
    buf_append(&line, is_raw ? STR("") : KILL_LINE);
    session_output_print_load(session, &line);
    buf_append(&line, kind->typed_line);
    session_input_press(session, buf_str(&line));
}

void session_command_hand_again(struct session *session, enum session_handover handover)
{
    struct error error;
    if (!prepare_text(session, handover == HANDOVER_SENT, &error)) {
        session_set_state(session, SESSION_AT_PROMPT, STR(""));
        session_command_fail(session, SESSION_NOT_STARTED, -1, error.text);
        return;
    }
    session->handover = handover;
    session->is_at_end = false;
    session->is_reading = false; /* until another prompt comes */
    session->patience = 0;
    press_run(session);
    session_watch(session, WATCH_HANDOVER);
}

/* At the prompt an editor hides the other modes, but keeps these two as it has found them. */
static bool has_lost_modes(const struct session *session)
{
    struct tty_modes modes;
    if (!tty_modes(pipe_fd(session->pipe), &modes))
        return false;
    const bool keeps_signals = session->kind->keeps_signals || !modes.is_edited;
    return !modes.has_newlines || (keeps_signals && !modes.has_signals);
}

void session_command_hand_over(struct session *session)
{
    session->needs_sane = session->needs_sane || has_lost_modes(session);
    session->is_waiting = false;
    session->prompt_at = SESSION_NO_OFFSET;
    session->has_been_used = true;
    session_set_state(session, SESSION_HANDED, STR(""));
    if (session->is_continued)
        session_watch_cancel_line(session); /* or the key would become part of a person's string */
    else
        session_command_hand_again(session, HANDOVER_SENT);
}

/* A program that died in raw mode leaves it behind; the shell puts back what it knows of only. A
 * short text may be over by now, and the modes those of the shell's editor. */
static bool is_left_raw(const struct session *session)
{
    struct tty_modes modes;
    return tty_modes(pipe_fd(session->pipe), &modes) && modes.has_quote &&
           !(modes.is_line && modes.has_echo && modes.has_signals && modes.has_newlines);
}

void session_command_begin(struct session *session, uint64_t unfinished)
{
    shell_directory_remove(&session->directory, SHELL_COMMAND_FILE);
    session_output_show_text(session);
    buf_fini(&session->text);
    session->unfinished = unfinished;
    session->is_reading = false;
    session->has_typed = false;
    session->needs_sane = is_left_raw(session);
    session->from = byte_log_next(session->log);
    session_watch(session, WATCH_QUIET);
    session_set_state(session, SESSION_RUNNING, STR(""));
    session_input_resume(session);
    if (session->has_command && session->command.on_start != NULL)
        session->command.on_start(session->command.owner, session->from);
}

void session_command_end_at(struct session *session, int status)
{
    session->is_ending = true;
    session->exit_code = status;
    session->ended_at = byte_log_next(session->log);
    session->prompt_at = SESSION_NO_OFFSET;
    session_input_drop_unread(session);
}

/* What the log holds last, without the bytes by which the editor prepares the terminal. */
uint64_t session_command_output_end(const struct session *session)
{
    const uint64_t next = byte_log_next(session->log);
    const struct str preparation = BRACKETED_PASTE;
    scoped_buf struct buf last = {0};
    if (next - session->from < preparation.len)
        return next;
    (void)byte_log_read(session->log, next - preparation.len, preparation.len, &last);
    return str_equal(buf_str(&last), preparation) ? next - preparation.len : next;
}

static void tell_owner(struct session *session, const struct session_command_end *end)
{
    const struct session_command command = session->command;
    const bool is_due = session->has_command;
    session->has_command = false;
    session->is_waiting = false;
    session->is_ending = false;
    buf_fini(&session->text);
    if (is_due && command.on_end != NULL)
        command.on_end(command.owner, end);
}

void session_command_finish(struct session *session)
{
    const bool has_prompt = session->prompt_at != SESSION_NO_OFFSET;
    tell_owner(session, &(struct session_command_end){.outcome = SESSION_COMPLETED,
                                                      .exit_code = session->exit_code,
                                                      .from = session->from,
                                                      .to = has_prompt ? session->prompt_at
                                                                       : session->ended_at,
                                                      .metadata = &session->metadata,
                                                      .message = STR("")});
}

void session_command_fail(struct session *session, enum session_outcome outcome, int exit_code,
                          const char *message)
{
    const uint64_t next = byte_log_next(session->log);
    if (session->is_waiting || outcome == SESSION_NOT_STARTED)
        session_input_clear(session); /* it was meant for what has not run */
    tell_owner(session, &(struct session_command_end){
                            .outcome = outcome,
                            .exit_code = exit_code,
                            .from = outcome == SESSION_NOT_STARTED ? next : session->from,
                            .to = next,
                            .metadata = &session->metadata,
                            .message = str_from(message)});
}
