#include "agent/skill_members.h"

#include "agent/skill.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define ASK_FOR_INPUTS                                                                             \
    "\n\nIf the user didn't provide any of these variables, ask the user to provide them first "   \
    "before the agent can proceed with the task."

const struct doc_value *skill_member(const struct skill_source *source, const char *name)
{
    const struct doc_value *value = doc_find(source->object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

bool skill_refuse(const struct skill_source *source, const char *name, const char *expected)
{
    return error_set(source->error, ERROR_UNPROCESSABLE, "skill: %s should be %s", name, expected);
}

/* A number in a head is meant as text. */
struct str skill_text(const struct doc_value *value, struct arena *arena)
{
    scoped_buf struct buf text = {0};
    if (doc_kind(value) == DOC_STRING)
        return arena_copy(arena, doc_string(value));
    doc_print(value, &text);
    return arena_copy(arena, buf_str(&text));
}

bool skill_is_scalar(const struct doc_value *value)
{
    return doc_kind(value) != DOC_ARRAY && doc_kind(value) != DOC_OBJECT;
}

bool skill_read_text(const struct skill_source *source, const char *name, struct str *field)
{
    const struct doc_value *value = skill_member(source, name);
    if (value == NULL)
        return true;
    if (!skill_is_scalar(value))
        return skill_refuse(source, name, "a string");
    *field = skill_text(value, source->arena);
    return true;
}

static bool is_one_of(struct str text, const struct str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_nocase(text, words[i]))
            return true;
    return false;
}

/* People write yes and no in heads, too. */
bool skill_read_bool(const struct skill_source *source, const char *name, bool *field)
{
    static const struct str truths[] = {STR_INIT("true"), STR_INIT("yes"), STR_INIT("on"),
                                        STR_INIT("y"),    STR_INIT("t"),   STR_INIT("1")};
    static const struct str lies[] = {STR_INIT("false"), STR_INIT("no"), STR_INIT("off"),
                                      STR_INIT("n"),     STR_INIT("f"),  STR_INIT("0")};
    const struct doc_value *value = skill_member(source, name);
    if (value == NULL)
        return true;
    if (!skill_is_scalar(value))
        return skill_refuse(source, name, "a boolean");
    const struct str text = skill_text(value, source->arena);
    if (!is_one_of(text, truths, ARRAY_SIZE(truths)) && !is_one_of(text, lies, ARRAY_SIZE(lies)))
        return skill_refuse(source, name, "a boolean");
    *field = is_one_of(text, truths, ARRAY_SIZE(truths));
    return true;
}

bool skill_read_json(const struct skill_source *source, const char *name, enum doc_kind kind,
                     struct str *field)
{
    scoped_buf struct buf text = {0};
    const struct doc_value *value = skill_member(source, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != kind)
        return skill_refuse(source, name, kind == DOC_ARRAY ? "a list" : "an object");
    doc_print(value, &text);
    *field = arena_copy(source->arena, buf_str(&text));
    return true;
}

bool skill_read_words(const struct skill_source *source, const struct doc_value *list,
                      const char *name, struct skill *skill)
{
    if (list == NULL || doc_kind(list) != DOC_ARRAY || doc_count(list) > SKILL_MAX_WORDS)
        return skill_refuse(source, name, "a list of texts");
    /* One more, for the name of a task. */
    struct str *words = arena_zero(source->arena, doc_count(list) + 1, sizeof(*words));
    for (size_t i = 0; i < doc_count(list); i++) {
        if (!skill_is_scalar(doc_at(list, i)))
            return skill_refuse(source, name, "a list of texts");
        words[i] = skill_text(doc_at(list, i), source->arena);
    }
    skill->words = words;
    skill->word_count = doc_count(list);
    return true;
}

/* What every skill has, wherever it comes from. */
bool skill_read_common(const struct skill_source *source, struct skill *skill)
{
    return skill_read_text(source, "description", &skill->description) &&
           skill_read_text(source, "license", &skill->license) &&
           skill_read_text(source, "compatibility", &skill->compatibility);
}

/* "Read Grep" and ["Read","Grep"] are the same. */
bool skill_read_allowed_tools(const struct skill_source *source, const char *name,
                              struct skill *skill)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    const struct doc_value *value = skill_member(source, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_STRING && doc_kind(value) != DOC_ARRAY)
        return skill_refuse(source, name, "a list");
    struct str rest = doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
    struct str piece;
    jsonw_init(&w, &text);
    jsonw_array(&w);
    while (str_next(&rest, ' ', &piece))
        if (!str_is_empty(piece))
            jsonw_string(&w, NULL, piece);
    for (size_t i = 0; doc_kind(value) == DOC_ARRAY && i < doc_count(value); i++)
        jsonw_string(&w, NULL, skill_text(doc_at(value, i), source->arena));
    jsonw_end(&w);
    skill->allowed_tools = arena_copy(source->arena, buf_str(&text));
    return true;
}

bool skill_is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* "${name}" is something that the user has to say. */
static bool has_variable(struct str content)
{
    for (size_t at; (at = str_find(content, STR("${"))) != SIZE_MAX;) {
        content = str_skip(content, at + 2);
        size_t len = 0;
        while (len < content.len &&
               (skill_is_word_byte(content.data[len]) || content.data[len] == '_'))
            len++;
        const bool is_digit = len > 0 && content.data[0] >= '0' && content.data[0] <= '9';
        if (len > 0 && !is_digit && len < content.len && content.data[len] == '}')
            return true;
    }
    return false;
}

/* Rules of places only ever come up by themselves; tasks ask for what they need. */
void skill_settle(struct skill *skill, struct arena *arena)
{
    if (skill->trigger == SKILL_PATH)
        skill->disable_model_invocation = true;
    if (skill->trigger != SKILL_TASK || str_contains(skill->content, STR(ASK_FOR_INPUTS)) ||
        str_is_empty(skill->content))
        return;
    const bool has_inputs = str_is_set(skill->inputs) && !str_equal(skill->inputs, STR("[]"));
    if (has_inputs || has_variable(skill->content))
        skill->content = arena_printf(arena, "%.*s%s", STR_ARG(skill->content), ASK_FOR_INPUTS);
}
