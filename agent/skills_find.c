#include "agent/skills_find.h"

#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/prompt/text_source.h"
#include "agent/skills.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

/* --- files --- */

struct instructions {
    struct str file; /* in any case of letters */
    struct str name;
};

static const struct instructions instructions[] = {
    {STR_INIT(".cursorrules"), STR_INIT("cursorrules")},
    {STR_INIT("agents.md"), STR_INIT("agents")},
    {STR_INIT("agent.md"), STR_INIT("agents")},
    {STR_INIT("claude.md"), STR_INIT("claude")},
    {STR_INIT("gemini.md"), STR_INIT("gemini")},
};

/* STR_NULL: the file is none. */
static struct str instructions_name(const char *file)
{
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
        if (str_equal_nocase(str_from(file), instructions[i].file))
            return instructions[i].name;
    return STR_NULL;
}

static bool read_text(const char *path, struct buf *out)
{
    struct error error;
    if (text_source_read(path, out, &error))
        return true;
    log_debug("skill.unreadable", "reason=%s", error.text);
    return false;
}

static void add_skill(struct skills *skills, const char *path, struct str name, bool is_skill_md)
{
    scoped_buf struct buf text = {0};
    struct error error;
    if (!read_text(path, &text))
        return;
    const struct skill_file file = {
        .name = name, .path = str_from(path), .text = buf_str(&text), .is_skill_md = is_skill_md};
    if (!skills_add_file(skills, &file, &error))
        log_debug("skill.skipped", "reason=%s", error.text);
}

/* --- walking --- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return str_compare(str_from((*a)->fts_name), str_from((*b)->fts_name));
}

/* Calls visit for each file, in the order of names. It may skip a folder with fts_set. */
static void walk(const char *folder, void (*visit)(void *owner, FTS *tree, FTSENT *entry),
                 void *owner)
{
    scoped_free char *root = mem_strdup(folder);
    char *const roots[] = {root, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, by_name);
    if (tree == NULL)
        return;
    FTSENT *entry;
    for (size_t seen = 0; seen < SKILLS_FIND_MAX_ENTRIES && (entry = fts_read(tree)) != NULL;
         seen++) {
        if (entry->fts_level > SKILLS_FIND_MAX_DEPTH)
            (void)fts_set(tree, entry, FTS_SKIP); /* cannot fail for this */
        else
            visit(owner, tree, entry);
    }
    (void)fts_close(tree); /* it was only read */
}

