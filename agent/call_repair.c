#include "agent/call_repair.h"

#include <ctype.h>
#include <unistd.h>

#include "actions/git_text.h"
#include "agent/call_arguments.h"
#include "agent/tool.h"
#include "agent/tool_set.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"

static const struct alias {
    struct str name;
    struct str tool;
    bool is_command; /* the name is the first word of the command */
} aliases[] = {
    {STR_INIT("bash"), STR_INIT("terminal"), false},
    {STR_INIT("command"), STR_INIT("terminal"), false},
    {STR_INIT("execute"), STR_INIT("terminal"), false},
    {STR_INIT("execute_bash"), STR_INIT("terminal"), false},
    {STR_INIT("git"), STR_INIT("terminal"), true},
    {STR_INIT("reset"), STR_INIT("terminal"), true},
    {STR_INIT("str_replace"), STR_INIT("file_editor"), false},
    {STR_INIT("str_replace_editor"), STR_INIT("file_editor"), false},
};

void call_repair_members(struct call_arguments *arguments)
{
    static const char *const mistyped[] = {"security_rort", "securtiy_risk", "security_riks"};
    for (size_t i = 0; i < ARRAY_SIZE(mistyped); i++) {
        if (call_arguments_find(arguments, str_from(mistyped[i])) != NULL) {
            call_arguments_rename(arguments, str_from(mistyped[i]), STR("security_risk"));
            return;
        }
    }
}

/* "str_replace</function>" begins with a name. */
static struct str leading_identifier(struct str name)
{
    size_t len = 0;
    while (len < name.len && (name.data[len] == '_' || isalnum((unsigned char)name.data[len])))
        len++;
    const bool is_identifier = len > 0 && !isdigit((unsigned char)name.data[0]);
    return is_identifier ? str_slice(name, 0, len) : name;
}

static const struct alias *find_alias(const struct tool_set *set, struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (str_equal(aliases[i].name, name) && tool_set_find(set, aliases[i].tool) != NULL)
            return &aliases[i];
    }
    return NULL;
}

/* Nothing else is left for the terminal. */
static void set_command(struct call_arguments *arguments, struct str command)
{
    const struct str copy = arena_copy(&arguments->arena, command);
    for (size_t i = arguments->count; i > 0; i--) {
        const struct str name = arguments->items[i - 1].name;
        if (!str_equal(name, STR("security_risk")) && !str_equal(name, STR("summary")))
            call_arguments_remove(arguments, name);
    }
    call_arguments_set_string(arguments, STR("command"), copy);
}

static struct str first_word(struct str text)
{
    size_t len = 0;
    text = str_trim(text);
    while (len < text.len && !isspace((unsigned char)text.data[len]))
        len++;
    return str_slice(text, 0, len);
}

/* git(command="status") is git status, and so is git(command="git status"). */
static void prefix_command(struct call_arguments *arguments, struct str word)
{
    scoped_buf struct buf whole = {0};
    const struct str command = call_arguments_string(arguments, STR("command"));
    if (command.len > 0 && str_equal(first_word(command), word))
        buf_append(&whole, command);
    else if (command.len > 0)
        buf_printf(&whole, "%.*s %.*s", STR_ARG(word), STR_ARG(command));
    else
        buf_append(&whole, word);
    set_command(arguments, buf_str(&whole));
}

static bool is_in_path(const char *const *env, const char *program)
{
    struct str path = STR("/usr/local/bin:/usr/bin:/bin");
    struct str folder = STR_NULL;
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        if (str_starts_with(str_from(env[i]), STR("PATH=")))
            path = str_skip(str_from(env[i]), 5);
    }
    while (str_next(&path, ':', &folder)) {
        scoped_buf struct buf file = {0};
        buf_printf(&file, "%.*s/%s", STR_ARG(folder), program);
        if (access(file.data, X_OK) == 0)
            return true;
    }
    return false;
}

static void write_grep(bool has_ripgrep, const struct call_arguments *arguments, struct buf *out)
{
    const struct str pattern = call_arguments_string(arguments, STR("pattern"));
    const struct str path = call_arguments_string(arguments, STR("path"));
    const struct str include = call_arguments_string(arguments, STR("include"));
    scoped_buf struct buf option = {0};
    buf_append(out, has_ripgrep ? STR("rg -n -i ") : STR("grep -R -I -n -i "));
    git_text_quote_argument(out, pattern);
    buf_append_byte(out, ' ');
    git_text_quote_argument(out, str_trim(path).len > 0 ? path : STR("."));
    if (has_ripgrep)
        buf_append(out, STR(" --sortr=modified"));
    if (str_trim(include).len == 0)
        return;
    buf_append(out, has_ripgrep ? STR(" -g ") : STR(" "));
    buf_printf(&option, "%s%.*s", has_ripgrep ? "" : "--include=", STR_ARG(include));
    git_text_quote_argument(out, buf_str(&option));
}

