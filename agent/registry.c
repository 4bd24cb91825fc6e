#include "agent/registry.h"

#include <stdlib.h>

#include "agent/client_tools.h"
#include "agent/conversation_disk.h"
#include "agent/conversation_parts.h"
#include "agent/conversation_restart.h"
#include "agent/event_index.h"
#include "agent/meta.h"
#include "agent/registry_care.h"
#include "agent/registry_catalog.h"
#include "agent/registry_parts.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

/* --- records --- */

struct record *registry_find_record(const struct registry *registry, struct id id)
{
    return map_find(&registry->by_id, id);
}

struct record *registry_add_record(struct registry *registry, struct id id)
{
    struct record *record = mem_zero(1, sizeof(*record));
    record->registry = registry;
    record->id = id;
    list_init(&record->waiters);
    map_set(&registry->by_id, id, record);
    list_append(&registry->records, &record->link);
    registry->record_count++;
    return record;
}

void registry_remove_record(struct record *record)
{
    struct registry *registry = record->registry;
    assert(list_is_empty(&record->waiters) && record->conversation == NULL);
    map_remove(&registry->by_id, record->id);
    list_remove(&record->link);
    registry->record_count--;
    free(record);
}

struct conversation_place registry_place(const struct registry *registry, struct id id)
{
    return (struct conversation_place){
        .directory = registry->directory,
        .id = id,
        .owner = registry->owner,
        .lease_ttl_seconds = registry->options.lease_ttl_seconds,
        .cipher = registry->options.cipher,
    };
}

/* --- tasks --- */

static void run_task(void *owner)
{
    struct registry_task *task = owner;
    task->run(task);
}

void registry_begin(struct registry *registry, struct registry_task *task,
                    void (*run)(struct registry_task *task))
{
    task->registry = registry;
    task->run = run;
    registry->busy++;
    if (registry->is_loaded)
        loop_defer(registry->options.loop, run_task, task);
    else
        list_append(&registry->tasks, &task->link);
}

static void free_registry(struct registry *registry)
{
    struct list *link;
    void (*on_closed)(void *owner) = registry->on_closed;
    void *owner = registry->closed_owner;
    while ((link = list_first(&registry->records)) != NULL)
        registry_remove_record(container_of(link, struct record, link));
    map_fini(&registry->by_id);
    client_tools_free(registry->client_tools);
    free(registry->directory);
    free(registry->configured);
    free(registry);
    on_closed(owner);
}

void registry_end(struct registry *registry)
{
    assert(registry->busy > 0);
    registry->busy--;
    if (registry->is_closing && registry->busy == 0 && registry->open_count == 0)
        free_registry(registry);
}

/* --- opening --- */

struct opening {
    struct record *record;
    struct conversation_place place;
    struct conversation_files files;
    struct error error;
    bool is_ok;
};

static void run_opening(void *job)
{
    struct opening *opening = job;
    opening->is_ok = conversation_disk_open(&opening->place, &opening->files, &opening->error);
}

/* The server stops: what has come up in the meantime goes again. */
static void close_late(struct record *record)
{
    if (record->registry->is_closing && record->conversation != NULL &&
        !conversation_is_closing(record->conversation))
        registry_begin_record_close(record, CLOSE_RESTS);
}

void registry_tell(struct record *record, const struct error *error)
{
    struct list waiters;
    struct list *link;
    struct conversation *conversation = record->conversation;
    list_init(&waiters);
    while ((link = list_first(&record->waiters)) != NULL) {
        list_remove(link);
        list_append(&waiters, link);
    }
    while ((link = list_first(&waiters)) != NULL) {
        struct registry_waiter *waiter = container_of(link, struct registry_waiter, link);
        const struct registry_waiter told = *waiter;
        list_remove(link);
        free(waiter);
        told.on_done(told.owner, error == NULL ? conversation : NULL, error);
    }
}

static void on_lost(void *owner, struct conversation *conversation)
{
    const struct registry *registry = owner;
    struct record *record = registry_find_record(registry, conversation_id(conversation));
    log_warn("conversation.lost", "id=%s", id_hex(conversation_id(conversation)).text);
    if (!conversation->is_closing)
        registry_begin_record_close(record, CLOSE_RESTS);
}

