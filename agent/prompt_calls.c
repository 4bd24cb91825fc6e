#include "agent/prompt_calls.h"

#include "agent/llm/request.h"
#include "server/base/buf.h"
#include "server/base/json.h"

/* --- the tools --- */

static struct str text_of(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static bool has_name(const struct doc_value *list, struct str name)
{
    if (list == NULL || doc_kind(list) != DOC_ARRAY)
        return false;
    for (size_t i = 0; i < doc_count(list); i++)
        if (doc_kind(doc_at(list, i)) == DOC_STRING && str_equal(doc_string(doc_at(list, i)), name))
            return true;
    return false;
}

static void write_allowed(const struct doc_value *property, struct buf *out)
{
    const struct doc_value *values = doc_find(property, STR("enum"));
    if (values == NULL || doc_kind(values) != DOC_ARRAY)
        return;
    buf_append(out, STR("\nAllowed values: ["));
    for (size_t i = 0; i < doc_count(values); i++) {
        const struct doc_value *value = doc_at(values, i);
        buf_append(out, i == 0 ? STR("`") : STR(", `"));
        if (doc_kind(value) == DOC_STRING)
            buf_append(out, doc_string(value));
        else
            doc_print(value, out);
        buf_append_byte(out, '`');
    }
    buf_append_byte(out, ']');
}

/* What a list or an object holds is said by its schema. */
static void write_inner_schema(const struct doc_value *property, struct buf *out)
{
    const struct doc_value *items = doc_find(property, STR("items"));
    const struct doc_value *members = doc_find(property, STR("properties"));
    if (items != NULL) {
        buf_append(out, STR("\n      Each item follows this JSON schema: "));
        doc_print(items, out);
    }
    if (members != NULL) {
        buf_append(out, STR("\n      Its members follow this JSON schema: "));
        doc_print(members, out);
    }
}

static void write_parameter(size_t number, struct str name, const struct doc_value *property,
                            bool is_required, struct buf *out)
{
    const struct str type = text_of(property, "type");
    const struct str description = text_of(property, "description");
    buf_printf(out, "  (%zu) %.*s (%.*s, %s): ", number, STR_ARG(name),
               STR_ARG(str_is_set(type) ? type : STR("any")),
               is_required ? "required" : "optional");
    buf_append(out, str_is_set(description) ? description : STR("No description provided"));
    write_allowed(property, out);
    write_inner_schema(property, out);
    buf_append_byte(out, '\n');
}

static void write_parameters(const struct doc_value *schema, struct buf *out)
{
    const struct doc_value *properties = doc_find(schema, STR("properties"));
    const struct doc_value *required = doc_find(schema, STR("required"));
    const struct doc_value *property;
    struct str name;
    void *iterator = NULL;
    size_t number = 0;
    buf_append(out, STR("Parameters:\n"));
    while (properties != NULL && doc_next(properties, &iterator, &name, &property))
        if (doc_kind(property) == DOC_OBJECT)
            write_parameter(++number, name, property, has_name(required, name), out);
}

static void write_tool(size_t number, const struct llm_tool *tool, struct buf *out)
{
    struct doc_error why;
    struct doc *schema = doc_parse(tool->parameters, &why);
    buf_printf(out, "---- BEGIN FUNCTION #%zu: %.*s ----\nDescription: ", number,
               STR_ARG(tool->name));
    buf_append(out, tool->description);
    buf_append_byte(out, '\n');
    if (schema != NULL && doc_kind(doc_root(schema)) == DOC_OBJECT)
        write_parameters(doc_root(schema), out);
    else
        buf_append(out, STR("No parameters are required for this function.\n"));
    buf_printf(out, "---- END FUNCTION #%zu ----\n", number);
    doc_free(schema);
}

void prompt_calls_describe(const struct llm_tool *tools, size_t count, struct buf *out)
{
    if (count == 0)
        return;
    buf_append(out, STR("\n\n# Functions\n\nThese functions are at your service:\n\n"));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_byte(out, '\n');
        write_tool(i + 1, &tools[i], out);
    }
    buf_append(out, STR("\nTo call one, end your message with exactly this form:\n\n"
                        "<function=name_of_the_function>\n"
                        "<parameter=first_parameter>a value</parameter>\n"
                        "<parameter=second_parameter>\n"
                        "a value that\n"
                        "has several lines\n"
                        "</parameter>\n"
                        "<parameter=security_risk>LOW</parameter>\n"
                        "<parameter=summary>What this call does, in a few words</parameter>\n"
                        "</function>\n\n"
                        "Rules for calls:\n"
                        "- Call one function in a message, and write nothing behind </function>.\n"
                        "- Thoughts go before the call, never behind it.\n"
                        "- Give every required parameter, under its exact name.\n"
                        "- Write values as they are: no quotes around them, nothing escaped.\n"
                        "- The result comes back in the next message of the user; wait for it.\n"));
}

