#include "api/v0/runtime.h"

#include "actions/editor.h"
#include "api/api.h"
#include "api/v0/action_queue.h"
#include "api/v0/monitor.h"
#include "api/v0/prepare.h"
#include "api/v0/runtime_state.h"
#include "api/v0/shell.h"
#include "api/v0/viewer.h"
#include "plugins/jupyter/jupyter.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

struct waiter {
    struct list link;
    void (*on_ready)(void *owner, const struct error *error);
    void *owner;
};

struct v0_runtime *v0_runtime_new(struct api *api)
{
    struct v0_runtime *runtime = mem_zero(1, sizeof(*runtime));
    runtime->api = api;
    runtime->was_asked_for = api->config->is_v0;
    runtime->working_dir = v0_prepare_folder(api);
    runtime->queue = v0_action_queue_new(runtime);
    list_init(&runtime->waiters);
    return runtime;
}

/* Each waiter is told in a turn in which nobody else has been. */
static void tell_waiters(void *owner)
{
    struct v0_runtime *runtime = owner;
    struct list *link = list_first(&runtime->waiters);
    if (link == NULL || runtime->is_closing)
        return;
    struct waiter *waiter = container_of(link, struct waiter, link);
    const struct waiter told = *waiter;
    list_remove(link);
    free(waiter);
    if (!list_is_empty(&runtime->waiters))
        loop_defer(runtime->api->loop, tell_waiters, runtime);
    told.on_ready(told.owner, runtime->state == V0_READY ? NULL : &runtime->failure);
}

void v0_runtime_prepare(struct v0_runtime *runtime,
                        void (*on_ready)(void *owner, const struct error *error), void *owner)
{
    struct waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_ready = on_ready;
    waiter->owner = owner;
    const bool is_first = list_is_empty(&runtime->waiters);
    list_append(&runtime->waiters, &waiter->link);
    if (runtime->state == V0_IDLE) {
        runtime->state = V0_PREPARING;
        runtime->started_ms = loop_now_ms(runtime->api->loop);
        v0_prepare_start(runtime);
    } else if (runtime->state != V0_PREPARING && is_first) {
        loop_defer(runtime->api->loop, tell_waiters, runtime);
    }
}

void v0_runtime_finish(struct v0_runtime *runtime, const struct error *error)
{
    assert(runtime->state == V0_PREPARING);
    timer_close(take_pointer(&runtime->plugin_limit));
    runtime->state = error == NULL ? V0_READY : V0_FAILED;
    if (error != NULL)
        runtime->failure = *error;
    else
        log_info("v0.ready", "ms=%llu",
                 (unsigned long long)(loop_now_ms(runtime->api->loop) - runtime->started_ms));
    if (!list_is_empty(&runtime->waiters))
        loop_defer(runtime->api->loop, tell_waiters, runtime);
}

static void free_runtime(void *owner)
{
    struct v0_runtime *runtime = owner;
    void (*on_closed)(void *) = runtime->on_closed;
    void *close_owner = runtime->close_owner;
    editor_free(runtime->editor);
    v0_account_fini(&runtime->account);
    free(runtime->env);
    free(runtime->home_entry);
    free(runtime->shell_entry);
    free(runtime->su_user);
    free(runtime->username);
    free(runtime->working_dir);
    free(runtime->vscode_token);
    free(runtime);
    on_closed(close_owner);
}

void v0_runtime_part_closed(void *owner)
{
    struct v0_runtime *runtime = owner;
    if (--runtime->open_parts == 0)
        loop_defer(runtime->api->loop, free_runtime, runtime);
}

/* Nobody waits for a runtime that goes. */
static void drop_waiters(struct v0_runtime *runtime)
{
    struct error error;
    (void)error_set(&error, ERROR_UNAVAILABLE, "the server is stopping"); /* is false */
    for (struct list *link; (link = list_first(&runtime->waiters)) != NULL;) {
        struct waiter *waiter = container_of(link, struct waiter, link);
        list_remove(link);
        waiter->on_ready(waiter->owner, &error);
        free(waiter);
    }
}

