#include "pty/session_look.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty/session_command.h"
#include "pty/session_input.h"
#include "pty/session_prompt.h"
#include "pty/session_start.h"
#include "pty/session_watch.h"
#include "pty/shell_mark.h"
#include "server/base/error.h"
#include "server/base/str.h"
#include "server/loop/pipe.h"
#include "server/loop/process_table.h"

#define PROC_PATH_BYTES 32
#define STAT_BYTES      512

struct proc_path {
    char text[PROC_PATH_BYTES];
};

static struct proc_path proc_path(pid_t pid, const char *file)
{
    struct proc_path path;
    (void)snprintf(path.text, sizeof(path.text), "/proc/%d/%s", (int)pid, file);
    return path;
}

/* "12 (a name) S …": the state letter; 0 when the process has gone. */
static char read_stat(pid_t pid, char name[SESSION_NAME_BYTES])
{
    char bytes[STAT_BYTES];
    scoped_fd int fd = open(proc_path(pid, "stat").text, O_RDONLY | O_CLOEXEC);
    const ssize_t count = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
    const struct str text = str_span(bytes, count < 0 ? 0 : (size_t)count);
    const size_t open_at = str_find_byte(text, '(');
    const size_t close_at = str_find_last_byte(text, ')');
    if (close_at == SIZE_MAX || close_at + 2 >= text.len || open_at > close_at)
        return 0;
    const struct str found = str_slice(text, open_at + 1, close_at);
    const size_t len = found.len < SESSION_NAME_BYTES ? found.len : SESSION_NAME_BYTES - 1;
    memcpy(name, found.data, len);
    name[len] = '\0';
    return text.data[close_at + 2];
}

static pid_t shell_of(const struct session *session)
{
    return session->shell_pid > 0 ? session->shell_pid : session->leader;
}

static bool identify(const struct session *session, struct shell_identity *ret_identity)
{
    struct stat status;
    if (stat(proc_path(shell_of(session), "exe").text, &status) != 0)
        return false;
    *ret_identity = (struct shell_identity){.device = status.st_dev, .inode = status.st_ino};
    return true;
}

bool session_look_is_shell(const struct session *session)
{
    return session->pipe != NULL && tty_foreground(pipe_fd(session->pipe)) == shell_of(session);
}

bool session_look_is_used(const struct session *session)
{
    return session->state == SESSION_AT_PROMPT && session->is_reading &&
           !session->kind->marks_lines && !session_look_is_shell(session);
}

void session_look_remember(struct session *session)
{
    if (!identify(session, &session->identity))
        session->identity = (struct shell_identity){0};
}

bool session_look_is_busy(const struct session *session)
{
    char name[SESSION_NAME_BYTES];
    const char state = read_stat(shell_of(session), name);
    return state == 'R' || state == 'D';
}

static bool is_stopped(const struct session *session)
{
    char name[SESSION_NAME_BYTES];
    return read_stat(shell_of(session), name) == 'T';
}

bool session_look_is_replaced(const struct session *session)
{
    struct shell_identity now;
    return session->identity.inode != 0 && identify(session, &now) &&
           (now.inode != session->identity.inode || now.device != session->identity.device);
}

struct session_foreground session_look_foreground(const struct session *session)
{
    struct session_foreground found = {0};
    struct tty_modes modes;
    if (session->pipe == NULL)
        return found;
    found.group = tty_foreground(pipe_fd(session->pipe));
    if (found.group > 0)
        (void)read_stat(found.group, found.name); /* its leader may have gone before the others */
    found.is_raw = tty_modes(pipe_fd(session->pipe), &modes) && !modes.is_line;
    return found;
}

void session_look_replaced(struct session *session)
{
    const struct session_foreground found = session_look_foreground(session);
    scoped_buf struct buf message = {0};
    buf_printf(&message,
               "The shell was replaced by '%s', so the exit code is unknown. It takes keys, but no "
               "commands, until it ends.",
               found.name);
    session_watch(session, WATCH_NOTHING);
    session->is_reading = false;
    session_set_state(session, SESSION_FOREIGN, buf_str(&message));
    session_command_fail(session, SESSION_SHELL_REPLACED, -1, message.data);
}

