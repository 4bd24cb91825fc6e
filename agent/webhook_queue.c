#include "agent/webhook_queue.h"

#include <stdlib.h>

#include "agent/event_log.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct webhook_item {
    char *text;    /* NULL: the event is stored */
    size_t number; /* of a stored one */
    size_t bytes;
};

static struct webhook_item *add(struct webhook_queue *queue, size_t bytes)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity * 2 + 4;
        queue->items = mem_resize(queue->items, queue->capacity * sizeof(queue->items[0]));
    }
    struct webhook_item *item = &queue->items[queue->count++];
    *item = (struct webhook_item){.bytes = bytes};
    queue->bytes += bytes;
    return item;
}

void webhook_queue_add_stored(struct webhook_queue *queue, size_t number, size_t bytes)
{
    add(queue, bytes)->number = number;
}

void webhook_queue_add_text(struct webhook_queue *queue, struct str event)
{
    add(queue, event.len)->text = mem_strndup(event.data, event.len);
}

static void remove_at(struct webhook_queue *queue, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        queue->bytes -= queue->items[i].bytes;
        free(queue->items[i].text);
    }
    queue->count -= count;
    memmove(queue->items + first, queue->items + first + count,
            (queue->count - first) * sizeof(queue->items[0]));
}

size_t webhook_queue_trim(struct webhook_queue *queue, size_t kept, size_t max_count,
                          size_t max_bytes)
{
    size_t dropped = 0;
    size_t bytes = queue->bytes;
    while (kept + dropped < queue->count &&
           (queue->count - dropped > max_count || bytes > max_bytes))
        bytes -= queue->items[kept + dropped++].bytes;
    if (dropped > 0)
        remove_at(queue, kept, dropped);
    return dropped;
}

void webhook_queue_remove(struct webhook_queue *queue, size_t count)
{
    if (count > 0)
        remove_at(queue, 0, count);
}

void webhook_queue_fini(struct webhook_queue *queue)
{
    webhook_queue_remove(queue, queue->count);
    free(queue->items);
    *queue = (struct webhook_queue){0};
}

void webhook_queue_detach(struct webhook_queue *queue, const struct event_log *log)
{
    for (size_t i = 0; i < queue->count; i++) {
        struct webhook_item *item = &queue->items[i];
        scoped_buf struct buf text = {0};
        if (item->text != NULL)
            continue;
        if (!event_log_read(log, item->number, &text))
            buf_clear(&text); /* unreadable: nothing of it is sent */
        item->text = mem_strndup(text.data == NULL ? "" : text.data, text.len);
        queue->bytes += text.len - item->bytes;
        item->bytes = text.len;
    }
}

/* --- a batch --- */

static bool read_item(const struct webhook_item *item, const struct event_log *log,
                      struct buf *text)
{
    if (item->text == NULL)
        return log != NULL && event_log_read(log, item->number, text);
    buf_append(text, str_span(item->text, item->bytes));
    return true;
}

/* False: it cannot be shown. */
static bool print_item(const struct webhook_item *item, const struct event_log *log,
                       enum event_level level, struct buf *out)
{
    scoped_buf struct buf text = {0};
    struct doc_error why;
    struct doc *doc = read_item(item, log, &text) ? doc_parse(buf_str(&text), &why) : NULL;
    bool is_shown = doc != NULL;
    if (is_shown && level < EVENT_LEVEL_1_40)
        is_shown = event_form_level(doc_root(doc), level, out);
    else if (is_shown)
        event_form_full(doc_root(doc), out);
    doc_free(doc);
    return is_shown;
}

size_t webhook_queue_batch(const struct webhook_queue *queue, const struct event_log *log,
                           const struct webhook_limits *limits, struct buf *out)
{
    const size_t begin = out->len;
    size_t shown = 0;
    size_t count = 0;
    buf_append_byte(out, '[');
    for (; count < queue->count && count < limits->max_count; count++) {
        scoped_buf struct buf event = {.max_bytes = SIZE_MAX / 2};
        if (!print_item(&queue->items[count], log, limits->level, &event))
            continue;
        if (shown > 0 && out->len - begin + event.len + 2 > limits->max_bytes)
            break;
        if (shown++ > 0)
            buf_append_byte(out, ',');
        buf_append(out, buf_str(&event));
    }
    buf_append_byte(out, ']');
    return count;
}
