#include "server/app.h"

#include <signal.h>
#include <sys/stat.h>

#include "actions/commands.h"
#include "actions/git_queue.h"
#include "actions/terminals.h"
#include "actions/workspace.h"
#include "api/api.h"
#include "api/v0/mcp_proxy.h"
#include "api/v0/runtime.h"
#include "api/v1/conversation_service.h"
#include "api/v1/init.h"
#include "api/v1/vscode.h"
#include "plugins/vscode/vscode.h"
#include "server/auth/child_env.h"
#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/http/server.h"
#include "server/http/static_files.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "server/loop/signals.h"
#include "server/loop/timer.h"

enum app_state {
    RUNNING,
    DRAINING,
    STOPPING
};

/* Of conversations, whose hooks are told when they end. */
enum app_sessions {
    SESSIONS_LAST,
    SESSIONS_END,
    SESSIONS_ENDED
};

struct app {
    const struct config *config; /* of the start */
    struct api api;
    struct route_table *tables;
    struct signals *signals;
    struct timer *drain_limit;
    enum app_state state;
    enum app_sessions sessions;
    bool is_drained;
    uint64_t drain_end_ms; /* of the loop's clock */
    size_t open_parts;     /* while it stops */
    int stop_signal;
    bool has_failed; /* after the start: what V0's start words ask for cannot be had */
};

static void on_part_closed(void *owner)
{
    struct app *app = owner;
    if (--app->open_parts > 0)
        return;
    if (app->api.commands != NULL)
        commands_close(take_pointer(&app->api.commands));
    loop_stop(app->api.loop);
}

static void on_processes_closed(void *owner)
{
    struct app *app = owner;
    app->api.processes = NULL;
    on_part_closed(app);
}

/* Terminals of conversations have gone before those of people go. */
static void on_conversations_closed(void *owner)
{
    struct app *app = owner;
    if (app->api.terminals != NULL)
        terminals_close(take_pointer(&app->api.terminals), on_part_closed, app);
    else
        on_part_closed(app);
}

/* Parts that end what they have started by themselves, all at the same time. */
static void close_parts(struct app *app)
{
    struct api *api = &app->api;
    app->open_parts++;
    if (api->conversations != NULL)
        conversation_service_close(api, on_conversations_closed, app);
    else
        on_conversations_closed(app);
    if (api->mcp != NULL) {
        app->open_parts++;
        mcp_proxy_close(take_pointer(&api->mcp), on_part_closed, app);
    }
    if (api->v0 != NULL) {
        app->open_parts++;
        v0_runtime_close(take_pointer(&api->v0), on_part_closed, app);
    }
    if (api->vscode != NULL) {
        app->open_parts++;
        vscode_close(take_pointer(&api->vscode), on_part_closed, app);
    }
}

/* Requests go first, then the work they have started, then whatever that has started. */
static void end_processes(struct app *app, uint64_t grace_ms)
{
    app->state = STOPPING;
    if (app->api.server != NULL)
        http_server_close(take_pointer(&app->api.server));
    git_queue_close(take_pointer(&app->api.git));
    app->open_parts = 1;
    close_parts(app);
    processes_close(app->api.processes, grace_ms, on_processes_closed, app);
}

/* The requests are over, or have had their time. */
static void stop_processes(struct app *app)
{
    assert(app->state != STOPPING);
    timer_stop(app->drain_limit);
    end_processes(app, APP_KILL_GRACE_MS);
}

static void stop_when_quiet(struct app *app)
{
    if (app->state == DRAINING && app->is_drained && app->sessions == SESSIONS_ENDED)
        stop_processes(app);
}

static void on_sessions_ended(void *owner)
{
    struct app *app = owner;
    app->sessions = SESSIONS_ENDED;
    stop_when_quiet(app);
}

/* They may take all that is left of the drain's time. */
static void end_sessions(struct app *app)
{
    const bool has_service = app->api.conversations != NULL;
    const uint64_t now_ms = loop_now_ms(app->api.loop);
    if (app->sessions != SESSIONS_LAST)
        return;
    app->sessions = SESSIONS_END;
    timer_start(app->drain_limit, app->drain_end_ms > now_ms ? app->drain_end_ms - now_ms : 0, 0);
    if (!has_service || !conversation_service_end_sessions(&app->api, on_sessions_ended, app))
        app->sessions = SESSIONS_ENDED;
}

