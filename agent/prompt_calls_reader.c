#include "agent/prompt_calls_reader.h"

#include "agent/llm/answer.h"
#include "agent/llm/request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/repr.h"

#define CALL_BEGIN      "<function="
#define CALL_END        "</function>"
#define PARAMETER_BEGIN "<parameter="
#define PARAMETER_END   "</parameter>"

/* The risk may be given for any tool, and left out; it is looked at elsewhere. */
static bool is_security_risk(struct str name)
{
    return str_equal(name, STR("security_risk"));
}

/* --- the tool --- */

struct call_alias {
    const char *name;
    const char *tool;
};

static const struct call_alias call_aliases[] = {
    {"bash", "terminal"},
    {"execute_bash", "terminal"},
    {"str_replace", "file_editor"},
    {"str_replace_editor", "file_editor"},
};

static const struct llm_tool *find_by_name(const struct llm_tool *tools, size_t count,
                                           struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(tools[i].name, name))
            return &tools[i];
    return NULL;
}

static const struct llm_tool *find_tool(const struct llm_tool *tools, size_t count, struct str name)
{
    const struct llm_tool *tool = find_by_name(tools, count, name);
    for (size_t i = 0; tool == NULL && i < ARRAY_SIZE(call_aliases); i++)
        if (str_equal(name, str_from(call_aliases[i].name)))
            tool = find_by_name(tools, count, str_from(call_aliases[i].tool));
    return tool;
}

static bool refuse_name(const struct llm_tool *tools, size_t count, struct str name,
                        struct error *error)
{
    scoped_buf struct buf names = {0};
    for (size_t i = 0; i < count; i++)
        buf_printf(&names, "%s'%.*s'", i == 0 ? "" : ", ", STR_ARG(tools[i].name));
    return error_set(error, ERROR_INVALID, "Function '%.*s' not found in available tools: [%.*s]",
                     STR_ARG(name), STR_ARG(buf_str(&names)));
}

/* --- parameters --- */

struct reading {
    struct str name;                    /* of the tool */
    const struct doc_value *properties; /* NULL: any */
    const struct doc_value *required;   /* NULL: none */
    struct jsonw w;
    struct error *error;
};

static bool is_object(const struct doc_value *value)
{
    return value != NULL && doc_kind(value) == DOC_OBJECT;
}

/* As Python shows a set of names, and a list of values. */
static void print_values(const struct doc_value *values, struct buf *out)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < doc_count(values); i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        if (doc_kind(doc_at(values, i)) == DOC_STRING)
            repr_append(out, doc_string(doc_at(values, i)));
        else
            doc_print(doc_at(values, i), out);
    }
    buf_append_byte(out, ']');
}

static void print_names(const struct doc_value *names, struct buf *out)
{
    const struct doc_value *value;
    struct str name;
    void *iterator = NULL;
    buf_append_byte(out, '{');
    for (bool is_first = true; doc_next(names, &iterator, &name, &value); is_first = false)
        buf_printf(out, "%s'%.*s'", is_first ? "" : ", ", STR_ARG(name));
    buf_append_byte(out, '}');
}

static bool check_known(const struct reading *reading, struct str parameter)
{
    scoped_buf struct buf allowed = {0};
    if (reading->properties == NULL || doc_count(reading->properties) == 0 ||
        is_security_risk(parameter) || doc_find(reading->properties, parameter) != NULL)
        return true;
    print_names(reading->properties, &allowed);
    return error_set(reading->error, ERROR_INVALID,
                     "Parameter '%.*s' is not allowed for function '%.*s'. Allowed parameters: %s",
                     STR_ARG(parameter), STR_ARG(reading->name), allowed.data);
}

static bool is_among(const struct doc_value *values, struct str text)
{
    for (size_t i = 0; i < doc_count(values); i++) {
        scoped_buf struct buf value = {0};
        if (doc_kind(doc_at(values, i)) == DOC_STRING)
            buf_append(&value, doc_string(doc_at(values, i)));
        else
            doc_print(doc_at(values, i), &value);
        if (str_equal(buf_str(&value), text))
            return true;
    }
    return false;
}

static bool check_choice(const struct reading *reading, const struct doc_value *property,
                         struct str parameter, struct str text)
{
    scoped_buf struct buf choice = {0};
    const struct doc_value *values = is_object(property) ? doc_find(property, STR("enum")) : NULL;
    if (values == NULL || doc_kind(values) != DOC_ARRAY || is_among(values, text))
        return true;
    print_values(values, &choice);
    return error_set(reading->error, ERROR_INVALID, "Parameter '%.*s' is expected to be one of %s.",
                     STR_ARG(parameter), choice.data);
}

