#include "server/base/event_stream.h"

void event_stream_init(struct event_stream *stream, event_stream_fn on_event, void *owner)
{
    *stream = (struct event_stream){.on_event = on_event, .owner = owner};
    buf_init(&stream->line, EVENT_STREAM_MAX_BYTES);
    buf_init(&stream->data, EVENT_STREAM_MAX_BYTES);
    buf_init(&stream->name, EVENT_STREAM_MAX_BYTES);
    buf_init(&stream->last_id, EVENT_STREAM_MAX_BYTES);
}

void event_stream_fini(struct event_stream *stream)
{
    buf_fini(&stream->line);
    buf_fini(&stream->data);
    buf_fini(&stream->name);
    buf_fini(&stream->last_id);
}

bool event_stream_is_too_large(const struct event_stream *stream)
{
    return buf_has_overflowed(&stream->line) || buf_has_overflowed(&stream->data);
}

static bool end_event(struct event_stream *stream)
{
    const bool goes_on =
        !stream->has_data ||
        stream->on_event(stream->owner, buf_str(&stream->name), buf_str(&stream->data));
    buf_clear(&stream->data);
    buf_clear(&stream->name);
    stream->has_data = false;
    return goes_on;
}

static void add_field(struct event_stream *stream, struct str line)
{
    const size_t colon = str_find_byte(line, ':');
    const struct str field = colon == SIZE_MAX ? line : str_slice(line, 0, colon);
    struct str value = colon == SIZE_MAX ? STR("") : str_skip(line, colon + 1);
    if (str_starts_with(value, STR(" ")))
        value = str_skip(value, 1);
    if (str_equal(field, STR("data"))) {
        if (stream->has_data)
            buf_append_byte(&stream->data, '\n');
        buf_append(&stream->data, value);
        stream->has_data = true;
    } else if (str_equal(field, STR("event"))) {
        buf_clear(&stream->name);
        buf_append(&stream->name, value);
    } else if (str_equal(field, STR("id")) && !str_has_byte(value, '\0')) {
        buf_clear(&stream->last_id);
        buf_append(&stream->last_id, value);
    }
}

static bool end_line(struct event_stream *stream)
{
    bool goes_on = true;
    if (stream->line.len == 0)
        goes_on = end_event(stream);
    else if (stream->line.data[0] != ':')
        add_field(stream, buf_str(&stream->line));
    buf_clear(&stream->line);
    return goes_on && !event_stream_is_too_large(stream);
}

/* How many of the bytes stand before the end of a line. */
static size_t line_length(struct str bytes)
{
    size_t len = 0;
    while (len < bytes.len && bytes.data[len] != '\n' && bytes.data[len] != '\r')
        len++;
    return len;
}

/* The line feed behind a carriage return belongs to it, also when it comes later. */
static struct str skip_line_feed(struct event_stream *stream, struct str bytes)
{
    if (bytes.len == 0 || !stream->was_cr)
        return bytes;
    stream->was_cr = false;
    return str_skip(bytes, bytes.data[0] == '\n' ? 1 : 0);
}

bool event_stream_feed(struct event_stream *stream, struct str bytes)
{
    while ((bytes = skip_line_feed(stream, bytes)).len > 0) {
        const size_t len = line_length(bytes);
        buf_append(&stream->line, str_slice(bytes, 0, len));
        if (event_stream_is_too_large(stream))
            return false;
        if (len == bytes.len)
            break;
        stream->was_cr = bytes.data[len] == '\r';
        bytes = str_skip(bytes, len + 1);
        if (!end_line(stream))
            return false;
    }
    return true;
}
