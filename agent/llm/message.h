#ifndef AGENT_LLM_MESSAGE_H
#define AGENT_LLM_MESSAGE_H

/*
 * One message of a conversation with a model, whatever the protocol, and its rendered form.
 *
 *     struct llm_message  →  llm_chat_render | llm_responses_render | llm_anthropic_render
 *                         →  struct llm_fragment: the bytes that go into each request
 *
 * A message is rendered once, when it comes to be; every later request repeats the same bytes, so
 * that a provider's cache knows the beginning of the prompt. Where a protocol lets a client mark
 * the end of what is worth caching, the fragment says where that mark goes: only the first and the
 * newest messages of a request carry one.
 *
 * Messages borrow everything; fragments own their bytes.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

enum llm_role {
    LLM_SYSTEM,
    LLM_USER,
    LLM_ASSISTANT,
    LLM_TOOL
};

struct llm_part {
    struct str text;  /* a text part; or else … */
    struct str image; /* … a data: or http(s) URL */
};

struct llm_call {
    struct str id;
    struct str item_id; /* of the responses protocol; STR_NULL: none */
    struct str name;
    struct str arguments; /* JSON text, as the model sent it */
};

struct llm_message {
    enum llm_role role;
    const struct llm_part *parts;
    size_t part_count;
    const struct llm_call *calls; /* of an assistant */
    size_t call_count;
    struct str tool_call_id; /* of a tool */
    struct str tool_name;
    struct str reasoning;       /* text; STR_NULL: none */
    struct str thinking_blocks; /* JSON array; STR_NULL: none */
    struct str reasoning_item;  /* JSON object; STR_NULL: none */
};

/* Where a cache mark may go, and what it looks like there. */
struct llm_fragment {
    enum llm_role role;
    struct buf json; /* one or more values, separated by commas */
    bool has_mark;
    size_t mark_at;      /* offset in json; the mark begins with a comma */
    bool is_plain_user;  /* a user's message without tool results: adjacent ones are joined */
    size_t content_from; /* of those: where the content's items begin and end */
    size_t content_to;
};

#define LLM_CACHE_MARK ",\"cache_control\":{\"type\":\"ephemeral\"}"

void llm_fragment_fini(struct llm_fragment *fragment);

/* Appends the text parts, joined by newlines. */
void llm_message_text(const struct llm_message *message, struct buf *out);

#endif