void registry_opened(struct record *record, struct conversation_files *files)
{
    struct registry *registry = record->registry;
    const struct conversation_options options = {.loop = registry->options.loop,
                                                 .cipher = registry->options.cipher,
                                                 .on_lost = on_lost,
                                                 .owner = registry};
    const uint32_t unanswered = files->unanswered;
    const uint32_t goal = files->goal;
    client_tools_remember(registry->client_tools, meta_json(files->meta, META_CLIENT_TOOLS));
    record->conversation = conversation_new(&options, files);
    registry->open_count++;
    conversation_hold(record->conversation); /* until everybody has been told */
    conversation_restart(record->conversation, unanswered, goal);
    if (registry->options.on_open != NULL)
        registry->options.on_open(registry->options.owner, record->conversation);
    conversation_release(record->conversation);
}

void registry_abandon(struct record *record, const struct error *error)
{
    record->is_opening = false;
    registry_tell(record, error);
    registry_remove_record(record);
}

void registry_made(struct record *record, struct conversation_files *files)
{
    record->is_opening = false;
    record->is_new = false;
    record->created_us = files->meta->created_us;
    record->updated_us = files->meta->updated_us;
    record->parent = meta_parent(files->meta);
    registry_opened(record, files);
    registry_tell(record, NULL);
    close_late(record);
}

static void on_opening_done(void *job, bool is_cancelled)
{
    struct opening *opening = job;
    struct record *record = opening->record;
    struct registry *registry = record->registry;
    record->is_opening = false;
    if (is_cancelled)
        (void)error_set(&opening->error, ERROR_CANCELLED, "the server stops"); /* is false */
    if (opening->is_ok) {
        registry_opened(record, &opening->files);
        registry_tell(record, NULL);
        close_late(record);
    } else {
        log_warn("conversation.unopened", "id=%s error=\"%s\"", id_hex(record->id).text,
                 opening->error.text);
        if (opening->error.code == ERROR_CONFLICT) /* another server's are not there */
            opening->error.code = ERROR_NOT_FOUND;
        registry_tell(record, &opening->error);
    }
    free(opening);
    registry_end(registry);
}

void registry_start_opening(struct record *record)
{
    struct registry *registry = record->registry;
    struct opening *opening = mem_zero(1, sizeof(*opening));
    opening->record = record;
    opening->place = registry_place(registry, record->id);
    record->is_opening = true;
    registry->busy++;
    (void)work_start(registry->options.loop, run_opening, on_opening_done, opening);
}

void registry_wait_open(struct record *record, registry_fn on_done, void *owner)
{
    const bool is_open =
        record->conversation != NULL && !conversation_is_closing(record->conversation);
    if (is_open) {
        on_done(owner, record->conversation, NULL);
        return;
    }
    struct registry_waiter *waiter = mem_zero(1, sizeof(*waiter));
    waiter->on_done = on_done;
    waiter->owner = owner;
    list_append(&record->waiters, &waiter->link);
    if (record->conversation == NULL && !record->is_opening)
        registry_start_opening(record); /* a closing one is opened again when it has closed */
}

struct finding {
    struct registry_task task;
    struct id id;
    registry_fn on_done;
    void *owner;
};

static void run_finding(struct registry_task *task)
{
    struct finding *finding = container_of(task, struct finding, task);
    struct registry *registry = task->registry;
    struct record *record = registry_find_record(registry, finding->id);
    struct error error;
    if (record != NULL && !record->is_deleted && !registry->is_closing) {
        registry_wait_open(record, finding->on_done, finding->owner);
    } else {
        (void)error_set(&error, ERROR_NOT_FOUND, "Conversation not found: %s",
                        id_uuid(finding->id).text); /* is false */
        finding->on_done(finding->owner, NULL, &error);
    }
    free(finding);
    registry_end(registry);
}

