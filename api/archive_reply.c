#include "api/archive_reply.h"

#include "actions/archive_flow.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

struct transfer {
    struct archive_reply_options options;
    struct http_request *request;
    struct archive_flow *flow;
    struct http_stream *stream; /* NULL before the head */
    bool is_ended;              /* the producer has returned */
};

/* The input frees itself with the flow, which may outlive the transfer. */
static void end_transfer(struct transfer *transfer)
{
    archive_flow_close(transfer->flow);
    free(transfer);
}

/* Sends what waits, as far as the client keeps up. */
static void pump(struct transfer *transfer)
{
    scoped_buf struct buf bytes = {0};
    while (stream_pending_bytes(transfer->stream) < STREAM_HIGH_WATER_BYTES) {
        if (!archive_flow_take(transfer->flow, &bytes)) {
            if (transfer->is_ended)
                stream_end(transfer->stream);
            return;
        }
        (void)stream_write_buf(transfer->stream, &bytes); /* on_closed tells */
    }
}

static void on_writable(void *owner)
{
    pump(owner);
}

static void on_closed(void *owner, bool is_complete)
{
    struct transfer *transfer = owner;
    if (!is_complete && transfer->options.on_gone != NULL)
        transfer->options.on_gone(transfer->options.input);
    end_transfer(transfer);
}

static const struct http_stream_events stream_events = {
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static void send_head(struct transfer *transfer)
{
    if (transfer->stream != NULL)
        return;
    http_request_on_gone(transfer->request, NULL, NULL);
    const char *type = transfer->options.on_head(transfer->options.input, transfer->request);
    const int64_t *length = transfer->options.content_length;
    transfer->stream = reply_stream(transfer->request, 200, type, length == NULL ? -1 : *length,
                                    &stream_events, transfer);
}

static void on_bytes(void *owner)
{
    struct transfer *transfer = owner;
    send_head(transfer);
    pump(transfer);
}

static void reply_failure(const struct archive_reply_options *options, struct http_request *request,
                          const struct error *error)
{
    if (options->reply_failure != NULL)
        options->reply_failure(request, error);
    else
        reply_error(request, error);
}

static void fail(struct transfer *transfer, const struct error *error)
{
    if (transfer->stream != NULL) {
        log_warn("archive.cut", "reason=%s", error_code_name(error->code));
        stream_abort(transfer->stream); /* on_closed follows */
        return;
    }
    http_request_on_gone(transfer->request, NULL, NULL);
    reply_failure(&transfer->options, transfer->request, error);
    end_transfer(transfer);
}

static void on_end(void *owner, const struct error *error)
{
    struct transfer *transfer = owner;
    transfer->is_ended = true;
    if (error != NULL) {
        fail(transfer, error);
        return;
    }
    send_head(transfer);
    pump(transfer);
}

/* Before the head: nobody waits for the reply any more, but the request does. */
static void on_gone(void *owner)
{
    struct transfer *transfer = owner;
    if (transfer->options.on_gone != NULL)
        transfer->options.on_gone(transfer->options.input);
    reply_empty(transfer->request, error_http_status(ERROR_CANCELLED));
    end_transfer(transfer);
}

void archive_reply(struct api *api, struct http_request *request,
                   const struct archive_reply_options *options)
{
    struct transfer *transfer = mem_zero(1, sizeof(*transfer));
    transfer->options = *options;
    transfer->request = request;
    const struct archive_flow_options flow = {
        .produce = options->produce,
        .on_free = options->on_free,
        .input = options->input,
        .on_bytes = on_bytes,
        .on_end = on_end,
        .owner = transfer,
    };
    struct error error;
    if (archive_flow_open(api->loop, &flow, &transfer->flow, &error)) {
        http_request_on_gone(request, on_gone, transfer);
        return;
    }
    free(transfer);
    reply_failure(options, request, &error);
}
