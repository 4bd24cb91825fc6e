#include "agent/start_request.h"

#include <stdlib.h>

#include "agent/agent_launch.h"
#include "agent/agent_settings.h"
#include "agent/agent_spec.h"
#include "agent/shape.h"
#include "agent/start_members.h"
#include "agent/tool_set.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/schema.h"

#define MEMBER(text, of_kind, field, ...)                                                          \
    {                                                                                              \
        .name = (text), .kind = (of_kind), .offset = offsetof(struct start_members, field),        \
        __VA_ARGS__                                                                                \
    }
static const struct schema_field member_fields[] = {
    MEMBER("agent", SCHEMA_ANY, agent, .is_nullable = true),
    MEMBER("agent_settings", SCHEMA_ANY, agent_settings, .is_nullable = true),
    MEMBER("agent_profile_id", SCHEMA_UUID, profile_id, .is_nullable = true),
    MEMBER("workspace", SCHEMA_ANY, workspace, .is_required = true),
    MEMBER("worktree", SCHEMA_BOOL, worktree, .default_json = "false"),
    MEMBER("conversation_id", SCHEMA_UUID, conversation_id, .is_nullable = true),
    MEMBER("parent_conversation_id", SCHEMA_UUID, parent_id, .is_nullable = true),
    MEMBER("max_iterations", SCHEMA_INT, max_iterations, .has_min = true, .min = 1,
           .default_json = "500"),
    MEMBER("stuck_detection", SCHEMA_BOOL, stuck_detection, .default_json = "true"),
    MEMBER("secrets_encrypted", SCHEMA_BOOL, secrets_encrypted, .default_json = "false"),
    MEMBER("tool_module_qualnames", SCHEMA_STRING_MAP, modules, .default_json = "{}"),
    MEMBER("tags", SCHEMA_STRING_MAP, tags, .default_json = "{}"),
    MEMBER("user_id", SCHEMA_STRING, user_id, .is_nullable = true),
    MEMBER("observability_span_name", SCHEMA_STRING, span_name, .has_max = true, .max = 128,
           .default_json = "\"conversation\""),
    MEMBER("autotitle", SCHEMA_BOOL, autotitle, .default_json = "true"),
    MEMBER("title_llm_profile", SCHEMA_STRING, title_profile, .is_nullable = true),
    MEMBER("prompt", SCHEMA_STRING, prompt, .is_nullable = true, .has_max = true, .max = 2000),
    MEMBER("conversation_runtime", SCHEMA_STRING, runtime, .is_nullable = true),
};
static SCHEMA_DEFINE(request_schema, "StartConversationRequest", member_fields, false);

/* --- the agent --- */

static struct doc *parse_meta(const struct start_decoding *decoding, enum meta_field field)
{
    struct doc_error why;
    struct doc *doc = doc_parse(meta_json(decoding->request->meta, field), &why);
    assert(doc != NULL); /* we have printed it */
    return doc;
}

/* A context that is silent about the time gets it; one that says null gets none. */
static bool needs_time(const struct doc_value *agent)
{
    const struct doc_value *context = agent != NULL && doc_kind(agent) == DOC_OBJECT
                                          ? doc_find(agent, STR("agent_context"))
                                          : NULL;
    return context != NULL && doc_kind(context) == DOC_OBJECT &&
           doc_find(context, STR("current_datetime")) == NULL;
}

/* What the request changes about it. */
static void launch(struct start_decoding *decoding, struct str whole)
{
    struct doc_error why;
    struct doc *agent = doc_parse(whole, &why);
    struct doc *additions = parse_meta(decoding, META_LAUNCH_ADDITIONS);
    struct doc *tools = parse_meta(decoding, META_CLIENT_TOOLS);
    scoped_buf struct buf text = {0};
    scoped_buf struct buf modules = {0};
    assert(agent != NULL); /* we have printed it */
    const struct agent_launch options = {
        .additions = doc_kind(doc_root(additions)) == DOC_OBJECT ? doc_root(additions) : NULL,
        .client_tools = doc_count(doc_root(tools)) > 0 ? doc_root(tools) : NULL,
        .needs_time = needs_time(decoding->members.agent),
    };
    agent_launch_write_modules(doc_root(agent), decoding->members.modules, &modules);
    start_members_set(decoding, META_TOOL_MODULES, buf_str(&modules));
    agent_launch_write(doc_root(agent), &options, &text);
    decoding->request->agent = mem_strndup(text.data, text.len);
    explicit_bzero(text.data, text.len);
    doc_free(agent);
    doc_free(additions);
    doc_free(tools);
}

static void decode_agent(struct start_decoding *decoding)
{
    const struct start_members *members = &decoding->members;
    const bool is_agent = members->agent != NULL;
    const struct doc_value *given = is_agent ? members->agent : members->agent_settings;
    const char *name = is_agent ? "agent" : "agent_settings";
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    const bool is_good =
        is_agent ? agent_spec_complete(given, decoding->cipher, &text, &problem, &error)
                 : agent_settings_complete(given, decoding->cipher, &text, &problem, &error);
    if (!is_good)
        start_members_refuse_shape(decoding, name, &problem, &error);
    else if (decoding->issues->count == 0)
        launch(decoding, buf_str(&text));
    if (is_agent && doc_kind(given) == DOC_OBJECT)
        decoding->request->level = agent_spec_level(given);
}