void v0_runtime_close(struct v0_runtime *runtime, void (*on_closed)(void *owner), void *owner)
{
    assert(!runtime->is_closing);
    runtime->is_closing = true;
    runtime->on_closed = on_closed;
    runtime->close_owner = owner;
    runtime->open_parts = 1; /* this call */
    if (runtime->waits_for[V0_PART_ACCOUNT])
        runtime->open_parts++; /* its job, which ends by itself */
    drop_waiters(runtime);
    v0_action_queue_close(take_pointer(&runtime->queue));
    timer_close(take_pointer(&runtime->plugin_limit));
    v0_viewer_close(take_pointer(&runtime->viewer));
    v0_monitor_close(take_pointer(&runtime->monitor));
    if (runtime->shell != NULL) {
        runtime->open_parts++;
        v0_shell_close(runtime->shell, v0_runtime_part_closed, runtime);
    }
    if (runtime->jupyter != NULL) {
        runtime->open_parts++;
        jupyter_close(runtime->jupyter, v0_runtime_part_closed, runtime);
    }
    v0_runtime_part_closed(runtime);
}

enum v0_state v0_runtime_state(const struct v0_runtime *runtime)
{
    return runtime->state;
}

bool v0_runtime_is_alive(const struct v0_runtime *runtime)
{
    const bool *waits_for = runtime->waits_for;
    return runtime->state == V0_READY ||
           (runtime->state == V0_PREPARING && runtime->shell != NULL &&
            !waits_for[V0_PART_JUPYTER] && !waits_for[V0_PART_VSCODE]);
}

struct str v0_runtime_waits_for(const struct v0_runtime *runtime)
{
    static const char *const names[V0_PART_COUNT] = {
        [V0_PART_ACCOUNT] = "user",  [V0_PART_SHELL] = "shell",   [V0_PART_JUPYTER] = "jupyter",
        [V0_PART_VSCODE] = "vscode", [V0_PART_FOLDER] = "folder",
    };
    for (size_t i = 0; i < V0_PART_COUNT; i++) {
        if (runtime->waits_for[i])
            return str_from(names[i]);
    }
    return STR("");
}

struct str v0_runtime_working_dir(const struct v0_runtime *runtime)
{
    return str_from(runtime->working_dir);
}

struct str v0_runtime_vscode_token(const struct v0_runtime *runtime)
{
    return str_from(runtime->vscode_token);
}

struct v0_action_queue *v0_runtime_queue(const struct v0_runtime *runtime)
{
    return runtime->queue;
}

void v0_runtime_touch(struct v0_runtime *runtime)
{
    api_touch(runtime->api);
}

struct str v0_runtime_username(const struct v0_runtime *runtime)
{
    return str_from(runtime->username);
}

uid_t v0_runtime_uid(const struct v0_runtime *runtime)
{
    return runtime->account.uid;
}

const char *v0_runtime_su_user(const struct v0_runtime *runtime)
{
    return runtime->su_user;
}

const char *const *v0_runtime_env(const struct v0_runtime *runtime)
{
    return runtime->env;
}

const struct v0_environment *v0_runtime_environment(const struct v0_runtime *runtime)
{
    return &runtime->environment;
}

struct v0_shell *v0_runtime_shell(const struct v0_runtime *runtime)
{
    return runtime->shell;
}

struct editor *v0_runtime_editor(const struct v0_runtime *runtime)
{
    return runtime->editor;
}

struct jupyter *v0_runtime_jupyter(struct v0_runtime *runtime)
{
    if (runtime->jupyter == NULL && !runtime->was_asked_for)
        v0_prepare_jupyter(runtime);
    return runtime->jupyter;
}

struct str v0_runtime_cwd(const struct v0_runtime *runtime)
{
    return v0_shell_cwd(runtime->shell);
}
