#include "actions/archive_flow.h"

#include <pthread.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

struct archive_flow {
    struct archive_flow_options options;
    struct work_thread *thread;
    pthread_mutex_t lock; /* guards the four below */
    pthread_cond_t has_room;
    struct buf waiting;
    bool is_announced; /* on_bytes is due or was called, and nothing was taken since */
    bool is_closed;
    bool has_failed;
    struct error error;
    bool is_ended; /* the rest belongs to the loop thread */
};

static size_t open_flows; /* of the loop thread */

static void produce(void *job)
{
    struct archive_flow *flow = job;
    flow->has_failed = !flow->options.produce(flow->options.input, flow, &flow->error);
}

static void free_flow(struct archive_flow *flow)
{
    if (flow->options.on_free != NULL)
        flow->options.on_free(flow->options.input);
    pthread_cond_destroy(&flow->has_room);
    pthread_mutex_destroy(&flow->lock);
    buf_fini(&flow->waiting);
    free(flow);
    open_flows--;
}

static void on_wake(void *job)
{
    struct archive_flow *flow = job;
    if (!flow->is_closed && !flow->is_ended)
        flow->options.on_bytes(flow->options.owner);
}

static void on_end(void *job)
{
    struct archive_flow *flow = job;
    flow->is_ended = true;
    if (flow->is_closed)
        free_flow(flow);
    else
        flow->options.on_end(flow->options.owner, flow->has_failed ? &flow->error : NULL);
}

static const struct work_thread_calls thread_calls = {
    .run = produce,
    .on_wake = on_wake,
    .on_end = on_end,
};

bool archive_flow_open(struct loop *loop, const struct archive_flow_options *options,
                       struct archive_flow **ret_flow, struct error *error)
{
    struct archive_flow *flow = mem_zero(1, sizeof(*flow));
    open_flows++;
    flow->options = *options;
    pthread_mutex_init(&flow->lock, NULL);
    pthread_cond_init(&flow->has_room, NULL);
    buf_init(&flow->waiting, ARCHIVE_FLOW_MAX_BYTES * 2);
    if (open_flows > ARCHIVE_FLOW_MAX_OPEN) {
        free_flow(flow);
        return error_set(error, ERROR_LIMIT, "%d archives are being made already",
                         ARCHIVE_FLOW_MAX_OPEN);
    }
    if (!work_thread_start(loop, &thread_calls, flow, &flow->thread)) {
        free_flow(flow);
        return error_set(error, ERROR_UNAVAILABLE, "no thread can be started");
    }
    *ret_flow = flow;
    return true;
}

bool archive_flow_write(struct archive_flow *flow, struct str bytes)
{
    while (bytes.len > 0) {
        pthread_mutex_lock(&flow->lock);
        while (!flow->is_closed && flow->waiting.len >= ARCHIVE_FLOW_MAX_BYTES)
            pthread_cond_wait(&flow->has_room, &flow->lock);
        const struct str part = str_slice(bytes, 0, ARCHIVE_FLOW_MAX_BYTES - flow->waiting.len);
        const bool is_closed = flow->is_closed;
        const bool is_news = !is_closed && !flow->is_announced;
        if (!is_closed)
            buf_append(&flow->waiting, part);
        flow->is_announced = flow->is_announced || is_news;
        pthread_mutex_unlock(&flow->lock);
        if (is_closed)
            return false;
        if (is_news)
            work_thread_wake(flow->thread);
        bytes = str_skip(bytes, part.len);
    }
    return true;
}

bool archive_flow_take(struct archive_flow *flow, struct buf *out)
{
    pthread_mutex_lock(&flow->lock);
    const bool has_bytes = flow->waiting.len > 0;
    if (has_bytes) {
        buf_fini(out);
        *out = buf_take(&flow->waiting);
    }
    flow->is_announced = false;
    pthread_cond_signal(&flow->has_room);
    pthread_mutex_unlock(&flow->lock);
    return has_bytes;
}

void archive_flow_close(struct archive_flow *flow)
{
    if (flow == NULL)
        return;
    pthread_mutex_lock(&flow->lock);
    flow->is_closed = true;
    pthread_cond_signal(&flow->has_room);
    pthread_mutex_unlock(&flow->lock);
    if (flow->is_ended)
        free_flow(flow);
}
