#include "server/base/buf.h"

#include <stdarg.h>

#include "server/base/mem.h"

static size_t buf_max(const struct buf *buf)
{
    return buf->max_bytes == 0 ? BUF_DEFAULT_MAX_BYTES : buf->max_bytes;
}

void buf_init(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max_bytes = max_bytes};
}

void buf_fini(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){.max_bytes = buf->max_bytes};
}

void buf_fini_scoped(struct buf *buf)
{
    buf_fini(buf);
}

void buf_clear(struct buf *buf)
{
    buf->is_overflowed = false;
    buf_truncate(buf, 0);
}

bool buf_has_overflowed(const struct buf *buf)
{
    return buf->is_overflowed;
}

struct str buf_str(const struct buf *buf)
{
    return str_span(buf->data == NULL ? "" : buf->data, buf->len);
}

static bool buf_grow(struct buf *buf, size_t len)
{
    if (buf->is_overflowed || len > buf_max(buf) - buf->len) {
        buf->is_overflowed = true;
        return false;
    }
    const size_t needed = buf->len + len + 1;
    if (needed <= buf->capacity)
        return true;
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    buf->data = mem_resize(buf->data, capacity);
    buf->capacity = capacity;
    return true;
}

void buf_append_bytes(struct buf *buf, const void *data, size_t len)
{
    if (!buf_grow(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_append(struct buf *buf, struct str text)
{
    buf_append_bytes(buf, text.data, text.len);
}

void buf_append_byte(struct buf *buf, char byte)
{
    buf_append_bytes(buf, &byte, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(len >= 0);
    if (buf_grow(buf, (size_t)len)) {
        (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again); /* sized above */
        buf->len += (size_t)len;
    }
    va_end(again);
}

char *buf_reserve(struct buf *buf, size_t len)
{
    return buf_grow(buf, len) ? buf->data + buf->len : NULL;
}

void buf_consume(struct buf *buf, size_t count)
{
    assert(count <= buf->len);
    if (count == 0)
        return;
    memmove(buf->data, buf->data + count, buf->len - count);
    buf_truncate(buf, buf->len - count);
}

void buf_truncate(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

struct buf buf_take(struct buf *buf)
{
    const struct buf taken = *buf;
    *buf = (struct buf){.max_bytes = taken.max_bytes};
    return taken;
}
