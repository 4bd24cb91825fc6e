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

/* The text inside braces or behind the prefix; *ret_is_wrapped says that it was. A text that has
 * the length of a bare form is taken for one. */
static struct str unwrap_uuid(struct str text, bool *ret_is_wrapped)
{
    *ret_is_wrapped = false;
    if (text.len == ID_UUID_LEN || text.len == ID_HEX_LEN)
        return text;
    *ret_is_wrapped = true;
    if (text.len >= 2 && text.data[0] == '{' && text.data[text.len - 1] == '}')
        return str_slice(text, 1, text.len - 1);
    if (str_starts_with(text, URN_PREFIX))
        return str_skip(text, URN_PREFIX.len);
    *ret_is_wrapped = false;
    return text;
}

/* What the characters of a text that is no identifier look like. */
struct uuid_look {
    size_t dashes[4]; /* positions of the first four */
    size_t dash_count;
    size_t bad_at; /* the first character that no identifier holds; SIZE_MAX: none */
    unsigned bad_character;
};

/* Characters are judged by their lowest byte alone, because the contract's server does so. */
static struct uuid_look look_at_uuid(struct str inner)
{
    struct uuid_look look = {.bad_at = SIZE_MAX};
    size_t at = 0;
    while (at < inner.len) {
        unsigned character;
        bool is_valid;
        const size_t bytes = utf8_step(str_skip(inner, at), &character, &is_valid);
        const char low = (char)(character & 0xFF);
        if (low == '-' && look.dash_count++ < 4)
            look.dashes[look.dash_count - 1] = at;
        if (low != '-' && !str_has_byte(STR("0123456789abcdefABCDEF"), low)) {
            look.bad_at = at;
            look.bad_character = character;
            return look;
        }
        at += bytes;
    }
    return look;
}

static void explain_group(const struct uuid_look *look, size_t text_len, struct buf *reason)
{
    size_t group = 0;
    while (group < 4 && look->dashes[group] == uuid_dashes[group])
        group++;
    const size_t end = group < 4 ? look->dashes[group] : text_len;
    buf_printf(reason, "invalid group length in group %zu: expected %zu, found %zu", group,
               uuid_group_lengths[group], end - uuid_group_starts[group]);
}

static void explain_uuid(struct str text, struct buf *reason)
{
    bool is_wrapped;
    const struct str inner = unwrap_uuid(text, &is_wrapped);
    const struct uuid_look look = look_at_uuid(inner);
    if (text.len > URN_PREFIX.len + ID_UUID_LEN) {
        buf_printf(reason, "invalid length: found %zu", text.len);
    } else if (look.bad_at != SIZE_MAX) {
        /* A wrapped text of the right length is counted without its wrapping. */
        const size_t offset = inner.len == ID_UUID_LEN ? 0 : (size_t)(inner.data - text.data);
        buf_append(reason, STR("invalid character: found `"));
        utf8_append(reason, look.bad_character);
        buf_printf(reason, "` at %zu", offset + look.bad_at);
    } else if (look.dash_count == 0 && !is_wrapped) {
        buf_printf(reason, "invalid length: found %zu", text.len);
    } else if (look.dash_count != 4) {
        buf_printf(reason, "invalid group count: expected 5, found %zu", look.dash_count + 1);
    } else {
        explain_group(&look, text.len, reason);
    }
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
