#include "agent/skill.h"

#include "agent/frontmatter.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/regex.h"

#define MAX_NAME_BYTES 64 /* of a skill in a folder of its own */
#define MAX_WORDS      1000

#define ASK_FOR_INPUTS                                                                             \
    "\n\nIf the user didn't provide any of these variables, ask the user to provide them first "   \
    "before the agent can proceed with the task."

/* --- members --- */

struct source {
    const struct doc_value *object;
    struct arena *arena;
    struct error *error;
};

static const struct doc_value *member(const struct source *source, const char *name)
{
    const struct doc_value *value = doc_find(source->object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static bool refuse(const struct source *source, const char *name, const char *expected)
{
    return error_set(source->error, ERROR_UNPROCESSABLE, "skill: %s should be %s", name, expected);
}

/* A number in a head is meant as text. */
static struct str text_of(const struct doc_value *value, struct arena *arena)
{
    scoped_buf struct buf text = {0};
    if (doc_kind(value) == DOC_STRING)
        return arena_copy(arena, doc_string(value));
    doc_print(value, &text);
    return arena_copy(arena, buf_str(&text));
}

static bool is_scalar(const struct doc_value *value)
{
    return doc_kind(value) != DOC_ARRAY && doc_kind(value) != DOC_OBJECT;
}

static bool read_text(const struct source *source, const char *name, struct str *field)
{
    const struct doc_value *value = member(source, name);
    if (value == NULL)
        return true;
    if (!is_scalar(value))
        return refuse(source, name, "a string");
    *field = text_of(value, source->arena);
    return true;
}

static bool read_bool(const struct source *source, const char *name, bool *field)
{
    const struct doc_value *value = member(source, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_BOOL)
        return refuse(source, name, "a boolean");
    *field = doc_bool(value);
    return true;
}

static bool read_json(const struct source *source, const char *name, enum doc_kind kind,
                      struct str *field)
{
    scoped_buf struct buf text = {0};
    const struct doc_value *value = member(source, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != kind)
        return refuse(source, name, kind == DOC_ARRAY ? "a list" : "an object");
    doc_print(value, &text);
    *field = arena_copy(source->arena, buf_str(&text));
    return true;
}

static bool read_words(const struct source *source, const struct doc_value *list, const char *name,
                       struct skill *skill)
{
    if (list == NULL || doc_kind(list) != DOC_ARRAY || doc_count(list) > MAX_WORDS)
        return refuse(source, name, "a list of texts");
    /* One more, for the name of a task. */
    struct str *words = arena_zero(source->arena, doc_count(list) + 1, sizeof(*words));
    for (size_t i = 0; i < doc_count(list); i++) {
        if (!is_scalar(doc_at(list, i)))
            return refuse(source, name, "a list of texts");
        words[i] = text_of(doc_at(list, i), source->arena);
    }
    skill->words = words;
    skill->word_count = doc_count(list);
    return true;
}

/* What every skill has, wherever it comes from. */
static bool read_common(const struct source *source, struct skill *skill)
{
    return read_text(source, "version", &skill->version) &&
           read_text(source, "description", &skill->description) &&
           read_text(source, "license", &skill->license) &&
           read_text(source, "compatibility", &skill->compatibility) &&
           read_json(source, "inputs", DOC_ARRAY, &skill->inputs) &&
           read_json(source, "mcp_tools", DOC_OBJECT, &skill->mcp_tools) &&
           read_json(source, "metadata", DOC_OBJECT, &skill->metadata);
}

/* "Read Grep" and ["Read","Grep"] are the same. */
static bool read_allowed_tools(const struct source *source, const char *name, struct skill *skill)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    const struct doc_value *value = member(source, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_STRING)
        return read_json(source, name, DOC_ARRAY, &skill->allowed_tools);
    struct str rest = doc_string(value);
    struct str piece;
    jsonw_init(&w, &text);
    jsonw_array(&w);
    while (str_next(&rest, ' ', &piece))
        if (!str_is_empty(piece))
            jsonw_string(&w, NULL, piece);
    jsonw_end(&w);
    skill->allowed_tools = arena_copy(source->arena, buf_str(&text));
    return true;
}

/* Rules of places only ever come up by themselves; tasks ask for what they need. */
static void settle(struct skill *skill, struct arena *arena)
{
    if (skill->trigger == SKILL_PATH)
        skill->disable_model_invocation = true;
    if (skill->trigger != SKILL_TASK || str_contains(skill->content, STR(ASK_FOR_INPUTS)) ||
        str_is_empty(skill->content))
        return;
    if (str_is_set(skill->inputs) || str_contains(skill->content, STR("${")))
        skill->content = arena_printf(arena, "%.*s%s", STR_ARG(skill->content), ASK_FOR_INPUTS);
}

/* --- objects --- */

struct trigger_kind {
    enum skill_trigger trigger;
    const char *type;
    const char *words;
};

static const struct trigger_kind trigger_kinds[] = {
    {SKILL_KEYWORD, "keyword", "keywords"},
    {SKILL_TASK, "task", "triggers"},
    {SKILL_PATH, "path", "paths"},
};

static bool read_trigger(const struct source *source, struct skill *skill)
{
    const struct doc_value *trigger = member(source, "trigger");
    if (trigger == NULL)
        return true;
    if (doc_kind(trigger) != DOC_OBJECT)
        return refuse(source, "trigger", "an object");
    const struct doc_value *type = doc_find(trigger, STR("type"));
    for (size_t i = 0; type != NULL && i < ARRAY_SIZE(trigger_kinds); i++) {
        const struct trigger_kind *kind = &trigger_kinds[i];
        if (doc_kind(type) != DOC_STRING || !str_equal(doc_string(type), str_from(kind->type)))
            continue;
        skill->trigger = kind->trigger;
        return read_words(source, doc_find(trigger, str_from(kind->words)), kind->words, skill);
    }
    return refuse(source, "trigger.type", "'keyword', 'task' or 'path'");
}

bool skill_read_object(const struct doc_value *object, struct arena *arena, struct skill *ret_skill,
                       struct error *error)
{
    struct skill skill = {.version = STR("1.0.0")};
    const struct source source = {.object = object, .arena = arena, .error = error};
    if (doc_kind(object) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "a skill should be an object");
    if (member(&source, "name") == NULL || member(&source, "content") == NULL)
        return error_set(error, ERROR_UNPROCESSABLE, "skill: name and content are required");
    if (!read_text(&source, "name", &skill.name) ||
        !read_text(&source, "content", &skill.content) ||
        !read_text(&source, "source", &skill.source) || !read_common(&source, &skill) ||
        !read_trigger(&source, &skill) ||
        !read_json(&source, "resources", DOC_OBJECT, &skill.resources) ||
        !read_allowed_tools(&source, "allowed_tools", &skill) ||
        !read_bool(&source, "is_agentskills_format", &skill.is_agentskills_format) ||
        !read_bool(&source, "disable_model_invocation", &skill.disable_model_invocation))
        return false;
    settle(&skill, arena);
    *ret_skill = skill;
    return true;
}

/* --- files --- */

/* "a, b" and [a, b] are the same. */
static bool read_paths(const struct source *source, struct skill *skill)
{
    const struct doc_value *value = member(source, "paths");
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_STRING) {
        skill->trigger = SKILL_PATH;
        return read_words(source, value, "paths", skill);
    }
    struct str rest = doc_string(value);
    struct str piece;
    struct str *words = arena_zero(source->arena, MAX_WORDS, sizeof(*words));
    while (skill->word_count < MAX_WORDS && str_next(&rest, ',', &piece))
        if (!str_is_empty(str_trim(piece)))
            words[skill->word_count++] = arena_copy(source->arena, str_trim(piece));
    skill->words = words;
    if (skill->word_count > 0)
        skill->trigger = SKILL_PATH;
    return true;
}

