#include "api/v0/run.h"

#include "api/v0/action.h"
#include "api/v0/runtime.h"
#include "api/v0/shell.h"
#include "api/v0/static_run.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

static void write_metadata(struct jsonw *w, const struct v0_shell_reply *reply)
{
    jsonw_object_in(w, "metadata");
    jsonw_int(w, "exit_code", reply->exit_code);
    jsonw_int(w, "pid", reply->pid);
    jsonw_string_or_null(w, "username", reply->username);
    jsonw_string_or_null(w, "hostname", reply->hostname);
    jsonw_string_or_null(w, "working_dir", reply->working_dir);
    jsonw_string_or_null(w, "py_interpreter_path", reply->python);
    jsonw_string(w, "prefix", reply->prefix);
    jsonw_string(w, "suffix", reply->suffix);
    jsonw_end(w);
}

static void reply_run(struct v0_action *action, const struct v0_shell_reply *reply)
{
    scoped_buf struct buf message = {0};
    buf_printf(&message, "Command `%.*s` executed with exit code %d.", STR_ARG(reply->command),
               reply->exit_code);
    const struct v0_observation observation = {.kind = "run",
                                               .message = buf_str(&message),
                                               .content = reply->content,
                                               .has_success = true,
                                               .success = reply->exit_code == 0};
    struct jsonw *w = v0_action_reply_begin(action, &observation);
    jsonw_string(w, "command", reply->command);
    write_metadata(w, reply);
    jsonw_bool(w, "hidden", reply->is_hidden);
    v0_action_reply_end(action);
}

void v0_run_reply(struct v0_action *action, const struct v0_shell_reply *reply)
{
    if (reply->is_error && !reply->is_hidden)
        v0_action_reply_error(action, reply->content);
    else
        reply_run(action, reply);
}

static void on_reply(void *owner, const struct v0_shell_reply *reply)
{
    v0_run_reply(owner, reply);
}

void v0_run(struct v0_action *action)
{
    const double timeout_s = v0_action_timeout(action);
    struct v0_shell_call call = {
        .timeout_s = timeout_s > 0 ? timeout_s : 0, .on_reply = on_reply, .owner = action};
    bool is_static;
    struct str cwd;
    if (!v0_arg_string(action, "command", STR(""), &call.command) ||
        !v0_arg_bool(action, "is_input", false, &call.is_input) ||
        !v0_arg_bool(action, "blocking", false, &call.is_blocking) ||
        !v0_arg_bool(action, "hidden", false, &call.is_hidden) ||
        !v0_arg_bool(action, "is_static", false, &is_static) ||
        !v0_arg_string(action, "cwd", STR(""), &cwd))
        return;
    if (is_static)
        v0_static_run(action, &call, cwd);
    else
        v0_shell_execute(v0_runtime_shell(v0_action_runtime(action)), &call);
}
