#include "api/v0/static_run.h"

#include <stdlib.h>

#include "api/api.h"
#include "api/v0/action.h"
#include "api/v0/environment.h"
#include "api/v0/run.h"
#include "api/v0/runtime.h"
#include "api/v0/shell.h"
#include "server/base/error.h"
#include "server/base/mem.h"

struct static_run {
    struct v0_action *action;
    struct v0_shell *shell;
};

static void on_reply(void *owner, const struct v0_shell_reply *reply)
{
    struct static_run *run = owner;
    struct v0_shell *shell = run->shell;
    struct v0_action *action = run->action;
    free(run);
    v0_run_reply(action, reply); /* the texts in it are the shell's */
    v0_shell_close(shell, NULL, NULL);
}

static bool open_shell(const struct v0_action *action, const char *cwd, struct v0_shell **ret_shell,
                       struct error *error)
{
    const struct api *api = v0_action_api(action);
    const struct v0_runtime *runtime = v0_action_runtime(action);
    const struct v0_shell_options options = {
        .loop = api->loop,
        .processes = api->processes,
        .env = v0_runtime_env(runtime),
        .su_user = v0_runtime_su_user(runtime),
        .cwd = cwd,
        .parent = v0_runtime_shell(runtime),
        .no_change_timeout_s = v0_runtime_environment(runtime)->no_change_timeout_s};
    return v0_shell_open(&options, ret_shell, error);
}

static void reply_failure(struct v0_action *action, const struct v0_shell_call *call,
                          const struct error *error)
{
    const struct v0_shell_reply reply = {.is_error = true,
                                         .is_hidden = call->is_hidden,
                                         .command = call->command,
                                         .content = str_from(error->text),
                                         .exit_code = -1,
                                         .pid = -1,
                                         .prefix = STR(""),
                                         .suffix = STR("")};
    v0_run_reply(action, &reply);
}

void v0_static_run(struct v0_action *action, const struct v0_shell_call *call, struct str cwd)
{
    struct error error;
    struct v0_shell *shell;
    const struct str initial = v0_runtime_working_dir(v0_action_runtime(action));
    scoped_free char *directory =
        cwd.len > 0 ? mem_strndup(cwd.data, cwd.len) : mem_strndup(initial.data, initial.len);
    if (!open_shell(action, directory, &shell, &error)) {
        reply_failure(action, call, &error);
        return;
    }
    struct static_run *run = mem_zero(1, sizeof(*run));
    run->action = action;
    run->shell = shell;
    struct v0_shell_call own = *call;
    own.on_reply = on_reply;
    own.owner = run;
    v0_shell_execute(shell, &own);
}
