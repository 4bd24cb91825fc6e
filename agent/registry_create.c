/*
 * A record stands for the new conversation from the beginning, so that whoever asks for the same id
 * meanwhile waits for this one.
 */
#include "agent/registry_create.h"

#include <limits.h>
#include <stdlib.h>

#include "actions/workspace.h"
#include "agent/client_tools.h"
#include "agent/conversation_disk.h"
#include "agent/meta.h"
#include "agent/registry_parts.h"
#include "agent/registry_worktree.h"
#include "agent/secret_mask.h"
#include "agent/start_request.h"
#include "agent/start_secrets.h"
#include "agent/state.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

struct creation {
    struct registry_task task;
    struct start_request *request;
    registry_create_fn on_done;
    void *owner;
    struct id id;
    struct record *record;
    char *parent; /* folder of the parent */
    struct conversation_place place;
    struct conversation_files files;
    struct error error;
    bool is_ok;
};

/* --- the end --- */

static void finish(struct creation *creation, struct conversation *conversation, bool is_new,
                   const struct error *error)
{
    struct registry *registry = creation->task.registry;
    creation->on_done(creation->owner, conversation, is_new, error);
    start_request_free(creation->request);
    conversation_files_fini(&creation->files);
    free(creation->parent);
    free(creation);
    registry_end(registry);
}

static void fail(struct creation *creation)
{
    registry_abandon(creation->record, &creation->error);
    finish(creation, NULL, false, &creation->error);
}

static void on_existing(void *owner, struct conversation *conversation, const struct error *error)
{
    finish(owner, conversation, false, error);
}

/* --- the folder --- */

static void run_making(void *job)
{
    struct creation *creation = job;
    creation->is_ok =
        conversation_disk_create(&creation->place, &creation->files, &creation->error);
}

static void on_made(void *job, bool is_cancelled)
{
    struct creation *creation = job;
    struct record *record = creation->record;
    if (is_cancelled)
        (void)error_set(&creation->error, ERROR_CANCELLED, "the server stops"); /* is false */
    if (is_cancelled || !creation->is_ok) {
        fail(creation);
        return;
    }
    registry_made(record, &creation->files);
    finish(creation, record->conversation, true, NULL);
}

static void copy_field(struct state *state, enum state_field to, const struct meta *meta,
                       enum meta_field from)
{
    (void)state_set_json(state, to, meta_json(meta, from)); /* it may be what it is at first */
}

static char *persistence_dir(const struct registry *registry, struct id id)
{
    return conversation_disk_path(registry->configured, id);
}

static struct state *make_state(const struct creation *creation, struct secret_mask *mask)
{
    const struct start_request *request = creation->request;
    struct state *state = state_new(mask);
    state->id = creation->id;
    state->persistence_dir = persistence_dir(creation->task.registry, creation->id);
    state->max_iterations = request->max_iterations;
    state->stuck_detection = request->stuck_detection;
    (void)state_set_json(state, STATE_AGENT, str_from(request->agent)); /* it had none */
    copy_field(state, STATE_WORKSPACE, request->meta, META_WORKSPACE);
    copy_field(state, STATE_CONFIRMATION_POLICY, request->meta, META_CONFIRMATION_POLICY);
    copy_field(state, STATE_SECURITY_ANALYZER, request->meta, META_SECURITY_ANALYZER);
    copy_field(state, STATE_TAGS, request->meta, META_TAGS);
    start_secrets_take(state, request->meta);
    return state;
}

static void start_making(struct creation *creation)
{
    struct registry *registry = creation->task.registry;
    struct secret_mask *mask = secret_mask_new();
    creation->files.mask = mask;
    creation->files.state = make_state(creation, mask);
    creation->files.level = creation->request->level;
    creation->files.meta = take_pointer(&creation->request->meta);
    creation->files.meta->id = creation->id;
    creation->files.meta->created_us = clock_wall_us();
    creation->files.meta->updated_us = creation->files.meta->created_us;
    creation->place = registry_place(registry, creation->id);
    (void)work_start(registry->options.loop, run_making, on_made, creation);
}

/* --- the workspace --- */

/* The folder that stands for the root is another than was asked for. */
static void move_workspace(struct creation *creation, struct str path)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    if (!str_ends_with(path, str_from(id_hex(creation->id).text)))
        return;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_string(&w, "working_dir", path);
    jsonw_cstr(&w, "kind", "LocalWorkspace");
    jsonw_end(&w);
    meta_set_json(creation->request->meta, META_WORKSPACE, buf_str(&json));
}

static void on_worktree(void *owner, const struct error *error)
{
    struct creation *creation = owner;
    if (error == NULL) {
        start_making(creation);
        return;
    }
    creation->error = *error;
    fail(creation);
}

