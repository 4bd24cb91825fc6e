#include "agent/conversation_info.h"

#include "agent/agent_spec.h"
#include "agent/hooks.h"
#include "agent/meta.h"
#include "agent/secrets.h"
#include "agent/state.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

#define RUNTIME "{\"runtime_status\":\"available\",\"can_resume\":true,\"runtime_error\":null}"

static void print_id(struct jsonw *w, const char *name, struct id id)
{
    if (id_is_nil(id))
        jsonw_null(w, name);
    else
        jsonw_cstr(w, name, id_uuid(id).text);
}

static void print_time(struct jsonw *w, const char *name, int64_t time_us)
{
    scoped_buf struct buf text = {0};
    meta_print_time(time_us, &text);
    jsonw_string(w, name, buf_str(&text));
}

static void print_field(const struct state *state, enum state_field field, struct jsonw *w)
{
    jsonw_name(w, state_field_name(field));
    jsonw_raw(w, NULL, state_json(state, field));
}

static void print_hooks(const struct state *state, struct jsonw *w)
{
    struct doc_error why;
    struct error error;
    struct hooks *hooks = NULL;
    scoped_buf struct buf text = {0};
    struct doc *doc = doc_parse(state_json(state, STATE_HOOK_CONFIG), &why);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT &&
        hooks_decode(doc_root(doc), &hooks, &error))
        hooks_write(hooks, HOOKS_ANSWER, &text);
    else
        buf_append(&text, STR("null"));
    jsonw_name(w, state_field_name(STATE_HOOK_CONFIG));
    jsonw_raw(w, NULL, buf_str(&text));
    hooks_free(hooks);
    doc_free(doc);
}

static void print_state(const struct state *state, struct jsonw *w)
{
    static const enum state_field fields[] = {
        STATE_CONFIRMATION_POLICY, STATE_SECURITY_ANALYZER, STATE_ACTIVATED_SKILLS,
        STATE_INVOKED_SKILLS,      STATE_BLOCKED_ACTIONS,   STATE_BLOCKED_MESSAGES,
    };
    const struct secret_writer writer = {.form = FORM_ANSWER};
    print_id(w, "id", state->id);
    print_field(state, STATE_WORKSPACE, w);
    jsonw_cstr(w, "persistence_dir", state->persistence_dir);
    jsonw_int(w, "max_iterations", state->max_iterations);
    jsonw_bool(w, "stuck_detection", state->stuck_detection);
    jsonw_string(w, "execution_status", state_status_name(state->status));
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        print_field(state, fields[i], w);
    print_id(w, "last_user_message_id", state->last_user_message);
    print_id(w, "leaf_event_id", state->leaf);
    stats_print(state->stats, STATS_FULL, "stats", w);
    secrets_print(state->secrets, &writer, "secret_registry", w);
    print_field(state, STATE_AGENT_STATE, w);
    print_hooks(state, w);
}

static void print_meta(const struct meta *meta, const struct conversation_info *info,
                       struct jsonw *w)
{
    jsonw_cstr(w, "title", meta->title);
    jsonw_raw(w, "metrics", meta->metrics == NULL ? STR("null") : str_from(meta->metrics));
    print_time(w, "created_at", meta->created_us);
    print_time(w, "updated_at", meta->updated_us);
    print_id(w, "forked_from_conversation_id", meta->forked_from);
    print_id(w, "forked_from_event_id", meta->forked_from_event);
    print_id(w, "parent_conversation_id", meta_parent(meta));
    jsonw_array_in(w, "sub_conversation_ids");
    for (size_t i = 0; i < info->child_count; i++)
        jsonw_cstr(w, NULL, id_uuid(info->children[i]).text);
    jsonw_end(w);
}

static void print_agent(const struct state *state, const struct conversation_info *info,
                        struct jsonw *w)
{
    const struct agent_print options = {.writer = {.form = FORM_ANSWER},
                                        .leaves_out_skills = !info->includes_skills};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    struct doc *doc = doc_parse(state_json(state, STATE_AGENT), &why);
    assert(doc != NULL); /* we have printed it */
    if (doc_kind(doc_root(doc)) == DOC_OBJECT)
        agent_spec_print(doc_root(doc), &options, &text);
    else
        buf_append(&text, STR("null"));
    jsonw_raw(w, "agent", buf_str(&text));
    doc_free(doc);
}

void conversation_info_print(const struct state *state, const struct meta *meta,
                             const struct conversation_info *info, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    print_state(state, &w);
    print_meta(meta, info, &w);
    print_field(state, STATE_TAGS, &w);
    jsonw_null(&w, "current_model_id");
    jsonw_raw(&w, "available_models", STR("[]"));
    jsonw_bool(&w, "supports_runtime_model_switch", false);
    jsonw_raw(&w, "launched_agent_profile",
              meta->launched_profile == NULL ? STR("null") : str_from(meta->launched_profile));
    print_agent(state, info, &w);
    jsonw_raw(&w, "client_tools", meta_json(meta, META_CLIENT_TOOLS));
    jsonw_raw(&w, "tool_module_qualnames", meta_json(meta, META_TOOL_MODULES));
    jsonw_raw(&w, "runtime_info", info->has_runtime ? STR(RUNTIME) : STR("null"));
    jsonw_end(&w);
}
