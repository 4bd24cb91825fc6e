#include "agent/agent_spec.h"

#include "agent/agent_shapes.h"
#include "agent/object_copy.h"
#include "agent/shape.h"
#include "agent/shape_print.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static const struct doc_value *object_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value =
        object == NULL || doc_kind(object) != DOC_OBJECT ? NULL : doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_OBJECT ? value : NULL;
}

static struct str string_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

/* --- completing --- */

/* Servers of MCP may stand inside a wrapper. */
static bool unwrap_servers(void *owner, struct str name, const struct doc_value *value,
                           struct jsonw *w)
{
    const struct doc_value *servers =
        str_equal(name, STR("mcp_config")) ? object_member(value, "mcpServers") : NULL;
    (void)owner;
    if (servers != NULL)
        object_copy_value(servers, w);
    return servers != NULL;
}

/* What was sent, with the forms of older clients put right: an agent may have no kind. */
static void print_modern(const struct doc_value *agent, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    object_copy(agent, unwrap_servers, NULL, &w);
    if (!str_is_set(string_member(agent, "kind")) && doc_find(agent, STR("llm")) != NULL)
        jsonw_cstr(&w, "kind", "Agent");
    jsonw_end(&w);
}

static bool check_prompt(const struct doc_value *agent, struct shape_problem *ret_problem,
                         struct error *error)
{
    const struct str file = string_member(agent, "system_prompt_filename");
    if (!str_is_set(string_member(agent, "system_prompt")) || !str_is_set(file) ||
        str_equal(file, STR("system_prompt.j2")))
        return true;
    *ret_problem = (struct shape_problem){.type = "value_error"};
    return error_set(error, ERROR_UNPROCESSABLE,
                     "Value error, Cannot set both 'system_prompt' and a non-default "
                     "'system_prompt_filename'. Use one or the other.");
}

/* The places where a language model stands in an agent. */
static bool check_model(const struct doc_value *llm, struct shape_problem *ret_problem,
                        struct error *error)
{
    if (llm == NULL || !str_is_empty(string_member(llm, "model")))
        return true;
    *ret_problem =
        (struct shape_problem){.type = "value_error", .member = STR("llm"), .input = llm};
    return error_set(error, ERROR_UNPROCESSABLE, "Value error, model must be specified in LLM");
}

static bool complete_modern(const struct doc_value *agent, const struct cipher *cipher,
                            struct buf *out, struct shape_problem *ret_problem, struct error *error)
{
    return check_model(object_member(agent, "llm"), ret_problem, error) &&
           check_model(object_member(object_member(agent, "condenser"), "llm"), ret_problem,
                       error) &&
           check_prompt(agent, ret_problem, error) &&
           shape_complete(&agent_shape, agent, cipher, out, ret_problem, error);
}

bool agent_spec_complete(const struct doc_value *agent, const struct cipher *cipher,
                         struct buf *out, struct shape_problem *ret_problem, struct error *error)
{
    scoped_buf struct buf modern = {0};
    struct doc_error why;
    const size_t start = out->len;
    if (doc_kind(agent) != DOC_OBJECT)
        return shape_complete(&agent_shape, agent, cipher, out, ret_problem, error);
    print_modern(agent, &modern);
    struct doc *doc = doc_parse(buf_str(&modern), &why);
    assert(doc != NULL); /* we have printed it */
    const bool is_good = complete_modern(doc_root(doc), cipher, out, ret_problem, error);
    if (!is_good) {
        buf_truncate(out, start);
        shape_problem_move(ret_problem, agent);
    }
    doc_free(doc);
    return is_good;
}

bool agent_spec_complete_llm(const struct doc_value *llm, const struct cipher *cipher,
                             struct buf *out, struct shape_problem *ret_problem,
                             struct error *error)
{
    const size_t start = out->len;
    if ((doc_kind(llm) != DOC_OBJECT || check_model(llm, ret_problem, error)) &&
        shape_complete(&llm_shape, llm, cipher, out, ret_problem, error))
        return true;
    buf_truncate(out, start);
    return false;
}

/* --- printing --- */

struct replacement {
    struct str member;
    struct str json;
};

static bool replace(void *owner, struct str name, const struct doc_value *value, struct jsonw *w)
{
    const struct replacement *replacement = owner;
    (void)value;
    if (!str_equal(name, replacement->member))
        return false;
    jsonw_raw(w, NULL, replacement->json);
    return true;
}

/* The object with one member replaced. */
static void print_with(const struct doc_value *object, struct str member, struct str json,
                       struct buf *out)
{
    struct replacement replacement = {.member = member, .json = json};
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    object_copy(object, replace, &replacement, &w);
    jsonw_end(&w);
}

void agent_spec_print(const struct doc_value *agent, const struct agent_print *options,
                      struct buf *out)
{
    const struct doc_value *context = object_member(agent, "agent_context");
    if (!options->leaves_out_skills || context == NULL) {
        shape_print(&agent_shape, agent, &options->writer, out);
        return;
    }
    scoped_buf struct buf bare = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    print_with(context, STR("skills"), STR("[]"), &bare);
    print_with(agent, STR("agent_context"), buf_str(&bare), &text);
    struct doc *doc = doc_parse(buf_str(&text), &why);
    assert(doc != NULL); /* we have printed it */
    shape_print(&agent_shape, doc_root(doc), &options->writer, out);
    doc_free(doc);
}

void agent_spec_replace_llm(const struct doc_value *agent, struct str llm, struct buf *out)
{
    print_with(agent, STR("llm"), llm, out);
}

/* --- what the client understands --- */

enum event_level agent_spec_level(const struct doc_value *agent)
{
    const struct doc_value *llm = object_member(agent, "llm");
    const struct doc_value *mcp = object_member(agent, "mcp_config");
    /* Only a client that sends everything it has shows what it lacks. */
    if (llm == NULL || doc_find(llm, STR("openrouter_site_url")) == NULL ||
        doc_find(llm, STR("api_mode")) != NULL)
        return EVENT_LEVEL_1_40;
    if (doc_find(agent, STR("system_prompt")) == NULL)
        return EVENT_LEVEL_1_10;
    return mcp != NULL && object_member(mcp, "mcpServers") == NULL ? EVENT_LEVEL_1_32
                                                                   : EVENT_LEVEL_1_20;
}
