/*
 * Members that are objects with defaults of their own are completed by their shapes and go into the
 * meta data as text.
 */
#include "agent/start_members.h"

#include <ctype.h>
#include <stdlib.h>

#include "agent/agent_shapes.h"
#include "agent/hooks.h"
#include "agent/secret_form.h"
#include "agent/shape_print.h"
#include "agent/start_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/schema_issue.h"
#include "server/base/utf8.h"

#define MAX_TAG_CHARS    256
#define MAX_SUFFIX_CHARS 32768

/* --- issues --- */

void start_members_refuse(struct start_decoding *decoding, const char *type, const char *name,
                          const struct doc_value *input, const char *message)
{
    const struct issue issue = {
        .type = type,
        .message = str_from(message),
        .place = {.part = "body", .field = str_from(name)},
        .input = {.value = input},
    };
    issues_add_issue(decoding->issues, &issue);
}

void start_members_refuse_shape(struct start_decoding *decoding, const char *name,
                                const struct shape_problem *problem, const struct error *error)
{
    const struct issue issue = {
        .type = problem->type,
        .message = str_from(error->text),
        .place = {.part = "body", .field = str_from(name), .member = problem->member},
        .input = {.value = problem->input},
        .ctx_json = str_from(problem->ctx),
    };
    issues_add_issue(decoding->issues, &issue);
}

static const struct doc_value *find_set(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static bool is_span_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.data[i]) && strchr("._:/-", text.data[i]) == NULL)
            return false;
    return true;
}

/* --- members of the meta data --- */

void start_members_set(struct start_decoding *decoding, enum meta_field field, struct str json)
{
    meta_set_json(decoding->request->meta, field, json);
}

/* The member completed by its shape; nothing when it is absent. */
static void complete_one(struct start_decoding *decoding, enum meta_field field,
                         const struct shape *shape)
{
    const char *name = meta_field_name(field).data;
    const struct doc_value *value = find_set(decoding->body, name);
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    if (value == NULL)
        return;
    if (shape_complete(shape, value, decoding->cipher, &text, &problem, &error))
        start_members_set(decoding, field, buf_str(&text));
    else
        start_members_refuse_shape(decoding, name, &problem, &error);
}

static void complete_list(struct start_decoding *decoding, enum meta_field field,
                          const struct shape *shape)
{
    const char *name = meta_field_name(field).data;
    const struct doc_value *list = find_set(decoding->body, name);
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    if (list == NULL)
        return;
    if (doc_kind(list) != DOC_ARRAY) {
        start_members_refuse(decoding, "list_type", name, list, "Input should be a valid list");
        return;
    }
    buf_append_byte(&text, '[');
    for (size_t i = 0; i < doc_count(list); i++) {
        if (i > 0)
            buf_append_byte(&text, ',');
        if (!shape_complete(shape, doc_at(list, i), decoding->cipher, &text, &problem, &error)) {
            start_members_refuse_shape(decoding, name, &problem, &error);
            return;
        }
    }
    buf_append_byte(&text, ']');
    start_members_set(decoding, field, buf_str(&text));
}

static void check_client_tools(struct start_decoding *decoding)
{
    const struct doc_value *tools = find_set(decoding->body, "client_tools");
    for (size_t i = 0; tools != NULL && doc_kind(tools) == DOC_ARRAY && i < doc_count(tools); i++) {
        const struct doc_value *tool = doc_at(tools, i);
        const struct doc_value *parameters =
            doc_kind(tool) == DOC_OBJECT ? find_set(tool, "parameters") : NULL;
        const struct doc_value *type = parameters != NULL && doc_kind(parameters) == DOC_OBJECT
                                           ? find_set(parameters, "type")
                                           : NULL;
        scoped_buf struct buf message = {0};
        if (parameters == NULL || (type != NULL && doc_kind(type) == DOC_STRING &&
                                   str_equal(doc_string(type), STR("object"))))
            continue;
        buf_append(&message, STR("Value error, ClientToolSpec.parameters must be an object JSON "
                                 "Schema (got type="));
        if (type != NULL && doc_kind(type) == DOC_STRING)
            buf_printf(&message, "'%.*s'", STR_ARG(doc_string(type)));
        else
            buf_append(&message, STR("None"));
        buf_append(&message, STR("). Example: {\"type\": \"object\", \"properties\": {...}}"));
        start_members_refuse(decoding, "value_error", "client_tools", parameters, message.data);
    }
}

