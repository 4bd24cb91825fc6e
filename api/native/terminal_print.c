#include "api/native/terminal_print.h"

#include "actions/terminal.h"
#include "actions/terminal_command.h"
#include "pty/byte_log.h"
#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"

const char *terminal_state_name(enum session_state state)
{
    static const char *const names[] = {
        [SESSION_STARTING] = "starting", [SESSION_AT_PROMPT] = "prompt",
        [SESSION_HANDED] = "running",    [SESSION_RUNNING] = "running",
        [SESSION_FOREIGN] = "foreign",   [SESSION_DEAD] = "dead",
    };
    return names[state];
}

static void print_time(struct jsonw *w, const char *name, int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    if (wall_us != 0)
        clock_format_utc(&text, wall_us);
    jsonw_string_or_null(w, name, wall_us == 0 ? STR_NULL : buf_str(&text));
}

static void print_metadata(const struct session_metadata *metadata, struct jsonw *w)
{
    if (metadata == NULL || str_is_empty(metadata->working_dir)) {
        jsonw_null(w, "metadata");
        return;
    }
    jsonw_object_in(w, "metadata");
    if (metadata->pid > 0)
        jsonw_int(w, "background_pid", metadata->pid);
    else
        jsonw_null(w, "background_pid");
    jsonw_string(w, "username", metadata->username);
    jsonw_string(w, "hostname", metadata->hostname);
    jsonw_string(w, "working_dir", metadata->working_dir);
    jsonw_string(w, "python", metadata->python);
    jsonw_end(w);
}

static void print_foreground(const struct session *session, struct jsonw *w)
{
    struct session_foreground foreground;
    if (!session_foreground(session, &foreground)) {
        jsonw_null(w, "foreground");
        return;
    }
    jsonw_object_in(w, "foreground");
    jsonw_int(w, "group", foreground.group);
    jsonw_string(w, "name", str_from(foreground.name));
    jsonw_bool(w, "is_raw", foreground.is_raw);
    jsonw_end(w);
}

static void print_screen(struct session *session, struct jsonw *w)
{
    const struct screen *screen = session_screen(session);
    jsonw_string(w, "title", screen_title(screen));
    jsonw_int(w, "cols", screen_cols(screen));
    jsonw_int(w, "rows", screen_rows(screen));
    jsonw_bool(w, "is_alternate_screen", screen_modes(screen).is_alternate);
}

static void print_log(struct session *session, struct jsonw *w)
{
    const struct byte_log *log = session_log(session);
    jsonw_uint(w, "first_offset", byte_log_first(log));
    jsonw_uint(w, "next_offset", byte_log_next(log));
    jsonw_bool(w, "end", byte_log_has_ended(log));
    jsonw_uint(w, "memory", byte_log_memory(log));
}

static void print_watchers(const struct terminal *terminal, struct jsonw *w)
{
    const struct list *watchers = terminal_watchers(terminal);
    jsonw_array_in(w, "watchers");
    for (struct list *link = list_first(watchers); link != NULL; link = list_next(watchers, link))
        jsonw_cstr(w, NULL, container_of(link, struct terminal_watcher, link)->who);
    jsonw_end(w);
}

static void print_last_command(const struct terminal *terminal, struct jsonw *w)
{
    const struct list *commands = terminal_commands(terminal);
    if (list_is_empty(commands)) {
        jsonw_null(w, "last_command");
        return;
    }
    jsonw_uint(w, "last_command",
               container_of(commands->previous, struct terminal_command, link)->number);
}

void terminal_print(const struct terminal *terminal, struct jsonw *w)
{
    struct session *session = terminal_session(terminal);
    const pid_t pid = session_pid(session);
    jsonw_object(w);
    jsonw_cstr(w, "id", id_hex(terminal_id(terminal)).text);
    jsonw_string(w, "name", terminal_name(terminal));
    jsonw_cstr(w, "state",
               terminal_is_closing(terminal) ? "closed"
                                             : terminal_state_name(session_state(session)));
    if (pid > 0)
        jsonw_int(w, "pid", pid);
    else
        jsonw_null(w, "pid");
    jsonw_bool(w, "is_adopted", terminal_is_adopted(terminal));
    jsonw_uint(w, "restarts", session_restarts(session));
    print_foreground(session, w);
    print_metadata(session_metadata(session), w);
    print_screen(session, w);
    jsonw_string_or_null(w, "driver", terminal_driver(terminal));
    print_watchers(terminal, w);
    print_log(session, w);
    print_last_command(terminal, w);
    print_time(w, "created_at", terminal_created_us(terminal));
    jsonw_end(w);
}

void terminal_print_body(const struct terminal *terminal, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    terminal_print(terminal, &w);
}

static const char *command_state_name(enum terminal_command_state state)
{
    static const char *const names[] = {
        [TERMINAL_COMMAND_WAITING] = "waiting",
        [TERMINAL_COMMAND_RUNNING] = "running",
        [TERMINAL_COMMAND_FINISHED] = "finished",
    };
    return names[state];
}

static const char *outcome_name(enum session_outcome outcome)
{
    static const char *const names[] = {
        [SESSION_COMPLETED] = "completed",
        [SESSION_SHELL_ENDED] = "shell_ended",
        [SESSION_SHELL_REPLACED] = "shell_replaced",
        [SESSION_NOT_STARTED] = "not_started",
        [SESSION_CLOSED] = "closed",
    };
    return names[outcome];
}

void terminal_print_command(const struct terminal_command *command, struct jsonw *w)
{
    const bool is_finished = command->state == TERMINAL_COMMAND_FINISHED;
    jsonw_uint(w, "number", command->number);
    jsonw_string(w, "who", command->who);
    jsonw_string(w, "text", command->text);
    jsonw_bool(w, "is_text_cut", command->is_text_cut);
    jsonw_cstr(w, "state", command_state_name(command->state));
    jsonw_cstr(w, "outcome", is_finished ? outcome_name(command->outcome) : NULL);
    if (is_finished && command->exit_code >= 0)
        jsonw_int(w, "exit_code", command->exit_code);
    else
        jsonw_null(w, "exit_code");
    jsonw_string_or_null(w, "message",
                         str_is_empty(command->message) ? STR_NULL : command->message);
    if (command->state == TERMINAL_COMMAND_WAITING)
        jsonw_null(w, "from");
    else
        jsonw_uint(w, "from", command->from);
    if (is_finished)
        jsonw_uint(w, "to", command->to);
    else
        jsonw_null(w, "to");
    print_metadata(is_finished ? &command->metadata : NULL, w);
    print_time(w, "started_at", command->started_us);
    print_time(w, "finished_at", command->finished_us);
}
