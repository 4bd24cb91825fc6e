#include "agent/conversation.h"
#include "agent/meta.h"
#include "agent/registry.h"
#include "agent/shape.h"
#include "api/api.h"
#include "api/v1/conversation_body.h"
#include "api/v1/conversation_final.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.1: one conversation, as a thing among others. */

static void find(struct http_request *request, void *context, conversation_request_fn fn,
                 void *body)
{
    conversation_request_find(
        request, context,
        &(struct conversation_request_options){.missing = "Not Found", .fn = fn, .body = body});
}

/* --- looking at it --- */

struct info_query {
    struct schema_bool include_skills;
};

static const struct schema_field info_fields[] = {
    {.name = "include_skills",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct info_query, include_skills),
     .default_json = "false",
     .help = "Give the skills of the agent's context, too"},
};
static SCHEMA_DEFINE(info_schema, "ConversationInfoQuery", info_fields, false);

static void print_info(struct conversation_request *asked, struct conversation *conversation)
{
    const struct info_query *query = asked->body;
    const struct registry_print print = {.includes_skills = query->include_skills.value,
                                         .has_runtime = true};
    struct buf body = {0};
    registry_print(asked->api->registry, conversation, &print, &body);
    reply_json(asked->request, 200, &body);
    buf_fini(&body);
}

static void get_info(struct http_request *request, void *context)
{
    struct info_query *query = arena_zero(&request->arena, 1, sizeof(*query));
    if (route_decode(request, query))
        find(request, context, print_info, query);
}

static void get_final(struct http_request *request, void *context)
{
    find(request, context, conversation_final_reply, NULL);
}

/* It lives in this very server. */
static void print_runtime(struct conversation_request *asked, struct conversation *conversation)
{
    (void)conversation; /* that it was found is all there is to it */
    reply_text(asked->request, 200, "application/json",
               STR("{\"runtime_status\":\"available\",\"can_resume\":true,"
                   "\"runtime_error\":null}"));
}

static void get_runtime(struct http_request *request, void *context)
{
    find(request, context, print_runtime, NULL);
}

/* --- changing it --- */

struct update_body {
    struct str title;
    const struct doc_value *tags;
};

static const struct schema_field update_fields[] = {
    {.name = "title",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct update_body, title),
     .is_nullable = true,
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = META_TITLE_MAX},
    {.name = "tags",
     .kind = SCHEMA_STRING_MAP,
     .offset = offsetof(struct update_body, tags),
     .is_nullable = true,
     .help = "Replace all tags that there are"},
};
static SCHEMA_DEFINE(update_schema, "UpdateConversationRequest", update_fields, false);

static void rename_it(struct conversation_request *asked, struct conversation *conversation)
{
    const struct update_body *body = asked->body;
    scoped_buf struct buf tags = {0};
    struct error error;
    if (body->tags != NULL)
        doc_print(body->tags, &tags);
    const bool is_done = conversation_rename(
        conversation, body->title, body->tags == NULL ? STR_NULL : buf_str(&tags), &error);
    conversation_reply_done(asked->request, is_done ? NULL : &error);
}

/* False: it has replied. */
static bool check_title(struct http_request *request, struct str title)
{
    struct error error;
    if (!str_is_set(title) || !str_is_empty(str_trim(title)))
        return true;
    const struct shape_problem problem = {.type = "value_error",
                                          .input = doc_find(request->json, STR("title"))};
    (void)error_set(&error, ERROR_UNPROCESSABLE,
                    "Value error, title must not be blank"); /* is false */
    conversation_body_refuse(request, "title", &problem, &error);
    return false;
}

static void patch_conversation(struct http_request *request, void *context)
{
    struct update_body *body = arena_zero(&request->arena, 1, sizeof(*body));
    if (route_decode(request, body) && check_title(request, body->title) &&
        conversation_body_check_tags(request, body->tags))
        find(request, context, rename_it, body);
}

/* --- its end --- */

static void on_deleted(void *owner, const struct error *error)
{
    if (error != NULL && error->code == ERROR_NOT_FOUND)
        reply_detail(owner, 404, STR("Not Found"));
    else
        conversation_reply_done(owner, error);
}

static void delete_conversation(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct id id;
    if (route_param_id(request, 0, "conversation_id", &id))
        registry_delete(api->registry, id, on_deleted, request);
}

static void on_all_closed(void *owner, const struct error *error)
{
    if (error != NULL)
        conversation_reply_error(owner, error);
    else
        reply_empty(owner, 204);
}

static void post_prepare(struct http_request *request, void *context)
{
    const struct api *api = context;
    registry_close_all(api->registry, on_all_closed, request);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}",
     .auth = ROUTE_AUTH_SESSION,
     .query = &info_schema,
     .handler = get_info,
     .tag = "Conversations",
     .summary = "Get a conversation"},
    {.method = HTTP_METHOD_PATCH,
     .pattern = "/api/conversations/{conversation_id}",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &update_schema,
     .handler = patch_conversation,
     .tag = "Conversations",
     .summary = "Change the title and the tags"},
    {.method = HTTP_METHOD_DELETE,
     .pattern = "/api/conversations/{conversation_id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = delete_conversation,
     .tag = "Conversations",
     .summary = "Delete a conversation and all it has stored"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/agent_final_response",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_final,
     .tag = "Conversations",
     .summary = "What the agent has said last"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/runtime",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_runtime,
     .tag = "Conversations",
     .summary = "Whether the conversation's server is there"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/runtime/reprovision",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_runtime,
     .tag = "Conversations",
     .summary = "Bring the conversation's server back"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/prepare-for-sandbox-pause",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_prepare,
     .is_hidden = true},
};
API_ROUTES(v1_conversation_routes, routes);
