#include "agent/skill_catalog.h"

#include <stdlib.h>

#include "agent/public_skills.h"
#include "agent/skill.h"
#include "agent/skills.h"
#include "agent/skills_find.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

/* Skills of several tiers, borrowed from them. */
struct merge {
    const struct skill **items;
    size_t count;
};

static void merge_skill(struct merge *merge, const struct skill *skill)
{
    for (size_t i = 0; i < merge->count; i++) {
        if (!str_equal(merge->items[i]->name, skill->name))
            continue;
        merge->items[i] = skill;
        return;
    }
    merge->items = mem_resize(merge->items, (merge->count + 1) * sizeof(*merge->items));
    merge->items[merge->count++] = skill;
}

static void merge_tier(struct merge *merge, const struct skills *tier)
{
    for (size_t i = 0; i < skills_count(tier); i++)
        merge_skill(merge, skills_at(tier, i));
}

/* --- tiers --- */

static struct skills *find_public(const struct skill_catalog *catalog)
{
    const struct public_skills options = {
        .processes = catalog->processes,
        .env = catalog->env,
        .home = catalog->home,
        .state_dir = catalog->state_dir,
        .marketplace = catalog->marketplace,
    };
    struct skills *skills = skills_new();
    if (catalog->has_public)
        public_skills_add(&options, skills);
    return skills;
}

static struct skills *find_user(const struct skill_catalog *catalog)
{
    struct skills *skills = skills_new();
    if (catalog->has_user)
        skills_find_user(skills, catalog->home, catalog->state_dir);
    return skills;
}

static struct skills *find_project(const struct skill_catalog *catalog)
{
    const struct skills_find_git git = {.processes = catalog->processes, .env = catalog->env};
    struct skills *skills = skills_new();
    if (catalog->project != NULL)
        skills_find_project(skills, catalog->project, catalog->processes == NULL ? NULL : &git);
    return skills;
}

/* --- as clients see them --- */

static const char *type_of(const struct skill *skill)
{
    if (skill->is_agentskills_format)
        return "agentskills";
    return skill->trigger == SKILL_ALWAYS ? "repo" : "knowledge";
}

/* Only what a user says is a trigger here, no path. */
static void write_triggers(const struct skill *skill, struct jsonw *w)
{
    const bool has_words = skill->trigger == SKILL_KEYWORD || skill->trigger == SKILL_TASK;
    jsonw_array_in(w, "triggers");
    for (size_t i = 0; has_words && i < skill->word_count; i++)
        jsonw_string(w, NULL, skill->words[i]);
    jsonw_end(w);
}

static void write_skill(const struct skill *skill, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_string(w, "name", skill->name);
    jsonw_cstr(w, "type", type_of(skill));
    jsonw_string(w, "content", skill->content);
    write_triggers(skill, w);
    jsonw_string_or_null(w, "source", skill->source);
    jsonw_string_or_null(w, "description", skill->description);
    jsonw_bool(w, "is_agentskills_format", skill->is_agentskills_format);
    jsonw_bool(w, "disable_model_invocation", skill->disable_model_invocation);
    jsonw_end(w);
}

/* How many each tier has, before the next one takes names away from it. */
struct sources {
    size_t sandbox;
    size_t base;
    size_t project;
};

static void write_sources(const struct sources *sources, struct jsonw *w)
{
    jsonw_object_in(w, "sources");
    jsonw_uint(w, "sandbox", sources->sandbox);
    jsonw_uint(w, "registered_marketplaces", 0);
    jsonw_uint(w, "sdk_base", sources->base);
    jsonw_uint(w, "org", 0);
    jsonw_uint(w, "project", sources->project);
    jsonw_end(w);
}

static void write_all(const struct merge *merge, const struct sources *sources, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_array_in(&w, "skills");
    for (size_t i = 0; i < merge->count; i++)
        write_skill(merge->items[i], &w);
    jsonw_end(&w);
    write_sources(sources, &w);
    jsonw_end(&w);
}

void skill_catalog_write(const struct skill_catalog *catalog, struct buf *out)
{
    const struct skill hosts = {.name = STR("work_hosts"), .content = catalog->hosts};
    struct skills *public = find_public(catalog);
    struct skills *user = find_user(catalog);
    struct skills *project = find_project(catalog);
    struct merge base = {0};
    struct merge all = {0};
    struct sources sources = {.project = skills_count(project)};
    merge_tier(&base, public);
    merge_tier(&base, user);
    sources.base = base.count;
    if (str_is_set(catalog->hosts)) {
        sources.sandbox = 1;
        merge_skill(&all, &hosts);
    }
    for (size_t i = 0; i < base.count; i++)
        merge_skill(&all, base.items[i]);
    merge_tier(&all, project);
    write_all(&all, &sources, out);
    free(base.items);
    free(all.items);
    skills_free(public);
    skills_free(user);
    skills_free(project);
}
