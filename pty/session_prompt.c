#include "pty/session_prompt.h"

#include <unistd.h>

#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session_command.h"
#include "pty/session_input.h"
#include "pty/session_look.h"
#include "pty/session_output.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "pty/shell_mark.h"
#include "server/loop/pipe.h"

/* Mostly the shell says what it has said before: then everything stays as it is. */
static void keep_report(struct session *session, struct str text)
{
    if (str_equal(text, buf_str(&session->report)))
        return;
    buf_clear(&session->report);
    buf_append(&session->report, text);
    struct shell_report report;
    if (!shell_report_parse(buf_str(&session->report), &session->decoded, &report))
        return;
    session->metadata = (struct session_metadata){.pid = report.pid,
                                                  .username = report.user,
                                                  .hostname = report.host,
                                                  .working_dir = report.cwd,
                                                  .python = report.python};
}

static bool is_of_command(const struct session *session, const struct shell_mark *mark)
{
    return session->has_command && !session->is_waiting && mark->number == session->number;
}

static void on_start(struct session *session, const struct shell_mark *mark)
{
    if (session->state == SESSION_HANDED && is_of_command(session, mark)) {
        session_command_begin(session, mark->unfinished);
        return;
    }
    /* One that had been given up has begun after all, or a person has pressed our key. */
    shell_directory_remove(&session->directory, SHELL_COMMAND_FILE);
    session_output_release(session);
    session->is_reading = false;
    session_set_state(session, SESSION_RUNNING, STR(""));
}

static void on_end(struct session *session, const struct shell_mark *mark)
{
    keep_report(session, mark->report);
    session->is_report_due = true;
    session->is_continued = false;
    session->is_at_end = true;
    session->is_reading = false;
    session->patience = 0;
    if (session->state == SESSION_RUNNING && is_of_command(session, mark))
        session_command_end_at(session, mark->status);
    session_watch(session, WATCH_PROMPT);
}

static void on_prompt(struct session *session, const struct shell_mark *mark)
{
    (void)mark; /* says all by its kind */
    if (session->state == SESSION_RUNNING)
        session->prompt_at = session_command_output_end(session);
}

static bool is_foreign_end(const struct session *session)
{
    return session->state == SESSION_RUNNING && session->has_command && !session->is_ending;
}

static void on_reading(struct session *session, const struct shell_mark *mark)
{
    (void)mark; /* says all by its kind */
    session->is_continued = false;
    if (session->state == SESSION_RUNNING && (!session->is_at_end || is_foreign_end(session)))
        session_look(session); /* a prompt, but the end was not said: the hooks may be gone */
    else if (session->is_at_end)
        session_prompt_reached(session);
}

static void on_accepted(struct session *session, const struct shell_mark *mark)
{
    (void)mark; /* says all by its kind */
    if (session->state != SESSION_AT_PROMPT)
        return;
    session->is_reading = false;
    session->is_at_end = false;
    session->has_been_used = true;
    session_set_state(session, SESSION_RUNNING, STR(""));
}

static void on_continuing(struct session *session, const struct shell_mark *mark)
{
    (void)mark; /* says all by its kind */
    session->is_continued = true;
}

static void on_answer(struct session *session, const struct shell_mark *mark)
{
    keep_report(session, mark->report);
    session_look_answered(session, mark);
}

void session_prompt_mark(struct session *session, struct str payload)
{
    static void (*const handlers[])(struct session * session, const struct shell_mark *mark) = {
        [SHELL_MARK_START] = on_start,           [SHELL_MARK_END] = on_end,
        [SHELL_MARK_ANSWER] = on_answer,         [SHELL_MARK_ACCEPTED] = on_accepted,
        [SHELL_MARK_PROMPT] = on_prompt,         [SHELL_MARK_READING] = on_reading,
        [SHELL_MARK_CONTINUING] = on_continuing,
    };
    struct shell_mark mark;
    if (!session->is_closing && shell_mark_parse(payload, &mark))
        handlers[mark.kind](session, &mark);
}

/* A program that died may have left its screen, its mouse, or no cursor behind. */
static void tidy_screen(struct session *session)
{
    const struct screen_modes modes = screen_modes(session->screen);
    if (modes.is_alternate || !modes.has_cursor || modes.mouse != SCREEN_MOUSE_OFF)
        screen_recover(session->screen);
}

/* What is known of this shell from its first prompt on. */
static void learn_shell(struct session *session)
{
    session->shell_pid = tty_foreground(pipe_fd(session->pipe));
    if (session->shell_pid == 0)
        session->shell_pid = session->leader;
    session_look_remember(session);
    session->attempt = SHELL_WITH_ALL;
    session->has_prompted = true;
}

static void give_line_back(struct session *session)
{
    if (session->unfinished > 0 && session->has_editor)
        session_input_press(session, session->kind->restore_key);
    session->unfinished = 0;
}

static void report_end(struct session *session)
{
    const bool is_over = session->is_ending;
    session_set_state(session, SESSION_AT_PROMPT, STR(""));
    if (session->is_report_due)
        session_tell_metadata(session);
    if (is_over)
        session_command_finish(session);
}

void session_prompt_reached(struct session *session)
{
    struct tty_modes modes;
    session_watch(session, WATCH_NOTHING);
    session->is_reading = true;
    session->is_at_end = false;
    session->has_editor = tty_modes(pipe_fd(session->pipe), &modes) && modes.is_edited;
    if (!session->has_prompted)
        learn_shell(session);
    tidy_screen(session);
    give_line_back(session);
    if (session->state == SESSION_HANDED) {
        session_watch_handover_refused(session);
        return;
    }
    report_end(session);
    if (session->is_waiting && session->state == SESSION_AT_PROMPT)
        session_command_hand_over(session);
}

void session_prompt_is_late(struct session *session)
{
    report_end(session);
}
