#include "api/v0/shell_text.h"

#include "server/base/buf.h"
#include "server/base/utf8.h"

#define CUT_TEXT "\n[... Observation truncated due to length ...]\n"

void v0_text_append_limited(struct buf *out, struct str text)
{
    const size_t count = text.len > V0_CONTENT_MAX_CHARACTERS ? utf8_count(text) : 0;
    const size_t half = V0_CONTENT_MAX_CHARACTERS / 2;
    if (count <= V0_CONTENT_MAX_CHARACTERS) {
        buf_append(out, text);
        return;
    }
    buf_append(out, str_slice(text, 0, utf8_prefix_bytes(text, half)));
    buf_append(out, STR(CUT_TEXT));
    buf_append(out, str_skip(text, utf8_prefix_bytes(text, count - half)));
}
