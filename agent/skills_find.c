#include "agent/skills_find.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_walk.h"
#include "agent/prompt/text_source.h"
#include "agent/skill_folder.h"
#include "agent/skills.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/process_run.h"

#define GIT_TIMEOUT_MS 10000

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

static struct str or_null(const struct buf *text)
{
    return text->len == 0 ? STR_NULL : buf_str(text);
}

/* `folder`: of a SKILL.md; NULL: it is another file. */
static void add_skill(struct skills_folder *skills, const char *path, struct str name,
                      const char *folder)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf servers = {0};
    scoped_buf struct buf resources = {0};
    struct error error;
    bool is_read = read_text(path, &text);
    if (!is_read)
        return;
    if (folder != NULL) {
        is_read = skill_folder_read_servers(folder, &servers, &error);
        skill_folder_list_resources(folder, &resources);
    }
    const struct skill_file file = {
        .name = name,
        .path = str_from(path),
        .text = buf_str(&text),
        .is_skill_md = folder != NULL,
        .mcp_tools = or_null(&servers),
        .resources = or_null(&resources),
    };
    if (!is_read || !skills_folder_add(skills, &file, &error))
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
    struct skills_folder *skills;
    const char *prefix;                /* of names that files have from their places; NULL: none */
    const struct doc_value *installed; /* what is known of installed ones; NULL: all are enabled */
};

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
        skill_folder_find(found->path, &path))
        add_skill(search->skills, path.data, found->name, found->path);
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
    scoped_buf struct buf name = {0};
    if (found->is_folder)
        return found->depth > 0 || (!str_equal(found->name, STR("installed")) &&
                                    !skill_folder_find(found->path, &path));
    if (!is_skill_file(found))
        return false;
    const struct str below = str_from(found->below);
    const struct str known = instructions_name(found->name);
    buf_printf(&name, "%s%.*s", search->prefix == NULL ? "" : search->prefix,
               STR_ARG(str_slice(below, 0, below.len - 3)));
    add_skill(search->skills, found->path, str_is_set(known) ? known : buf_str(&name), NULL);
    return false;
}

static void search_folder(const char *folder, struct folder_search *search)
{
    if (exists(folder)) {
        walk(folder, visit_skill_folder, search);
        walk(folder, visit_skill_file, search);
    }
    skills_folder_close(search->skills);
}

void skills_find_folder(struct skills *skills, const char *folder)
{
    struct folder_search search = {.skills = skills_folder_open(skills, SKILLS_BY_KIND)};
    search_folder(folder, &search);
}

void skills_find_repository(struct skills *skills, const char *repository)
{
    struct folder_search search = {.skills = skills_folder_open(skills, SKILLS_AS_FOUND),
                                   .prefix = "skills/"};
    scoped_buf struct buf folder = {0};
    buf_printf(&folder, "%s/skills", repository);
    search_folder(folder.data, &search);
}

/* Names come from a file of the repository's, and stay in it. */
static bool is_place(struct str name)
{
    return !str_is_empty(name) && !str_starts_with(name, STR("/")) &&
           !str_contains(name, STR("..")) && !str_has_byte(name, '\0');
}