/* A link to a file counts as the file, as for FTS_NSOK, whose kind is not known. */
static bool is_file(const FTSENT *entry)
{
    struct stat status;
    if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP || entry->fts_info == FTS_DNR ||
        entry->fts_info == FTS_ERR)
        return false;
    return stat(entry->fts_path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* --- a folder of skills --- */

struct folder_search {
    struct skills *skills;
    const char *folder;
    bool takes_skill_md; /* the first of two rounds: folders with a SKILL.md; then other files */
};

/* A SKILL.md in any case of letters; the path is appended. */
static bool find_skill_md(const char *folder, struct buf *path)
{
    static const char *const names[] = {"SKILL.md", "skill.md", "Skill.md"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        buf_clear(path);
        buf_printf(path, "%s/%s", folder, names[i]);
        if (exists(path->data))
            return true;
    }
    return false;
}

static void visit_skill_folder(const struct folder_search *search, FTS *tree, FTSENT *entry)
{
    scoped_buf struct buf path = {0};
    if (entry->fts_info != FTS_D || entry->fts_level == 0)
        return;
    (void)fts_set(tree, entry, FTS_SKIP); /* cannot fail for this */
    if (find_skill_md(entry->fts_path, &path))
        add_skill(search->skills, path.data, str_from(entry->fts_name), true);
}

static bool is_skill_file(const FTSENT *entry)
{
    const struct str name = str_from(entry->fts_name);
    return str_ends_with(name, STR(".md")) && !str_equal(name, STR("README.md")) &&
           !str_equal_nocase(name, STR("SKILL.md")) && is_file(entry);
}

/* Below a folder with a SKILL.md all files are that skill's. */
static void visit_skill_file(const struct folder_search *search, FTS *tree, FTSENT *entry)
{
    scoped_buf struct buf path = {0};
    if (entry->fts_info == FTS_D) {
        const bool is_installed =
            entry->fts_level == 1 && str_equal(str_from(entry->fts_name), STR("installed"));
        if (is_installed || (entry->fts_level == 1 && find_skill_md(entry->fts_path, &path)))
            (void)fts_set(tree, entry, FTS_SKIP); /* cannot fail for this */
        return;
    }
    if (!is_skill_file(entry))
        return;
    const struct str below = str_skip(str_from(entry->fts_path), str_from(search->folder).len + 1);
    const struct str known = instructions_name(entry->fts_name);
    add_skill(search->skills, entry->fts_path,
              str_is_set(known) ? known : str_slice(below, 0, below.len - 3), false);
}

static void visit_folder(void *owner, FTS *tree, FTSENT *entry)
{
    const struct folder_search *search = owner;
    if (search->takes_skill_md)
        visit_skill_folder(search, tree, entry);
    else
        visit_skill_file(search, tree, entry);
}

/* Files come before folders of skills, where names are the same. */
void skills_find_folder(struct skills *skills, const char *folder)
{
    struct folder_search search = {.skills = skills, .folder = folder};
    if (!exists(folder))
        return;
    walk(folder, visit_folder, &search);
    search.takes_skill_md = true;
    walk(folder, visit_folder, &search);
}

static void find_in(struct skills *skills, const char *root, const char *below)
{
    scoped_buf struct buf folder = {0};
    buf_printf(&folder, "%s/%s", root, below);
    skills_find_folder(skills, folder.data);
}

/* --- a project --- */

struct project_search {
    struct skills *skills;
    const char *workspace;
    bool is_nested; /* rules of folders further down, not those of the root */
    ino_t seen[64]; /* what was taken already, so that links to it are not */
    size_t seen_count;
};

static bool is_seen(struct project_search *search, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return true;
    for (size_t i = 0; i < search->seen_count; i++)
        if (search->seen[i] == status.st_ino)
            return true;
    if (search->seen_count < ARRAY_SIZE(search->seen))
        search->seen[search->seen_count++] = status.st_ino;
    return false;
}

static void add_instructions(struct project_search *search, const FTSENT *entry, struct str name)
{
    scoped_buf struct buf text = {0};
    if (is_seen(search, entry->fts_path) || !read_text(entry->fts_path, &text))
        return;
    const struct skill_file file = {
        .name = name, .path = str_from(entry->fts_path), .text = buf_str(&text)};
    skills_add_text(search->skills, &file, STR_NULL);
}

/* A rule's name has its folder, so that there can be many. */
static void add_rule(struct project_search *search, const FTSENT *entry, struct str name)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf rule = {0};
    scoped_buf struct buf glob = {0};
    const struct str path = str_from(entry->fts_path);
    const struct str below = str_skip(path, str_from(search->workspace).len + 1);
    const struct str folder = str_slice(below, 0, below.len - entry->fts_namelen - 1);
    if (is_seen(search, entry->fts_path) || !read_text(entry->fts_path, &text))
        return;
    buf_printf(&rule, "%.*s:%.*s", STR_ARG(name), STR_ARG(folder));
    buf_printf(&glob, "%.*s/**", STR_ARG(folder));
    const struct skill_file file = {.name = buf_str(&rule), .path = path, .text = buf_str(&text)};
    skills_add_text(search->skills, &file, buf_str(&glob));
}

static bool is_skipped_folder(const FTSENT *entry)
{
    const struct str name = str_from(entry->fts_name);
    return entry->fts_level > 0 &&
           (str_starts_with(name, STR(".")) || str_equal(name, STR("node_modules")));
}

static void visit_project(void *owner, FTS *tree, FTSENT *entry)
{
    struct project_search *search = owner;
    const struct str name = instructions_name(entry->fts_name);
    if (entry->fts_info == FTS_D) {
        if (is_skipped_folder(entry) || (!search->is_nested && entry->fts_level > 0))
            (void)fts_set(tree, entry, FTS_SKIP); /* cannot fail for this */
        return;
    }
    if (!str_is_set(name) || (entry->fts_level > 1) != search->is_nested || !is_file(entry))
        return;
    if (search->is_nested)
        add_rule(search, entry, name);
    else
        add_instructions(search, entry, name);
}

