#include "actions/document_xml.h"

#include <string.h>

#include "server/base/buf.h"
#include "server/base/utf8.h"

#define MAX_ENTITY_BYTES 12

struct entity {
    struct str name;
    struct str text;
};

static const struct entity entities[] = {
    {STR_INIT("amp"), STR_INIT("&")},  {STR_INIT("lt"), STR_INIT("<")},
    {STR_INIT("gt"), STR_INIT(">")},   {STR_INIT("quot"), STR_INIT("\"")},
    {STR_INIT("apos"), STR_INIT("'")},
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static struct str without_prefix(struct str name)
{
    const size_t colon = str_find_byte(name, ':');
    return colon == SIZE_MAX ? name : str_skip(name, colon + 1);
}

void xml_init(struct xml *xml, struct str input)
{
    *xml = (struct xml){.rest = input};
}

/* Skips up to the end of what begins here; to the end of the input when that is missing. */
static void skip_past(struct xml *xml, struct str end)
{
    const size_t at = str_find(xml->rest, end);
    xml->rest = str_skip(xml->rest, at == SIZE_MAX ? xml->rest.len : at + end.len);
}

/* The end of a tag, which is not inside the quotes of a value. */
static size_t find_tag_end(struct str rest)
{
    char quote = '\0';
    for (size_t i = 0; i < rest.len; i++) {
        const char byte = rest.data[i];
        if (quote != '\0')
            quote = byte == quote ? '\0' : quote;
        else if (byte == '"' || byte == '\'')
            quote = byte;
        else if (byte == '>')
            return i;
    }
    return SIZE_MAX;
}

static bool take_tag(struct xml *xml)
{
    const size_t end = find_tag_end(xml->rest);
    if (end == SIZE_MAX)
        return false;
    struct str tag = str_slice(xml->rest, 1, end);
    xml->rest = str_skip(xml->rest, end + 1);
    xml->kind = str_starts_with(tag, STR("/")) ? XML_END : XML_START;
    if (xml->kind == XML_END)
        tag = str_skip(tag, 1);
    xml->is_empty = xml->kind == XML_START && str_ends_with(tag, STR("/"));
    if (xml->is_empty)
        tag.len--;
    size_t len = 0;
    while (len < tag.len && !is_blank(tag.data[len]))
        len++;
    xml->name = without_prefix(str_slice(tag, 0, len));
    xml->attributes = str_skip(tag, len);
    return true;
}

static void take_text(struct xml *xml)
{
    const size_t at = str_find_byte(xml->rest, '<');
    const size_t len = at == SIZE_MAX ? xml->rest.len : at;
    xml->kind = XML_TEXT;
    xml->text = str_slice(xml->rest, 0, len);
    xml->is_literal = false;
    xml->rest = str_skip(xml->rest, len);
}

static void take_literal(struct xml *xml)
{
    xml->rest = str_skip(xml->rest, STR("<![CDATA[").len);
    const size_t at = str_find(xml->rest, STR("]]>"));
    xml->kind = XML_TEXT;
    xml->text = str_slice(xml->rest, 0, at == SIZE_MAX ? xml->rest.len : at);
    xml->is_literal = true;
    skip_past(xml, STR("]]>"));
}

bool xml_next(struct xml *xml)
{
    if (xml->is_empty) {
        xml->is_empty = false;
        xml->kind = XML_END;
        return true;
    }
    while (xml->rest.len > 0) {
        if (xml->rest.data[0] != '<') {
            take_text(xml);
            return true;
        }
        if (str_starts_with(xml->rest, STR("<![CDATA["))) {
            take_literal(xml);
            return true;
        }
        if (str_starts_with(xml->rest, STR("<!--")))
            skip_past(xml, STR("-->"));
        else if (str_starts_with(xml->rest, STR("<?")))
            skip_past(xml, STR("?>"));
        else if (str_starts_with(xml->rest, STR("<!")))
            skip_past(xml, STR(">"));
        else
            return take_tag(xml);
    }
    return false;
}

bool xml_starts(const struct xml *xml, const char *name)
{
    return xml->kind == XML_START && str_equal(xml->name, str_from(name));
}

bool xml_ends(const struct xml *xml, const char *name)
{
    return xml->kind == XML_END && str_equal(xml->name, str_from(name));
}

/* "#65" or "#x41"; 0 when it is no character. */
static unsigned numbered_character(struct str name)
{
    const bool is_hex = name.len > 1 && (name.data[1] | 0x20) == 'x';
    unsigned value = 0;
    for (size_t i = is_hex ? 2 : 1; i < name.len; i++) {
        const char byte = (char)(name.data[i] | 0x20);
        const bool is_digit = name.data[i] >= '0' && name.data[i] <= '9';
        const bool is_letter = is_hex && byte >= 'a' && byte <= 'f';
        if ((!is_digit && !is_letter) || value > 0x10FFFF)
            return 0;
        const unsigned digit = (unsigned)(is_digit ? name.data[i] - '0' : byte - 'a' + 10);
        value = value * (is_hex ? 16 : 10) + digit;
    }
    return value > 0x10FFFF ? 0 : value;
}

static bool append_entity(struct str name, struct buf *out)
{
    if (str_starts_with(name, STR("#"))) {
        const unsigned code_point = numbered_character(name);
        if (code_point != 0)
            utf8_append(out, code_point);
        return code_point != 0;
    }
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (str_equal(name, entities[i].name)) {
            buf_append(out, entities[i].text);
            return true;
        }
    }
    return false;
}