static void on_drained(void *owner)
{
    struct app *app = owner;
    if (app->state != DRAINING)
        return;
    app->is_drained = true;
    end_sessions(app);
    stop_when_quiet(app);
}

/* Half of the time is for requests alone. */
static void start_drain(struct app *app)
{
    const uint64_t limit_ms = (uint64_t)app->config->drain_timeout_seconds * 1000;
    app->drain_end_ms = loop_now_ms(app->api.loop) + limit_ms;
    timer_start(app->drain_limit, limit_ms / 2, 0);
    http_server_drain(app->api.server, on_drained, app);
}

static void on_drain_limit(void *owner)
{
    struct app *app = owner;
    if (app->sessions == SESSIONS_LAST) {
        end_sessions(app);
        return;
    }
    log_warn("server.drain_limit", "what is waited for is cut after %lld s connections=%zu",
             (long long)app->config->drain_timeout_seconds,
             http_server_connections(app->api.server));
    stop_processes(app);
}

static void on_signal(void *owner, int number)
{
    struct app *app = owner;
    if (app->state == STOPPING)
        return;
    const size_t connections = http_server_connections(app->api.server);
    if (app->state == RUNNING) {
        app->state = DRAINING;
        app->stop_signal = number;
        start_drain(app);
    } else {
        stop_processes(app);
    }
    log_info("server.stopping", "signal=SIG%s number=%d connections=%zu", sigabbrev_np(number),
             number, connections);
}

static void open_static_files(struct app *app)
{
    const struct str directory = app->config->static_files_path;
    struct error error;
    if (str_is_empty(directory))
        return;
    if (!static_files_open(directory, &app->api.static_files, &error)) {
        log_warn("static.unavailable", "nothing is served under /static: %s", error.text);
        return;
    }
    app->api.root_redirect = static_files_has(app->api.static_files, "index.html")
                                 ? STR("/static/index.html")
                                 : STR("/static/");
}

static bool open_server(struct app *app, struct error *error)
{
    const struct config *config = app->config;
    struct api *api = &app->api;
    size_t table_count;
    app->tables = api_tables(api, &table_count);
    api->router = router_new(app->tables, table_count);
    const struct http_server_options options = {
        .router = api->router,
        .root_path = config->root_path,
        .cors = {.origins = config->allow_cors_origins,
                 .origin_count = config->allow_cors_origin_count,
                 .origin_regex = config->allow_cors_origin_regex,
                 .docker_host = config->docker_host_addr},
        .admit = api_admit,
        .admit_context = api,
        .logs_access = config->log_level == LOG_LEVEL_DEBUG,
    };
    return http_server_open(api->loop, &options, &api->server, error);
}

/* Each line is known to callers (contract v1-server §1.1); tests and tools read the port here. */
static void print_banner(const struct config *config, uint16_t port)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "Starting OpenHands Agent Server on %.*s:%u\n", STR_ARG(config->host), port);
    buf_printf(&text, "API docs will be available at http://%.*s:%u/docs\n", STR_ARG(config->host),
               port);
    buf_printf(&text, "Auto-reload: %s\n", config->reload ? "enabled" : "disabled");
    buf_printf(&text, "DEBUG mode: %s\n\n",
               config->is_debug ? "ENABLED (stack traces will be shown)" : "DISABLED");
    (void)fwrite(text.data, 1, text.len, stdout); /* a closed stdout must not stop the server */
    (void)fflush(stdout);
}

static bool listen_on(struct app *app, struct error *error)
{
    const struct config *config = app->config;
    struct str host = config->host;
    if (str_starts_with(host, STR("[")) && str_ends_with(host, STR("]")))
        host = str_slice(host, 1, host.len - 1);
    scoped_free char *name = mem_strndup(host.data, host.len);
    uint16_t port;
    if (!http_server_listen(app->api.server, name, (uint16_t)config->port, &port, error))
        return false;
    scoped_buf struct buf url = {0};
    config_internal_url(&url, config->host, port);
    (void)child_env_set(app->api.child_env, STR("OH_INTERNAL_SERVER_URL"), buf_str(&url));
    app->api.port = port;
    print_banner(config, port);
    return true;
}