static void search_project(struct skills *skills, const char *root, bool is_nested)
{
    struct project_search search = {.skills = skills, .workspace = root, .is_nested = is_nested};
    walk(root, visit_project, &search);
}

/* The nearest folder above that git knows; false: none, or the workspace itself. */
static bool find_git_root(const char *workspace, struct buf *root)
{
    scoped_buf struct buf marker = {0};
    buf_append(root, str_from(workspace));
    for (;;) {
        buf_clear(&marker);
        buf_printf(&marker, "%s/.git", root->data);
        if (exists(marker.data))
            return !str_equal(buf_str(root), str_from(workspace));
        const size_t slash = str_find_last_byte(buf_str(root), '/');
        if (slash == SIZE_MAX || slash == 0)
            return false;
        buf_truncate(root, slash);
    }
}

static void find_folders(struct skills *skills, const char *root)
{
    find_in(skills, root, ".agents/skills");
    find_in(skills, root, ".openhands/skills");
    find_in(skills, root, ".openhands/microagents");
}

void skills_find_project(struct skills *skills, const char *workspace)
{
    scoped_buf struct buf root = {0};
    scoped_buf struct buf git_root = {0};
    buf_append(&root, str_from(workspace));
    while (root.len > 1 && str_ends_with(buf_str(&root), STR("/")))
        buf_truncate(&root, root.len - 1);
    const bool has_git_root = find_git_root(root.data, &git_root);
    search_project(skills, root.data, false);
    if (has_git_root)
        search_project(skills, git_root.data, false);
    search_project(skills, root.data, true);
    find_folders(skills, root.data);
    if (has_git_root)
        find_folders(skills, git_root.data);
}

/* --- the user's --- */

/* What the list of installed skills calls disabled; not being there means enabled. */
static bool is_disabled(const struct doc_value *installed, struct str name)
{
    const struct doc_value *entry = NULL;
    void *iterator = NULL;
    struct str group;
    const struct doc_value *entries;
    while (entry == NULL && doc_next(installed, &iterator, &group, &entries))
        if (doc_kind(entries) == DOC_OBJECT)
            entry = doc_find(entries, name);
    if (entry == NULL || doc_kind(entry) != DOC_OBJECT)
        return false;
    const struct doc_value *enabled = doc_find(entry, STR("enabled"));
    return enabled != NULL && doc_kind(enabled) == DOC_BOOL && !doc_bool(enabled);
}

struct installed_search {
    struct skills *skills;
    const struct doc_value *list; /* NULL: there is none */
};

static void visit_installed(void *owner, FTS *tree, FTSENT *entry)
{
    const struct installed_search *search = owner;
    const struct folder_search folders = {.skills = search->skills};
    if (entry->fts_info != FTS_D || entry->fts_level == 0)
        return;
    if (search->list != NULL && is_disabled(search->list, str_from(entry->fts_name)))
        (void)fts_set(tree, entry, FTS_SKIP); /* cannot fail for this */
    else
        visit_skill_folder(&folders, tree, entry);
}

static void find_installed(struct skills *skills, const char *state_dir)
{
    scoped_buf struct buf folder = {0};
    scoped_buf struct buf list = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    buf_printf(&folder, "%s/skills/installed", state_dir);
    buf_printf(&list, "%s/.installed.json", folder.data);
    if (!exists(folder.data))
        return;
    struct doc *doc =
        exists(list.data) && read_text(list.data, &text) ? doc_parse(buf_str(&text), &why) : NULL;
    struct installed_search search = {.skills = skills};
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        search.list = doc_root(doc);
    walk(folder.data, visit_installed, &search);
    doc_free(doc);
}

void skills_find_user(struct skills *skills, const char *home, const char *state_dir)
{
    find_in(skills, home, ".agents/skills");
    find_in(skills, state_dir, "skills");
    find_in(skills, state_dir, "microagents");
    find_installed(skills, state_dir);
}
