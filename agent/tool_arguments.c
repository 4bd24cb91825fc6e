#include "agent/tool_arguments.h"

#include "agent/call_arguments.h"
#include "agent/call_repair.h"
#include "agent/python_json.h"
#include "agent/tool.h"
#include "agent/tool_check.h"
#include "agent/tool_schema.h"
#include "agent/tool_set.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/repr.h"
#include "server/base/utf8.h"

static const char *const risk_names[] = {
    [TOOL_RISK_UNKNOWN] = "UNKNOWN",
    [TOOL_RISK_LOW] = "LOW",
    [TOOL_RISK_MEDIUM] = "MEDIUM",
    [TOOL_RISK_HIGH] = "HIGH",
};

struct str tool_risk_name(enum tool_risk risk)
{
    return str_from(risk_names[risk]);
}

enum tool_risk tool_risk_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(risk_names); i++) {
        if (str_equal(name, str_from(risk_names[i])))
            return (enum tool_risk)i;
    }
    return TOOL_RISK_UNKNOWN;
}

/* Where a JSON text cannot be read, as Python words it. */
static void write_json_error(struct str text, const struct doc_error *problem, struct buf *out)
{
    const struct str before = str_slice(text, 0, utf8_prefix_bytes(text, problem->position));
    const size_t newline = str_find_last_byte(before, '\n');
    size_t line = 1;
    for (size_t i = 0; i < before.len; i++)
        line += before.data[i] == '\n';
    buf_append(out, str_from(problem->text));
    if (!problem->is_encoding)
        buf_printf(out, ": line %zu column %zu (char %zu)", line,
                   utf8_count(newline == SIZE_MAX ? before : str_skip(before, newline + 1)) + 1,
                   problem->position);
}

/* What the model sent goes into the next request, so it must be JSON. */
static void store_malformed(struct tool_proposal *proposal)
{
    buf_clear(&proposal->arguments);
    buf_append(&proposal->arguments, STR("{\"_openhands_malformed_tool_call\": true, \"error\": "));
    python_json_quote(buf_str(&proposal->error), &proposal->arguments);
    buf_append_byte(&proposal->arguments, '}');
}

static bool read_call(struct str text, struct call_arguments *call, struct tool_proposal *proposal)
{
    struct doc_error problem;
    if (call_arguments_parse(call, text, &problem))
        return true;
    buf_printf(&proposal->error, "Error validating tool '%s': ", proposal->name.data);
    write_json_error(text, &problem, &proposal->error);
    buf_append(&proposal->error, STR(". Arguments: unparseable JSON"));
    return false;
}

static void refuse(struct tool_proposal *proposal, const struct call_arguments *call,
                   struct str reason)
{
    proposal->tool = NULL;
    buf_printf(&proposal->error,
               "Error validating tool '%s': %.*s. Parameters provided: ", proposal->name.data,
               STR_ARG(reason));
    call_arguments_print_names(call, &proposal->error);
}

static void refuse_unknown(struct tool_proposal *proposal, const struct tool_set *set)
{
    const char *separator = "";
    buf_printf(&proposal->error, "Tool '%s' not found. Available: [", proposal->name.data);
    for (struct list *link = list_first(tool_set_all(set)); link != NULL;
         link = list_next(tool_set_all(set), link)) {
        buf_append(&proposal->error, str_from(separator));
        repr_append(&proposal->error, container_of(link, struct tool, link)->name);
        separator = ", ";
    }
    buf_append_byte(&proposal->error, ']');
}

static void make_summary(const struct tool *tool, const struct call_arguments *call,
                         struct buf *out)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "%.*s: ", STR_ARG(tool->name));
    call_arguments_print(call, &text);
    const size_t len = utf8_prefix_bytes(buf_str(&text), TOOL_SUMMARY_MAX_CHARACTERS);
    buf_append(out, str_slice(buf_str(&text), 0, len));
    if (len < text.len)
        buf_append(out, STR("…"));
}

/* What every tool is asked for besides its own arguments. */
static void take_common(struct tool_proposal *proposal, struct call_arguments *call)
{
    const struct tool *tool = proposal->tool;
    const bool is_own = tool_schema_has_summary(tool);
    const struct str summary = call_arguments_string(call, STR("summary"));
    scoped_buf struct buf given = {0};
    proposal->risk = tool_risk_find(call_arguments_string(call, STR("security_risk")));
    if (tool->annotations.is_given && tool->annotations.is_read_only)
        proposal->risk = TOOL_RISK_UNKNOWN;
    call_arguments_remove(call, STR("security_risk"));
    buf_append(&given, is_own ? str_trim(summary) : summary);
    if (!is_own)
        call_arguments_remove(call, STR("summary"));
    if (str_trim(buf_str(&given)).len > 0)
        buf_append(&proposal->summary, buf_str(&given));
    else
        make_summary(tool, call, &proposal->summary);
}