/* The executors: what routes start and look at. */
static bool open_actions(struct app *app, struct error *error)
{
    const struct config *config = app->config;
    struct api *api = &app->api;
    const struct commands_options commands = {
        .loop = api->loop,
        .processes = api->processes,
        .child_env = api->child_env,
        .directory = config->bash_events_dir,
        .retention_seconds = config->bash_events_retention_seconds,
        .max_bytes = config->bash_events_max_bytes,
    };
    const struct workspaces_options workspaces = {
        .loop = api->loop,
        .processes = api->processes,
        .child_env = api->child_env,
        .root = config->workspace_path,
    };
    const struct terminals_options terminals = {
        .loop = api->loop,
        .processes = api->processes,
        .child_env = api->child_env,
        .spill_directory = config->bash_events_dir,
    };
    api->git = git_queue_open(api->loop, api->processes, api->child_env);
    api->workspaces = workspaces_new(&workspaces);
    api->mcp = mcp_proxy_new(api->loop, api->processes, api->child_env);
    api->terminals = terminals_open(&terminals);
    api->v0 = v0_runtime_new(api);
    return commands_open(&commands, &api->commands, error);
}

static void on_v0_ready(void *owner, const struct error *error)
{
    struct app *app = owner;
    if (error == NULL || app->state != RUNNING)
        return;
    log_error("server.failed", "reason=\"%s\"", error->text);
    app->has_failed = true;
    stop_processes(app);
}

/* Backends of V0 start a server for one user and folder, and wait until all of it is there. What
 * deferred init configures begins with it. */
static void start_services(struct app *app)
{
    if (app->api.init == NULL)
        conversation_service_open(&app->api);
    if (app->config->is_v0)
        v0_runtime_prepare(app->api.v0, on_v0_ready, app);
    else if (app->api.init == NULL)
        v1_vscode_start(&app->api);
}

static bool open_parts(struct app *app, struct error *error)
{
    static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    struct api *api = &app->api;
    if (!loop_open(&api->loop, error) || !processes_open(api->loop, &api->processes, error))
        return false;
    api->started_ms = loop_now_ms(api->loop);
    api->last_activity_ms = api->started_ms;
    resources_init(&api->resources);
    api->keyring = keyring_new();
    keyring_set(api->keyring, app->config->session_api_keys, app->config->session_api_key_count);
    if (app->config->deferred_init)
        api->init = init_new();
    app->drain_limit = timer_open(api->loop, on_drain_limit, app);
    open_static_files(app);
    return open_actions(app, error) && open_server(app, error) &&
           signals_open(api->loop, stop_signals, ARRAY_SIZE(stop_signals), on_signal, app,
                        &app->signals, error) &&
           listen_on(app, error);
}

bool app_open(const struct config *config, struct child_env *child_env, struct app **ret_app,
              struct error *error)
{
    struct app *app = mem_zero(1, sizeof(*app));
    app->config = config;
    app->api.config = config;
    app->api.child_env = child_env;
    if (!open_parts(app, error)) {
        app_close(app);
        return false;
    }
    *ret_app = app;
    return true;
}

int app_run(struct app *app)
{
    start_services(app);
    loop_run(app->api.loop);
    if (app->has_failed)
        return 0;
    log_info("server.stopped", "signal=SIG%s", sigabbrev_np(app->stop_signal));
    return app->stop_signal;
}

/* Jobs whose programs have just been ended report their end, and requests are answered with it. */
static void finish_jobs(struct loop *loop)
{
    while (loop_is_held(loop))
        (void)loop_step(loop); /* there is a job to wait for */
}

void app_close(struct app *app)
{
    if (app == NULL)
        return;
    struct api *api = &app->api;
    if (api->processes != NULL) {
        end_processes(app, 0); /* the start failed, so nothing has been spawned */
        loop_run(api->loop);
    }
    if (api->loop != NULL)
        finish_jobs(api->loop);
    signals_close(app->signals);
    timer_close(app->drain_limit);
    static_files_close(api->static_files);
    if (api->loop != NULL && !loop_close(api->loop))
        log_error("server.leaked", "the event loop had open handles");
    workspaces_free(api->workspaces);
    router_free(api->router);
    free(app->tables);
    init_free(api->init);
    keyring_free(api->keyring);
    free(app);
}
