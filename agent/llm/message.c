#include "agent/llm/message.h"

void llm_fragment_fini(struct llm_fragment *fragment)
{
    buf_fini(&fragment->json);
}

void llm_message_text(const struct llm_message *message, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < message->part_count; i++) {
        if (!str_is_set(message->parts[i].text))
            continue;
        if (!is_first)
            buf_append_byte(out, '\n');
        buf_append(out, message->parts[i].text);
        is_first = false;
    }
}