/* --- the example --- */

static bool is_led_astray(struct str model)
{
    static const char *const names[] = {"openhands-lm", "devstral", "nemotron"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_contains_nocase(model, str_from(names[i])))
            return true;
    return false;
}

struct example_step {
    const char *tool; /* that it needs */
    const char *text;
};

static const struct example_step example_steps[] = {
    {"terminal", "ASSISTANT: First a look at what is there.\n"
                 "<function=terminal>\n"
                 "<parameter=command>ls -a</parameter>\n"
                 "</function>\n\n"
                 "USER: EXECUTION RESULT of [terminal]:\n"
                 ".  ..  notes.txt\n\n"},
    {"file_editor", "ASSISTANT: Now the script itself.\n"
                    "<function=file_editor>\n"
                    "<parameter=command>create</parameter>\n"
                    "<parameter=path>/workspace/count.py</parameter>\n"
                    "<parameter=file_text>\n"
                    "with open(\"notes.txt\") as notes:\n"
                    "    print(len(notes.readlines()))\n"
                    "</parameter>\n"
                    "</function>\n\n"
                    "USER: EXECUTION RESULT of [file_editor]:\n"
                    "File created successfully at: /workspace/count.py\n\n"},
    {"terminal", "ASSISTANT: It should print the number of lines.\n"
                 "<function=terminal>\n"
                 "<parameter=command>python3 count.py</parameter>\n"
                 "</function>\n\n"
                 "USER: EXECUTION RESULT of [terminal]:\n"
                 "3\n\n"},
    {"finish", "ASSISTANT: It works.\n"
               "<function=finish>\n"
               "<parameter=message>count.py prints how many lines notes.txt has: 3.</parameter>\n"
               "</function>\n\n"},
};

static bool has_tool(const struct llm_tool *tools, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(tools[i].name, name))
            return true;
    return false;
}

void prompt_calls_example(struct str model, const struct llm_tool *tools, size_t count,
                          struct buf *prefix, struct buf *suffix)
{
    if (count == 0 || is_led_astray(model))
        return;
    buf_append(prefix, STR("Here is how a task is done with the functions you have.\n\n"
                           "--- example begins ---\n\n"
                           "USER: Write a script that counts the lines of notes.txt.\n\n"));
    for (size_t i = 0; i < ARRAY_SIZE(example_steps); i++)
        if (has_tool(tools, count, str_from(example_steps[i].tool)))
            buf_append(prefix, str_from(example_steps[i].text));
    buf_append(prefix, STR("--- example ends ---\n\n"
                           "Nothing of the example exists here. The real task:\n\n"));
    buf_append(suffix, STR("\n\nGive every call the form <function=…>, with its parameters and "
                           "</function> at the end."));
}

/* --- calls and results --- */

static void write_value(const struct doc_value *value, struct buf *out)
{
    scoped_buf struct buf text = {0};
    if (doc_kind(value) == DOC_STRING)
        buf_append(&text, doc_string(value));
    else
        doc_print(value, &text);
    const bool has_lines = str_has_byte(buf_str(&text), '\n');
    if (has_lines)
        buf_append_byte(out, '\n');
    buf_append(out, buf_str(&text));
    if (has_lines)
        buf_append_byte(out, '\n');
}

void prompt_calls_write(struct str name, struct str arguments, struct buf *out)
{
    struct doc_error why;
    struct doc *doc = doc_parse(arguments, &why);
    const struct doc_value *value;
    struct str parameter;
    void *iterator = NULL;
    buf_printf(out, "<function=%.*s>\n", STR_ARG(name));
    while (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT &&
           doc_next(doc_root(doc), &iterator, &parameter, &value)) {
        buf_printf(out, "<parameter=%.*s>", STR_ARG(parameter));
        write_value(value, out);
        buf_append(out, STR("</parameter>\n"));
    }
    buf_append(out, STR("</function>"));
    doc_free(doc);
}

void prompt_calls_write_result(struct str tool_name, struct buf *out)
{
    buf_printf(out, "EXECUTION RESULT of [%.*s]:\n", STR_ARG(tool_name));
}
