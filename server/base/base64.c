#include "server/base/base64.h"

#include "server/base/buf.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* One to three bytes as four characters. */
static void encode_group(const unsigned char *bytes, size_t count, char text[4])
{
    unsigned group = (unsigned)bytes[0] << 16;
    if (count > 1)
        group |= (unsigned)bytes[1] << 8;
    if (count > 2)
        group |= bytes[2];
    text[0] = digits[group >> 18];
    text[1] = digits[group >> 12 & 63];
    text[2] = count > 1 ? digits[group >> 6 & 63] : '=';
    text[3] = count > 2 ? digits[group & 63] : '=';
}

void base64_encode(struct buf *out, struct str bytes)
{
    const size_t len = (bytes.len + 2) / 3 * 4;
    char *text = buf_reserve(out, len);
    if (text == NULL)
        return;
    for (size_t at = 0; at < bytes.len; at += 3, text += 4) {
        const size_t left = bytes.len - at;
        encode_group((const unsigned char *)bytes.data + at, left < 3 ? left : 3, text);
    }
    out->len += len;
    out->data[out->len] = '\0';
}
