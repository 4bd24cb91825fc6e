#include "api/native/terminal_find.h"

#include "actions/terminal.h"
#include "actions/terminals.h"
#include "api/api.h"
#include "api/native/terminal_print.h"
#include "server/base/buf.h"
#include "server/http/reply.h"
#include "server/http/request.h"

struct terminal *terminal_find(struct http_request *request, const struct api *api)
{
    struct id id;
    if (!route_param_id(request, 0, "id", &id))
        return NULL;
    struct terminal *terminal = terminals_find(api->terminals, id);
    if (terminal == NULL)
        reply_detail(request, 404, STR("no terminal has this id"));
    else if (terminal_is_closing(terminal))
        reply_detail(request, 409, STR("the terminal is being closed"));
    else
        return terminal;
    return NULL;
}

struct str terminal_who(struct str who)
{
    return str_is_empty(who) ? TERMINAL_DEFAULT_WHO : who;
}

void terminal_reply(struct http_request *request, const struct terminal *terminal, int status)
{
    struct buf body = {0};
    terminal_print_body(terminal, &body);
    reply_json(request, status, &body);
    buf_fini(&body);
}