/* Without job control programs run in the shell's own group. */
static bool is_alone(const struct session *session)
{
    struct process_table table;
    if (!process_table_read(&table))
        return false;
    bool is_alone = true;
    for (size_t i = 0; i < table.count; i++) {
        const struct process_row *row = &table.rows[i];
        if (row->group == shell_of(session) && row->pid != shell_of(session) &&
            !process_row_is_zombie(row))
            is_alone = false;
    }
    process_table_fini(&table);
    return is_alone;
}

void session_look_query(struct session *session)
{
    if (session->prompt_at == SESSION_NO_OFFSET)
        session->prompt_at = session_command_output_end(session);
    session->patience = 0;
    session_input_press(session, session->kind->query_key);
    session_watch(session, WATCH_QUERY);
}

/* An editor in the shell's own program: the shell is at its prompt, or in a `read -e`. */
static bool has_active_editor(const struct session *session)
{
    struct tty_modes modes;
    return tty_modes(pipe_fd(session->pipe), &modes) && modes.is_edited;
}

void session_look(struct session *session)
{
    if (session->process == NULL || !session_look_is_shell(session))
        return;
    if (is_stopped(session)) {
        session_look_continue(session);
        return;
    }
    if (session->kind == NULL || !has_active_editor(session))
        return;
    if (session_look_is_replaced(session))
        session_look_replaced(session);
    else if (str_is_set(session->kind->query_key) && is_alone(session))
        session_look_query(session);
}

void session_look_continue(struct session *session)
{
    if (session->process == NULL)
        return;
    (void)kill(session->leader, SIGCONT); /* a stopped process cannot have been reaped */
    if (session->shell_pid > 0 && session->shell_pid != session->leader)
        (void)kill(-session->shell_pid, SIGCONT);
}

static void settle_running(struct session *session, const struct shell_mark *mark)
{
    const bool is_over = mark->is_lost || mark->number == 0 || !session->has_command;
    if (!is_over) {
        session->prompt_at = SESSION_NO_OFFSET;
        return;
    }
    session->is_ending = session->has_command;
    session->exit_code = mark->status;
    session->ended_at = session->prompt_at;
    session_prompt_reached(session);
}

void session_look_answered(struct session *session, const struct shell_mark *mark)
{
    if (session->watch != WATCH_QUERY)
        return;
    session_watch(session, WATCH_NOTHING);
    if (session->state == SESSION_RUNNING)
        settle_running(session, mark);
    else if (session->state == SESSION_HANDED)
        session_command_hand_again(session, HANDOVER_SENT_LAST);
    else if (session->state == SESSION_STARTING)
        session_prompt_reached(session);
}

void session_look_unanswered(struct session *session)
{
    session->prompt_at = SESSION_NO_OFFSET;
    if (session->state == SESSION_RUNNING)
        session_look_replaced(session);
    else if (session->state == SESSION_STARTING)
        session_start_is_stuck(session);
    else if (session->state == SESSION_HANDED)
        session_watch_give_up(session);
}

bool session_look_take_back(struct session *session, struct error *error)
{
    const struct session_foreground found = session_look_foreground(session);
    struct shell_identity now;
    const bool is_same = identify(session, &now) && now.inode == session->identity.inode &&
                         now.device == session->identity.device;
    if (!is_same || found.group != shell_of(session) || !has_active_editor(session) ||
        !str_is_set(session->kind->query_key))
        return error_set(error, ERROR_CONFLICT,
                         "the shell was replaced by '%s', which takes keys, but no commands",
                         found.name);
    if (!session_start_files(session, error))
        return false;
    scoped_buf struct buf line = {0};
    buf_printf(&line, "\x15 . %s/rc\r", session->directory.path);
    session->patience = 0;
    session_input_press(session, buf_str(&line));
    session_set_state(session, SESSION_STARTING, STR("The shell gets its integration back."));
    session_watch(session, WATCH_START);
    return true;
}