static bool has_word(const struct skill *skill, struct str word)
{
    for (size_t i = 0; i < skill->word_count; i++)
        if (str_equal(skill->words[i], word))
            return true;
    return false;
}

/* A task can always be called by its name. */
static void add_task_name(struct skill *skill, struct arena *arena)
{
    const struct str call = arena_printf(arena, "/%.*s", STR_ARG(skill->name));
    if (has_word(skill, call))
        return;
    struct str *words = arena_zero(arena, skill->word_count + 1, sizeof(*words));
    if (skill->word_count > 0)
        memcpy(words, skill->words, skill->word_count * sizeof(*words));
    words[skill->word_count++] = call;
    skill->words = words;
}

static bool read_file_trigger(const struct source *source, struct skill *skill)
{
    const struct doc_value *triggers = member(source, "triggers");
    if (!read_paths(source, skill))
        return false;
    if (skill->trigger == SKILL_PATH)
        return true;
    if (triggers != NULL && !read_words(source, triggers, "triggers", skill))
        return false;
    if (doc_find(source->object, STR("inputs")) != NULL) {
        skill->trigger = SKILL_TASK;
        add_task_name(skill, source->arena);
    } else if (skill->word_count > 0) {
        skill->trigger = SKILL_KEYWORD;
    }
    return true;
}

