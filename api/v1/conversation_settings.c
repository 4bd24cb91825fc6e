#include "agent/agent_shapes.h"
#include "agent/agent_spec.h"
#include "agent/conversation.h"
#include "agent/runner.h"
#include "agent/secrets.h"
#include "agent/shape.h"
#include "api/api.h"
#include "api/v1/conversation_body.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.1: what a conversation is changed to while it goes on. Every body
 * has one member. */

static void find(struct http_request *request, void *context, conversation_request_fn fn,
                 void *body)
{
    conversation_request_find(
        request, context,
        &(struct conversation_request_options){.missing = "Not Found", .fn = fn, .body = body});
}

static void reply_result(struct conversation_request *asked, bool is_done,
                         const struct error *error)
{
    api_touch(asked->api);
    if (is_done)
        conversation_reply_success(asked->request);
    else
        conversation_reply_error(asked->request, error);
}

/* The member completed, in the request's arena. */
static struct str *complete(struct http_request *request, const char *member,
                            const struct shape *shape, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (!conversation_body_complete(request, member, shape, value, &text))
        return NULL;
    struct str *json = arena_zero(&request->arena, 1, sizeof(*json));
    *json = arena_copy(&request->arena, buf_str(&text));
    return json;
}

struct member {
    const struct doc_value *value;
};

/* --- secrets --- */

static const struct schema_field secrets_field[] = {
    {.name = "secrets", .kind = SCHEMA_ANY, .is_required = true},
};
static SCHEMA_DEFINE(secrets_schema, "UpdateSecretsRequest", secrets_field, false);

static void update_secrets(struct conversation_request *asked, struct conversation *conversation)
{
    const struct member *member = asked->body;
    struct error error;
    const bool is_done =
        secrets_update(conversation_secrets(conversation), member->value, NULL, &error);
    if (is_done)
        conversation_secrets_changed(conversation);
    reply_result(asked, is_done, &error);
}

#define SOURCE_PATH "openhands.sdk.secret.secrets.SecretSource"

static bool is_known_source(const struct doc_value *source, struct error *error)
{
    const struct doc_value *kind = doc_find(source, STR("kind"));
    const bool has_kind = kind != NULL && doc_kind(kind) == DOC_STRING;
    const struct str name = has_kind ? doc_string(kind) : STR("");
    return str_equal(name, STR("StaticSecret")) || str_equal(name, STR("LookupSecret")) ||
           (!has_kind && doc_find(source, STR("value")) != NULL) ||
           error_set(error, ERROR_UNPROCESSABLE,
                     "Value error, Unknown kind '%.*s' for " SOURCE_PATH
                     "; Expected one of: ['LookupSecret', 'StaticSecret']",
                     STR_ARG(name));
}

static bool is_source(const struct doc_value *source, struct shape_problem *problem,
                      struct error *error)
{
    problem->type = "model_attributes_type";
    problem->input = source;
    if (doc_kind(source) != DOC_STRING && doc_kind(source) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "Input should be a valid dictionary or object to extract fields from");
    problem->type = "value_error";
    return doc_kind(source) == DOC_STRING || is_known_source(source, error);
}

static bool are_sources(const struct doc_value *sources, struct shape_problem *problem,
                        struct error *error)
{
    void *at = NULL;
    const struct doc_value *source;
    *problem = (struct shape_problem){.type = "dict_type", .input = sources};
    if (doc_kind(sources) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "Input should be a valid dictionary");
    while (doc_next(sources, &at, &problem->member, &source)) {
        if (!is_source(source, problem, error))
            return false;
    }
    return true;
}

static void post_secrets(struct http_request *request, void *context)
{
    struct member *body = arena_zero(&request->arena, 1, sizeof(*body));
    struct shape_problem problem;
    struct error error;
    if (!route_decode(request, body))
        return;
    if (are_sources(body->value, &problem, &error))
        find(request, context, update_secrets, body);
    else
        conversation_body_refuse(request, "secrets", &problem, &error);
}

/* --- confirmation policy --- */

static const struct schema_field policy_field[] = {
    {.name = "policy", .kind = SCHEMA_ANY, .is_required = true},
};
static SCHEMA_DEFINE(policy_schema, "SetConfirmationPolicyRequest", policy_field, false);

