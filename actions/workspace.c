#include "actions/workspace.h"

#include "actions/file_list.h"
#include "actions/git.h"
#include "actions/path.h"
#include "actions/path_missing.h"
#include "actions/workspace_setup.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

struct workspaces {
    struct workspaces_options options;
    char *root;
    struct list preparations; /* under way */
};

/* One preparation and everybody who waits for it. */
struct preparation {
    struct list link;
    struct workspaces *workspaces;
    struct git *git;
    char *root;
    char *working_dir;
    struct workspace_setup setup;
    struct workspace_setup_result result;
    struct error error;
    struct list waiters;
    bool only_looks;
    bool is_ok;
};

struct waiter {
    struct list link;
    workspace_fn on_done;
    void *owner;
};

struct workspaces *workspaces_new(const struct workspaces_options *options)
{
    struct workspaces *workspaces = mem_zero(1, sizeof(*workspaces));
    workspaces->options = *options;
    workspaces->options.root = STR_NULL; /* was borrowed */
    workspaces->root = mem_strndup(options->root.data, options->root.len);
    list_init(&workspaces->preparations);
    return workspaces;
}

void workspaces_free(struct workspaces *workspaces)
{
    if (workspaces == NULL)
        return;
    assert(list_is_empty(&workspaces->preparations));
    free(workspaces->root);
    free(workspaces);
}

void workspaces_set_root(struct workspaces *workspaces, struct str root)
{
    if (str_equal(root, str_from(workspaces->root)))
        return;
    free(workspaces->root);
    workspaces->root = mem_strndup(root.data, root.len);
}

struct git *workspaces_new_git(const struct workspaces *workspaces)
{
    return git_new(workspaces->options.processes, workspaces->options.child_env);
}

static struct preparation *preparation_new(struct workspaces *workspaces, struct id id,
                                           struct str working_dir)
{
    struct preparation *preparation = mem_zero(1, sizeof(*preparation));
    preparation->workspaces = workspaces;
    preparation->git = workspaces_new_git(workspaces);
    preparation->root = mem_strdup(workspaces->root);
    preparation->working_dir = mem_strndup(working_dir.data, working_dir.len);
    preparation->setup = (struct workspace_setup){
        .root = preparation->root,
        .conversation_id = id,
        .working_dir = str_span(preparation->working_dir, working_dir.len),
    };
    list_init(&preparation->waiters);
    return preparation;
}

static void preparation_free(struct preparation *preparation)
{
    git_free(preparation->git);
    free(preparation->root);
    free(preparation->working_dir);
    free(preparation->result.path);
    free(preparation);
}

static void add_waiter(struct preparation *preparation, workspace_fn on_done, void *owner)
{
    struct waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_done = on_done;
    waiter->owner = owner;
    list_append(&preparation->waiters, &waiter->link);
}

static void run_setup(void *job)
{
    struct preparation *own = job;
    if (own->only_looks)
        own->is_ok = workspace_setup_look(&own->setup, &own->result, &own->error);
    else
        own->is_ok = workspace_setup_run(own->git, &own->setup, &own->result, &own->error);
}

static void tell(struct list *waiters, const struct preparation *preparation)
{
    struct workspace_result result = {
        .path = str_from(preparation->result.path),
        .is_new = preparation->result.is_new,
        .is_repository = preparation->result.is_repository,
    };
    struct list *link;
    while ((link = list_first(waiters)) != NULL) {
        struct waiter *waiter = container_of(link, struct waiter, link);
        const struct waiter told = *waiter;
        list_remove(link);
        free(waiter);
        told.on_done(told.owner, preparation->is_ok ? &result : NULL,
                     preparation->is_ok ? NULL : &preparation->error);
        result.is_new = false; /* the others find it there */
    }
}

static void on_setup_done(void *job, bool is_cancelled)
{
    struct preparation *preparation = job;
    if (is_cancelled)
        (void)error_set(&preparation->error, ERROR_CANCELLED, "the server stops"); /* is false */
    list_remove(&preparation->link);
    tell(&preparation->waiters, preparation);
    preparation_free(preparation);
}

static void start(struct preparation *preparation)
{
    struct workspaces *workspaces = preparation->workspaces;
    list_append(&workspaces->preparations, &preparation->link);
    (void)work_start(workspaces->options.loop, run_setup, on_setup_done, preparation);
}

