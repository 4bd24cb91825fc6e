#include "pty/session_start.h"

#include <signal.h>
#include <sys/stat.h>

#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session_command.h"
#include "pty/session_end.h"
#include "pty/session_input.h"
#include "pty/session_look.h"
#include "pty/session_output.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"

#define MAX_IDLE_RESTARTS 3
#define OWN_VARIABLES     4

static struct shell_start shell_start(const struct session *session)
{
    const struct session_config *config = &session->config;
    return (struct shell_start){.directory = &session->directory,
                                .nonce = str_from(session->nonce),
                                .path = config->shell_path,
                                .user = config->su_user,
                                .attempt = session->attempt,
                                .has_lines = config->rc_lines != NULL,
                                .env = config->env};
}

bool session_start_files(struct session *session, struct error *error)
{
    const struct shell_start start = shell_start(session);
    const bool has_directory = session->directory.path[0] != '\0';
    session->directory.is_for_other = session->config.su_user != NULL;
    session->directory.user = session->config.uid;
    session->directory.group = session->config.gid;
    if (has_directory ? !shell_directory_restore(&session->directory, error)
                      : !shell_directory_open(&session->directory, error))
        return false;
    return (!start.has_lines || shell_directory_write(&session->directory, SHELL_LINES_FILE,
                                                      str_from(session->config.rc_lines), error)) &&
           session->kind->write_files(&start, error);
}

