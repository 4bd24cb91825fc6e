#include "server/base/id.h"

#include <errno.h>
#include <sys/random.h>

#include "server/base/str.h"

void id_random_bytes(void *bytes, unsigned long count)
{
    unsigned long done = 0;
    while (done < count) {
        const ssize_t got = getrandom((char *)bytes + done, count - done, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0)
            done += (unsigned long)got;
    }
}

struct id id_new(void)
{
    struct id id;
    id_random_bytes(id.bytes, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

bool id_is_nil(struct id id)
{
    return id_equal(id, (struct id){0});
}

bool id_equal(struct id a, struct id b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

bool id_parse_hex(struct str text, struct id *ret_id)
{
    if (text.len != ID_HEX_LEN)
        return false;
    struct id id;
    for (size_t i = 0; i < sizeof(id.bytes); i++) {
        if (!str_hex_byte(text.data + 2 * i, &id.bytes[i]))
            return false;
    }
    *ret_id = id;
    return true;
}

static bool parse_dashed(struct str text, struct id *ret_id)
{
    static const size_t dashes[] = {8, 13, 18, 23};
    char hex[ID_HEX_LEN];
    size_t len = 0;
    size_t dash = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (dash < ARRAY_SIZE(dashes) && i == dashes[dash]) {
            if (text.data[i] != '-')
                return false;
            dash++;
            continue;
        }
        hex[len++] = text.data[i];
    }
    return id_parse_hex(str_span(hex, len), ret_id);
}

bool id_parse(struct str text, struct id *ret_id)
{
    if (str_starts_with(text, STR("urn:uuid:")))
        text = str_skip(text, 9);
    else if (text.len >= 2 && text.data[0] == '{' && text.data[text.len - 1] == '}')
        text = str_slice(text, 1, text.len - 1);
    if (text.len == ID_UUID_LEN)
        return parse_dashed(text, ret_id);
    return id_parse_hex(text, ret_id);
}

struct id_text id_hex(struct id id)
{
    static const char digits[] = "0123456789abcdef";
    struct id_text text = {0};
    for (size_t i = 0; i < sizeof(id.bytes); i++) {
        text.text[2 * i] = digits[id.bytes[i] >> 4];
        text.text[2 * i + 1] = digits[id.bytes[i] & 0x0f];
    }
    return text;
}

struct id_text id_uuid(struct id id)
{
    const struct id_text hex = id_hex(id);
    struct id_text text = {0};
    size_t len = 0;
    for (size_t i = 0; i < ID_HEX_LEN; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            text.text[len++] = '-';
        text.text[len++] = hex.text[i];
    }
    return text;
}
