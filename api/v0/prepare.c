#include "api/v0/prepare.h"

#include <errno.h>
#include <fcntl.h>

#include "actions/editor.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/v0/monitor.h"
#include "api/v0/runtime_state.h"
#include "api/v0/shell.h"
#include "api/v0/viewer.h"
#include "api/v0/vscode_plugin.h"
#include "plugins/jupyter/jupyter.h"
#include "plugins/jupyter/skills.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

/*
 * The way of a runtime from nothing to ready (contract v0-action-execution §1.2):
 *
 *     file viewer → user and folder (a worker job) → shell, jupyter, VS Code, all at once
 *         → the shell's way into the folder → ready
 *
 * Each part that is under way has its mark in waits_for; the last one to report ends the way. What
 * fails ends it at once; the other parts go on until the runtime is closed.
 */

#define ALIAS_LINES       "alias git=\"git --no-pager\"\n"
#define FOLDER_TIMEOUT_S  300.0
#define VIEWER_URL_PREFIX "http://localhost:"

struct account_job {
    struct v0_runtime *runtime;
    struct v0_account_options options;
    struct v0_environment environment;
    char *directory;
    uint16_t viewer_port; /* 0: none */
    bool writes_settings;
    bool is_ok;
    struct v0_account account;
    struct error error;
};

static bool has_plugin(const struct v0_runtime *runtime, const char *name)
{
    const struct config *config = runtime->api->config;
    for (size_t i = 0; i < config->plugin_count; i++) {
        if (str_equal(config->plugins[i], str_from(name)))
            return true;
    }
    return false;
}

char *v0_prepare_folder(const struct api *api)
{
    const struct config *config = api->config;
    struct str given = config->working_dir;
    if (str_is_empty(given))
        given = config->is_v0 ? STR("/workspace") : config->workspace_path;
    scoped_free char *relative = mem_strndup(given.data, given.len);
    if (relative[0] == '/')
        return take_pointer(&relative);
    scoped_free char *own = getcwd(NULL, 0);
    return path_join(own == NULL ? "/" : own, given);
}

static void fail(struct v0_runtime *runtime, const struct error *error)
{
    if (runtime->state == V0_PREPARING && !runtime->is_closing)
        v0_runtime_finish(runtime, error);
}

static void enter_folder(struct v0_runtime *runtime);

static void tell_alive(struct v0_runtime *runtime)
{
    if (runtime->is_alive_told || !v0_runtime_is_alive(runtime))
        return;
    runtime->is_alive_told = true;
    log_info("v0.alive", "ms=%llu",
             (unsigned long long)(loop_now_ms(runtime->api->loop) - runtime->started_ms));
}

/* A part has reported: well, or with the error that ends the way. */
static void settle(struct v0_runtime *runtime, enum v0_part part, const struct error *error)
{
    runtime->waits_for[part] = false;
    if (runtime->state != V0_PREPARING || runtime->is_closing)
        return;
    tell_alive(runtime);
    if (error != NULL)
        fail(runtime, error);
    else if (str_is_empty(v0_runtime_waits_for(runtime)) && part != V0_PART_FOLDER)
        enter_folder(runtime);
    else if (part == V0_PART_FOLDER)
        v0_runtime_finish(runtime, NULL);
}

static void on_entered(void *owner, const struct v0_shell_reply *reply)
{
    struct v0_runtime *runtime = owner;
    struct error error;
    if (reply->is_error || reply->exit_code != 0) {
        (void)error_set(&error, ERROR_INTERNAL, "cd '%s' ended with %d: %.*s", /* is false */
                        runtime->working_dir, reply->exit_code, STR_ARG(reply->content));
        settle(runtime, V0_PART_FOLDER, &error);
        return;
    }
    settle(runtime, V0_PART_FOLDER, NULL);
}

/* A login may have led elsewhere. */
static void enter_folder(struct v0_runtime *runtime)
{
    if (!runtime->was_asked_for || runtime->account.uid == 0) {
        settle(runtime, V0_PART_FOLDER, NULL);
        return;
    }
    scoped_buf struct buf command = {0};
    buf_append(&command, STR("cd '"));
    for (const char *byte = runtime->working_dir; *byte != '\0'; byte++) {
        if (*byte == '\'')
            buf_append(&command, STR("'\\''"));
        else
            buf_append_byte(&command, *byte);
    }
    buf_append_byte(&command, '\'');
    const struct v0_shell_call call = {
        .command = buf_str(&command),
        .is_blocking = true,
        .is_hidden = true,
        .timeout_s = FOLDER_TIMEOUT_S,
        .on_reply = on_entered,
        .owner = runtime,
    };
    runtime->waits_for[V0_PART_FOLDER] = true;
    v0_shell_execute(runtime->shell, &call);
}