static bool is_directory(const char *path)
{
    struct stat status;
    return path != NULL && path[0] != '\0' && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The last one, as long as it exists. */
static const char *start_directory(const struct session *session, struct buf *last)
{
    buf_append(last, session->metadata.working_dir);
    if (session->restarts == 0 && !session->has_prompted)
        return session->config.cwd;
    if (is_directory(buf_str(last).data))
        return last->data;
    const char *first = session->config.cwd;
    return first == NULL || is_directory(first) ? first : "/";
}

static size_t count_of(const char *const *strings)
{
    size_t count = 0;
    while (strings[count] != NULL)
        count++;
    return count;
}

static bool has_variable(const char *const *env, size_t count, const char *variable)
{
    const struct str name = str_slice(str_from(variable), 0, strcspn(variable, "=") + 1);
    for (size_t i = 0; i < count; i++) {
        if (str_starts_with(str_from(env[i]), name))
            return true;
    }
    return false;
}

/* Our own variables in the place of others of the same name: of two, each shell takes another. In
 * the arena of the invocation. */
static const char *const *make_env(const struct session *session, const char *cwd,
                                   struct shell_invocation *invocation)
{
    struct arena *arena = &invocation->arena;
    const char *const *base = session->config.env;
    const size_t max = count_of(base) + invocation->envc + OWN_VARIABLES + 1;
    const char **env = arena_zero(arena, max, sizeof(*env));
    size_t count = 0;
    for (const char *const *own = invocation->env; *own != NULL; own++)
        env[count++] = *own;
    env[count++] = arena_printf(arena, "TERM=%s", session->config.term).data;
    env[count++] = "COLORTERM=truecolor";
    if (cwd != NULL)
        env[count++] = arena_printf(arena, "PWD=%s", cwd).data;
    const size_t own_count = count;
    for (; *base != NULL; base++) {
        if (!has_variable(env, own_count, *base))
            env[count++] = *base;
    }
    return env;
}

static void on_shell_exit(void *owner, const struct process_exit *exit);

/* Nobody could type `fg`: there is no shell above it. */
static void on_shell_stop(void *owner)
{
    struct session *session = owner;
    magic_check(session, MAGIC_SESSION);
    if (!session->is_closing)
        session_look_continue(session);
}

static bool spawn(struct session *session, struct error *error)
{
    struct shell_invocation invocation = {0};
    scoped_buf struct buf last = {0};
    const char *const *argv = session->config.argv;
    if (session->kind != NULL) {
        const struct shell_start start = shell_start(session);
        session->kind->invoke(&start, &invocation);
        argv = invocation.argv;
    }
    const char *cwd = start_directory(session, &last);
    const struct process_options options = {.argv = argv,
                                            .env = make_env(session, cwd, &invocation),
                                            .cwd = cwd,
                                            .terminal_path = session->tty_path,
                                            .on_exit = on_shell_exit,
                                            .on_stop = on_shell_stop,
                                            .owner = session};
    const bool is_started = process_spawn(session->processes, &options, &session->process, error);
    arena_fini(&invocation.arena);
    return is_started;
}

static void on_data(void *owner, struct str chunk)
{
    session_output_feed(owner, chunk);
}

static void on_written(void *owner)
{
    session_input_written(owner);
}

static void on_pipe_end(void *owner)
{
    session_end_pty_ended(owner);
}

static bool open_pty(struct session *session, struct error *error)
{
    static const struct pipe_events events = {
        .on_data = on_data, .on_end = on_pipe_end, .on_written = on_written};
    int master;
    if (!tty_open(session->size, &master, session->tty_path, error))
        return false;
    if (session->config.su_user != NULL)
        tty_give_to(session->tty_path, session->config.uid);
    return pipe_open(session->loop, master, &events, session, &session->pipe, error);
}

void session_start_close_pty(struct session *session)
{
    pipe_close(session->pipe);
    session->pipe = NULL;
}

static void reset(struct session *session)
{
    session->shell_pid = 0;
    session->leader = process_pid(session->process);
    session->identity = (struct shell_identity){0};
    session->has_prompted = false;
    session->has_been_used = false;
    session->is_at_end = false;
    session->is_reading = false;
    session->is_continued = false;
    session->is_input_stale = false;
    session->needs_sane = false;
    session->unfinished = 0;
    session->held_signal = 0;
    session->patience = 0;
    marks_fini(&session->marks);
    marks_init(&session->marks, str_from(session->nonce));
}

bool session_start(struct session *session, struct error *error)
{
    if (session->kind != NULL && !session_start_files(session, error))
        return false;
    if (!open_pty(session, error) || !spawn(session, error)) {
        session_start_close_pty(session);
        return false;
    }
    reset(session);
    pipe_read_start(session->pipe);
    log_debug("session.started", "pid=%d", (int)session->leader);
    session_watch(session, session->kind == NULL ? WATCH_NOTHING : WATCH_START);
    session_set_state(session, session->kind == NULL ? SESSION_RUNNING : SESSION_STARTING, STR(""));
    return true;
}

static int exit_code_of(const struct process_exit *exit)
{
    return exit->signal == 0 ? exit->code : 128 + exit->signal;
}

static void describe_exit(const struct session *session, const struct process_exit *exit,
                          struct buf *out)
{
    buf_append(out, session->kind == NULL ? STR("The program") : STR("The shell"));
    if (exit->signal != 0)
        buf_printf(out, " was ended by signal %d (%s).", exit->signal,
                   sigdescr_np(exit->signal) == NULL ? "unknown" : sigdescr_np(exit->signal));
    else
        buf_printf(out, " ended with exit code %d.", exit->code);
}

/* A command that nothing has run of waits for the next shell, once. */
static bool may_hand_anew(const struct session *session)
{
    return session->has_command &&
           (session->is_waiting || (session->state == SESSION_HANDED && !session->is_second_try));
}

static bool wants_restart(struct session *session)
{
    if (!session->config.restarts || session->is_closing)
        return false;
    if (!session->has_prompted && session->attempt == SHELL_WITHOUT_LINES)
        return false;
    session->idle_restarts =
        session->has_been_used || may_hand_anew(session) ? 0 : session->idle_restarts + 1;
    return session->idle_restarts <= MAX_IDLE_RESTARTS;
}

static bool restart(struct session *session, struct buf *message)
{
    struct error error;
    if (!session->has_prompted && session->attempt < SHELL_WITHOUT_LINES) {
        session->attempt++;
        buf_append(message, STR(" It had not reached a prompt; it starts again without its own "
                                "start-up file."));
    }
    session->restarts++;
    scoped_buf struct buf last = {0};
    const char *directory = start_directory(session, &last);
    if (!session_start(session, &error)) {
        buf_printf(message, " No new shell could be started: %s", error.text);
        return false;
    }
    if (directory != NULL)
        buf_printf(message, " A new shell takes over in '%s'.", directory);
    return true;
}

static void forget_process(struct session *session)
{
    session->process = NULL;
    if (session->pipe != NULL)
        pipe_drain(session->pipe); /* all it has printed is there by now */
    session_output_flush(session);
    session_watch(session, WATCH_NOTHING);
}

/* Its own end was known already, or ends with the shell. */
static void report_command(struct session *session, const struct process_exit *exit,
                           const char *message)
{
    if (session->is_ending)
        session_command_finish(session);
    else
        session_command_fail(session, SESSION_SHELL_ENDED, exit_code_of(exit), message);
}

static void take_over(struct session *session, const struct process_exit *exit)
{
    scoped_buf struct buf message = {0};
    describe_exit(session, exit, &message);
    const bool is_kept = may_hand_anew(session);
    const bool is_wanted = wants_restart(session);
    session_start_close_pty(session);
    session_set_state(session, SESSION_DEAD, buf_str(&message));
    const bool is_restarted = is_wanted && restart(session, &message);
    if (is_restarted)
        screen_recover(session->screen);
    else if (!session->config.restarts)
        byte_log_end(session->log);
    session->is_second_try = is_restarted && is_kept;
    if (session->is_second_try) {
        session->is_waiting = true; /* and so does what was typed behind it */
        return;
    }
    session_input_clear(session);
    report_command(session, exit, message.data);
}

static void on_shell_exit(void *owner, const struct process_exit *exit)
{
    struct session *session = owner;
    magic_check(session, MAGIC_SESSION);
    forget_process(session);
    log_debug("session.exited", "pid=%d code=%d", (int)session->leader, exit->code);
    if (session->is_closing)
        session_end_exited(session);
    else
        take_over(session, exit);
}

void session_start_is_stuck(struct session *session)
{
    if (!session->config.restarts || session->attempt == SHELL_WITHOUT_LINES) {
        session_look_replaced(session);
        return;
    }
    session_watch(session, WATCH_NOTHING);
    (void)process_signal_group(session->process, SIGKILL);
}