/* The same question, while it is being answered. */
static struct preparation *find_running(const struct workspaces *workspaces, struct id id,
                                        struct str working_dir)
{
    struct list *link = list_first(&workspaces->preparations);
    for (; link != NULL; link = list_next(&workspaces->preparations, link)) {
        struct preparation *running = container_of(link, struct preparation, link);
        if (!running->only_looks && id_equal(running->setup.conversation_id, id) &&
            str_equal(running->setup.working_dir, working_dir) &&
            strcmp(running->root, workspaces->root) == 0)
            return running;
    }
    return NULL;
}

/* The root by its usual name is the same question as no directory. */
static struct str canonical(const struct workspaces *workspaces, struct str working_dir)
{
    struct str bare = working_dir;
    while (bare.len > 1 && bare.data[bare.len - 1] == '/')
        bare.len--;
    return str_equal(bare, str_from(workspaces->root)) ? STR("") : working_dir;
}

void workspace_prepare(struct workspaces *workspaces, struct id conversation_id,
                       struct str working_dir, workspace_fn on_done, void *owner)
{
    loop_assert_owner(workspaces->options.loop);
    working_dir = canonical(workspaces, working_dir);
    struct preparation *running = find_running(workspaces, conversation_id, working_dir);
    if (running != NULL) {
        add_waiter(running, on_done, owner);
        return;
    }
    struct preparation *preparation = preparation_new(workspaces, conversation_id, working_dir);
    add_waiter(preparation, on_done, owner);
    start(preparation);
}

void workspace_find(struct workspaces *workspaces, struct id conversation_id, workspace_fn on_done,
                    void *owner)
{
    loop_assert_owner(workspaces->options.loop);
    struct preparation *preparation = preparation_new(workspaces, conversation_id, STR_NULL);
    preparation->only_looks = true;
    add_waiter(preparation, on_done, owner);
    start(preparation);
}

struct listing {
    char *root;
    char *page;
    size_t limit;
    workspace_page_fn on_done;
    void *owner;
    struct arena arena;
    struct workspace_entry *entries;
    size_t count;
    struct str next;
    struct error error;
    bool is_ok;
};

static void take_entries(struct listing *listing, const struct file_list *list, const char *root)
{
    listing->entries = arena_zero(&listing->arena, list->count + 1, sizeof(*listing->entries));
    listing->next = arena_copy(&listing->arena, list->next);
    for (size_t i = 0; i < list->count; i++) {
        if (!list->entries[i].has_status)
            continue; /* went away meanwhile */
        scoped_free char *path = path_join(root, list->entries[i].name);
        listing->entries[listing->count++] = (struct workspace_entry){
            .name = arena_copy(&listing->arena, list->entries[i].name),
            .path = arena_copy(&listing->arena, str_from(path)),
            .modified_us = list->entries[i].status.modified_us,
            .is_repository = workspace_setup_has_repository(path),
        };
    }
}

static void run_listing(void *job)
{
    struct listing *listing = job;
    scoped_free char *root = NULL;
    listing->is_ok = path_missing_resolve(str_from(listing->root), &root, &listing->error);
    if (!listing->is_ok || !git_is_directory(root))
        return; /* what is not there yet holds nothing */
    const struct file_list_options options = {
        .path = root,
        .page = listing->page == NULL ? STR_NULL : str_from(listing->page),
        .limit = listing->limit,
        .order = FILE_LIST_BY_NAME,
        .only_directories = true,
        .wants_status = true,
    };
    struct file_list list;
    listing->is_ok = file_list(&options, &list, &listing->error);
    if (!listing->is_ok)
        return;
    take_entries(listing, &list, root);
    file_list_fini(&list);
}

static void on_listing_done(void *job, bool is_cancelled)
{
    struct listing *listing = job;
    const struct workspace_page page = {
        .entries = listing->entries, .count = listing->count, .next = listing->next};
    if (is_cancelled)
        (void)error_set(&listing->error, ERROR_CANCELLED, "the server stops"); /* is false */
    listing->on_done(listing->owner, listing->is_ok ? &page : NULL,
                     listing->is_ok ? NULL : &listing->error);
    arena_fini(&listing->arena);
    free(listing->root);
    free(listing->page);
    free(listing);
}

void workspace_list(struct workspaces *workspaces, struct str page, size_t limit,
                    workspace_page_fn on_done, void *owner)
{
    loop_assert_owner(workspaces->options.loop);
    struct listing *listing = mem_zero(1, sizeof(*listing));
    listing->root = mem_strdup(workspaces->root);
    listing->page = str_is_set(page) ? mem_strndup(page.data, page.len) : NULL;
    listing->limit = limit;
    listing->on_done = on_done;
    listing->owner = owner;
    (void)work_start(workspaces->options.loop, run_listing, on_listing_done, listing);
}
