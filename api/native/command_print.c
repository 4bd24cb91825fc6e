#include "api/native/command_print.h"

#include "actions/command.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"

static const char *state_name(enum command_reason reason)
{
    if (reason == COMMAND_RUNNING)
        return "running";
    return reason == COMMAND_LOST ? "lost" : "finished";
}

static void print_time(struct jsonw *w, const char *name, int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    if (wall_us != 0)
        clock_format_utc(&text, wall_us);
    jsonw_string_or_null(w, name, wall_us == 0 ? STR_NULL : buf_str(&text));
}

static void print_terminal(const struct command_description *description, struct jsonw *w)
{
    if (!description->has_terminal) {
        jsonw_null(w, "terminal");
        return;
    }
    jsonw_object_in(w, "terminal");
    jsonw_uint(w, "cols", description->cols);
    jsonw_uint(w, "rows", description->rows);
    jsonw_end(w);
}

static void print_end(const struct command_end *end, struct jsonw *w)
{
    const bool is_known = end->reason != COMMAND_RUNNING && end->reason != COMMAND_LOST;
    if (is_known)
        jsonw_int(w, "exit_code", end->exit_code);
    else
        jsonw_null(w, "exit_code");
    if (is_known && end->signal != 0)
        jsonw_int(w, "signal", end->signal);
    else
        jsonw_null(w, "signal");
    jsonw_cstr(w, "reason",
               end->reason == COMMAND_RUNNING ? NULL : command_reason_name(end->reason));
}

static void print_receipt(const struct command_end *end, struct jsonw *w)
{
    if (end->reason == COMMAND_RUNNING || end->reason == COMMAND_LOST ||
        end->reason == COMMAND_SPAWN_FAILED) {
        jsonw_null(w, "receipt");
        return;
    }
    jsonw_object_in(w, "receipt");
    jsonw_int(w, "wall_us", end->wall_us);
    jsonw_int(w, "user_us", end->user_us);
    jsonw_int(w, "system_us", end->system_us);
    jsonw_int(w, "peak_rss_bytes", end->peak_rss_bytes);
    jsonw_end(w);
}

void command_print(const struct command_description *description, struct jsonw *w)
{
    const struct command_end *end = &description->end;
    jsonw_object(w);
    jsonw_cstr(w, "id", id_hex(description->id).text);
    jsonw_string_or_null(w, "command", description->command);
    jsonw_string_or_null(w, "cwd", description->cwd);
    if (description->has_timeout)
        jsonw_int(w, "timeout", description->timeout_s);
    else
        jsonw_null(w, "timeout");
    jsonw_string(w, "stdin", description->has_open_stdin ? STR("open") : STR("closed"));
    print_terminal(description, w);
    jsonw_cstr(w, "state", state_name(end->reason));
    if (description->pid > 0)
        jsonw_int(w, "pid", description->pid);
    else
        jsonw_null(w, "pid");
    print_end(end, w);
    jsonw_string_or_null(w, "message", description->message);
    print_time(w, "started_at", description->started_us);
    print_time(w, "finished_at", end->finished_us);
    jsonw_uint(w, "stdout_bytes", description->stdout_bytes);
    jsonw_uint(w, "stderr_bytes", description->stderr_bytes);
    jsonw_uint(w, "dropped_bytes", description->dropped_bytes);
    jsonw_bool(w, "detached_writers", end->has_detached_writers);
    print_receipt(end, w);
    jsonw_end(w);
}

void command_print_body(const struct command_description *description, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    command_print(description, &w);
}
