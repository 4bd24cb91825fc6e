#include "api/v0/action_queue.h"

#include <stddef.h>
#include <stdlib.h>

#include "api/v0/runtime.h"
#include "server/base/attributes.h"
#include "server/base/error.h"
#include "server/base/mem.h"

struct v0_action_queue {
    struct v0_runtime *runtime;
    struct list waiting;
    unsigned waiting_count;
    bool is_busy;      /* an entry has been started and is not over */
    bool is_starting;  /* inside its on_start */
    bool is_preparing; /* the runtime is asked to get ready */
    bool is_closed;
};

struct v0_action_queue *v0_action_queue_new(struct v0_runtime *runtime)
{
    struct v0_action_queue *queue = mem_zero(1, sizeof(*queue));
    queue->runtime = runtime;
    list_init(&queue->waiting);
    return queue;
}

struct v0_runtime *v0_action_queue_runtime(const struct v0_action_queue *queue)
{
    return queue->runtime;
}

static struct v0_queue_entry *take_first(struct v0_action_queue *queue)
{
    struct list *link = list_first(&queue->waiting);
    if (link == NULL)
        return NULL;
    list_remove(link);
    queue->waiting_count--;
    return container_of(link, struct v0_queue_entry, link);
}

static void refuse_all(struct v0_action_queue *queue, const struct error *error)
{
    struct v0_queue_entry *entry;
    while ((entry = take_first(queue)) != NULL)
        entry->on_refused(entry, error);
}

static void free_when_idle(struct v0_action_queue *queue)
{
    if (queue->is_closed && !queue->is_busy && !queue->is_starting && !queue->is_preparing)
        free(queue);
}

static void on_prepared(void *owner, const struct error *error);

/* Entries may be over before their on_start returns: a loop, so that many of them do not nest. */
static void start_waiting(struct v0_action_queue *queue)
{
    if (queue->is_busy || queue->is_starting || queue->is_preparing || queue->waiting_count == 0)
        return;
    if (v0_runtime_state(queue->runtime) != V0_READY) {
        queue->is_preparing = true;
        v0_runtime_prepare(queue->runtime, on_prepared, queue);
        return;
    }
    struct v0_queue_entry *entry;
    queue->is_starting = true;
    while (!queue->is_busy && (entry = take_first(queue)) != NULL) {
        queue->is_busy = true;
        entry->on_start(entry);
    }
    queue->is_starting = false;
    free_when_idle(queue);
}

static void on_prepared(void *owner, const struct error *error)
{
    struct v0_action_queue *queue = owner;
    queue->is_preparing = false;
    if (error != NULL)
        refuse_all(queue, error);
    if (queue->is_closed)
        free_when_idle(queue);
    else
        start_waiting(queue);
}

void v0_action_queue_add(struct v0_action_queue *queue, struct v0_queue_entry *entry)
{
    struct error error;
    if (queue->is_closed) {
        error_set(&error, ERROR_UNAVAILABLE, "the server is shutting down");
        entry->on_refused(entry, &error);
    } else if (queue->waiting_count == V0_ACTION_QUEUE_MAX) {
        error_set(&error, ERROR_LIMIT, "%u actions wait already", queue->waiting_count);
        entry->on_refused(entry, &error);
    } else {
        list_append(&queue->waiting, &entry->link);
        queue->waiting_count++;
        start_waiting(queue);
    }
}

void v0_action_queue_done(struct v0_action_queue *queue)
{
    queue->is_busy = false;
    if (queue->is_closed)
        free_when_idle(queue);
    else
        start_waiting(queue);
}

void v0_action_queue_close(struct v0_action_queue *queue)
{
    struct error error;
    error_set(&error, ERROR_UNAVAILABLE, "the server is shutting down");
    queue->is_closed = true;
    refuse_all(queue, &error);
    free_when_idle(queue);
}