static bool is_proper_name(struct str name)
{
    if (name.len == 0 || name.len > MAX_NAME_BYTES)
        return false;
    bool is_dash = true; /* none at the beginning, none behind another */
    for (size_t i = 0; i < name.len; i++) {
        const char byte = name.data[i];
        const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!is_letter && (byte != '-' || is_dash))
            return false;
        is_dash = byte == '-';
    }
    return !is_dash;
}

static bool check_name(const struct skill_file *file, const struct skill *skill,
                       struct error *error)
{
    if (!file->is_skill_md)
        return true;
    if (!is_proper_name(skill->name))
        return error_set(error, ERROR_INVALID,
                         "skill '%.*s': a name has lower-case letters, digits and single dashes",
                         STR_ARG(skill->name));
    if (!str_equal(skill->name, file->name))
        return error_set(error, ERROR_INVALID, "skill '%.*s' stands in a folder '%.*s'",
                         STR_ARG(skill->name), STR_ARG(file->name));
    return true;
}

/* Two spellings are about: of the standard, and of Python. */
static bool read_switches(const struct source *source, struct skill *skill)
{
    return read_allowed_tools(source, "allowed_tools", skill) &&
           read_allowed_tools(source, "allowed-tools", skill) &&
           read_bool(source, "disable_model_invocation", &skill->disable_model_invocation) &&
           read_bool(source, "disable-model-invocation", &skill->disable_model_invocation);
}

static bool read_head(const struct skill_file *file, struct str yaml, struct arena *arena,
                      struct skill *skill, struct error *error)
{
    scoped_buf struct buf json = {0};
    struct doc_error why;
    if (!frontmatter_to_json(yaml, &json, error))
        return false;
    struct doc *doc = doc_parse(buf_str(&json), &why);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, "the head is not readable: %s", why.text);
    const struct source source = {.object = doc_root(doc), .arena = arena, .error = error};
    const bool is_read = read_text(&source, "name", &skill->name) && read_common(&source, skill) &&
                         read_switches(&source, skill) && read_file_trigger(&source, skill);
    doc_free(doc);
    return is_read && check_name(file, skill, error);
}

bool skill_read_file(const struct skill_file *file, struct arena *arena, struct skill *ret_skill,
                     struct error *error)
{
    struct str yaml;
    struct str content;
    struct skill skill = {
        .name = arena_copy(arena, file->name),
        .source = arena_copy(arena, file->path),
        .version = STR("1.0.0"),
        .is_agentskills_format = file->is_skill_md,
    };
    if (frontmatter_split(file->text, &yaml, &content) &&
        !read_head(file, yaml, arena, &skill, error))
        return false;
    if (!check_name(file, &skill, error))
        return false;
    skill.content = arena_copy(arena, content);
    settle(&skill, arena);
    *ret_skill = skill;
    return true;
}

/* --- as clients see it --- */

static void write_json(struct jsonw *w, const char *name, struct str json, const char *otherwise)
{
    jsonw_raw(w, name, str_is_set(json) ? json : str_from(otherwise));
}

