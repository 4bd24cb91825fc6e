#include "agent/public_skills.h"

#include "agent/prompt/text_source.h"
#include "agent/public_repository.h"
#include "agent/skills.h"
#include "agent/skills_find.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"

static struct str variable(const struct public_skills *options, const char *name)
{
    const struct str wanted = str_from(name);
    for (size_t i = 0; options->env != NULL && options->env[i] != NULL; i++) {
        const struct str entry = str_from(options->env[i]);
        if (str_starts_with(entry, wanted) && entry.len > wanted.len &&
            entry.data[wanted.len] == '=')
            return str_skip(entry, wanted.len + 1);
    }
    return STR_NULL;
}

/* Appends where the repository is; false: it is nowhere. */
static bool find_repository(const struct public_skills *options, struct buf *path)
{
    const struct str copy = variable(options, "EXTENSIONS_PATH");
    const struct str ref = variable(options, "EXTENSIONS_REF");
    const struct public_repository repository = {
        .processes = options->processes,
        .env = options->env,
        .state_dir = options->state_dir,
        .ref = str_is_empty(ref) ? STR("main") : ref,
    };
    if (str_is_empty(copy))
        return public_repository_get(&repository, path);
    if (str_equal(copy, STR("~")) || str_starts_with(copy, STR("~/")))
        buf_printf(path, "%s%.*s", options->home, STR_ARG(str_skip(copy, 1)));
    else
        buf_append(path, copy);
    return true;
}

/* --- the marketplace --- */

static bool has_text(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING;
}

/* False: it is no marketplace. NULL: it lists nothing. */
static bool find_plugins(const struct doc_value *root, const struct doc_value **ret_plugins)
{
    const struct doc_value *owner =
        doc_kind(root) == DOC_OBJECT ? doc_find(root, STR("owner")) : NULL;
    if (owner == NULL || doc_kind(owner) != DOC_OBJECT || !has_text(owner, "name") ||
        !has_text(root, "name"))
        return false;
    const struct doc_value *plugins = doc_find(root, STR("plugins"));
    for (size_t i = 0; plugins != NULL && i < doc_count(plugins); i++) {
        const struct doc_value *plugin = doc_kind(plugins) == DOC_ARRAY ? doc_at(plugins, i) : NULL;
        if (plugin == NULL || doc_kind(plugin) != DOC_OBJECT || !has_text(plugin, "name") ||
            doc_find(plugin, STR("source")) == NULL)
            return false;
    }
    *ret_plugins = plugins;
    return plugins == NULL || doc_kind(plugins) == DOC_ARRAY;
}

static struct doc *read_marketplace(const char *repository, struct str marketplace)
{
    scoped_buf struct buf path = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    struct error error;
    buf_printf(&path, "%s/%.*s", repository, STR_ARG(marketplace));
    if (text_source_read(path.data, &text, &error))
        return doc_parse(buf_str(&text), &why);
    log_debug("skills.no_marketplace", "reason=%s", error.text);
    return NULL;
}

static void add_listed(const char *repository, const struct doc_value *plugins,
                       struct skills *skills)
{
    struct skills_folder *folder = skills_folder_open(skills, SKILLS_AS_FOUND);
    for (size_t i = 0; plugins != NULL && i < doc_count(plugins); i++)
        skills_find_named(folder, repository,
                          doc_string(doc_find(doc_at(plugins, i), STR("name"))));
    skills_folder_close(folder);
}

void public_skills_add(const struct public_skills *options, struct skills *skills)
{
    scoped_buf struct buf repository = {0};
    const struct doc_value *plugins;
    const bool is_filtered = str_is_set(options->marketplace);
    if (!find_repository(options, &repository))
        return;
    struct doc *doc = is_filtered ? read_marketplace(repository.data, options->marketplace) : NULL;
    if (doc != NULL && find_plugins(doc_root(doc), &plugins))
        add_listed(repository.data, plugins, skills);
    else if (!is_filtered || str_equal(options->marketplace, STR(PUBLIC_SKILLS_MARKETPLACE)))
        skills_find_repository(skills, repository.data);
    else
        log_warn("skills.no_marketplace", "path=%.*s", STR_ARG(options->marketplace));
    doc_free(doc);
}
