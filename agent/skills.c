#include "agent/skills.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/utf8.h"

struct skills {
    struct arena arena;
    struct skill *items;
    size_t count;
    size_t yields_from; /* those from here … */
    size_t yields_to;   /* … to here, exclusive, may be replaced */
};

struct skills_folder {
    struct skills *skills;
    enum skills_order order;
    struct skill *items; /* their texts are in the set's arena */
    size_t count;
};

struct skills *skills_new(void)
{
    return mem_zero(1, sizeof(struct skills));
}

void skills_free(struct skills *skills)
{
    if (skills == NULL)
        return;
    arena_fini(&skills->arena);
    free(skills->items);
    free(skills);
}

size_t skills_count(const struct skills *skills)
{
    return skills->count;
}

const struct skill *skills_at(const struct skills *skills, size_t index)
{
    return &skills->items[index];
}

const struct skill *skills_find(const struct skills *skills, struct str name)
{
    for (size_t i = 0; i < skills->count; i++)
        if (str_equal(skills->items[i].name, name))
            return &skills->items[i];
    return NULL;
}

/* --- adding --- */

static struct skill *find(struct skill *items, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(items[i].name, name))
            return &items[i];
    return NULL;
}

static bool add(struct skills *skills, const struct skill *skill)
{
    const size_t yielding = skills->yields_to - skills->yields_from;
    if (find(skills->items, skills->yields_from, skill->name) != NULL)
        return false;
    struct skill *other =
        yielding == 0 ? NULL : find(skills->items + skills->yields_from, yielding, skill->name);
    if (other != NULL) {
        *other = *skill;
        return true;
    }
    if (skills->count == SKILLS_MAX || skills_find(skills, skill->name) != NULL)
        return false;
    skills->items = mem_resize(skills->items, (skills->count + 1) * sizeof(*skills->items));
    skills->items[skills->count++] = *skill;
    return true;
}

bool skills_add_objects(struct skills *skills, const struct doc_value *objects, struct error *error)
{
    struct skill skill;
    if (objects == NULL || doc_kind(objects) == DOC_NULL)
        return true;
    if (doc_kind(objects) != DOC_ARRAY || doc_count(objects) > SKILLS_MAX)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "agent_context.skills should be a list of at most %d skills", SKILLS_MAX);
    for (size_t i = 0; i < doc_count(objects); i++) {
        if (!skill_read_object(doc_at(objects, i), &skills->arena, &skill, error))
            return error_wrap(error, "agent_context.skills[%zu]", i);
        (void)add(skills, &skill); /* the first of a name wins */
    }
    return true;
}

bool skills_add_file(struct skills *skills, const struct skill_file *file, struct error *error)
{
    struct skill skill;
    return skill_read_file(file, &skills->arena, &skill, error) &&
           (add(skills, &skill) ||
            error_set(error, ERROR_CONFLICT, "skill '%.*s' is there already", STR_ARG(skill.name)));
}

void skills_yield_from(struct skills *skills, size_t index)
{
    skills->yields_from = index;
    skills->yields_to = skills->count;
}

struct skills_folder *skills_folder_open(struct skills *skills, enum skills_order order)
{
    struct skills_folder *folder = mem_zero(1, sizeof(*folder));
    folder->skills = skills;
    folder->order = order;
    return folder;
}

enum folder_rank {
    RANK_ALWAYS,
    RANK_TRIGGERED,
    RANK_SKILL_MD,
    RANK_COUNT
};

static enum folder_rank rank_of(const struct skills_folder *folder, const struct skill *skill)
{
    if (folder->order == SKILLS_AS_FOUND)
        return RANK_ALWAYS;
    if (skill->is_agentskills_format)
        return RANK_SKILL_MD;
    return skill->trigger == SKILL_ALWAYS ? RANK_ALWAYS : RANK_TRIGGERED;
}

bool skills_folder_add(struct skills_folder *folder, const struct skill_file *file,
                       struct error *error)
{
    struct skill skill;
    if (!skill_read_file(file, &folder->skills->arena, &skill, error))
        return false;
    for (size_t i = 0; i < folder->count; i++) {
        if (!str_equal(folder->items[i].name, skill.name) ||
            rank_of(folder, &folder->items[i]) != rank_of(folder, &skill))
            continue;
        folder->items[i] = skill;
        return true;
    }
    if (folder->count == SKILLS_MAX)
        return error_set(error, ERROR_TOO_LARGE, "more than %d skills", SKILLS_MAX);
    folder->items = mem_resize(folder->items, (folder->count + 1) * sizeof(*folder->items));
    folder->items[folder->count++] = skill;
    return true;
}

void skills_folder_close(struct skills_folder *folder)
{
    for (int rank = 0; rank < RANK_COUNT; rank++)
        for (size_t i = 0; i < folder->count; i++)
            if ((int)rank_of(folder, &folder->items[i]) == rank)
                (void)add(folder->skills, &folder->items[i]); /* the first of a name wins */
    free(folder->items);
    free(folder);
}

