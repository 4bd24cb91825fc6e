#include "agent/skills_find.h"

#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_walk.h"
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
static struct str instructions_name(struct str file)
{
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
        if (str_equal_nocase(file, instructions[i].file))
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

struct found {
    const char *path;  /* from the root of the file system */
    const char *below; /* from the folder that is searched */
    struct str name;
    size_t depth; /* 0 in that folder */
    bool is_folder;
};

/* True: the folder is searched too. */
typedef bool (*visit_fn)(void *owner, const struct found *found);

static bool is_kind(const char *path, mode_t kind)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Visits what is there in the order of names; a link counts as what it points to, but is not
 * searched. */
static void walk(const char *folder, visit_fn visit, void *owner)
{
    const struct file_walk_options options = {.root = folder};
    struct file_walk *tree;
    struct file_walk_entry entry;
    struct error none;
    if (!file_walk_open(&options, &tree, &none))
        return;
    for (size_t seen = 0; seen < SKILLS_FIND_MAX_ENTRIES && file_walk_next(tree, &entry); seen++) {
        scoped_buf struct buf path = {0};
        buf_printf(&path, "%s/%s", folder, entry.path);
        const struct found found = {
            .path = path.data,
            .below = entry.path,
            .name = entry.name,
            .depth = (size_t)entry.mark,
            .is_folder = entry.kind == FILE_KIND_DIRECTORY || is_kind(path.data, S_IFDIR),
        };
        const bool goes_on = visit(owner, &found);
        if (goes_on && entry.kind == FILE_KIND_DIRECTORY && found.depth < SKILLS_FIND_MAX_DEPTH)
            (void)file_walk_enter(tree, found.depth + 1); /* unreadable ones are left out */
    }
    file_walk_close(tree);
}

/* --- a folder of skills --- */

struct folder_search {
    struct skills *skills;
    const struct doc_value *installed; /* what is known of installed ones; NULL: all are enabled */
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

/* What the list of installed skills calls disabled; not being there means enabled. */
static bool is_disabled(const struct doc_value *installed, struct str name)
{
    const struct doc_value *entry = NULL;
    const struct doc_value *entries;
    void *iterator = NULL;
    struct str group;
    while (installed != NULL && entry == NULL && doc_next(installed, &iterator, &group, &entries))
        if (doc_kind(entries) == DOC_OBJECT)
            entry = doc_find(entries, name);
    if (entry == NULL || doc_kind(entry) != DOC_OBJECT)
        return false;
    const struct doc_value *enabled = doc_find(entry, STR("enabled"));
    return enabled != NULL && doc_kind(enabled) == DOC_BOOL && !doc_bool(enabled);
}

static bool visit_skill_folder(void *owner, const struct found *found)
{
    const struct folder_search *search = owner;
    scoped_buf struct buf path = {0};
    if (found->is_folder && !is_disabled(search->installed, found->name) &&
        find_skill_md(found->path, &path))
        add_skill(search->skills, path.data, found->name, true);
    return false;
}

static bool is_skill_file(const struct found *found)
{
    return str_ends_with(found->name, STR(".md")) && !str_equal(found->name, STR("README.md")) &&
           !str_equal_nocase(found->name, STR("SKILL.md")) && is_kind(found->path, S_IFREG);
}

/* Below a folder with a SKILL.md all files are that skill's, and installed skills are folders. */
static bool visit_skill_file(void *owner, const struct found *found)
{
    const struct folder_search *search = owner;
    scoped_buf struct buf path = {0};
    if (found->is_folder)
        return found->depth > 0 ||
               (!str_equal(found->name, STR("installed")) && !find_skill_md(found->path, &path));
    if (!is_skill_file(found))
        return false;
    const struct str below = str_from(found->below);
    const struct str known = instructions_name(found->name);
    add_skill(search->skills, found->path,
              str_is_set(known) ? known : str_slice(below, 0, below.len - 3), false);
    return false;
}

/* Files come before folders of skills, where names are the same. */
void skills_find_folder(struct skills *skills, const char *folder)
{
    struct folder_search search = {.skills = skills};
    if (!exists(folder))
        return;
    walk(folder, visit_skill_file, &search);
    walk(folder, visit_skill_folder, &search);
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

static void add_instructions(struct project_search *search, const struct found *found,
                             struct str name)
{
    scoped_buf struct buf text = {0};
    if (is_seen(search, found->path) || !read_text(found->path, &text))
        return;
    const struct skill_file file = {
        .name = name, .path = str_from(found->path), .text = buf_str(&text)};
    skills_add_text(search->skills, &file, STR_NULL);
}

/* A rule's name has its folder, so that there can be many. */
static void add_rule(struct project_search *search, const struct found *found, struct str name)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf rule = {0};
    scoped_buf struct buf glob = {0};
    const struct str below = str_from(found->below);
    const struct str folder = str_slice(below, 0, below.len - found->name.len - 1);
    if (is_seen(search, found->path) || !read_text(found->path, &text))
        return;
    buf_printf(&rule, "%.*s:%.*s", STR_ARG(name), STR_ARG(folder));
    buf_printf(&glob, "%.*s/**", STR_ARG(folder));
    const struct skill_file file = {
        .name = buf_str(&rule), .path = str_from(found->path), .text = buf_str(&text)};
    skills_add_text(search->skills, &file, buf_str(&glob));
}

static bool visit_project(void *owner, const struct found *found)
{
    struct project_search *search = owner;
    const struct str name = instructions_name(found->name);
    if (found->is_folder)
        return search->is_nested && !str_starts_with(found->name, STR(".")) &&
               !str_equal(found->name, STR("node_modules"));
    if (!str_is_set(name) || (found->depth > 0) != search->is_nested ||
        !is_kind(found->path, S_IFREG))
        return false;
    if (search->is_nested)
        add_rule(search, found, name);
    else
        add_instructions(search, found, name);
    return false;
}

static void search_project(struct skills *skills, const char *root, bool is_nested)
{
    struct project_search search = {.skills = skills, .is_nested = is_nested};
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
    struct folder_search search = {.skills = skills};
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        search.installed = doc_root(doc);
    walk(folder.data, visit_skill_folder, &search);
    doc_free(doc);
}

void skills_find_user(struct skills *skills, const char *home, const char *state_dir)
{
    find_in(skills, home, ".agents/skills");
    find_in(skills, state_dir, "skills");
    find_in(skills, state_dir, "microagents");
    find_installed(skills, state_dir);
}