static void choose_agent(struct start_decoding *decoding)
{
    const struct start_members *members = &decoding->members;
    scoped_buf struct buf message = {0};
    decoding->request->level = EVENT_LEVEL_1_40;
    if (members->profile_id.is_set && (members->agent != NULL || members->agent_settings != NULL)) {
        buf_append(&message, STR("Value error, `agent_profile_id` is mutually exclusive with "));
        buf_printf(&message, "%s%s%s", members->agent != NULL ? "`agent`" : "",
                   members->agent != NULL && members->agent_settings != NULL ? ", " : "",
                   members->agent_settings != NULL ? "`agent_settings`" : "");
        start_members_refuse(decoding, "value_error", NULL, decoding->body, message.data);
    } else if (members->agent != NULL || members->agent_settings != NULL) {
        decode_agent(decoding);
    } else if (!members->profile_id.is_set) {
        start_members_refuse(
            decoding, "value_error", NULL, decoding->body,
            "Value error, One of `agent`, `agent_settings`, or `agent_profile_id` must be "
            "provided");
    }
}

/* --- all of it --- */

static bool choose_cipher(struct start_decoding *decoding, const struct cipher *cipher,
                          struct error *error)
{
    if (!decoding->members.secrets_encrypted.value)
        return true;
    decoding->cipher = cipher;
    return cipher != NULL ||
           error_set(error, ERROR_INTERNAL,
                     "Cannot decrypt secrets: cipher not configured. Set OH_SECRET_KEY "
                     "environment variable.");
}

static bool check_runtime(const struct start_decoding *decoding, struct error *error)
{
    const struct str runtime = decoding->members.runtime;
    return !str_is_set(runtime) || str_equal(runtime, STR("local")) ||
           error_set(error, ERROR_UNPROCESSABLE, "This server only runs local conversations");
}

static bool has_name_before(const struct doc_value *tools, size_t index)
{
    const struct str name = doc_string(doc_find(doc_at(tools, index), STR("name")));
    for (size_t i = 0; i < index; i++) {
        if (str_equal(doc_string(doc_find(doc_at(tools, i), STR("name"))), name))
            return true;
    }
    return false;
}

/* They are complete: each has a name. */
static bool check_client_tools(const struct start_decoding *decoding, struct error *error)
{
    bool is_good = true;
    struct doc *doc = parse_meta(decoding, META_CLIENT_TOOLS);
    const struct doc_value *tools = doc_root(doc);
    for (size_t i = 0; is_good && i < doc_count(tools); i++) {
        const struct str name = doc_string(doc_find(doc_at(tools, i), STR("name")));
        if (has_name_before(tools, i))
            is_good = error_set(error, ERROR_UNPROCESSABLE,
                                "Duplicate client tool name '%.*s' in one registration request. "
                                "Client tool names must be unique.",
                                STR_ARG(name));
        else if (tool_set_is_taken(name))
            is_good = error_set(error, ERROR_UNPROCESSABLE,
                                "Client tool name '%.*s' collides with an existing non-client "
                                "tool. Choose a unique client tool name.",
                                STR_ARG(name));
    }
    doc_free(doc);
    return is_good;
}

static bool decode(struct start_decoding *decoding, const struct cipher *cipher,
                   struct error *error)
{
    schema_decode_json(&request_schema, decoding->body, &decoding->arena, &decoding->members,
                       decoding->issues);
    if (decoding->body == NULL || doc_kind(decoding->body) != DOC_OBJECT ||
        !choose_cipher(decoding, cipher, error))
        return false;
    start_members_scalars(decoding);
    start_members_objects(decoding);
    if (decoding->issues->count > 0 && decoding->members.workspace == NULL)
        return false;
    choose_agent(decoding);
    return decoding->issues->count == 0 && check_runtime(decoding, error) &&
           check_client_tools(decoding, error);
}

bool start_request_decode(const struct doc_value *body, const struct cipher *cipher,
                          struct issues *issues, struct start_request **ret_request,
                          struct error *error)
{
    struct start_decoding decoding = {
        .body = body,
        .issues = issues,
        .request = mem_zero(1, sizeof(struct start_request)),
        .members = {.max_iterations = {.value = 500, .is_set = true},
                    .stuck_detection = {.value = true}},
    };
    decoding.request->meta = meta_new();
    const bool is_good = decode(&decoding, cipher, error);
    arena_fini(&decoding.arena);
    if (!is_good) {
        start_request_free(decoding.request);
        return false;
    }
    *ret_request = decoding.request;
    return true;
}

void start_request_free(struct start_request *request)
{
    if (request == NULL)
        return;
    if (request->agent != NULL)
        explicit_bzero(request->agent, strlen(request->agent));
    free(request->agent);
    free(request->working_dir);
    meta_free(request->meta);
    free(request);
}
