#include "agent/conversation.h"
#include "agent/meta.h"
#include "agent/registry.h"
#include "agent/runner.h"
#include "api/api.h"
#include "api/v1/conversation_body.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Contract v1-conversations §4.11: other ways to go on from what was said. */

/* --- fork --- */

struct fork_body {
    struct schema_id id;
    struct str title;
    const struct doc_value *tags;
    struct schema_bool reset_metrics;
    struct str from_event_id;
};

static const struct schema_field fork_fields[] = {
    {.name = "id",
     .kind = SCHEMA_UUID,
     .offset = offsetof(struct fork_body, id),
     .is_nullable = true,
     .help = "Of the new conversation"},
    {.name = "title",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct fork_body, title),
     .is_nullable = true,
     .has_max = true,
     .max = META_TITLE_MAX},
    {.name = "tags",
     .kind = SCHEMA_STRING_MAP,
     .offset = offsetof(struct fork_body, tags),
     .is_nullable = true},
    {.name = "reset_metrics",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct fork_body, reset_metrics),
     .default_json = "true"},
    {.name = "from_event_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct fork_body, from_event_id),
     .is_nullable = true,
     .help = "Copy what led to this event only"},
};
static SCHEMA_DEFINE(fork_schema, "ForkConversationRequest", fork_fields, false);

static void on_forked(void *owner, struct conversation *conversation, const struct error *error)
{
    struct conversation_request *asked = owner;
    if (error != NULL)
        conversation_reply_error(asked->request, error);
    else
        conversation_reply_info(asked, 201, conversation);
}

static void start_fork(struct conversation_request *asked, struct id source)
{
    const struct fork_body *body = asked->body;
    scoped_buf struct buf tags = {0};
    if (body->tags != NULL)
        doc_print(body->tags, &tags);
    const struct registry_fork fork = {
        .id = body->id.value,
        .title = body->title,
        .tags = body->tags == NULL ? STR_NULL : buf_str(&tags),
        .from_event_id = body->from_event_id,
        .keeps_metrics = !body->reset_metrics.value,
    };
    api_touch(asked->api);
    registry_fork(asked->api->registry, source, &fork, on_forked, asked);
}

static void post_fork(struct http_request *request, void *context)
{
    struct fork_body *body = arena_zero(&request->arena, 1, sizeof(*body));
    struct conversation_request *asked = arena_zero(&request->arena, 1, sizeof(*asked));
    struct id source;
    body->reset_metrics.value = true;
    *asked = (struct conversation_request){.request = request, .api = context, .body = body};
    if (!route_param_id(request, 0, "conversation_id", &source))
        return;
    if (!conversation_body_decode(request, &fork_schema, true, body) ||
        !conversation_body_check_tags(request, body->tags))
        return;
    start_fork(asked, source);
}

/* --- navigate --- */

struct navigation {
    struct str event_id;
};

static const struct schema_field navigation_fields[] = {
    {.name = "event_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct navigation, event_id),
     .is_nullable = true,
     .help = "Go on behind this event; null: from the beginning"},
};
static SCHEMA_DEFINE(navigation_schema, "NavigateConversationRequest", navigation_fields, false);

static void navigate(struct conversation_request *asked, struct conversation *conversation)
{
    const struct navigation *body = asked->body;
    struct error error;
    api_touch(asked->api);
    if (!conversation_navigate(conversation, body->event_id, &error)) {
        conversation_reply_error(asked->request, &error);
        return;
    }
    runner_branch_changed(conversation);
    conversation_reply_info(asked, 200, conversation);
}

static void post_navigate(struct http_request *request, void *context)
{
    struct navigation *body = arena_zero(&request->arena, 1, sizeof(*body));
    if (route_decode(request, body))
        conversation_request_find(
            request, context,
            &(struct conversation_request_options){
                .missing = "Conversation not found", .fn = navigate, .body = body});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/fork",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &fork_schema,
     .handler = post_fork,
     .tag = "Conversations",
     .summary = "A new conversation with the history of this one"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/navigate",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &navigation_schema,
     .handler = post_navigate,
     .tag = "Conversations",
     .summary = "Go on behind an earlier event"},
};
API_ROUTES(v1_conversation_branch_routes, routes);