static void decode_hooks(struct start_decoding *decoding)
{
    const struct doc_value *config = find_set(decoding->body, "hook_config");
    scoped_buf struct buf text = {0};
    struct hooks *hooks;
    struct error error;
    if (config == NULL)
        return;
    if (!hooks_decode(config, &hooks, &error)) {
        start_members_refuse(decoding, "value_error", "hook_config", config, error.text);
        return;
    }
    hooks_write(hooks, HOOKS_STORED, &text);
    hooks_free(hooks);
    start_members_set(decoding, META_HOOK_CONFIG, buf_str(&text));
}

static void decode_secrets(struct start_decoding *decoding)
{
    const struct secret_writer writer = {.form = FORM_PLAIN};
    const struct doc_value *sources = find_set(decoding->body, "secrets");
    scoped_buf struct buf text = {0};
    struct error error;
    if (sources == NULL)
        return;
    if (shape_print_sources(sources, decoding->cipher, &writer, &text, &error))
        start_members_set(decoding, META_SECRETS, buf_str(&text));
    else
        start_members_refuse(decoding, "value_error", "secrets", NULL, error.text);
    if (text.data != NULL)
        explicit_bzero(text.data, text.len);
}

static bool is_tag_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!(key.data[i] >= 'a' && key.data[i] <= 'z') &&
            !(key.data[i] >= '0' && key.data[i] <= '9'))
            return false;
    return key.len > 0;
}

bool start_request_check_tags(const struct doc_value *tags, struct error *error)
{
    void *iterator = NULL;
    struct str key;
    const struct doc_value *value;
    while (doc_next(tags, &iterator, &key, &value)) {
        if (!is_tag_key(key))
            return error_set(error, ERROR_UNPROCESSABLE,
                             "Value error, Tag key '%.*s' is invalid: keys must be lowercase "
                             "alphanumeric only",
                             STR_ARG(key));
        if (utf8_count(doc_string(value)) > MAX_TAG_CHARS)
            return error_set(error, ERROR_UNPROCESSABLE,
                             "Value error, Tag value for '%.*s' exceeds maximum length of %d "
                             "characters",
                             STR_ARG(key), MAX_TAG_CHARS);
    }
    return true;
}

static void decode_tags(struct start_decoding *decoding)
{
    const struct doc_value *tags = decoding->members.tags;
    scoped_buf struct buf text = {0};
    struct error error;
    if (tags == NULL)
        return;
    if (!start_request_check_tags(tags, &error))
        start_members_refuse(decoding, "value_error", "tags", tags, error.text);
    doc_print(tags, &text);
    start_members_set(decoding, META_TAGS, buf_str(&text));
}

static void decode_workspace(struct start_decoding *decoding)
{
    const struct doc_value *workspace = decoding->members.workspace;
    scoped_buf struct buf text = {0};
    struct jsonw w;
    if (workspace == NULL)
        return;
    const struct doc_value *path =
        doc_kind(workspace) == DOC_OBJECT ? find_set(workspace, "working_dir") : NULL;
    const struct doc_value *kind =
        doc_kind(workspace) == DOC_OBJECT ? find_set(workspace, "kind") : NULL;
    if (doc_kind(workspace) != DOC_OBJECT) {
        start_members_refuse(decoding, "model_type", "workspace", workspace,
                             "Input should be a valid dictionary or instance of LocalWorkspace");
        return;
    }
    if (path == NULL || doc_kind(path) != DOC_STRING || str_has_byte(doc_string(path), '\0')) {
        start_members_refuse(decoding, "missing", "workspace", workspace, "Field required");
        return;
    }
    if (kind != NULL &&
        (doc_kind(kind) != DOC_STRING || !str_equal(doc_string(kind), STR("LocalWorkspace")))) {
        start_members_refuse(decoding, "assertion_error", "workspace", workspace,
                             "Assertion failed, ");
        return;
    }
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_string(&w, "working_dir", doc_string(path));
    jsonw_cstr(&w, "kind", "LocalWorkspace");
    jsonw_end(&w);
    start_members_set(decoding, META_WORKSPACE, buf_str(&text));
    decoding->request->working_dir = mem_strndup(doc_string(path).data, doc_string(path).len);
}

static void set_text(struct start_decoding *decoding, enum meta_field field, struct str text)
{
    scoped_buf struct buf json = {0};
    if (!str_is_set(text))
        return;
    jsonw_quote(&json, text);
    start_members_set(decoding, field, buf_str(&json));
}

static void set_bool(struct start_decoding *decoding, enum meta_field field,
                     struct schema_bool value)
{
    if (value.is_set)
        start_members_set(decoding, field, value.value ? STR("true") : STR("false"));
}

