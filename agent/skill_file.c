#include "agent/skill_file.h"

#include "agent/frontmatter.h"
#include "agent/skill.h"
#include "agent/skill_members.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define MAX_NAME_BYTES 64 /* of a skill in a folder of its own */

/* "a, b" and [a, b] are the same. */
static bool read_paths(const struct skill_source *source, struct skill *skill)
{
    const struct doc_value *value = skill_member(source, "paths");
    if (value == NULL)
        return true;
    const bool is_list = doc_kind(value) == DOC_ARRAY;
    if (!is_list && doc_kind(value) != DOC_STRING)
        return skill_refuse(source, "paths", "a text or a list");
    struct str rest = is_list ? STR_NULL : doc_string(value);
    struct str piece;
    struct str *words = arena_zero(source->arena, SKILL_MAX_WORDS, sizeof(*words));
    size_t count = 0;
    while (count < SKILL_MAX_WORDS && str_next(&rest, ',', &piece))
        words[count++] = arena_copy(source->arena, piece);
    for (size_t i = 0; is_list && i < doc_count(value) && count < SKILL_MAX_WORDS; i++)
        words[count++] = skill_text(doc_at(value, i), source->arena);
    for (size_t i = 0; i < count; i++)
        if (!str_is_empty(str_trim(words[i])))
            words[skill->word_count++] = str_trim(words[i]);
    skill->words = words;
    if (skill->word_count > 0)
        skill->trigger = SKILL_PATH;
    return true;
}

/* A list of names with descriptions, and nothing else of them. */
static bool read_inputs(const struct skill_source *source, struct skill *skill)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    const struct doc_value *list = doc_find(source->object, STR("inputs"));
    if (doc_kind(list) != DOC_ARRAY)
        return skill_refuse(source, "inputs", "a list");
    jsonw_init(&w, &text);
    jsonw_array(&w);
    for (size_t i = 0; i < doc_count(list); i++) {
        const struct doc_value *input = doc_at(list, i);
        const bool is_object = doc_kind(input) == DOC_OBJECT;
        const struct doc_value *name = is_object ? doc_find(input, STR("name")) : NULL;
        const struct doc_value *about = is_object ? doc_find(input, STR("description")) : NULL;
        if (name == NULL || about == NULL || !skill_is_scalar(name) || !skill_is_scalar(about))
            return skill_refuse(source, "inputs", "a list of objects with name and description");
        jsonw_object(&w);
        jsonw_string(&w, "name", skill_text(name, source->arena));
        jsonw_string(&w, "description", skill_text(about, source->arena));
        jsonw_end(&w);
    }
    jsonw_end(&w);
    skill->inputs = arena_copy(source->arena, buf_str(&text));
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

static bool read_file_trigger(const struct skill_source *source, struct skill *skill)
{
    const struct doc_value *triggers = doc_find(source->object, STR("triggers"));
    if (!read_paths(source, skill))
        return false;
    if (skill->trigger == SKILL_PATH)
        return true;
    if (triggers != NULL && !skill_read_words(source, triggers, "triggers", skill))
        return false;
    if (doc_find(source->object, STR("inputs")) != NULL) {
        skill->trigger = SKILL_TASK;
        add_task_name(skill, source->arena);
        return read_inputs(source, skill);
    }
    if (skill->word_count > 0)
        skill->trigger = SKILL_KEYWORD;
    return true;
}

/* Values of a head's metadata are texts, whatever they look like. */
static bool read_metadata(const struct skill_source *source, struct skill *skill)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    struct str name;
    void *iterator = NULL;
    const struct doc_value *value = skill_member(source, "metadata");
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_OBJECT)
        return skill_refuse(source, "metadata", "an object");
    const struct doc_value *object = value;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    while (doc_next(object, &iterator, &name, &value)) {
        jsonw_name(&w, name);
        jsonw_string(&w, NULL, skill_text(value, source->arena));
    }
    jsonw_end(&w);
    skill->metadata = arena_copy(source->arena, buf_str(&text));
    return true;
}

/* Servers are in the head of a plain file only; a folder has a file for them. */
static bool read_servers(const struct skill_source *source, const struct skill_file *file,
                         struct skill *skill)
{
    const struct doc_value *servers = skill_member(source, "mcp_tools");
    if (file->is_skill_md || servers == NULL)
        return true;
    if (doc_kind(servers) != DOC_OBJECT)
        return skill_refuse(source, "mcp_tools", "an object");
    const struct doc_value *inner = doc_find(servers, STR("mcpServers"));
    if (inner == NULL)
        return skill_read_json(source, "mcp_tools", DOC_OBJECT, &skill->mcp_tools);
    const struct skill_source wrapped = {
        .object = servers, .arena = source->arena, .error = source->error};
    return skill_read_json(&wrapped, "mcpServers", DOC_OBJECT, &skill->mcp_tools);
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
static bool read_switches(const struct skill_source *source, struct skill *skill)
{
    return skill_read_allowed_tools(source, "allowed_tools", skill) &&
           skill_read_allowed_tools(source, "allowed-tools", skill) &&
           skill_read_bool(source, "disable_model_invocation", &skill->disable_model_invocation) &&
           skill_read_bool(source, "disable-model-invocation", &skill->disable_model_invocation);
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
    const struct skill_source source = {.object = doc_root(doc), .arena = arena, .error = error};
    const bool is_read = skill_read_text(&source, "name", &skill->name) &&
                         skill_read_common(&source, skill) && read_metadata(&source, skill) &&
                         read_servers(&source, file, skill) && read_switches(&source, skill) &&
                         read_file_trigger(&source, skill);
    doc_free(doc);
    return is_read && check_name(file, skill, error);
}

/* Line ends of other systems, "\r\n" and "\r", are line ends. */
static struct str with_plain_ends(struct arena *arena, struct str text)
{
    scoped_buf struct buf plain = {0};
    if (!str_has_byte(text, '\r'))
        return text;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '\r')
            buf_append_byte(&plain, text.data[i]);
        else if (i + 1 == text.len || text.data[i + 1] != '\n')
            buf_append_byte(&plain, '\n');
    }
    return arena_copy(arena, buf_str(&plain));
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
    if (str_is_set(file->mcp_tools))
        skill.mcp_tools = arena_copy(arena, file->mcp_tools);
    if (str_is_set(file->resources))
        skill.resources = arena_copy(arena, file->resources);
    if (frontmatter_split(with_plain_ends(arena, file->text), &yaml, &content) &&
        !read_head(file, yaml, arena, &skill, error))
        return false;
    if (!check_name(file, &skill, error))
        return false;
    skill.content = arena_copy(arena, content);
    skill_settle(&skill, arena);
    *ret_skill = skill;
    return true;
}