static void on_shell_ready(void *owner, const struct error *error)
{
    settle(owner, V0_PART_SHELL, error);
}

static bool open_shell(struct v0_runtime *runtime, struct error *error)
{
    const struct v0_shell_options options = {
        .loop = runtime->api->loop,
        .processes = runtime->api->processes,
        .terminals = runtime->api->terminals,
        .name = STR("v0"),
        .env = runtime->env,
        .su_user = runtime->su_user,
        .cwd = runtime->working_dir,
        .rc_lines = ALIAS_LINES,
        .no_change_timeout_s = runtime->environment.no_change_timeout_s,
        .on_ready = on_shell_ready,
        .owner = runtime,
    };
    runtime->waits_for[V0_PART_SHELL] = true;
    return v0_shell_open(&options, &runtime->shell, error);
}

static void on_jupyter_ready(void *owner, const struct error *error)
{
    struct v0_runtime *runtime = owner;
    if (error != NULL)
        log_warn("v0.jupyter_failed", "reason=\"%s\"", error->text);
    settle(runtime, V0_PART_JUPYTER, error);
}

void v0_prepare_jupyter(struct v0_runtime *runtime)
{
    scoped_buf struct buf skills = {0};
    if (!runtime->was_asked_for || has_plugin(runtime, "agent_skills"))
        jupyter_skills_code(&skills);
    const struct jupyter_options options = {
        .loop = runtime->api->loop,
        .processes = runtime->api->processes,
        .env = runtime->env,
        .user = runtime->environment.is_local ? NULL : runtime->su_user,
        .cwd = str_from(runtime->working_dir),
        .startup_code = buf_str(&skills),
    };
    runtime->waits_for[V0_PART_JUPYTER] = runtime->state == V0_PREPARING;
    runtime->jupyter = jupyter_start(&options, on_jupyter_ready, runtime);
}

static void on_vscode_ready(void *owner)
{
    settle(owner, V0_PART_VSCODE, NULL);
}

static void start_vscode(struct v0_runtime *runtime)
{
    const struct v0_vscode_options options = {
        .api = runtime->api,
        .environment = &runtime->environment,
        .env = runtime->env,
        .username = str_from(runtime->username),
        .su_user = runtime->su_user,
        .on_ready = on_vscode_ready,
        .owner = runtime,
    };
    runtime->waits_for[V0_PART_VSCODE] = v0_vscode_start(&options, &runtime->vscode_token);
}

static void on_plugin_limit(void *owner)
{
    struct v0_runtime *runtime = owner;
    struct error error;
    if (!runtime->waits_for[V0_PART_JUPYTER] && !runtime->waits_for[V0_PART_VSCODE])
        return;
    (void)error_set(&error, ERROR_TIMEOUT, "%s is not ready after %llu s (INIT_PLUGIN_TIMEOUT)",
                    runtime->waits_for[V0_PART_JUPYTER] ? "jupyter" : "vscode",
                    (unsigned long long)runtime->environment.init_plugin_timeout_s); /* is false */
    fail(runtime, &error);
}

static void start_plugins(struct v0_runtime *runtime)
{
    if (!runtime->was_asked_for)
        return;
    if (has_plugin(runtime, "jupyter"))
        v0_prepare_jupyter(runtime);
    if (has_plugin(runtime, "vscode"))
        start_vscode(runtime);
    if (!runtime->waits_for[V0_PART_JUPYTER] && !runtime->waits_for[V0_PART_VSCODE])
        return;
    runtime->plugin_limit = timer_open(runtime->api->loop, on_plugin_limit, runtime);
    timer_start(runtime->plugin_limit, runtime->environment.init_plugin_timeout_s * 1000, 0);
}

/* `su` sets both for the user it changes to; a user that is the server's own needs no `su`. */
static void build_environment(struct v0_runtime *runtime)
{
    const struct v0_account *account = &runtime->account;
    const char *additions[3] = {0};
    size_t count = 0;
    const bool is_known =
        runtime->was_asked_for && runtime->environment.changes_user &&
        v0_environment_knows_user(&runtime->environment, str_from(runtime->username));
    if (is_known && geteuid() == 0 && account->login_uid != 0)
        runtime->su_user = mem_strdup(runtime->username);
    if (is_known && geteuid() == account->login_uid && account->home != NULL) {
        scoped_buf struct buf home = {0};
        scoped_buf struct buf shell = {0};
        buf_printf(&home, "HOME=%s", account->home);
        buf_printf(&shell, "SHELL=%s", account->shell);
        additions[count++] = runtime->home_entry = mem_strdup(home.data);
        additions[count++] = runtime->shell_entry = mem_strdup(shell.data);
    }
    runtime->env = child_env_with(runtime->api->child_env, additions);
}

