#include "server/config/config_print.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/config/config_layers.h"
#include "server/config/config_options.h"
#include "server/config/config_value.h"

#define USAGE_COLUMNS 90

static const char hidden[] = "**********";

static bool takes_value(const struct config_option *option)
{
    return option->metavar != NULL;
}

static void append_flag(const struct config_option *option, struct buf *out)
{
    buf_append(out, str_from(option->flag));
    if (takes_value(option))
        buf_printf(out, " %s", option->metavar);
    else if (option->kind == CONFIG_BOOL)
        buf_printf(out, " | --no-%s", option->flag + 2);
}

void config_print_usage(const char *program, struct buf *out)
{
    scoped_buf struct buf line = {0};
    buf_printf(&line, "usage: %s [-h]", program);
    const size_t indent = strlen("usage: ") + strlen(program);
    for (size_t i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        if (option->flag == NULL || strcmp(option->name, "help") == 0)
            continue;
        scoped_buf struct buf word = {0};
        append_flag(option, &word);
        if (line.len + word.len + 3 > USAGE_COLUMNS) {
            buf_append(out, buf_str(&line));
            buf_append_byte(out, '\n');
            buf_clear(&line);
            buf_printf(&line, "%*s", (int)indent, "");
        }
        buf_printf(&line, " [%s]", word.data);
    }
    buf_append(out, buf_str(&line));
    buf_printf(out, " [PORT]\n");
}

/* "Port of the editor. An integer from 1 to 65535. Default: 8001." */
static void append_description(const struct config_option *option, struct buf *out)
{
    buf_printf(out, "        %s", option->help);
    if (option->kind != CONFIG_FLAG && (option->kind != CONFIG_STRING || option->choices != NULL)) {
        scoped_buf struct buf kind = {0};
        config_value_describe(option, &kind);
        kind.data[0] = (char)(kind.data[0] - ('a' - 'A'));
        buf_printf(out, " %s.", kind.data);
    }
    if (option->default_json != NULL && option->kind != CONFIG_FLAG)
        buf_printf(out, " Default: %s.", option->default_json);
    buf_append_byte(out, '\n');
}

static void append_flags(enum config_group group, const char *title, struct buf *out)
{
    buf_printf(out, "\n%s\n", title);
    for (size_t i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        if (option->flag == NULL || option->group != group)
            continue;
        buf_append(out, STR("  "));
        if (strcmp(option->name, "help") == 0)
            buf_append(out, STR("-h, "));
        append_flag(option, out);
        buf_append_byte(out, '\n');
        append_description(option, out);
    }
}

static void append_variable(const struct config_option *option, struct buf *out)
{
    buf_printf(out, "  %s", option->env);
    if (option->kind == CONFIG_STRINGS)
        buf_printf(out, " (a JSON list), %s_0, %s_1, ...", option->env, option->env);
    else if (option->kind == CONFIG_OBJECTS)
        buf_printf(out, " (a JSON list), %s_0_<FIELD>, ...", option->env);
    if (option->also_from != NULL)
        buf_printf(out, "; else %s", option->also_from);
    buf_append_byte(out, '\n');
    append_description(option, out);
    if (option->in_file)
        buf_printf(out, "        In the file: %s\n", option->name);
}

void config_print_help(const char *program, struct buf *out)
{
    config_print_usage(program, out);
    buf_append(out, STR("\nExecutes an agent's actions inside a sandbox: commands, files and git, "
                        "over HTTP,\nWebSocket and server-sent events.\n"));
    append_flags(CONFIG_GROUP_V1, "options:", out);
    append_flags(CONFIG_GROUP_OWN, "options of this program:", out);
    append_flags(CONFIG_GROUP_V0, "options of the action execution server (V0):", out);
    buf_append(out, STR("\nenvironment (a flag wins over a variable, a variable over the file):\n"
                        "  OH\n        The whole configuration as a JSON object.\n"));
    for (size_t i = 0; i < config_option_count; i++) {
        if (config_options[i].env != NULL)
            append_variable(&config_options[i], out);
    }
    buf_append(out, STR("  OH_<NAME>_IS_NONE\n        1 or true clears an optional value.\n"));
}

/* The names of the fields that hold secrets, from whatever list of objects has them. */
static bool is_secret_field(const struct config_option *option, struct str name)
{
    for (size_t i = 0; i < option->field_count; i++) {
        if (option->fields[i].is_secret && str_equal(name, str_from(option->fields[i].name)))
            return true;
    }
    return false;
}

static void append_object(const struct config_option *option, const struct doc_value *object,
                          struct jsonw *w)
{
    struct str name;
    const struct doc_value *value;
    jsonw_object(w);
    for (void *iterator = NULL; doc_next(object, &iterator, &name, &value);) {
        scoped_buf struct buf json = {0};
        jsonw_name(w, name);
        if (is_secret_field(option, name))
            jsonw_cstr(w, NULL, hidden);
        else if (doc_print(value, &json), true)
            jsonw_raw(w, NULL, buf_str(&json));
    }
    jsonw_end(w);
}

static void append_list(const struct config_option *option, const struct doc_value *list,
                        struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_array(&w);
    for (size_t i = 0; i < doc_count(list); i++) {
        if (option->kind == CONFIG_OBJECTS)
            append_object(option, doc_at(list, i), &w);
        else
            jsonw_cstr(&w, NULL, hidden);
    }
    jsonw_end(&w);
}

static void append_value(const struct config_option *option, const struct doc_value *value,
                         struct buf *out)
{
    const bool is_list = doc_kind(value) == DOC_ARRAY;
    if (is_list && (option->is_secret || option->kind == CONFIG_OBJECTS))
        append_list(option, value, out);
    else if (option->is_secret && doc_kind(value) != DOC_NULL)
        buf_append(out, STR("**********"));
    else
        doc_print(value, out);
}

void config_print_check(const struct config_layers *layers, struct buf *out)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        const struct doc_value *value = doc_find(doc_root(layers->merged), str_from(option->name));
        if (option->kind == CONFIG_FLAG && option->offset == CONFIG_NO_MEMBER)
            continue;
        scoped_buf struct buf shown = {0};
        append_value(option, value, &shown);
        buf_printf(out, "%-30s %-40s ", option->name, shown.data);
        config_origin_print(&layers->origins[i], out);
        buf_append_byte(out, '\n');
    }
}