static void write_action(const struct tool *tool, const struct doc_value *arguments,
                         struct str members, struct buf *out)
{
    if (tool->type->write_action != NULL) {
        tool->type->write_action(tool, arguments, out);
        return;
    }
    buf_printf(out, "{%.*s%s", STR_ARG(members), members.len > 0 ? "," : "");
    buf_append(out, STR("\"kind\":"));
    jsonw_quote(out, tool->action_kind);
    buf_append_byte(out, '}');
}

static struct doc *normalise(const struct tool *tool, const struct call_arguments *call)
{
    struct doc_error ignored; /* both texts were written here */
    scoped_buf struct buf json = {0};
    scoped_buf struct buf better = {0};
    call_arguments_print(call, &json);
    struct doc *doc = doc_parse(buf_str(&json), &ignored);
    assert(doc != NULL);
    if (tool->type->normalise != NULL)
        tool->type->normalise(tool, doc_root(doc), &better);
    if (better.len == 0)
        return doc;
    doc_free(doc);
    return doc_parse(buf_str(&better), &ignored);
}

static void check(struct tool_proposal *proposal, const struct call_arguments *call)
{
    scoped_buf struct buf members = {0};
    scoped_buf struct buf reason = {0};
    struct doc *doc = normalise(proposal->tool, call);
    assert(doc != NULL);
    if (tool_check(proposal->tool, doc_root(doc), &members, &reason))
        write_action(proposal->tool, doc_root(doc), buf_str(&members), &proposal->action);
    else
        refuse(proposal, call, buf_str(&reason));
    doc_free(doc);
}

static void set_name(struct tool_proposal *proposal, struct str name)
{
    buf_clear(&proposal->name);
    buf_append(&proposal->name, name);
}

/* The tool is known: what is stored from here on is what is meant, not what was written. */
static void propose(struct tool_proposal *proposal, struct call_arguments *call,
                    struct str normal_name)
{
    scoped_buf struct buf arguments = {0};
    call_repair_values(proposal->tool, call);
    call_arguments_print(call, &arguments);
    take_common(proposal, call);
    check(proposal, call);
    if (proposal->tool == NULL)
        return;
    set_name(proposal, normal_name);
    buf_clear(&proposal->call_name);
    buf_append(&proposal->call_name, normal_name);
    buf_fini(&proposal->arguments);
    proposal->arguments = buf_take(&arguments);
}

static void read_known(const struct tool_set *set, struct call_arguments *call,
                       struct tool_proposal *proposal)
{
    scoped_buf struct buf name = {0};
    scoped_buf struct buf reason = {0};
    call_repair_members(call);
    call_repair_name(set, buf_str(&proposal->call_name), call, &name);
    proposal->tool = tool_set_find(set, buf_str(&name));
    if (str_equal(buf_str(&name), STR("file_editor")) && !call_repair_editor(call, &reason)) {
        set_name(proposal, buf_str(&name));
        refuse(proposal, call, buf_str(&reason));
    } else if (proposal->tool == NULL) {
        set_name(proposal, buf_str(&name));
        refuse_unknown(proposal, set);
    } else {
        propose(proposal, call, buf_str(&name));
    }
}

static bool is_json(struct str text)
{
    struct doc_error ignored; /* only whether */
    struct doc *doc = doc_parse(text, &ignored);
    doc_free(doc);
    return doc != NULL;
}

void tool_arguments_read(const struct tool_set *set, struct str name, struct str arguments,
                         struct tool_proposal *ret_proposal)
{
    struct call_arguments call = {0};
    *ret_proposal = (struct tool_proposal){0};
    buf_append(&ret_proposal->name, name);
    buf_append(&ret_proposal->call_name, name);
    buf_append(&ret_proposal->arguments, str_trim(arguments).len > 0 ? arguments : STR("{}"));
    if (read_call(arguments, &call, ret_proposal))
        read_known(set, &call, ret_proposal);
    if (ret_proposal->tool == NULL && !is_json(buf_str(&ret_proposal->arguments)))
        store_malformed(ret_proposal);
    call_arguments_fini(&call);
}

void tool_proposal_fini(struct tool_proposal *proposal)
{
    buf_fini(&proposal->name);
    buf_fini(&proposal->call_name);
    buf_fini(&proposal->arguments);
    buf_fini(&proposal->action);
    buf_fini(&proposal->summary);
    buf_fini(&proposal->error);
}