static void decode(struct str text, struct buf *out)
{
    for (size_t at = str_find_byte(text, '&'); at != SIZE_MAX; at = str_find_byte(text, '&')) {
        buf_append(out, str_slice(text, 0, at));
        text = str_skip(text, at + 1);
        const size_t end = str_find_byte(str_slice(text, 0, MAX_ENTITY_BYTES), ';');
        if (end != SIZE_MAX && append_entity(str_slice(text, 0, end), out))
            text = str_skip(text, end + 1);
        else
            buf_append_byte(out, '&');
    }
    buf_append(out, text);
}

void xml_append_text(const struct xml *xml, struct buf *out)
{
    if (xml->is_literal)
        buf_append(out, xml->text);
    else
        decode(xml->text, out);
}

/* Cuts the next name="value" off *rest. */
static bool next_attribute(struct str *rest, struct str *ret_name, struct str *ret_value)
{
    const size_t equals = str_find_byte(*rest, '=');
    if (equals == SIZE_MAX)
        return false;
    *ret_name = str_trim(str_slice(*rest, 0, equals));
    const struct str value = str_trim(str_skip(*rest, equals + 1));
    if (value.len == 0 || (value.data[0] != '"' && value.data[0] != '\''))
        return false;
    const size_t end = str_find_byte(str_skip(value, 1), value.data[0]);
    if (end == SIZE_MAX)
        return false;
    *ret_value = str_slice(value, 1, 1 + end);
    *rest = str_skip(value, end + 2);
    return true;
}

static bool find_attribute(const struct xml *xml, const char *name, struct str *ret_value)
{
    const struct str wanted = str_from(name);
    const bool has_prefix = str_has_byte(wanted, ':');
    struct str rest = xml->attributes;
    struct str found;
    struct str value;
    while (next_attribute(&rest, &found, &value)) {
        if (str_equal(has_prefix ? found : without_prefix(found), wanted)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

bool xml_attribute(const struct xml *xml, const char *name, struct buf *out)
{
    struct str value;
    if (!find_attribute(xml, name, &value))
        return false;
    decode(value, out);
    return true;
}

bool xml_attribute_is(const struct xml *xml, const char *name, const char *value)
{
    struct str found;
    return find_attribute(xml, name, &found) && str_equal(found, str_from(value));
}