static bool write_integer(struct reading *reading, struct str parameter, struct str text)
{
    int64_t value;
    if (!str_to_i64(text, INT64_MIN, INT64_MAX, &value))
        return error_set(reading->error, ERROR_INVALID,
                         "Parameter '%.*s' is expected to be an integer.", STR_ARG(parameter));
    jsonw_int(&reading->w, NULL, value);
    return true;
}

static bool write_array(struct reading *reading, struct str parameter, struct str text)
{
    struct doc_error why;
    scoped_buf struct buf json = {0};
    struct doc *doc = doc_parse(text, &why);
    const bool is_array = doc != NULL && doc_kind(doc_root(doc)) == DOC_ARRAY;
    if (is_array)
        doc_print(doc_root(doc), &json);
    doc_free(doc);
    if (!is_array)
        return error_set(reading->error, ERROR_INVALID,
                         "Parameter '%.*s' is expected to be an array.", STR_ARG(parameter));
    jsonw_raw(&reading->w, NULL, buf_str(&json));
    return true;
}

/* What reads as the type that is wanted is that, everything else stays text for the tool to judge.
 * Python's words for truth are understood. */
static void write_lenient(struct reading *reading, struct str text, enum doc_kind kind)
{
    struct doc_error why;
    scoped_buf struct buf json = {0};
    if (kind == DOC_BOOL && (str_equal(text, STR("True")) || str_equal(text, STR("False")))) {
        jsonw_bool(&reading->w, NULL, str_equal(text, STR("True")));
        return;
    }
    struct doc *doc = doc_parse(text, &why);
    const bool is_right =
        doc != NULL && (doc_kind(doc_root(doc)) == kind ||
                        (kind == DOC_DOUBLE && doc_kind(doc_root(doc)) == DOC_INT));
    if (is_right)
        doc_print(doc_root(doc), &json);
    doc_free(doc);
    if (is_right)
        jsonw_raw(&reading->w, NULL, buf_str(&json));
    else
        jsonw_string(&reading->w, NULL, text);
}

static bool has_type(const struct doc_value *property, const char *type)
{
    const struct doc_value *value = is_object(property) ? doc_find(property, STR("type")) : NULL;
    return value != NULL && doc_kind(value) == DOC_STRING &&
           str_equal(doc_string(value), str_from(type));
}

static bool write_parameter(struct reading *reading, struct str parameter, struct str text)
{
    if (str_has_byte(parameter, '\0'))
        return error_set(reading->error, ERROR_INVALID, "A parameter's name has a zero byte.");
    const struct doc_value *property =
        reading->properties == NULL ? NULL : doc_find(reading->properties, parameter);
    if (!check_known(reading, parameter) || !check_choice(reading, property, parameter, text))
        return false;
    jsonw_name(&reading->w, parameter);
    if (has_type(property, "integer"))
        return write_integer(reading, parameter, text);
    if (has_type(property, "array"))
        return write_array(reading, parameter, text);
    if (has_type(property, "boolean"))
        write_lenient(reading, text, DOC_BOOL);
    else if (has_type(property, "number"))
        write_lenient(reading, text, DOC_DOUBLE);
    else if (has_type(property, "object"))
        write_lenient(reading, text, DOC_OBJECT);
    else
        jsonw_string(&reading->w, NULL, text);
    return true;
}

struct parameter {
    struct str name;
    struct str value;
};

/* Cuts the next parameter off the body. "=" between name and value is taken for ">". */
static bool next_parameter(struct str *body, struct parameter *ret_parameter)
{
    const size_t begin = str_find(*body, STR(PARAMETER_BEGIN));
    if (begin == SIZE_MAX)
        return false;
    const struct str rest = str_skip(*body, begin + sizeof(PARAMETER_BEGIN) - 1);
    size_t name_end = 0;
    while (name_end < rest.len && !str_has_byte(STR(">=<\n"), rest.data[name_end]))
        name_end++;
    const struct str behind = str_skip(rest, name_end);
    const bool has_mark = str_starts_with(behind, STR(">")) || str_starts_with(behind, STR("="));
    const struct str value = str_skip(behind, has_mark ? 1 : 0);
    size_t value_end = str_find(value, STR(PARAMETER_END));
    size_t taken = value_end == SIZE_MAX ? value.len : value_end + sizeof(PARAMETER_END) - 1;
    const size_t next = str_find(value, STR(PARAMETER_BEGIN));
    if (value_end == SIZE_MAX && next != SIZE_MAX)
        taken = value_end = next;
    *ret_parameter = (struct parameter){
        .name = str_trim(str_slice(rest, 0, name_end)),
        .value = str_trim(str_slice(value, 0, value_end == SIZE_MAX ? value.len : value_end)),
    };
    *body = str_skip(value, taken);
    return true;
}

/* The body is gone through again for each: a call has few parameters. */
static bool is_given(struct str body, struct str wanted)
{
    struct parameter parameter;
    while (next_parameter(&body, &parameter))
        if (str_equal(parameter.name, wanted))
            return true;
    return false;
}

