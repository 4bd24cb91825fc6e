#include "agent/registry_close.h"

#include <stdlib.h>

#include "actions/git.h"
#include "actions/workspace.h"
#include "agent/conversation_parts.h"
#include "agent/meta.h"
#include "agent/registry_parts.h"
#include "agent/registry_worktree.h"
#include "agent/runner.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

struct closing {
    struct record *record;
    struct conversation *conversation;
    char *directory; /* to be removed; NULL: it stays, as does all below */
    struct git *git; /* NULL: there are no worktrees */
    char *worktree_root;
    char *working_dir;
    char *conversations;
};

static void run_closing(void *job)
{
    struct closing *closing = job;
    struct error error;
    conversation_free(closing->conversation);
    if (closing->directory != NULL && !conversation_disk_remove(closing->directory, &error))
        log_warn("conversation.left", "error=\"%s\"", error.text);
    if (closing->git != NULL)
        registry_worktree_remove(
            &(struct registry_worktree_rest){.git = closing->git,
                                             .root = closing->worktree_root,
                                             .conversations = closing->conversations,
                                             .working_dir = closing->working_dir});
}

static void closing_free(struct closing *closing)
{
    git_free(closing->git);
    free(closing->directory);
    free(closing->worktree_root);
    free(closing->working_dir);
    free(closing->conversations);
    free(closing);
}

/* Nobody is open any more. */
static void tell_all_closed(struct registry *registry)
{
    struct list *link;
    while (registry->open_count == 0 && (link = list_first(&registry->close_waiters)) != NULL) {
        struct registry_closing *waiter = container_of(link, struct registry_closing, link);
        const struct registry_closing told = *waiter;
        list_remove(link);
        free(waiter);
        told.on_done(told.owner, NULL);
    }
}

/* Those who wait for what does not come again get nothing. */
static void refuse_waiters(struct record *record)
{
    struct error error;
    (void)error_set(&error, ERROR_NOT_FOUND, "Conversation not found: %s",
                    id_uuid(record->id).text); /* is false */
    registry_tell(record, &error);
}

static void count_session(struct registry *registry)
{
    if (--registry->awaited_count == 0)
        registry->on_sessions_ended(registry->sessions_owner);
}

static void on_closing_done(void *job, bool is_cancelled)
{
    struct closing *closing = job;
    struct record *record = closing->record;
    struct registry *registry = record->registry;
    const bool is_awaited = record->is_awaited;
    if (is_cancelled) { /* it is the end; nobody is kept waiting, and git has to be left out */
        git_free(take_pointer(&closing->git));
        run_closing(job);
    }
    record->is_opening = false;
    record->is_awaited = false;
    registry->open_count--;
    if (record->is_deleted) {
        const registry_done_fn on_deleted = record->on_deleted;
        void *owner = record->deleted_owner;
        registry_remove_record(record);
        if (on_deleted != NULL)
            on_deleted(owner, NULL);
    } else if (registry->is_closing) {
        refuse_waiters(record);
    } else if (!list_is_empty(&record->waiters)) {
        registry_start_opening(record);
    }
    closing_free(closing);
    if (is_awaited)
        count_session(registry);
    tell_all_closed(registry);
    registry_end(registry);
}

static void prepare_removal(struct closing *closing, const struct conversation *conversation)
{
    const struct registry *registry = closing->record->registry;
    const struct registry_options *options = &registry->options;
    closing->directory = mem_strdup(conversation_directory(conversation));
    if (options->workspaces == NULL || str_is_empty(options->worktree_root))
        return;
    closing->git = workspaces_new_git(options->workspaces);
    closing->worktree_root = conversation_disk_absolute(options->worktree_root);
    closing->working_dir = mem_strdup(conversation_working_dir(conversation));
    closing->conversations = mem_strdup(registry->directory);
}

static void on_conversation_closed(void *owner, struct conversation *conversation)
{
    struct record *record = owner;
    struct registry *registry = record->registry;
    struct closing *closing = mem_zero(1, sizeof(*closing));
    record->status = conversation_status(conversation);
    record->updated_us = conversation_meta(conversation)->updated_us;
    if (record->is_deleted)
        refuse_waiters(record);
    closing->record = record;
    closing->conversation = conversation;
    record->conversation = NULL; /* the job frees it */
    record->is_opening = true;
    if (record->is_deleted)
        prepare_removal(closing, conversation);
    registry->busy++;
    (void)work_start(registry->options.loop, run_closing, on_closing_done, closing);
}

