#include "api/v1/conversation_scopes.h"

#include <stdlib.h>

#include "actions/commands.h"
#include "agent/conversation.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/loop/loop.h"

struct conversation_scopes {
    const struct api *api;
    struct map by_id;
};

struct scope {
    struct conversation_scopes *scopes;
    struct conversation *conversation;
    struct conversation_listener listener;
    struct commands *commands;
    struct commands_listener commands_listener;
    size_t unfinished; /* commands that are waited for at the end */
};

/* --- running commands keep the conversation open --- */

static bool is_at_work(const struct scope *scope)
{
    struct list *live = commands_live(scope->commands);
    for (struct list *link = list_first(live); link != NULL; link = list_next(live, link))
        if (!command_is_finished(command_from_link(link)))
            return true;
    return false;
}

static void on_events(struct commands_listener *listener)
{
    struct scope *scope = container_of(listener, struct scope, commands_listener);
    scope->listener.is_internal = !is_at_work(scope);
}

/* --- the end --- */

static void finish(void *owner)
{
    struct scope *scope = owner;
    struct conversation *conversation = scope->conversation;
    commands_listener_cancel(&scope->commands_listener);
    commands_close(scope->commands);
    map_remove(&scope->scopes->by_id, conversation_id(conversation));
    free(scope);
    conversation_release(conversation);
}

struct waiter {
    struct command_waiter waiter;
    struct scope *scope;
};

static void on_finished(struct command_waiter *told, struct command *command)
{
    struct waiter *waiter = container_of(told, struct waiter, waiter);
    struct scope *scope = waiter->scope;
    (void)command; /* it is freed by its owner */
    free(waiter);
    if (--scope->unfinished == 0)
        loop_defer(scope->scopes->api->loop, finish, scope);
}

static void end_command(struct scope *scope, struct command *command)
{
    struct waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->waiter.on_finished = on_finished;
    waiter->scope = scope;
    scope->unfinished++;
    command_wait(command, &waiter->waiter);
    command_stop(command);
}

/* Its folder stays until they have ended. */
static void on_closed(void *owner, bool is_deleted)
{
    struct scope *scope = owner;
    struct list *live = commands_live(scope->commands);
    (void)is_deleted; /* it is the same */
    conversation_hold(scope->conversation);
    for (struct list *link = list_first(live); link != NULL; link = list_next(live, link))
        if (!command_is_finished(command_from_link(link)))
            end_command(scope, command_from_link(link));
    if (scope->unfinished == 0)
        loop_defer(scope->scopes->api->loop, finish, scope);
}

/* --- life --- */

static bool open_commands(const struct api *api, const struct conversation *conversation,
                          struct commands **ret_commands, struct error *error)
{
    scoped_buf struct buf directory = {0};
    buf_printf(&directory, "%s/bash_events", conversation_directory(conversation));
    const struct commands_options options = {
        .loop = api->loop,
        .processes = api->processes,
        .child_env = api->child_env,
        .directory = buf_str(&directory),
        .retention_seconds = api->config->bash_events_retention_seconds,
        .max_bytes = api->config->bash_events_max_bytes,
    };
    return commands_open(&options, ret_commands, error);
}

bool conversation_scopes_find(struct conversation_scopes *scopes, struct conversation *conversation,
                              struct commands **ret_commands, struct error *error)
{
    const struct id id = conversation_id(conversation);
    struct scope *scope = map_find(&scopes->by_id, id);
    struct commands *commands;
    if (scope == NULL) {
        if (!open_commands(scopes->api, conversation, &commands, error))
            return false;
        scope = mem_zero(1, sizeof(*scope));
        *scope =
            (struct scope){.scopes = scopes, .conversation = conversation, .commands = commands};
        scope->listener = (struct conversation_listener){
            .owner = scope, .is_internal = true, .on_closed = on_closed};
        scope->commands_listener.on_events = on_events;
        conversation_listen(conversation, &scope->listener);
        commands_listen(commands, &scope->commands_listener);
        map_set(&scopes->by_id, id, scope);
    }
    *ret_commands = scope->commands;
    return true;
}

struct conversation_scopes *conversation_scopes_open(const struct api *api)
{
    struct conversation_scopes *scopes = mem_zero(1, sizeof(*scopes));
    scopes->api = api;
    return scopes;
}

void conversation_scopes_close(struct conversation_scopes *scopes)
{
    assert(scopes->by_id.count == 0);
    map_fini(&scopes->by_id);
    free(scopes);
}