static void copy_any(struct start_decoding *decoding, enum meta_field field)
{
    const struct doc_value *value = find_set(decoding->body, meta_field_name(field).data);
    scoped_buf struct buf text = {0};
    if (value == NULL)
        return;
    doc_print(value, &text);
    start_members_set(decoding, field, buf_str(&text));
}

void start_members_scalars(struct start_decoding *decoding)
{
    const struct start_members *members = &decoding->members;
    struct start_request *request = decoding->request;
    scoped_buf struct buf iterations = {0};
    request->conversation_id = members->conversation_id.value;
    request->parent_id = members->parent_id.value;
    request->profile_id = members->profile_id.value;
    request->max_iterations = members->max_iterations.value;
    request->stuck_detection = members->stuck_detection.value;
    request->wants_worktree = members->worktree.value;
    buf_printf(&iterations, "%lld", (long long)request->max_iterations);
    start_members_set(decoding, META_MAX_ITERATIONS, buf_str(&iterations));
    if (members->parent_id.is_set && !id_is_nil(request->parent_id))
        set_text(decoding, META_PARENT, str_from(id_hex(request->parent_id).text));
    set_bool(decoding, META_STUCK_DETECTION, members->stuck_detection);
    set_bool(decoding, META_WORKTREE, members->worktree);
    set_bool(decoding, META_SECRETS_ENCRYPTED, members->secrets_encrypted);
    set_bool(decoding, META_AUTOTITLE, members->autotitle);
    set_text(decoding, META_USER_ID, members->user_id);
    set_text(decoding, META_OBSERVABILITY_SPAN, members->span_name);
    set_text(decoding, META_TITLE_PROFILE, members->title_profile);
    set_text(decoding, META_PROMPT, members->prompt);
    copy_any(decoding, META_OBSERVABILITY_METADATA);
    copy_any(decoding, META_OBSERVABILITY_TAGS);
    copy_any(decoding, META_OBSERVABILITY_PARENT);
    if (!is_span_name(members->span_name))
        start_members_refuse(
            decoding, "value_error", "observability_span_name", NULL,
            "Value error, Observability span name may only contain letters, numbers, dots, "
            "underscores, colons, slashes, and hyphens");
}

static void check_worktree(struct start_decoding *decoding)
{
    const struct doc_value *options = find_set(decoding->body, "worktree_options");
    if (options == NULL || doc_kind(options) != DOC_OBJECT)
        return;
    const struct doc_value *base = find_set(options, "base");
    if (base != NULL && doc_kind(base) == DOC_STRING && str_equal(doc_string(base), STR("ref")) &&
        find_set(options, "ref") == NULL)
        start_members_refuse(decoding, "value_error", "worktree_options", options,
                             "Value error, A `ref` base needs a `ref`");
}

static void check_additions(struct start_decoding *decoding)
{
    const struct doc_value *additions = find_set(decoding->body, "agent_launch_additions");
    if (additions == NULL || doc_kind(additions) != DOC_OBJECT)
        return;
    const struct doc_value *suffix = find_set(additions, "system_message_suffix_append");
    if (suffix != NULL && doc_kind(suffix) == DOC_STRING &&
        utf8_count(doc_string(suffix)) > MAX_SUFFIX_CHARS)
        start_members_refuse(decoding, "string_too_long", "agent_launch_additions", NULL,
                             "String should have at most 32768 characters");
    if (find_set(additions, "llm_profile_ref") != NULL && !decoding->members.profile_id.is_set)
        start_members_refuse(decoding, "value_error", NULL, decoding->body,
                             "Value error, `agent_launch_additions.llm_profile_ref` requires "
                             "`agent_profile_id`");
}

void start_members_objects(struct start_decoding *decoding)
{
    decode_workspace(decoding);
    decode_tags(decoding);
    decode_secrets(decoding);
    decode_hooks(decoding);
    complete_one(decoding, META_CONFIRMATION_POLICY, &confirmation_policy_shape);
    complete_one(decoding, META_SECURITY_ANALYZER, &security_analyzer_shape);
    complete_one(decoding, META_WORKTREE_OPTIONS, &worktree_options_shape);
    complete_one(decoding, META_INITIAL_MESSAGE, &message_request_shape);
    complete_one(decoding, META_LAUNCH_ADDITIONS, &launch_additions_shape);
    complete_list(decoding, META_CLIENT_TOOLS, &client_tool_shape);
    complete_list(decoding, META_AGENT_DEFINITIONS, &agent_definition_shape);
    complete_list(decoding, META_PLUGINS, &plugin_shape);
    check_client_tools(decoding);
    check_worktree(decoding);
    check_additions(decoding);
}
