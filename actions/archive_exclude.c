#include "actions/archive_exclude.h"

#include "actions/glob.h"
#include "server/base/attributes.h"

static const struct str default_excludes[] = {
    STR_INIT(".git/"),          STR_INIT("node_modules/"), STR_INIT(".venv/"),
    STR_INIT("venv/"),          STR_INIT("__pycache__/"),  STR_INIT(".mypy_cache/"),
    STR_INIT(".pytest_cache/"), STR_INIT(".ruff_cache/"),  STR_INIT("dist/"),
    STR_INIT("build/"),         STR_INIT(".next/"),        STR_INIT("target/"),
    STR_INIT("*.pyc"),
};

const struct str *archive_default_excludes(size_t *ret_count)
{
    *ret_count = ARRAY_SIZE(default_excludes);
    return default_excludes;
}

static struct str without_final_slashes(struct str pattern)
{
    while (str_ends_with(pattern, STR("/")))
        pattern.len--;
    return pattern;
}

/* The pattern against the path or one of its prefixes, component by component. */
static bool matches_anchored(struct str pattern, struct str path, bool must_be_prefix)
{
    struct str part;
    struct str name;
    while (str_next(&pattern, '/', &part)) {
        if (!str_next(&path, '/', &name) || !glob_fnmatch(part, name))
            return false;
    }
    return str_is_set(path) || !must_be_prefix;
}

/* The pattern against any component; not the last one when that is only a file's name. */
static bool matches_component(struct str pattern, struct str path, bool skips_last)
{
    struct str name;
    while (str_next(&path, '/', &name)) {
        const bool is_last = !str_is_set(path);
        if (!(is_last && skips_last) && glob_fnmatch(pattern, name))
            return true;
    }
    return false;
}

bool archive_is_excluded(const struct str *patterns, size_t count, struct str path,
                         bool is_directory)
{
    for (size_t i = 0; i < count; i++) {
        const struct str pattern = without_final_slashes(patterns[i]);
        const bool needs_directory = pattern.len < patterns[i].len && !is_directory;
        const bool matches = str_has_byte(pattern, '/')
                                 ? matches_anchored(pattern, path, needs_directory)
                                 : matches_component(pattern, path, needs_directory);
        if (matches)
            return true;
    }
    return false;
}

static bool is_sensitive_name(struct str name)
{
    static const struct str names[] = {
        STR_INIT("config"),           STR_INIT("config.worktree"), STR_INIT("credentials"),
        STR_INIT(".git-credentials"), STR_INIT("FETCH_HEAD"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (str_equal(name, names[i]))
            return true;
    return false;
}

bool archive_is_sensitive(struct str path)
{
    struct str name = STR_NULL;
    while (str_next(&path, '/', &name) && !str_equal(name, STR(".git")))
        continue;
    if (!str_is_set(path))
        return false;
    while (str_next(&path, '/', &name))
        if (str_equal(name, STR("logs")))
            return true;
    return is_sensitive_name(name);
}