static void write_trigger(struct jsonw *w, const struct skill *skill)
{
    if (skill->trigger == SKILL_ALWAYS) {
        jsonw_null(w, "trigger");
        return;
    }
    const struct trigger_kind *kind = &trigger_kinds[skill->trigger - SKILL_KEYWORD];
    jsonw_object_in(w, "trigger");
    jsonw_cstr(w, "type", kind->type);
    jsonw_array_in(w, kind->words);
    for (size_t i = 0; i < skill->word_count; i++)
        jsonw_string(w, NULL, skill->words[i]);
    jsonw_end(w);
    jsonw_end(w);
}

void skill_write(const struct skill *skill, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "name", skill->name);
    jsonw_string(&w, "content", skill->content);
    write_trigger(&w, skill);
    jsonw_string_or_null(&w, "source", skill->source);
    write_json(&w, "mcp_tools", skill->mcp_tools, "null");
    write_json(&w, "inputs", skill->inputs, "[]");
    jsonw_bool(&w, "is_agentskills_format", skill->is_agentskills_format);
    jsonw_string(&w, "version", skill->version);
    jsonw_string_or_null(&w, "description", skill->description);
    jsonw_string_or_null(&w, "license", skill->license);
    jsonw_string_or_null(&w, "compatibility", skill->compatibility);
    write_json(&w, "metadata", skill->metadata, "null");
    write_json(&w, "allowed_tools", skill->allowed_tools, "null");
    jsonw_bool(&w, "disable_model_invocation", skill->disable_model_invocation);
    write_json(&w, "resources", skill->resources, "null");
    jsonw_end(&w);
}

/* --- coming up --- */

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* As a whole word: what stands before and behind is no letter and no digit. */
static bool says(struct str message, struct str word)
{
    if (str_is_empty(word))
        return false;
    for (size_t at = 0; at + word.len <= message.len; at++) {
        const size_t end = at + word.len;
        if (!str_equal_nocase(str_slice(message, at, end), word))
            continue;
        const bool is_cut = (at > 0 && is_word_byte(message.data[at - 1])) ||
                            (end < message.len && is_word_byte(message.data[end]));
        if (!is_cut)
            return true;
    }
    return false;
}

struct str skill_match_message(const struct skill *skill, struct str message)
{
    if (skill->trigger != SKILL_KEYWORD && skill->trigger != SKILL_TASK)
        return STR_NULL;
    for (size_t i = 0; i < skill->word_count; i++)
        if (says(message, skill->words[i]))
            return skill->words[i];
    return STR_NULL;
}

/* The expression of a glob: "**" goes through folders, "*" and "?" do not. */
static void write_expression(struct str glob, struct buf *out)
{
    struct str rest = glob;
    if (!str_has_byte(glob, '/'))
        buf_append(out, STR("(?:.*/)?"));
    while (!str_is_empty(rest)) {
        size_t taken = 1;
        if (str_starts_with(rest, STR("**/"))) {
            buf_append(out, STR("(?:.*/)?"));
            taken = 3;
        } else if (str_starts_with(rest, STR("**"))) {
            buf_append(out, STR(".*"));
            taken = 2;
        } else if (rest.data[0] == '*') {
            buf_append(out, STR("[^/]*"));
        } else if (rest.data[0] == '?') {
            buf_append(out, STR("[^/]"));
        } else {
            if (!is_word_byte(rest.data[0]) && (unsigned char)rest.data[0] < 0x80)
                buf_append_byte(out, '\\');
            buf_append_byte(out, rest.data[0]);
        }
        rest = str_skip(rest, taken);
    }
}

static bool glob_fits(struct str glob, struct str path)
{
    scoped_buf struct buf expression = {0};
    struct regex *regex;
    struct error none;
    write_expression(glob, &expression);
    if (str_is_empty(glob) || !regex_new(buf_str(&expression), &regex, &none))
        return false;
    const bool is_match = regex_matches(regex, path);
    regex_free(regex);
    return is_match;
}

struct str skill_match_path(const struct skill *skill, struct str path)
{
    if (skill->trigger != SKILL_PATH)
        return STR_NULL;
    for (size_t i = 0; i < skill->word_count; i++)
        if (glob_fits(skill->words[i], path))
            return skill->words[i];
    return STR_NULL;
}