static bool check_required(const struct reading *reading, struct str body)
{
    scoped_buf struct buf missing = {0};
    const struct doc_value *required = reading->required;
    for (size_t i = 0; required != NULL && i < doc_count(required); i++) {
        if (doc_kind(doc_at(required, i)) != DOC_STRING)
            continue;
        const struct str name = doc_string(doc_at(required, i));
        if (is_security_risk(name) || is_given(body, name))
            continue;
        buf_printf(&missing, "%s'%.*s'", missing.len == 0 ? "" : ", ", STR_ARG(name));
    }
    return missing.len == 0 || error_set(reading->error, ERROR_INVALID,
                                         "Missing required parameters for function '%.*s': {%s}",
                                         STR_ARG(reading->name), missing.data);
}

static bool write_arguments(struct reading *reading, struct str body, struct buf *out)
{
    struct str rest = body;
    struct parameter parameter;
    jsonw_init(&reading->w, out);
    jsonw_object(&reading->w);
    while (next_parameter(&rest, &parameter))
        if (!write_parameter(reading, parameter.name, parameter.value))
            return false;
    jsonw_end(&reading->w);
    return check_required(reading, body);
}

static bool read_arguments(const struct llm_tool *tool, struct str body, struct buf *out,
                           struct error *error)
{
    struct doc_error why;
    struct doc *schema = doc_parse(tool->parameters, &why);
    struct reading reading = {.name = tool->name, .error = error};
    if (schema != NULL && is_object(doc_root(schema))) {
        const struct doc_value *required = doc_find(doc_root(schema), STR("required"));
        const struct doc_value *properties = doc_find(doc_root(schema), STR("properties"));
        reading.properties = is_object(properties) ? properties : NULL;
        if (required != NULL && doc_kind(required) == DOC_ARRAY)
            reading.required = required;
    }
    const bool is_read = write_arguments(&reading, body, out);
    doc_free(schema);
    return is_read;
}

/* --- the text --- */

struct found_call {
    struct str thought;
    struct str name;
    struct str body;
};

static struct str cut_end(struct str text, struct str end)
{
    const struct str trimmed = str_trim(text);
    return str_ends_with(trimmed, end) ? str_trim(str_slice(trimmed, 0, trimmed.len - end.len))
                                       : trimmed;
}

/* A stop word, or the end of the answer, may have cut the closing tag short. */
static struct str cut_closing_tag(struct str body)
{
    const struct str tag = STR(CALL_END);
    const size_t end = str_find(body, tag);
    if (end != SIZE_MAX)
        return str_slice(body, 0, end);
    for (size_t len = tag.len - 1; len >= 2; len--)
        if (str_ends_with(body, str_slice(tag, 0, len)))
            return str_slice(body, 0, body.len - len);
    return body;
}

static bool find_call(struct str text, struct found_call *ret_call)
{
    const size_t begin = str_find(text, STR(CALL_BEGIN));
    if (begin == SIZE_MAX)
        return false;
    const struct str rest = str_skip(text, begin + sizeof(CALL_BEGIN) - 1);
    const size_t name_end = str_find_byte(rest, '>');
    if (name_end == SIZE_MAX)
        return false;
    *ret_call = (struct found_call){
        .thought = cut_end(cut_end(str_slice(text, 0, begin), STR("<tool_call>")), STR("</think>")),
        .name = str_trim(str_slice(rest, 0, name_end)),
        .body = cut_closing_tag(str_skip(rest, name_end + 1)),
    };
    return true;
}

static void put_call(struct llm_answer *answer, const struct llm_tool *tool, size_t call_number,
                     struct str arguments)
{
    struct llm_answer_call *call = llm_answer_call(answer, 0);
    assert(call != NULL); /* it is the first one */
    buf_printf(&call->id, "toolu_%02zu", call_number);
    buf_append(&call->name, tool->name);
    buf_append(&call->arguments, arguments);
}

bool prompt_calls_read(const struct llm_tool *tools, size_t count, size_t call_number,
                       struct llm_answer *answer, struct error *error)
{
    scoped_buf struct buf arguments = {0};
    struct found_call found;
    if (answer->call_count > 0 || !find_call(buf_str(&answer->text), &found))
        return true;
    const struct llm_tool *tool = find_tool(tools, count, found.name);
    if (tool == NULL)
        return refuse_name(tools, count, found.name, error);
    if (!read_arguments(tool, found.body, &arguments, error))
        return false;
    put_call(answer, tool, call_number, buf_str(&arguments));
    const size_t thought_at = (size_t)(found.thought.data - answer->text.data);
    const size_t thought_len = found.thought.len;
    buf_truncate(&answer->text, thought_len == 0 ? 0 : thought_at + thought_len);
    buf_consume(&answer->text, thought_len == 0 ? 0 : thought_at);
    return true;
}