void skills_add_text(struct skills *skills, const struct skill_file *file, struct str glob)
{
    struct skill skill = {
        .name = arena_copy(&skills->arena, file->name),
        .content = arena_copy(&skills->arena, file->text),
        .source = arena_copy(&skills->arena, file->path),
        .version = STR("1.0.0"),
    };
    if (str_is_set(glob)) {
        struct str *words = arena_zero(&skills->arena, 1, sizeof(*words));
        words[0] = arena_copy(&skills->arena, glob);
        skill.trigger = SKILL_PATH;
        skill.words = words;
        skill.word_count = 1;
        skill.disable_model_invocation = true;
    }
    (void)add(skills, &skill); /* the first of a name wins */
}

void skills_remove(struct skills *skills, struct str name)
{
    size_t kept = 0;
    for (size_t i = 0; i < skills->count; i++)
        if (!str_equal(skills->items[i].name, name))
            skills->items[kept++] = skills->items[i];
    skills->count = kept;
}

/* --- the system prompt --- */

static bool is_listed(const struct skill *skill)
{
    return (skill->is_agentskills_format || skill->trigger != SKILL_ALWAYS) &&
           !skill->disable_model_invocation;
}

/* CLAUDE.md is for Claude, when the model is known to be of another family. */
static bool is_for_model(const struct skill *skill, struct str model)
{
    const bool is_claude =
        str_contains_nocase(model, STR("claude")) || str_contains_nocase(model, STR("anthropic"));
    const bool is_gemini = str_contains_nocase(model, STR("gemini"));
    const bool is_gpt = str_contains_nocase(model, STR("gpt-"));
    const bool is_known = is_claude || is_gemini || is_gpt;
    if (is_known && str_equal_nocase(skill->name, STR("claude")))
        return is_claude;
    return !is_known || !str_equal_nocase(skill->name, STR("gemini")) || is_gemini;
}

void skills_write_repo_context(const struct skills *skills, struct str model, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < skills->count; i++) {
        const struct skill *skill = &skills->items[i];
        if (skill->is_agentskills_format || skill->trigger != SKILL_ALWAYS ||
            !is_for_model(skill, model))
            continue;
        buf_append(out, is_first ? STR("[BEGIN context from [") : STR("\n\n[BEGIN context from ["));
        buf_append(out, skill->name);
        buf_append(out, STR("]]\n"));
        buf_append(out, skill->content);
        buf_append(out, STR("\n[END Context]"));
        is_first = false;
    }
}

static void append_escaped(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '<')
            buf_append(out, STR("&lt;"));
        else if (text.data[i] == '>')
            buf_append(out, STR("&gt;"));
        else if (text.data[i] == '&')
            buf_append(out, STR("&amp;"));
        else
            buf_append_byte(out, text.data[i]);
    }
}

/* The first line that says something; what follows it in the content is not shown. */
static struct str first_line(struct str content, size_t *ret_hidden_chars)
{
    struct str rest = content;
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        if (str_is_empty(str_trim(line)) || str_starts_with(str_trim(line), STR("#")))
            continue;
        *ret_hidden_chars = utf8_count(rest) + str_is_set(rest);
        return str_trim(line);
    }
    return STR("");
}

static void write_description(const struct skill *skill, struct buf *out)
{
    size_t hidden = 0;
    struct str text =
        str_is_empty(skill->description) ? first_line(skill->content, &hidden) : skill->description;
    const size_t chars = utf8_count(text);
    if (chars > SKILL_MAX_DESCRIPTION) {
        hidden += chars - SKILL_MAX_DESCRIPTION;
        text = str_slice(text, 0, utf8_prefix_bytes(text, SKILL_MAX_DESCRIPTION));
    }
    append_escaped(str_trim(text), out);
    if (hidden == 0)
        return;
    buf_printf(out, "... [%zu characters truncated. Call invoke_skill(name=\"", hidden);
    append_escaped(skill->name, out);
    buf_append(out, STR("\") to load the full skill]"));
}

void skills_write_available(const struct skills *skills, struct buf *out)
{
    bool has_any = false;
    for (size_t i = 0; i < skills->count; i++) {
        const struct skill *skill = &skills->items[i];
        if (!is_listed(skill))
            continue;
        if (!has_any)
            buf_append(out, STR("<available_skills>\n"));
        has_any = true;
        buf_append(out, STR("  <skill>\n    <name>"));
        append_escaped(str_trim(skill->name), out);
        buf_append(out, STR("</name>\n    <description>"));
        write_description(skill, out);
        buf_append(out, STR("</description>\n  </skill>\n"));
    }
    if (has_any)
        buf_append(out, STR("</available_skills>"));
}

/* --- coming up --- */

void skills_activation_fini(struct skills_activation *activation)
{
    arena_fini(&activation->arena);
    *activation = (struct skills_activation){0};
}

static void activation_begin(const struct skills *skills, struct skills_activation *activation)
{
    *activation = (struct skills_activation){0};
    activation->names =
        arena_zero(&activation->arena, skills->count + 1, sizeof(*activation->names));
}

/* The name is copied: a skill may be gone when its activation is still there. */
static void activate(struct skills_activation *activation, const struct skill *skill)
{
    activation->names[activation->name_count++] = arena_copy(&activation->arena, skill->name);
}

