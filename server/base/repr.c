#include "server/base/repr.h"

#include "server/base/buf.h"

static void append_byte(struct buf *out, char byte, char quote)
{
    if (byte == quote || byte == '\\')
        buf_printf(out, "\\%c", byte);
    else if (byte == '\n')
        buf_append(out, STR("\\n"));
    else if (byte == '\r')
        buf_append(out, STR("\\r"));
    else if (byte == '\t')
        buf_append(out, STR("\\t"));
    else if ((unsigned char)byte < ' ' || byte == 0x7f)
        buf_printf(out, "\\x%02x", (unsigned char)byte);
    else
        buf_append_byte(out, byte);
}

void repr_append(struct buf *out, struct str text)
{
    const char quote = str_has_byte(text, '\'') && !str_has_byte(text, '"') ? '"' : '\'';
    buf_append_byte(out, quote);
    for (size_t i = 0; i < text.len; i++)
        append_byte(out, text.data[i], quote);
    buf_append_byte(out, quote);
}
