#include "agent/secret_mask.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/mem.h"

/* Values are sorted by length, longest first, and a table says which bytes begin one; most bytes of
 * a text begin none. */
struct secret_mask {
    struct str *values;
    size_t count;
    bool begins_value[256];
};

struct secret_mask *secret_mask_new(void)
{
    return mem_zero(1, sizeof(struct secret_mask));
}

void secret_mask_free(struct secret_mask *mask)
{
    if (mask == NULL)
        return;
    for (size_t i = 0; i < mask->count; i++) {
        explicit_bzero((char *)(uintptr_t)mask->values[i].data, mask->values[i].len);
        free((char *)(uintptr_t)mask->values[i].data);
    }
    free(mask->values);
    free(mask);
}

static bool is_known(const struct secret_mask *mask, struct str value)
{
    for (size_t i = 0; i < mask->count; i++)
        if (str_equal(mask->values[i], value))
            return true;
    return false;
}

void secret_mask_add(struct secret_mask *mask, struct str value)
{
    if (value.len < SECRET_MIN_BYTES || is_known(mask, value))
        return;
    mask->values = mem_resize(mask->values, (mask->count + 1) * sizeof(mask->values[0]));
    size_t place = mask->count;
    for (; place > 0 && mask->values[place - 1].len < value.len; place--)
        mask->values[place] = mask->values[place - 1];
    mask->values[place] = str_span(mem_strndup(value.data, value.len), value.len);
    mask->count++;
    mask->begins_value[(unsigned char)value.data[0]] = true;
}

/* The length of the value that the text begins with; 0: none. */
static size_t value_at(const struct secret_mask *mask, struct str text)
{
    for (size_t i = 0; i < mask->count; i++)
        if (str_starts_with(text, mask->values[i]))
            return mask->values[i].len;
    return 0;
}

/* Whether the whole text is a beginning of a longer value. */
static bool may_become_value(const struct secret_mask *mask, struct str text)
{
    for (size_t i = 0; i < mask->count; i++)
        if (text.len < mask->values[i].len && str_starts_with(mask->values[i], text))
            return true;
    return false;
}

/* Appends the masked text up to where more of it may decide; returns how much that was. */
static size_t mask_text(const struct secret_mask *mask, struct str text, bool is_end,
                        struct buf *out)
{
    size_t shown = 0; /* everything before is in `out` */
    for (size_t i = 0; i < text.len;) {
        if (!mask->begins_value[(unsigned char)text.data[i]]) {
            i++;
            continue;
        }
        const struct str rest = str_skip(text, i);
        if (!is_end && may_become_value(mask, rest)) {
            buf_append(out, str_slice(text, shown, i));
            return i;
        }
        const size_t len = value_at(mask, rest);
        if (len == 0) {
            i++;
            continue;
        }
        buf_append(out, str_slice(text, shown, i));
        buf_append(out, STR(SECRET_HIDDEN));
        i += len;
        shown = i;
    }
    buf_append(out, str_skip(text, shown));
    return text.len;
}

void secret_mask_apply(const struct secret_mask *mask, struct str text, struct buf *out)
{
    (void)mask_text(mask, text, true, out); /* all of it is shown */
}

void mask_stream_feed(struct mask_stream *stream, const struct secret_mask *mask, struct str piece,
                      struct buf *out)
{
    buf_append(&stream->held, piece);
    buf_consume(&stream->held, mask_text(mask, buf_str(&stream->held), false, out));
}

void mask_stream_end(struct mask_stream *stream, const struct secret_mask *mask, struct buf *out)
{
    secret_mask_apply(mask, buf_str(&stream->held), out);
    buf_clear(&stream->held);
}

void mask_stream_fini(struct mask_stream *stream)
{
    buf_fini(&stream->held);
}