static void set_policy(struct conversation_request *asked, struct conversation *conversation)
{
    const struct str *json = asked->body;
    struct error error;
    const bool is_done =
        conversation_set_field(conversation, STATE_CONFIRMATION_POLICY, *json, &error);
    reply_result(asked, is_done, &error);
}

static void post_policy(struct http_request *request, void *context)
{
    struct member body = {0};
    if (!route_decode(request, &body))
        return;
    struct str *json = complete(request, "policy", &confirmation_policy_shape, body.value);
    if (json != NULL)
        find(request, context, set_policy, json);
}

/* --- security analyzer --- */

static const struct schema_field analyzer_field[] = {
    {.name = "security_analyzer", .kind = SCHEMA_ANY, .is_required = true, .is_nullable = true},
};
static SCHEMA_DEFINE(analyzer_schema, "SetSecurityAnalyzerRequest", analyzer_field, false);

static void set_analyzer(struct conversation_request *asked, struct conversation *conversation)
{
    const struct str *json = asked->body;
    struct error error;
    const bool is_done =
        conversation_set_field(conversation, STATE_SECURITY_ANALYZER, *json, &error);
    reply_result(asked, is_done, &error);
}

static void post_analyzer(struct http_request *request, void *context)
{
    struct member body = {0};
    if (!route_decode(request, &body))
        return;
    struct str *json;
    if (body.value == NULL || doc_kind(body.value) == DOC_NULL) {
        json = arena_zero(&request->arena, 1, sizeof(*json));
        *json = STR("null");
    } else {
        json = complete(request, "security_analyzer", &security_analyzer_shape, body.value);
    }
    if (json != NULL)
        find(request, context, set_analyzer, json);
}

/* --- language model --- */

static const struct schema_field llm_field[] = {
    {.name = "llm", .kind = SCHEMA_ANY, .is_required = true},
};
static SCHEMA_DEFINE(llm_schema, "SwitchLLMRequest", llm_field, false);

/* There are no connections to refer to. False: it has replied. */
static bool check_connection(struct http_request *request, const struct doc_value *llm)
{
    const struct doc_value *connection =
        doc_kind(llm) == DOC_OBJECT ? doc_find(llm, STR("provider_connection_id")) : NULL;
    if (connection == NULL || doc_kind(connection) != DOC_STRING)
        return true;
    reply_detail(request, 422,
                 arena_printf(&request->arena,
                              "LLM config references provider connection '%.*s', which does not "
                              "exist. Update the profile or recreate the connection.",
                              STR_ARG(doc_string(connection))));
    return false;
}

static void switch_llm(struct conversation_request *asked, struct conversation *conversation)
{
    const struct str *json = asked->body;
    const struct doc_value *given = doc_find(asked->request->json, STR("llm"));
    struct error error;
    if (!check_connection(asked->request, given))
        return;
    const bool is_done = runner_switch_llm(conversation, *json, &error);
    reply_result(asked, is_done, &error);
}

static void post_llm(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct member body = {0};
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    if (!route_decode(request, &body))
        return;
    if (!agent_spec_complete_llm(body.value, api->cipher, &text, &problem, &error)) {
        if (str_equal(problem.member, STR("llm")))
            problem.member = STR_NULL; /* it is the one that the body names */
        conversation_body_refuse(request, "llm", &problem, &error);
        return;
    }
    struct str *json = arena_zero(&request->arena, 1, sizeof(*json));
    *json = arena_copy(&request->arena, buf_str(&text));
    find(request, context, switch_llm, json);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/secrets",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &secrets_schema,
     .handler = post_secrets,
     .tag = "Conversations",
     .summary = "Add secrets, or replace those of the same name"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/confirmation_policy",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &policy_schema,
     .handler = post_policy,
     .tag = "Conversations",
     .summary = "Which actions wait for a yes"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/security_analyzer",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &analyzer_schema,
     .handler = post_analyzer,
     .tag = "Conversations",
     .summary = "Who judges how risky an action is"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/switch_llm",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &llm_schema,
     .handler = post_llm,
     .tag = "Conversations",
     .summary = "Another model from the next call on"},
};
API_ROUTES(v1_conversation_settings_routes, routes);