static void start_worktree(struct creation *creation, struct str path)
{
    struct registry *registry = creation->task.registry;
    if (!creation->request->wants_worktree || str_is_empty(registry->options.worktree_root)) {
        start_making(creation);
        return;
    }
    scoped_free char *working_dir = mem_strndup(path.data, path.len);
    const struct registry_worktree worktree = {.registry = registry,
                                               .request = creation->request,
                                               .id = creation->id,
                                               .working_dir = working_dir};
    registry_worktree_start(&worktree, on_worktree, creation);
}

static void on_workspace(void *owner, const struct workspace_result *result,
                         const struct error *error)
{
    struct creation *creation = owner;
    if (error != NULL) {
        creation->error = *error;
        fail(creation);
        return;
    }
    move_workspace(creation, result->path);
    start_worktree(creation, result->path);
}

static void start_workspace(struct creation *creation)
{
    const struct registry *registry = creation->task.registry;
    if (registry->options.workspaces == NULL)
        start_making(creation);
    else
        workspace_prepare(registry->options.workspaces, creation->id,
                          str_from(creation->request->working_dir), on_workspace, creation);
}

/* --- the parent --- */

static bool is_same_place(const char *a, const char *b)
{
    char resolved_a[PATH_MAX];
    char resolved_b[PATH_MAX];
    return strcmp(realpath(a, resolved_a) == NULL ? a : resolved_a,
                  realpath(b, resolved_b) == NULL ? b : resolved_b) == 0;
}

static void run_parent_check(void *job)
{
    struct creation *creation = job;
    scoped_free char *wanted = conversation_disk_absolute(str_from(creation->request->working_dir));
    scoped_free char *parents = conversation_disk_read_working_dir(creation->parent);
    creation->is_ok = parents != NULL && is_same_place(wanted, parents);
}

static void on_parent_checked(void *job, bool is_cancelled)
{
    struct creation *creation = job;
    if (!is_cancelled && creation->is_ok) {
        start_workspace(creation);
        return;
    }
    (void)error_set(&creation->error, ERROR_UNPROCESSABLE,
                    "Parent conversation %s belongs to a different workspace",
                    id_uuid(creation->request->parent_id).text); /* is false */
    fail(creation);
}

static bool check_parent(const struct creation *creation, struct error *error)
{
    const struct id parent = creation->request->parent_id;
    const struct record *record = registry_find_record(creation->task.registry, parent);
    if (id_is_nil(parent))
        return true;
    if (id_equal(parent, creation->id))
        return error_set(error, ERROR_UNPROCESSABLE, "A conversation cannot be its own parent");
    if (record == NULL || record->is_new || record->is_deleted)
        return error_set(error, ERROR_UNPROCESSABLE, "Parent conversation %s not found",
                         id_uuid(parent).text);
    return true;
}

/* --- the beginning --- */

static void start_new(struct creation *creation)
{
    struct registry *registry = creation->task.registry;
    if (!check_parent(creation, &creation->error) ||
        !client_tools_add(registry->client_tools,
                          meta_json(creation->request->meta, META_CLIENT_TOOLS),
                          &creation->error)) {
        finish(creation, NULL, false, &creation->error);
        return;
    }
    creation->record = registry_add_record(registry, creation->id);
    creation->record->is_opening = true;
    creation->record->is_new = true;
    if (id_is_nil(creation->request->parent_id)) {
        start_workspace(creation);
        return;
    }
    creation->parent = conversation_disk_path(registry->directory, creation->request->parent_id);
    (void)work_start(registry->options.loop, run_parent_check, on_parent_checked, creation);
}

static void run_creation(struct registry_task *task)
{
    struct creation *creation = container_of(task, struct creation, task);
    const struct id wanted = creation->request->conversation_id;
    struct record *record = registry_find_record(task->registry, wanted);
    creation->id = id_is_nil(wanted) ? id_new() : wanted;
    if (task->registry->is_closing) {
        (void)error_set(&creation->error, ERROR_UNAVAILABLE, "inactive_service"); /* is false */
        finish(creation, NULL, false, &creation->error);
    } else if (record != NULL) {
        registry_wait_open(record, on_existing, creation);
    } else {
        start_new(creation);
    }
}

void registry_create(struct registry *registry, struct start_request *request,
                     registry_create_fn on_done, void *owner)
{
    struct creation *creation = mem_zero(1, sizeof(*creation));
    assert(request->agent != NULL); /* a profile was resolved */
    creation->request = request;
    creation->on_done = on_done;
    creation->owner = owner;
    registry_begin(registry, &creation->task, run_creation);
}