void registry_begin_record_close(struct record *record, enum conversation_close close)
{
    record->is_deleted = record->is_deleted || close == CLOSE_DELETED;
    conversation_begin_close(record->conversation, close, on_conversation_closed, record);
}

void registry_close_open_ones(struct registry *registry, enum conversation_close close)
{
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        struct record *record = container_of(link, struct record, link);
        if (record->conversation != NULL && !conversation_is_closing(record->conversation))
            registry_begin_record_close(record, close);
    }
}

/* Also one that is being deleted: its hooks run already. */
static void end_session(struct record *record)
{
    record->is_awaited = true;
    record->registry->awaited_count++;
    if (!conversation_is_closing(record->conversation))
        registry_begin_record_close(record, CLOSE_SESSION);
}

bool registry_end_sessions(struct registry *registry, void (*on_done)(void *owner), void *owner)
{
    assert(registry->awaited_count == 0);
    registry->on_sessions_ended = on_done;
    registry->sessions_owner = owner;
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        struct record *record = container_of(link, struct record, link);
        if (record->conversation != NULL && runner_has_last_hooks(record->conversation))
            end_session(record);
    }
    return registry->awaited_count > 0;
}

struct close_task {
    struct registry_task task;
    registry_done_fn on_done;
    void *owner;
};

static void run_close_all(struct registry_task *task)
{
    struct close_task *closing = container_of(task, struct close_task, task);
    struct registry *registry = task->registry;
    struct registry_closing *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_done = closing->on_done;
    waiter->owner = closing->owner;
    list_append(&registry->close_waiters, &waiter->link);
    registry_close_open_ones(registry, CLOSE_SESSION);
    free(closing);
    tell_all_closed(registry);
    registry_end(registry);
}

void registry_close_all(struct registry *registry, registry_done_fn on_done, void *owner)
{
    struct close_task *closing = mem_zero(1, sizeof(*closing));
    closing->on_done = on_done;
    closing->owner = owner;
    registry_begin(registry, &closing->task, run_close_all);
}

/* --- deleting --- */

struct deletion {
    struct registry_task task;
    struct id id;
    registry_done_fn on_done;
    void *owner;
};

static void delete_open(void *owner, struct conversation *conversation, const struct error *error)
{
    struct deletion *deletion = owner;
    struct registry *registry = deletion->task.registry;
    struct record *record = registry_find_record(registry, deletion->id);
    struct error ignored; /* it goes anyway */
    if (error != NULL) {
        deletion->on_done(deletion->owner, error);
    } else {
        record->on_deleted = deletion->on_done;
        record->deleted_owner = deletion->owner;
        if (!conversation_set_status(conversation, STATUS_DELETING, &ignored))
            log_debug("conversation.deleting", "error=\"%s\"", ignored.text);
        if (conversation_is_closing(conversation)) /* another server has taken it meanwhile */
            record->is_deleted = true;
        else
            registry_begin_record_close(record, CLOSE_DELETED);
    }
    free(deletion);
    registry_end(registry);
}

static void run_deletion(struct registry_task *task)
{
    struct deletion *deletion = container_of(task, struct deletion, task);
    struct registry *registry = task->registry;
    struct record *record = registry_find_record(registry, deletion->id);
    struct error error;
    if (record != NULL && !record->is_deleted && !registry->is_closing) {
        registry_wait_open(record, delete_open, deletion);
        return;
    }
    (void)error_set(&error, ERROR_NOT_FOUND, "Not Found"); /* is false */
    deletion->on_done(deletion->owner, &error);
    free(deletion);
    registry_end(registry);
}

void registry_delete(struct registry *registry, struct id id, registry_done_fn on_done, void *owner)
{
    struct deletion *deletion = mem_zero(1, sizeof(*deletion));
    deletion->id = id;
    deletion->on_done = on_done;
    deletion->owner = owner;
    registry_begin(registry, &deletion->task, run_deletion);
}
