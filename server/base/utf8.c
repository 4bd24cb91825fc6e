/*
 * One decoder step, utf8_step, knows what a well-formed sequence is (Unicode table 3-7); all else
 * is built on it. Runs of ASCII and of valid sequences are measured first and copied in one piece,
 * so that clean text costs one pass and one memcpy.
 */
#include "server/base/utf8.h"

#include <string.h>

#include "server/base/buf.h"

#define REPLACEMENT 0xFFFDu

/* What a lead byte promises: how many bytes follow, and what the first of them may be. */
struct lead {
    unsigned following;
    unsigned char second_min;
    unsigned char second_max;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF)
        return (struct lead){1, 0x80, 0xBF};
    if (byte >= 0xE0 && byte <= 0xEF)
        return (struct lead){2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    if (byte >= 0xF0 && byte <= 0xF4)
        return (struct lead){3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    return (struct lead){0};
}

/* How many bytes at the front belong to the sequence that `lead` opens, the lead byte included. */
static size_t matching_bytes(struct lead lead, const unsigned char *bytes, size_t len)
{
    unsigned char min = lead.second_min;
    unsigned char max = lead.second_max;
    size_t count = 1;
    while (count <= lead.following && count < len && bytes[count] >= min && bytes[count] <= max) {
        min = 0x80;
        max = 0xBF;
        count++;
    }
    return count;
}

size_t utf8_step(struct str text, unsigned *ret_code_point, bool *ret_is_valid)
{
    static const unsigned char payload_mask[] = {0x7F, 0x1F, 0x0F, 0x07};

    *ret_code_point = REPLACEMENT;
    *ret_is_valid = false;
    if (text.len == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text.data;
    struct lead lead = lead_of(bytes[0]);
    size_t count = matching_bytes(lead, bytes, text.len);
    if (count <= lead.following || (lead.following == 0 && bytes[0] >= 0x80))
        return count;

    unsigned code_point = bytes[0] & payload_mask[lead.following];
    for (size_t i = 1; i < count; i++)
        code_point = (code_point << 6) | (bytes[i] & 0x3Fu);
    *ret_code_point = code_point;
    *ret_is_valid = true;
    return count;
}

static size_t ascii_run(const char *data, size_t len)
{
    size_t at = 0;
    for (; len - at >= 32; at += 32) {
        uint64_t words[4];
        memcpy(words, data + at, sizeof(words));
        if ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u)
            break;
    }
    while (at < len && (unsigned char)data[at] < 0x80)
        at++;
    return at;
}

static size_t valid_run(struct str text)
{
    size_t at = 0;
    while (at < text.len) {
        at += ascii_run(text.data + at, text.len - at);
        /* Text in other scripts: stay here as long as it lasts. */
        while (at < text.len && (unsigned char)text.data[at] >= 0x80) {
            const unsigned char *bytes = (const unsigned char *)text.data + at;
            const struct lead lead = lead_of(bytes[0]);
            const size_t count = matching_bytes(lead, bytes, text.len - at);
            if (lead.following == 0 || count <= lead.following)
                return at;
            at += count;
        }
    }
    return at;
}

bool utf8_is_valid(struct str text)
{
    return valid_run(text) == text.len;
}

size_t utf8_incomplete_tail(struct str text)
{
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        const unsigned char *bytes = (const unsigned char *)text.data + text.len - back;
        if ((bytes[0] & 0xC0) == 0x80)
            continue;
        struct lead lead = lead_of(bytes[0]);
        bool may_grow = lead.following >= back && matching_bytes(lead, bytes, back) == back;
        return may_grow ? back : 0;
    }
    return 0;
}

void utf8_repair(struct buf *out, struct str text)
{
    while (text.len > 0) {
        size_t run = valid_run(text);
        buf_append(out, str_slice(text, 0, run));
        text = str_skip(text, run);
        if (text.len == 0)
            return;
        unsigned code_point;
        bool is_valid;
        size_t count = utf8_step(text, &code_point, &is_valid);
        buf_append(out, STR("\xEF\xBF\xBD"));
        text = str_skip(text, count);
    }
}

size_t utf8_count(struct str text)
{
    size_t characters = 0;
    while (text.len > 0) {
        size_t count = ascii_run(text.data, text.len);
        characters += count;
        if (count == 0) {
            unsigned code_point;
            bool is_valid;
            count = utf8_step(text, &code_point, &is_valid);
            characters++;
        }
        text = str_skip(text, count);
    }
    return characters;
}

size_t utf8_prefix_bytes(struct str text, size_t characters)
{
    size_t at = 0;
    while (at < text.len && characters > 0) {
        size_t left = text.len - at;
        size_t count = ascii_run(text.data + at, left < characters ? left : characters);
        characters -= count;
        if (count == 0) {
            unsigned code_point;
            bool is_valid;
            count = utf8_step(str_skip(text, at), &code_point, &is_valid);
            characters--;
        }
        at += count;
    }
    return at;
}

void utf8_append(struct buf *out, unsigned code_point)
{
    bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (is_surrogate || code_point > 0x10FFFF)
        code_point = REPLACEMENT;
    if (code_point < 0x80) {
        buf_append_byte(out, (char)code_point);
        return;
    }
    size_t following = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    static const unsigned char lead_bits[] = {0, 0xC0, 0xE0, 0xF0};
    char bytes[4];
    for (size_t i = following; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    bytes[0] = (char)(lead_bits[following] | code_point);
    buf_append_bytes(out, bytes, following + 1);
}

/* --- white space --- */

static bool is_space(unsigned code_point)
{
    return (code_point >= 0x09 && code_point <= 0x0d) ||
           (code_point >= 0x1c && code_point <= 0x20) || code_point == 0x85 || code_point == 0xa0 ||
           code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200a) ||
           code_point == 0x2028 || code_point == 0x2029 || code_point == 0x202f ||
           code_point == 0x205f || code_point == 0x3000;
}

/* Where the last character of a text that is not empty begins. */
static size_t last_character(struct str text)
{
    size_t at = text.len - 1;
    while (at > 0 && text.len - at < 4 && ((unsigned char)text.data[at] & 0xc0) == 0x80)
        at--;
    return at;
}

struct str utf8_trim_start(struct str text)
{
    unsigned code_point;
    bool is_valid;
    while (text.len > 0) {
        const size_t taken = utf8_step(text, &code_point, &is_valid);
        if (!is_space(code_point))
            break;
        text = str_skip(text, taken);
    }
    return text;
}

struct str utf8_trim_end(struct str text)
{
    unsigned code_point;
    bool is_valid;
    while (text.len > 0) {
        const size_t at = last_character(text);
        const size_t taken = utf8_step(str_skip(text, at), &code_point, &is_valid);
        if (at + taken != text.len || !is_space(code_point))
            break;
        text = str_slice(text, 0, at);
    }
    return text;
}

struct str utf8_trim(struct str text)
{
    return utf8_trim_start(utf8_trim_end(text));
}
