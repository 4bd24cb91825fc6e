#include "agent/conversation.h"
#include "agent/registry.h"
#include "agent/runner.h"
#include "agent/webhooks.h"
#include "api/api.h"
#include "api/v1/conversation_request.h"
#include "server/base/error.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.1, §4.4, §4.5: everything is answered at once, whatever the agent is
 * doing. */

static void reply_result(struct conversation_request *asked, bool is_done,
                         const struct error *error)
{
    api_touch(asked->api);
    if (is_done)
        conversation_reply_success(asked->request);
    else
        conversation_reply_error(asked->request, error);
}

static void find(struct http_request *request, void *context, conversation_request_fn fn)
{
    conversation_request_find(
        request, context, &(struct conversation_request_options){.missing = "Not Found", .fn = fn});
}

static void run(struct conversation_request *asked, struct conversation *conversation)
{
    struct error error;
    const bool is_done = runner_run(conversation, &error);
    reply_result(asked, is_done, &error);
}

static void post_run(struct http_request *request, void *context)
{
    find(request, context, run);
}

static void pause_run(struct conversation_request *asked, struct conversation *conversation)
{
    struct error error;
    const bool is_done = runner_pause(conversation, &error);
    if (is_done)
        webhooks_tell(asked->api->webhooks, conversation);
    reply_result(asked, is_done, &error); /* the end of `asked` */
}

static void post_pause(struct http_request *request, void *context)
{
    find(request, context, pause_run);
}

/* It may have been closed meanwhile. */
static void on_interrupted(void *owner, const struct error *error)
{
    const struct conversation_request *asked = owner;
    const struct api *api = asked->api;
    struct id id = {0};
    const bool is_known = id_parse(asked->request->params[0], &id);
    struct conversation *conversation =
        is_known && api->registry != NULL ? registry_peek(api->registry, id) : NULL;
    if (error == NULL && conversation != NULL)
        webhooks_tell(api->webhooks, conversation);
    conversation_reply_done(asked->request, error);
}

static void interrupt(struct conversation_request *asked, struct conversation *conversation)
{
    api_touch(asked->api);
    runner_interrupt(conversation, on_interrupted, asked);
}

static void post_interrupt(struct http_request *request, void *context)
{
    find(request, context, interrupt);
}

/* --- confirmation --- */

struct confirmation {
    struct schema_bool accept;
    struct str reason;
};

static const struct schema_field confirmation_fields[] = {
    {.name = "accept",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct confirmation, accept),
     .is_required = true},
    {.name = "reason",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct confirmation, reason),
     .default_json = "\"User rejected the action.\""},
};
static SCHEMA_DEFINE(confirmation_schema, "ConfirmationResponseRequest", confirmation_fields,
                     false);

/* One that runs already has been accepted. */
static bool accept_action(struct conversation *conversation, struct error *error)
{
    return runner_is_running(conversation) || runner_run(conversation, error);
}

static void respond(struct conversation_request *asked, struct conversation *conversation)
{
    struct confirmation confirmation = {.reason = STR("User rejected the action.")};
    struct error error;
    if (!route_decode(asked->request, &confirmation))
        return;
    const bool is_done = confirmation.accept.value
                             ? accept_action(conversation, &error)
                             : runner_reject(conversation, confirmation.reason, &error);
    reply_result(asked, is_done, &error);
}

static void post_confirmation(struct http_request *request, void *context)
{
    conversation_request_find(request, context,
                              &(struct conversation_request_options){.fn = respond});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/run",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_run,
     .tag = "Conversations",
     .summary = "Let the agent work, in the background"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/pause",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_pause,
     .tag = "Conversations",
     .summary = "Stop the agent behind the step it is in"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/interrupt",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_interrupt,
     .tag = "Conversations",
     .summary = "Stop the agent in the middle of what it does"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/events/respond_to_confirmation",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &confirmation_schema,
     .handler = post_confirmation,
     .tag = "Events",
     .summary = "Accept or reject the actions that wait for confirmation"},
};
API_ROUTES(v1_conversation_run_routes, routes);