void skills_find_named(struct skills_folder *folder, const char *repository, struct str name)
{
    scoped_buf struct buf place = {0};
    scoped_buf struct buf path = {0};
    if (!is_place(name))
        return;
    const size_t slash = str_find_last_byte(name, '/');
    buf_printf(&place, "%s/skills/%.*s", repository, STR_ARG(name));
    buf_printf(&path, "%s/SKILL.md", place.data);
    if (is_kind(path.data, S_IFREG)) {
        add_skill(folder, path.data, slash == SIZE_MAX ? name : str_skip(name, slash + 1),
                  place.data);
        return;
    }
    scoped_buf struct buf known = {0};
    buf_clear(&path);
    buf_printf(&path, "%s.md", place.data);
    buf_printf(&known, "skills/%.*s", STR_ARG(name));
    if (is_kind(path.data, S_IFREG))
        add_skill(folder, path.data, buf_str(&known), NULL);
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

static bool visit_root(void *owner, const struct found *found)
{
    const struct str name = instructions_name(found->name);
    if (!found->is_folder && str_is_set(name) && is_kind(found->path, S_IFREG))
        add_instructions(owner, found, name);
    return false;
}

static void search_root(struct skills *skills, const char *root)
{
    struct project_search search = {.skills = skills};
    walk(root, visit_root, &search);
}

/* --- rules for folders further down --- */

struct rule_file {
    struct str below; /* from the root */
    struct str folder;
    size_t number; /* in the order of finding */
};

struct rule_search {
    struct arena arena;
    const char *root;
    struct rule_file *files;
    size_t count;
};

static void add_rule_file(struct rule_search *search, struct str below)
{
    const size_t slash = str_find_last_byte(below, '/');
    if (slash == SIZE_MAX || search->count == SKILLS_MAX ||
        !str_is_set(instructions_name(str_skip(below, slash + 1))))
        return;
    const struct str copy = arena_copy(&search->arena, below);
    search->files[search->count] = (struct rule_file){
        .below = copy, .folder = str_slice(copy, 0, slash), .number = search->count};
    search->count++;
}

static bool visit_below(void *owner, const struct found *found)
{
    if (!found->is_folder)
        add_rule_file(owner, str_from(found->below));
    return found->is_folder && !str_starts_with(found->name, STR(".")) &&
           !str_equal(found->name, STR("node_modules"));
}

/* False: it is no working tree, or there is no git. */
static bool list_by_git(struct rule_search *search, const struct skills_find_git *git)
{
    const char *const argv[] = {"git",      "-C",       search->root,         "ls-files", "-z",
                                "--cached", "--others", "--exclude-standard", NULL};
    const struct process_run_options options = {
        .argv = argv, .env = git->env, .cwd = "/", .timeout_ms = GIT_TIMEOUT_MS};
    struct process_run_result result = {0};
    struct error error;
    const bool has_run = process_run(git->processes, &options, &result, &error) &&
                         !result.has_timed_out && !result.is_too_large && result.exit.code == 0;
    struct str rest = has_run ? buf_str(&result.out) : STR_NULL;
    struct str path;
    while (str_next(&rest, '\0', &path))
        add_rule_file(search, path);
    process_run_fini(&result);
    return has_run;
}

static int compare_folders(const void *a, const void *b)
{
    const struct rule_file *first = a;
    const struct rule_file *second = b;
    const int order = str_compare(first->folder, second->folder);
    return order != 0 ? order : (first->number > second->number) - (first->number < second->number);
}

/* A rule's name has its folder, so that there can be many. */
static void add_rule(struct project_search *project, const struct rule_search *search,
                     const struct rule_file *rule)
{
    scoped_buf struct buf path = {0};
    scoped_buf struct buf text = {0};
    scoped_buf struct buf name = {0};
    scoped_buf struct buf glob = {0};
    const struct str file_name = str_skip(rule->below, rule->folder.len + 1);
    buf_printf(&path, "%s/%.*s", search->root, STR_ARG(rule->below));
    if (!is_kind(path.data, S_IFREG) || is_seen(project, path.data) || !read_text(path.data, &text))
        return;
    buf_printf(&name, "%.*s:%.*s", STR_ARG(instructions_name(file_name)), STR_ARG(rule->folder));
    buf_printf(&glob, "%.*s/**", STR_ARG(rule->folder));
    const struct skill_file file = {
        .name = buf_str(&name), .path = buf_str(&path), .text = buf_str(&text)};
    skills_add_text(project->skills, &file, buf_str(&glob));
}

static void search_below(struct skills *skills, const char *root, const struct skills_find_git *git)
{
    struct project_search project = {.skills = skills};
    struct rule_search search = {.root = root};
    search.files = mem_zero(SKILLS_MAX, sizeof(*search.files));
    if (git == NULL || !list_by_git(&search, git))
        walk(root, visit_below, &search);
    if (search.count > 1)
        qsort(search.files, search.count, sizeof(*search.files), compare_folders);
    for (size_t i = 0; i < search.count; i++)
        add_rule(&project, &search, &search.files[i]);
    free(search.files);
    arena_fini(&search.arena);
}

/* --- all of a project --- */

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

void skills_find_project(struct skills *skills, const char *workspace,
                         const struct skills_find_git *git)
{
    scoped_buf struct buf root = {0};
    scoped_buf struct buf git_root = {0};
    buf_append(&root, str_from(workspace));
    while (root.len > 1 && str_ends_with(buf_str(&root), STR("/")))
        buf_truncate(&root, root.len - 1);
    const bool has_git_root = find_git_root(root.data, &git_root);
    search_root(skills, root.data);
    if (has_git_root)
        search_root(skills, git_root.data);
    search_below(skills, root.data, git);
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
    struct folder_search search = {.skills = skills_folder_open(skills, SKILLS_BY_KIND)};
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        search.installed = doc_root(doc);
    walk(folder.data, visit_skill_folder, &search);
    skills_folder_close(search.skills);
    doc_free(doc);
}

void skills_find_user(struct skills *skills, const char *home, const char *state_dir)
{
    find_in(skills, home, ".agents/skills");
    find_in(skills, state_dir, "skills");
    find_in(skills, state_dir, "microagents");
    find_installed(skills, state_dir);
}
