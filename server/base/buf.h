#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * struct buf is a growing byte buffer with a maximum, always NUL-terminated after `len`. The zero
 * value is an empty buffer whose maximum is BUF_DEFAULT_MAX_BYTES.
 *
 * Appending past the maximum appends nothing and marks the buffer as overflowed; the mark stays
 * until the buffer is cleared, so a writer may append many times and ask buf_has_overflowed once.
 *
 * `data` may move with each append; keep offsets, not pointers.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

#define BUF_DEFAULT_MAX_BYTES ((size_t)256 << 20)

struct buf {
    char *data;
    size_t len;
    size_t capacity;
    size_t max_bytes;
    bool is_overflowed;
};

void buf_init(struct buf *buf, size_t max_bytes);
void buf_fini(struct buf *buf); /* leaves a valid empty buffer */
void buf_clear(struct buf *buf);
void buf_fini_scoped(struct buf *buf);
#define scoped_buf __attribute__((cleanup(buf_fini_scoped)))

bool buf_has_overflowed(const struct buf *buf);
struct str buf_str(const struct buf *buf);

void buf_append(struct buf *buf, struct str text);
void buf_append_byte(struct buf *buf, char byte);
void buf_append_bytes(struct buf *buf, const void *data, size_t len);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for `len` more bytes at data + buf->len, or NULL (overflowed); then set len by hand. */
char *buf_reserve(struct buf *buf, size_t len);
/* Drops `count` bytes at the front. */
void buf_consume(struct buf *buf, size_t count);
void buf_truncate(struct buf *buf, size_t len);
/* Moves the content out; `buf` is left empty with the same maximum. */
struct buf buf_take(struct buf *buf);

#endif