void registry_find(struct registry *registry, struct id id, registry_fn on_done, void *owner)
{
    struct finding *finding = mem_zero(1, sizeof(*finding));
    finding->id = id;
    finding->on_done = on_done;
    finding->owner = owner;
    registry_begin(registry, &finding->task, run_finding);
}

struct conversation *registry_peek(const struct registry *registry, struct id id)
{
    const struct record *record = registry_find_record(registry, id);
    if (record == NULL || record->conversation == NULL ||
        conversation_is_closing(record->conversation))
        return NULL;
    return record->conversation;
}

/* --- the catalog --- */

struct loading {
    struct registry *registry;
    char *directory;
    struct catalog_entry *entries;
    size_t count;
    struct error error;
    bool is_ok;
};

static void run_loading(void *job)
{
    struct loading *loading = job;
    loading->is_ok =
        catalog_read(loading->directory, &loading->entries, &loading->count, &loading->error);
}

static void ignore_opened(void *owner, struct conversation *conversation, const struct error *error)
{
    (void)owner; /* what has to be done to it is done when it opens */
    (void)conversation;
    (void)error;
}

static void take_entries(struct registry *registry, const struct loading *loading)
{
    for (size_t i = 0; i < loading->count; i++) {
        const struct catalog_entry *entry = &loading->entries[i];
        struct record *record = registry_add_record(registry, entry->id);
        record->parent = entry->parent;
        record->created_us = entry->created_us;
        record->updated_us = entry->updated_us;
        record->status = entry->status;
        if (entry->status == STATUS_RUNNING && !registry->is_closing)
            registry_wait_open(record, ignore_opened, NULL);
    }
}

static void run_tasks(struct registry *registry)
{
    struct list *link;
    while ((link = list_first(&registry->tasks)) != NULL) {
        struct registry_task *task = container_of(link, struct registry_task, link);
        list_remove(link);
        task->run(task);
    }
}

static void on_loading_done(void *job, bool is_cancelled)
{
    struct loading *loading = job;
    struct registry *registry = loading->registry;
    if (!is_cancelled && !loading->is_ok)
        log_error("conversations.unread", "error=\"%s\"", loading->error.text);
    take_entries(registry, loading);
    log_info("conversations.loaded", "count=%zu", loading->count);
    free(loading->entries);
    free(loading->directory);
    free(loading);
    registry->is_loaded = true;
    run_tasks(registry);
    registry_end(registry);
}

/* --- life --- */

struct registry *registry_open(const struct registry_options *options)
{
    struct registry *registry = mem_zero(1, sizeof(*registry));
    struct loading *loading = mem_zero(1, sizeof(*loading));
    registry->options = *options;
    registry->options.directory = STR_NULL; /* was borrowed */
    registry->directory = conversation_disk_absolute(options->directory);
    registry->configured = mem_strndup(options->directory.data, options->directory.len);
    registry->owner = id_new();
    registry->client_tools = client_tools_new();
    list_init(&registry->records);
    list_init(&registry->tasks);
    list_init(&registry->close_waiters);
    registry_care_start(registry);
    loading->registry = registry;
    loading->directory = mem_strdup(registry->directory);
    registry->busy++;
    (void)work_start(options->loop, run_loading, on_loading_done, loading);
    return registry;
}

static void run_close(struct registry_task *task)
{
    struct registry *registry = task->registry;
    registry_close_open_ones(registry, CLOSE_RESTS);
    free(task);
    registry_end(registry);
}

void registry_close(struct registry *registry, void (*on_closed)(void *owner), void *owner)
{
    assert(!registry->is_closing);
    registry->is_closing = true;
    registry->on_closed = on_closed;
    registry->closed_owner = owner;
    registry_care_stop(registry);
    registry_begin(registry, mem_zero(1, sizeof(struct registry_task)), run_close);
}

/* --- runs --- */

bool registry_take_run(struct registry *registry)
{
    if (registry->run_count >= registry->options.max_runs)
        return false;
    registry->run_count++;
    return true;
}

void registry_release_run(struct registry *registry)
{
    assert(registry->run_count > 0);
    registry->run_count--;
}