static void append_info(const struct skill *skill, const char *why, struct str word,
                        struct buf *out)
{
    if (out->len > 0)
        buf_append_byte(out, '\n');
    buf_append(out, STR("<EXTRA_INFO>\n"));
    buf_append(out, str_from(why));
    buf_append(out, STR(" \""));
    buf_append(out, word);
    buf_append(out, STR("\".\n"));
    if (!str_is_empty(skill->source)) {
        buf_append(out, STR("It comes from "));
        buf_append(out, skill->source);
        buf_append(out, STR("; paths in it are relative to that place.\n"));
    }
    buf_append_byte(out, '\n');
    buf_append(out, skill->content);
    buf_append(out, STR("\n</EXTRA_INFO>"));
}

void skills_activate_words(const struct skills *skills, struct str message,
                           const struct skills_known *known,
                           struct skills_activation *ret_activation)
{
    scoped_buf struct buf text = {0};
    activation_begin(skills, ret_activation);
    for (size_t i = 0; i < skills->count; i++) {
        const struct skill *skill = &skills->items[i];
        const struct str word = skill_match_message(skill, message);
        if (!str_is_set(word) || known->is_known(known->owner, skill->name))
            continue;
        activate(ret_activation, skill);
        append_info(skill, "This may help with the request, and may not: the user's message says",
                    word, &text);
    }
    if (text.len > 0)
        ret_activation->text = arena_copy(&ret_activation->arena, buf_str(&text));
}

/* STR_NULL: it is not in the workspace. */
static struct str relative_path(const char *workspace, struct str path)
{
    struct str base = str_from(workspace);
    if (!str_starts_with(path, STR("/")))
        return str_starts_with(path, STR("./")) ? str_skip(path, 2) : path;
    while (base.len > 1 && str_ends_with(base, STR("/")))
        base = str_slice(base, 0, base.len - 1);
    if (!str_starts_with(path, base) || path.len <= base.len + 1 || path.data[base.len] != '/')
        return STR_NULL;
    return str_skip(path, base.len + 1);
}

void skills_activate_path(const struct skills *skills, const char *workspace, struct str path,
                          const struct skills_known *known,
                          struct skills_activation *ret_activation)
{
    scoped_buf struct buf text = {0};
    const struct str relative = relative_path(workspace, path);
    activation_begin(skills, ret_activation);
    for (size_t i = 0; !str_is_empty(relative) && i < skills->count; i++) {
        const struct skill *skill = &skills->items[i];
        const struct str glob = skill_match_path(skill, relative);
        if (!str_is_set(glob) || known->is_known(known->owner, skill->name))
            continue;
        activate(ret_activation, skill);
        append_info(skill, "A rule holds for the file you have just touched, and for all that fit",
                    glob, &text);
    }
    if (text.len > 0)
        ret_activation->text = arena_copy(&ret_activation->arena, buf_str(&text));
}

/* --- invoke_skill --- */

bool skills_has_invocable(const struct skills *skills)
{
    for (size_t i = 0; i < skills->count; i++)
        if (skills->items[i].is_agentskills_format && is_listed(&skills->items[i]))
            return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    const struct str *first = a;
    const struct str *second = b;
    return str_compare(*first, *second);
}

static void write_invocable(const struct skills *skills, struct buf *out)
{
    scoped_free struct str *names = mem_zero(skills->count + 1, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < skills->count; i++)
        if (!skills->items[i].disable_model_invocation)
            names[count++] = skills->items[i].name;
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        buf_append(out, names[i]);
    }
    if (count == 0)
        buf_append(out, STR("<none>"));
}

bool skills_invoke(const struct skills *skills, struct str name, const struct skill **ret_skill,
                   struct error *error)
{
    scoped_buf struct buf names = {0};
    const struct str wanted = str_trim(name);
    const struct skill *skill = skills_find(skills, wanted);
    if (skill == NULL) {
        write_invocable(skills, &names);
        return error_set(error, ERROR_NOT_FOUND, "Unknown skill '%.*s'. Available skills: %.*s.",
                         STR_ARG(wanted), STR_ARG(buf_str(&names)));
    }
    if (skill->disable_model_invocation)
        return error_set(error, ERROR_INVALID,
                         "Skill '%.*s' cannot be invoked directly. It can only be activated by "
                         "trigger matching.",
                         STR_ARG(wanted));
    *ret_skill = skill;
    return true;
}

void skills_write_footer(const struct skill *skill, const char *workspace, struct buf *out)
{
    const size_t slash = str_find_last_byte(skill->source, '/');
    if (!str_starts_with(skill->source, STR("/")) || slash == 0)
        return;
    const struct str folder = str_slice(skill->source, 0, slash);
    const struct str relative = relative_path(workspace, folder);
    buf_append(out, STR("\n\n---\nThis skill is located at `"));
    buf_append(out, str_is_empty(relative) ? folder : relative);
    buf_append(out, STR("`. Any files it references (e.g. under `scripts/`, `references/`, "
                        "`assets/`) are relative to that directory."));
}