/* A command of the shell that was taken for a tool. */
static bool become_command(const struct tool_set *set, struct str name,
                           struct call_arguments *arguments)
{
    static const char *const bare[] = {"find", "git", "ls", "pwd"};
    scoped_buf struct buf command = {0};
    const struct str pattern = call_arguments_string(arguments, STR("pattern"));
    if (str_equal(name, STR("grep")) && str_trim(pattern).len > 0)
        write_grep(is_in_path(tool_set_context(set)->env, "rg"), arguments, &command);
    for (size_t i = 0; i < ARRAY_SIZE(bare) && arguments->count == 0; i++) {
        if (str_equal(name, str_from(bare[i])))
            buf_append(&command, name);
    }
    if (command.len == 0)
        return false;
    set_command(arguments, buf_str(&command));
    return true;
}

void call_repair_name(const struct tool_set *set, struct str name, struct call_arguments *arguments,
                      struct buf *out)
{
    const struct str base = leading_identifier(name);
    const struct alias *alias = find_alias(set, base);
    if (tool_set_find(set, name) != NULL) {
        buf_append(out, name);
    } else if (tool_set_find(set, base) != NULL) {
        buf_append(out, base);
    } else if (alias != NULL) {
        if (alias->is_command)
            prefix_command(arguments, base);
        buf_append(out, alias->tool);
    } else if (tool_set_find(set, STR("terminal")) != NULL &&
               become_command(set, name, arguments)) {
        buf_append(out, STR("terminal"));
    } else {
        buf_append(out, name);
    }
}

bool call_repair_editor(struct call_arguments *arguments, struct buf *error)
{
    static const char *const signs[][2] = {{"old_str", "str_replace"},
                                           {"insert_line", "insert"},
                                           {"file_text", "create"},
                                           {"path", "view"}};
    if (call_arguments_find(arguments, STR("command")) != NULL)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (call_arguments_find(arguments, str_from(signs[i][0])) != NULL) {
            call_arguments_set_string(arguments, STR("command"), str_from(signs[i][1]));
            return true;
        }
    }
    if (call_arguments_find(arguments, STR("new_str")) != NULL ||
        call_arguments_find(arguments, STR("view_range")) != NULL)
        return true; /* what is missing is told by the check */
    buf_append(error, STR("Cannot infer 'command' for tool 'file_editor' from empty arguments "));
    call_arguments_print(arguments, error);
    buf_append(error, STR(". Expected one of: str_replace, insert, create, view with appropriate "
                          "arguments (e.g., old_str for str_replace, path for view)."));
    return false;
}

static bool is_list_of_strings(const struct doc_value *value)
{
    if (doc_kind(value) != DOC_ARRAY || doc_count(value) == 0)
        return false;
    for (size_t i = 0; i < doc_count(value); i++) {
        if (doc_kind(doc_at(value, i)) != DOC_STRING)
            return false;
    }
    return true;
}

static void join_pieces(struct call_arguments *arguments, struct str name,
                        const struct doc_value *pieces)
{
    scoped_buf struct buf whole = {0};
    for (size_t i = 0; i < doc_count(pieces); i++)
        buf_append(&whole, doc_string(doc_at(pieces, i)));
    call_arguments_set_string(arguments, name, buf_str(&whole));
}

static bool use_collection(struct call_arguments *arguments, struct str name, struct str text)
{
    struct doc_error ignored; /* the text stays what it is, and the check says why it is wrong */
    struct doc *doc = call_arguments_parse_value(text, &ignored);
    const bool is_collection = doc != NULL && (doc_kind(doc_root(doc)) == DOC_ARRAY ||
                                               doc_kind(doc_root(doc)) == DOC_OBJECT);
    if (is_collection)
        call_arguments_set(arguments, name, doc);
    else
        doc_free(doc);
    return is_collection;
}

/* "[1, 5]", also with something behind it. */
static void unpack(struct call_arguments *arguments, struct str name, struct str text)
{
    static const char ends[] = {'}', ']'};
    if (use_collection(arguments, name, text))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        const size_t at = str_find_last_byte(text, ends[i]);
        if (at != SIZE_MAX && use_collection(arguments, name, str_slice(text, 0, at + 1)))
            return;
    }
}

static void repair_value(struct call_arguments *arguments, struct str name,
                         const struct doc_value *schema)
{
    const struct doc_value *value = call_arguments_find(arguments, name);
    const struct doc_value *given =
        doc_kind(schema) == DOC_OBJECT ? doc_find(schema, STR("type")) : NULL;
    const struct str type =
        given != NULL && doc_kind(given) == DOC_STRING ? doc_string(given) : STR("");
    if (value == NULL)
        return;
    if (str_equal(type, STR("string")) && is_list_of_strings(value))
        join_pieces(arguments, name, value);
    else if ((str_equal(type, STR("array")) || str_equal(type, STR("object"))) &&
             doc_kind(value) == DOC_STRING)
        unpack(arguments, name, doc_string(value));
}

void call_repair_values(const struct tool *tool, struct call_arguments *arguments)
{
    const struct doc_value *properties = doc_find(doc_root(tool->schema), STR("properties"));
    void *iterator = NULL;
    struct str name;
    const struct doc_value *schema;
    if (properties == NULL || doc_kind(properties) != DOC_OBJECT)
        return;
    while (doc_next(properties, &iterator, &name, &schema))
        repair_value(arguments, name, schema);
}
