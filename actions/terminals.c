#include "actions/terminals.h"

#include <stdlib.h>

#include "actions/command_log_segment.h"
#include "actions/terminal.h"
#include "pty/session.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

struct terminals {
    struct terminals_options options;
    struct map by_id;
    struct list all;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

struct terminals *terminals_open(const struct terminals_options *options)
{
    struct terminals *terminals = mem_zero(1, sizeof(*terminals));
    terminals->options = *options;
    list_init(&terminals->all);
    return terminals;
}

static void finish_close(void *owner)
{
    struct terminals *terminals = owner;
    void (*on_closed)(void *) = terminals->on_closed;
    void *closed_owner = terminals->closed_owner;
    map_fini(&terminals->by_id);
    free(terminals);
    on_closed(closed_owner);
}

static void on_gone(void *owner, struct terminal *terminal)
{
    struct terminals *terminals = owner;
    map_remove(&terminals->by_id, terminal_id(terminal));
    list_remove(terminal_link(terminal));
    terminal_free(terminal);
    if (terminals->is_closing && list_is_empty(&terminals->all))
        loop_defer(terminals->options.loop, finish_close, terminals);
}

void terminals_close(struct terminals *terminals, void (*on_closed)(void *owner), void *owner)
{
    assert(!terminals->is_closing);
    terminals->on_closed = on_closed;
    terminals->closed_owner = owner;
    struct list *next;
    for (struct list *link = list_first(&terminals->all); link != NULL; link = next) {
        next = list_next(&terminals->all, link);
        if (!terminal_is_adopted(terminal_from_link(link)))
            terminal_close(terminal_from_link(link));
    }
    terminals->is_closing = true;
    if (list_is_empty(&terminals->all))
        loop_defer(terminals->options.loop, finish_close, terminals);
}

static void enter(struct terminals *terminals, struct terminal *terminal)
{
    map_set(&terminals->by_id, terminal_id(terminal), terminal);
    list_append(&terminals->all, terminal_link(terminal));
}

static bool find_repeated(const struct terminals *terminals, const struct terminal_request *request,
                          struct terminal **ret_terminal, struct error *error)
{
    struct terminal *terminal = terminals_find(terminals, request->id);
    if (terminal_request_sum(terminal) != request->sum || terminal_is_adopted(terminal))
        return error_set(error, ERROR_CONFLICT, "the id '%s' is that of another terminal",
                         id_hex(request->id).text);
    *ret_terminal = terminal;
    return true;
}

static bool open_session(const struct terminals *terminals, struct id id,
                         const struct terminal_request *request, struct session **ret_session,
                         struct error *error)
{
    static const char *const nothing[] = {NULL};
    scoped_free const char **env =
        child_env_with(terminals->options.child_env, request->env == NULL ? nothing : request->env);
    scoped_buf struct buf spill_path = {0};
    struct session_options options = *request->session;
    options.loop = terminals->options.loop;
    options.processes = terminals->options.processes;
    options.env = env;
    if (request->spills) {
        buf_printf(&spill_path, "%.*s/terminal-%s.log", STR_ARG(terminals->options.spill_directory),
                   id_hex(id).text);
        segment_make_folders(spill_path.data);
        options.spill_path = buf_str(&spill_path);
    }
    return session_open(&options, ret_session, error);
}

bool terminals_create(struct terminals *terminals, const struct terminal_request *request,
                      struct terminal **ret_terminal, bool *ret_is_new, struct error *error)
{
    const struct id id = id_is_nil(request->id) ? id_new() : request->id;
    if (terminals_find(terminals, id) != NULL) {
        *ret_is_new = false;
        return find_repeated(terminals, request, ret_terminal, error);
    }
    if (terminals->is_closing)
        return error_set(error, ERROR_UNAVAILABLE, "the server is going down");
    if (terminals->by_id.count >= TERMINALS_MAX)
        return error_set(error, ERROR_LIMIT, "%d terminals are open already", TERMINALS_MAX);
    struct terminal_options options = {.loop = terminals->options.loop,
                                       .id = id,
                                       .name = request->name,
                                       .request_sum = request->sum,
                                       .on_gone = on_gone,
                                       .owner = terminals};
    if (!open_session(terminals, id, request, &options.session, error))
        return false;
    *ret_terminal = terminal_new(&options);
    *ret_is_new = true;
    enter(terminals, *ret_terminal);
    return true;
}

struct terminal *terminals_adopt(struct terminals *terminals, struct str name,
                                 struct session *session, struct str driver)
{
    struct terminal *terminal =
        terminal_new(&(struct terminal_options){.loop = terminals->options.loop,
                                                .id = id_new(),
                                                .name = name,
                                                .driver = driver,
                                                .session = session,
                                                .is_adopted = true,
                                                .on_gone = on_gone,
                                                .owner = terminals});
    enter(terminals, terminal);
    return terminal;
}

void terminals_disown(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    assert(terminal_is_adopted(terminal));
    terminal_close(terminal);
}

struct terminal *terminals_find(const struct terminals *terminals, struct id id)
{
    return map_find(&terminals->by_id, id);
}

struct list *terminals_all(struct terminals *terminals)
{
    return &terminals->all;
}
