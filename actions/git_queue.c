#include "actions/git_queue.h"

#include "actions/git.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

struct git_queue {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct list waiting;
    struct list running;
    struct list ending; /* on_done is due in the next turn */
    size_t waiting_count;
    size_t running_count;
    bool is_closing;
};

struct git_task {
    struct list link;
    struct git_queue *queue;
    struct git *git;
    git_task_run_fn run;
    git_task_done_fn on_done;
    void *job;
    bool is_waiting;
    bool is_ok;
    struct error error;
};

struct git_queue *git_queue_open(struct loop *loop, struct processes *processes,
                                 struct child_env *child_env)
{
    struct git_queue *queue = mem_zero(1, sizeof(*queue));
    queue->loop = loop;
    queue->processes = processes;
    queue->child_env = child_env;
    list_init(&queue->waiting);
    list_init(&queue->running);
    list_init(&queue->ending);
    return queue;
}

static void free_if_done(struct git_queue *queue)
{
    if (queue->is_closing && list_is_empty(&queue->running) && list_is_empty(&queue->waiting) &&
        list_is_empty(&queue->ending))
        free(queue);
}

static struct git_task *task_of(struct list *link)
{
    return container_of(link, struct git_task, link);
}

static void finish(struct git_task *task)
{
    const struct git_task done = *task;
    list_remove(&task->link);
    git_free(task->git);
    free(task);
    done.on_done(done.job, done.is_ok ? NULL : &done.error);
    free_if_done(done.queue);
}

static void run_task(void *owner)
{
    struct git_task *task = owner;
    task->is_ok = task->run(task->git, task->job, &task->error);
}

static void on_work_done(void *owner, bool is_cancelled);

static void start_next(struct git_queue *queue)
{
    struct list *link = list_first(&queue->waiting);
    if (link == NULL || queue->running_count == GIT_QUEUE_RUNNING)
        return;
    struct git_task *task = task_of(link);
    list_remove(link);
    list_append(&queue->running, link);
    queue->waiting_count--;
    queue->running_count++;
    task->is_waiting = false;
    (void)work_start(queue->loop, run_task, on_work_done, task); /* git_cancel is enough */
}

static void on_work_done(void *owner, bool is_cancelled)
{
    struct git_task *task = owner;
    task->queue->running_count--;
    if (is_cancelled)
        task->is_ok = error_set(&task->error, ERROR_CANCELLED, "the client has left");
    start_next(task->queue);
    finish(task);
}

static void on_end_due(void *owner)
{
    finish(owner);
}

/* Ends a task that no worker has seen, in the next turn. */
static void end_soon(struct git_task *task, enum error_code code, const char *text)
{
    (void)error_set(&task->error, code, "%s", text); /* is false */
    list_append(&task->queue->ending, &task->link);
    loop_defer(task->queue->loop, on_end_due, task);
}

static void cancel_waiting(struct git_task *task)
{
    list_remove(&task->link);
    task->is_waiting = false;
    task->queue->waiting_count--;
    end_soon(task, ERROR_CANCELLED, "the client has left");
}

struct git_task *git_queue_start(struct git_queue *queue, git_task_run_fn run,
                                 git_task_done_fn on_done, void *job)
{
    loop_assert_owner(queue->loop);
    struct git_task *task = mem_zero(1, sizeof(*task));
    task->queue = queue;
    task->git = git_new(queue->processes, queue->child_env);
    task->run = run;
    task->on_done = on_done;
    task->job = job;
    if (queue->is_closing || queue->waiting_count == GIT_QUEUE_WAITING) {
        end_soon(task, ERROR_UNAVAILABLE, "too many git requests are waiting");
        return task;
    }
    task->is_waiting = true;
    list_append(&queue->waiting, &task->link);
    queue->waiting_count++;
    start_next(queue);
    return task;
}

void git_task_cancel(struct git_task *task)
{
    git_cancel(task->git);
    if (task->is_waiting)
        cancel_waiting(task);
}

void git_queue_close(struct git_queue *queue)
{
    if (queue == NULL)
        return;
    queue->is_closing = true;
    struct list *link;
    while ((link = list_first(&queue->waiting)) != NULL)
        cancel_waiting(task_of(link));
    for (link = list_first(&queue->running); link != NULL; link = list_next(&queue->running, link))
        git_cancel(task_of(link)->git);
    free_if_done(queue);
}
