#include "agent/skill.h"

#include "agent/skill_members.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/regex.h"

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

static bool read_trigger(const struct skill_source *source, struct skill *skill)
{
    const struct doc_value *trigger = skill_member(source, "trigger");
    if (trigger == NULL)
        return true;
    if (doc_kind(trigger) != DOC_OBJECT)
        return skill_refuse(source, "trigger", "an object");
    const struct doc_value *type = doc_find(trigger, STR("type"));
    for (size_t i = 0; type != NULL && i < ARRAY_SIZE(trigger_kinds); i++) {
        const struct trigger_kind *kind = &trigger_kinds[i];
        if (doc_kind(type) != DOC_STRING || !str_equal(doc_string(type), str_from(kind->type)))
            continue;
        skill->trigger = kind->trigger;
        return skill_read_words(source, doc_find(trigger, str_from(kind->words)), kind->words,
                                skill);
    }
    return skill_refuse(source, "trigger.type", "'keyword', 'task' or 'path'");
}

bool skill_read_object(const struct doc_value *object, struct arena *arena, struct skill *ret_skill,
                       struct error *error)
{
    struct skill skill = {.version = STR("1.0.0")};
    const struct skill_source source = {.object = object, .arena = arena, .error = error};
    if (doc_kind(object) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "a skill should be an object");
    if (skill_member(&source, "name") == NULL || skill_member(&source, "content") == NULL)
        return error_set(error, ERROR_UNPROCESSABLE, "skill: name and content are required");
    if (!skill_read_text(&source, "name", &skill.name) ||
        !skill_read_text(&source, "content", &skill.content) ||
        !skill_read_text(&source, "source", &skill.source) ||
        !skill_read_text(&source, "version", &skill.version) ||
        !skill_read_common(&source, &skill) ||
        !skill_read_json(&source, "inputs", DOC_ARRAY, &skill.inputs) ||
        !skill_read_json(&source, "mcp_tools", DOC_OBJECT, &skill.mcp_tools) ||
        !skill_read_json(&source, "metadata", DOC_OBJECT, &skill.metadata) ||
        !read_trigger(&source, &skill) ||
        !skill_read_json(&source, "resources", DOC_OBJECT, &skill.resources) ||
        !skill_read_allowed_tools(&source, "allowed_tools", &skill) ||
        !skill_read_bool(&source, "is_agentskills_format", &skill.is_agentskills_format) ||
        !skill_read_bool(&source, "disable_model_invocation", &skill.disable_model_invocation))
        return false;
    skill_settle(&skill, arena);
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

/* As a whole word: what stands before and behind is no letter and no digit. */
static bool says(struct str message, struct str word)
{
    if (str_is_empty(word))
        return false;
    for (size_t at = 0; at + word.len <= message.len; at++) {
        const size_t end = at + word.len;
        if (!str_equal_nocase(str_slice(message, at, end), word))
            continue;
        const bool is_cut = (at > 0 && skill_is_word_byte(message.data[at - 1])) ||
                            (end < message.len && skill_is_word_byte(message.data[end]));
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
            if (!skill_is_word_byte(rest.data[0]) && (unsigned char)rest.data[0] < 0x80)
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