static void start_parts(struct v0_runtime *runtime)
{
    struct error error;
    build_environment(runtime);
    const struct editor_options editor = {
        .dialect = EDITOR_V0,
        .processes = runtime->api->processes,
        .env = runtime->env,
        .workspace_root = str_from(runtime->working_dir),
    };
    runtime->editor = editor_new(&editor);
    if (!open_shell(runtime, &error)) {
        runtime->waits_for[V0_PART_SHELL] = false;
        fail(runtime, &error);
        return;
    }
    start_plugins(runtime);
    tell_alive(runtime);
}

/* Programs in the sandbox find the viewer by it. */
static void write_viewer_url(uint16_t port)
{
    scoped_buf struct buf url = {0};
    buf_printf(&url, VIEWER_URL_PREFIX "%u", (unsigned)port);
    scoped_fd int fd =
        open(V0_VIEWER_URL_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, url.data, url.len) != (ssize_t)url.len)
        log_warn("v0.viewer_url", "path=%s errno=%d", V0_VIEWER_URL_FILE, errno);
}

static void run_account_job(void *owner)
{
    struct account_job *job = owner;
    if (job->viewer_port != 0)
        write_viewer_url(job->viewer_port);
    job->is_ok = v0_account_prepare(&job->options, &job->account, &job->error);
    if (job->is_ok && job->writes_settings)
        v0_vscode_write_settings(job->environment.vscode_settings);
}

static void on_account_job(void *owner, bool is_cancelled)
{
    scoped_free struct account_job *job = owner;
    struct v0_runtime *runtime = job->runtime;
    if (is_cancelled)
        (void)error_set(&job->error, ERROR_UNAVAILABLE, "the server is stopping"); /* is false */
    runtime->account = job->account;
    free(job->directory);
    runtime->waits_for[V0_PART_ACCOUNT] = false;
    if (runtime->is_closing)
        v0_runtime_part_closed(runtime);
    else if (job->is_ok)
        start_parts(runtime);
    else
        fail(runtime, &job->error);
}

static void start_account_job(struct v0_runtime *runtime)
{
    const struct config *config = runtime->api->config;
    struct account_job *job = mem_zero(1, sizeof(*job));
    job->runtime = runtime;
    job->environment = runtime->environment;
    job->directory = mem_strdup(runtime->working_dir);
    job->viewer_port = runtime->viewer == NULL ? 0 : v0_viewer_port(runtime->viewer);
    job->writes_settings = runtime->was_asked_for && has_plugin(runtime, "vscode") &&
                           v0_environment_knows_user(&runtime->environment, config->username);
    job->options = (struct v0_account_options){
        .processes = runtime->api->processes,
        .env = child_env_get(runtime->api->child_env),
        .environment = &job->environment,
        .username = config->username,
        .uid = runtime->was_asked_for ? (uid_t)config->user_id : geteuid(),
        .directory = job->directory,
        .only_makes_directory = !runtime->was_asked_for,
    };
    runtime->waits_for[V0_PART_ACCOUNT] = true;
    (void)work_start(runtime->api->loop, run_account_job, on_account_job, job); /* to its end */
}

static void start_servants(struct v0_runtime *runtime)
{
    const struct v0_environment *environment = &runtime->environment;
    if (environment->max_memory_gb > 0)
        log_info("v0.max_memory",
                 "Setting max memory to %lldGB (according to the "
                 "RUNTIME_MAX_MEMORY_GB environment variable)",
                 (long long)environment->max_memory_gb);
    if (environment->monitors_memory)
        runtime->monitor = v0_monitor_open(runtime->api->loop);
    runtime->viewer = v0_viewer_open(runtime->api->loop, runtime->api->port);
}

static char *own_name(void)
{
    char *name = v0_account_name(geteuid());
    return name != NULL ? name : mem_strdup("openhands");
}

void v0_prepare_start(struct v0_runtime *runtime)
{
    const struct config *config = runtime->api->config;
    free(runtime->working_dir);
    runtime->working_dir = v0_prepare_folder(runtime->api);
    runtime->username = runtime->was_asked_for
                            ? mem_strndup(config->username.data, config->username.len)
                            : own_name();
    struct error error;
    if (!v0_environment_read(child_env_get(runtime->api->child_env), &runtime->environment,
                             &error)) {
        v0_runtime_finish(runtime, &error);
        return;
    }
    if (runtime->was_asked_for)
        start_servants(runtime);
    start_account_job(runtime);
}
