#include "server/base/json_encoding.h"

#include "server/base/buf.h"
#include "server/base/utf8.h"

enum byte_order {
    LITTLE_ENDIAN_ORDER,
    BIG_ENDIAN_ORDER
};

struct encoding {
    size_t mark_bytes;
    size_t unit_bytes;
    enum byte_order order;
};

static struct encoding encoding_by_mark(struct str bytes)
{
    if (str_starts_with(bytes, STR("\0\0\xFE\xFF")))
        return (struct encoding){4, 4, BIG_ENDIAN_ORDER};
    if (str_starts_with(bytes, STR("\xFF\xFE\0\0")))
        return (struct encoding){4, 4, LITTLE_ENDIAN_ORDER};
    if (str_starts_with(bytes, STR("\xFE\xFF")))
        return (struct encoding){2, 2, BIG_ENDIAN_ORDER};
    if (str_starts_with(bytes, STR("\xFF\xFE")))
        return (struct encoding){2, 2, LITTLE_ENDIAN_ORDER};
    if (str_starts_with(bytes, STR("\xEF\xBB\xBF")))
        return (struct encoding){3, 1, LITTLE_ENDIAN_ORDER};
    return (struct encoding){0};
}

/* A JSON text begins with an ASCII character, so the zeros around it tell the unit. */
static struct encoding encoding_by_zeros(struct str bytes)
{
    const char *b = bytes.data;
    if (bytes.len >= 4 && b[0] == 0)
        return (struct encoding){0, b[1] == 0 ? 4 : 2, BIG_ENDIAN_ORDER};
    if (bytes.len >= 4 && b[1] == 0)
        return (struct encoding){0, b[2] == 0 && b[3] == 0 ? 4 : 2, LITTLE_ENDIAN_ORDER};
    if (bytes.len == 2 && b[0] == 0)
        return (struct encoding){0, 2, BIG_ENDIAN_ORDER};
    if (bytes.len == 2 && b[1] == 0)
        return (struct encoding){0, 2, LITTLE_ENDIAN_ORDER};
    return (struct encoding){0, 1, LITTLE_ENDIAN_ORDER};
}

static unsigned read_unit(const struct encoding *encoding, const char *at)
{
    unsigned unit = 0;
    for (size_t i = 0; i < encoding->unit_bytes; i++) {
        const size_t index = encoding->order == BIG_ENDIAN_ORDER ? i : encoding->unit_bytes - 1 - i;
        unit = unit << 8 | (unsigned char)at[index];
    }
    return unit;
}

static bool decode_units(const struct encoding *encoding, struct str bytes, struct buf *out)
{
    if (bytes.len % encoding->unit_bytes != 0)
        return false;
    while (bytes.len > 0) {
        unsigned unit = read_unit(encoding, bytes.data);
        bytes = str_skip(bytes, encoding->unit_bytes);
        const bool is_high = encoding->unit_bytes == 2 && unit >= 0xD800 && unit <= 0xDBFF;
        if (is_high && bytes.len > 0) {
            const unsigned low = read_unit(encoding, bytes.data);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                bytes = str_skip(bytes, 2);
            }
        }
        if (unit > 0x10FFFF)
            return false;
        utf8_append(out, unit);
    }
    return true;
}

/* U+FFFD is as long as an encoded surrogate, so it can be written over it. */
static bool decode_utf8(struct str bytes, struct buf *out)
{
    buf_append(out, bytes);
    if (buf_has_overflowed(out) || utf8_is_valid(bytes))
        return !buf_has_overflowed(out);
    for (size_t at = 0; at + 2 < out->len; at++) {
        unsigned char *b = (unsigned char *)out->data + at;
        if (b[0] == 0xED && b[1] >= 0xA0 && b[1] <= 0xBF && (b[2] & 0xC0) == 0x80) {
            b[0] = 0xEF;
            b[1] = 0xBF;
            b[2] = 0xBD;
        }
    }
    return utf8_is_valid(buf_str(out));
}

bool doc_decode_text(struct str bytes, struct buf *out)
{
    struct encoding encoding = encoding_by_mark(bytes);
    if (encoding.unit_bytes == 0)
        encoding = encoding_by_zeros(bytes);
    bytes = str_skip(bytes, encoding.mark_bytes);
    return encoding.unit_bytes == 1 ? decode_utf8(bytes, out) : decode_units(&encoding, bytes, out);
}
