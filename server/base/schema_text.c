#include "server/base/schema_text.h"

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define URN_PREFIX STR("urn:uuid:")

static const size_t uuid_dashes[] = {8, 13, 18, 23};
static const size_t uuid_group_starts[] = {0, 9, 14, 19, 24};
static const size_t uuid_group_lengths[] = {8, 4, 4, 4, 12};

static bool has_dashed_form(struct str text)
{
    if (text.len != ID_UUID_LEN)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(uuid_dashes); i++) {
        if (text.data[uuid_dashes[i]] != '-')
            return false;
    }
    return true;
}

/* The text inside braces or behind the prefix; *ret_is_wrapped says that it was. */
static struct str unwrap_uuid(struct str text, bool *ret_is_wrapped)
{
    *ret_is_wrapped = true;
    if (text.len >= 2 && text.data[0] == '{' && text.data[text.len - 1] == '}')
        return str_slice(text, 1, text.len - 1);
    if (str_starts_with(text, URN_PREFIX))
        return str_skip(text, URN_PREFIX.len);
    *ret_is_wrapped = false;
    return text;
}

static bool is_uuid_byte(char c)
{
    return c == '-' || (c != '\0' && str_has_byte(STR("0123456789abcdefABCDEF"), c));
}

/* The first character that no identifier holds. */
static bool explain_character(struct str inner, size_t offset, struct buf *reason)
{
    for (size_t i = 0; i < inner.len; i++) {
        if (is_uuid_byte(inner.data[i]))
            continue;
        unsigned code_point;
        bool is_valid;
        (void)utf8_step(str_skip(inner, i), &code_point, &is_valid); /* the length is of no use */
        buf_append(reason, STR("invalid character: found `"));
        utf8_append(reason, code_point);
        buf_printf(reason, "` at %zu", offset + i);
        return true;
    }
    return false;
}

/* Positions of the first four dashes and the number of all. */
static size_t find_dashes(struct str inner, size_t positions[4])
{
    size_t count = 0;
    for (size_t i = 0; i < inner.len; i++) {
        if (inner.data[i] != '-')
            continue;
        if (count < 4)
            positions[count] = i;
        count++;
    }
    return count;
}

static void explain_uuid(struct str text, struct buf *reason)
{
    bool is_wrapped;
    const struct str inner = unwrap_uuid(text, &is_wrapped);
    const size_t offset = inner.len == 0 ? 0 : (size_t)(inner.data - text.data);
    if (explain_character(inner, offset, reason))
        return;
    size_t dashes[4] = {0};
    const size_t count = find_dashes(inner, dashes);
    if (count == 0 && !is_wrapped) {
        buf_printf(reason, "invalid length: found %zu", text.len);
        return;
    }
    if (count != 4) {
        buf_printf(reason, "invalid group count: expected 5, found %zu", count + 1);
        return;
    }
    size_t group = 0;
    while (group < 4 && dashes[group] == uuid_dashes[group])
        group++;
    const size_t end = group < 4 ? dashes[group] : text.len;
    buf_printf(reason, "invalid group length in group %zu: expected %zu, found %zu", group,
               uuid_group_lengths[group], end - uuid_group_starts[group]);
}

bool text_to_uuid(struct str text, struct id *ret_id, struct buf *ret_reason)
{
    bool is_wrapped;
    const struct str inner = unwrap_uuid(text, &is_wrapped);
    const bool has_form = has_dashed_form(inner) || (!is_wrapped && inner.len == ID_HEX_LEN);
    if (has_form && id_parse(inner, ret_id))
        return true;
    explain_uuid(text, ret_reason);
    return false;
}

/* 0 to 63, or 64 for what is not of the alphabet. */
static unsigned base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

static bool is_skipped(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

bool text_from_base64(struct str text, struct arena *arena, struct str *ret_bytes,
                      const char **ret_reason)
{
    char *bytes = arena_alloc(arena, text.len / 4 * 3 + 3);
    size_t len = 0;
    size_t digits = 0;
    size_t padding = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if (is_skipped(c))
            continue;
        const unsigned digit = base64_digit(c);
        if ((digit == 64 && c != '=') || (c != '=' && padding > 0)) {
            *ret_reason = "Invalid character";
            return false;
        }
        padding += c == '=';
        digits++;
        bits = bits << 6 | (digit & 63);
        if (digits % 4 != 0)
            continue;
        bytes[len++] = (char)(bits >> 16);
        bytes[len++] = (char)(bits >> 8);
        bytes[len++] = (char)bits;
    }
    if (digits % 4 != 0 || padding > 2) {
        *ret_reason = "Incorrect padding";
        return false;
    }
    *ret_bytes = str_span(bytes, len - padding);
    return true;
}
