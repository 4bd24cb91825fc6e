#include "agent/registry_worktree.h"

#include <dirent.h>
#include <stdlib.h>

#include "actions/git.h"
#include "actions/workspace.h"
#include "actions/worktree.h"
#include "agent/agent_launch.h"
#include "agent/conversation_disk.h"
#include "agent/llm/reader.h"
#include "agent/registry_parts.h"
#include "agent/start_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

struct making {
    struct start_request *request;
    struct git *git;
    struct arena arena;
    struct worktree_setup setup;
    struct worktree_result result;
    struct error error;
    bool is_ok;
    registry_worktree_fn on_done;
    void *owner;
};

/* --- what the request becomes --- */

static void move_workspace(struct making *making)
{
    struct start_request *request = making->request;
    scoped_buf struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_string(&w, "working_dir", str_from(making->result.working_dir));
    jsonw_cstr(&w, "kind", "LocalWorkspace");
    jsonw_end(&w);
    meta_set_json(request->meta, META_WORKSPACE, buf_str(&json));
    free(request->working_dir);
    request->working_dir = mem_strdup(making->result.working_dir);
}

static void write_beginning(const struct making *making, struct buf *out)
{
    switch (making->setup.base) {
    case WORKTREE_FROM_DEFAULT_BRANCH:
        buf_append(out, STR("the default branch"));
        break;
    case WORKTREE_FROM_HEAD:
        buf_append(out, STR("what was checked out in the original workspace"));
        break;
    case WORKTREE_FROM_REF:
        buf_printf(out, "`%s`", making->setup.ref);
        break;
    }
}

static void write_guidance(const struct making *making, struct buf *out)
{
    const struct worktree_result *result = &making->result;
    buf_printf(out,
               "You work in a git worktree that was made for this conversation alone.\n"
               "- Your workspace: %s\n"
               "- The worktree: %s\n"
               "- Its branch: %s, begun at ",
               result->working_dir, result->path, result->branch);
    write_beginning(making, out);
    buf_printf(out,
               "\n- The original workspace: %s\n"
               "Change files and use git in the worktree only; others may be at work in the "
               "original workspace. For your changes make a new branch here, with a name that "
               "says what it is about.",
               result->original);
}

/* The system prompt says where the agent is. */
static void tell_agent(struct making *making)
{
    struct doc_error why;
    struct jsonw w;
    scoped_buf struct buf guidance = {0};
    scoped_buf struct buf additions = {0};
    scoped_buf struct buf text = {0};
    write_guidance(making, &guidance);
    jsonw_init(&w, &additions);
    jsonw_object(&w);
    jsonw_string(&w, "system_message_suffix_append", buf_str(&guidance));
    jsonw_end(&w);
    struct doc *agent = doc_parse(str_from(making->request->agent), &why);
    struct doc *more = doc_parse(buf_str(&additions), &why);
    assert(agent != NULL && more != NULL); /* we have printed them */
    agent_launch_write(doc_root(agent), &(struct agent_launch){.additions = doc_root(more)}, &text);
    doc_free(agent);
    doc_free(more);
    explicit_bzero(making->request->agent, strlen(making->request->agent));
    free(making->request->agent);
    making->request->agent = mem_strndup(text.data, text.len);
    explicit_bzero(text.data, text.len);
}

/* --- making --- */

static void run_making(void *job)
{
    struct making *making = job;
    making->is_ok = worktree_make(making->git, &making->setup, &making->result, &making->error);
}

static void on_made(void *job, bool is_cancelled)
{
    struct making *making = job;
    const registry_worktree_fn on_done = making->on_done;
    void *owner = making->owner;
    if (is_cancelled)
        making->is_ok = error_set(&making->error, ERROR_CANCELLED, "the server stops");
    else if (!making->is_ok) /* git's words are for people, and the fault is not the client's */
        making->error.code = ERROR_INTERNAL;
    if (making->is_ok && making->result.working_dir != NULL) {
        move_workspace(making);
        tell_agent(making);
    }
    const struct error error = making->error;
    const bool is_ok = making->is_ok;
    worktree_result_fini(&making->result);
    arena_fini(&making->arena);
    git_free(making->git);
    free(making);
    on_done(owner, is_ok ? NULL : &error);
}

static enum worktree_base base_of(struct str name)
{
    if (str_equal(name, STR("head")))
        return WORKTREE_FROM_HEAD;
    return str_equal(name, STR("ref")) ? WORKTREE_FROM_REF : WORKTREE_FROM_DEFAULT_BRANCH;
}

static void read_options(struct making *making)
{
    struct doc_error why;
    struct arena *arena = &making->arena;
    struct doc *doc = doc_parse(meta_json(making->request->meta, META_WORKTREE_OPTIONS), &why);
    making->setup.prefix = WORKTREE_DEFAULT_PREFIX;
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT) {
        const struct str prefix = llm_text_member(doc_root(doc), "branch_prefix");
        making->setup.base = base_of(llm_text_member(doc_root(doc), "base"));
        making->setup.ref = arena_cstr(arena, llm_text_member(doc_root(doc), "ref"));
        if (str_is_set(prefix))
            making->setup.prefix = arena_cstr(arena, prefix);
    }
    doc_free(doc);
}

void registry_worktree_start(const struct registry_worktree *worktree, registry_worktree_fn on_done,
                             void *owner)
{
    const struct registry *registry = worktree->registry;
    struct making *making = mem_zero(1, sizeof(*making));
    scoped_free char *root = conversation_disk_absolute(registry->options.worktree_root);
    making->request = worktree->request;
    making->git = workspaces_new_git(registry->options.workspaces);
    making->setup.root = arena_cstr(&making->arena, str_from(root));
    making->setup.working_dir = arena_cstr(&making->arena, str_from(worktree->working_dir));
    making->setup.conversation_id = worktree->id;
    making->on_done = on_done;
    making->owner = owner;
    read_options(making);
    (void)work_start(registry->options.loop, run_making, on_made, making); /* ends by itself */
}

/* --- removing --- */

static bool works_in(const char *conversation, const struct registry_worktree_rest *rest,
                     const char *folder)
{
    scoped_free char *working_dir = conversation_disk_read_working_dir(conversation);
    scoped_buf struct buf own = {0};
    return working_dir != NULL && worktree_find_folder(rest->root, working_dir, &own) &&
           str_equal(buf_str(&own), str_from(folder));
}

/* A fork works where its source does. */
static bool is_used(const struct registry_worktree_rest *rest, const char *folder)
{
    DIR *stream = opendir(rest->conversations);
    bool is_found = stream == NULL; /* who knows */
    for (const struct dirent *entry; !is_found && (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        scoped_free char *conversation = conversation_disk_join(rest->conversations, entry->d_name);
        is_found = works_in(conversation, rest, folder);
    }
    if (stream != NULL)
        (void)closedir(stream); /* it was only read */
    return is_found;
}

void registry_worktree_remove(const struct registry_worktree_rest *rest)
{
    scoped_buf struct buf folder = {0};
    struct error error;
    if (!worktree_find_folder(rest->root, rest->working_dir, &folder) || is_used(rest, folder.data))
        return;
    if (!worktree_remove_folder(rest->git, folder.data, &error))
        log_warn("worktree.left", "error=\"%s\"", error.text);
}
