#include "agent/message_parts.h"

#include "server/base/json.h"
#include "server/base/mem.h"

void message_parts_fini(struct message_parts *parts)
{
    free(parts->items);
    arena_fini(&parts->arena);
    *parts = (struct message_parts){0};
}

static void add(struct message_parts *parts, const struct llm_part *part)
{
    if (parts->count == parts->capacity) {
        parts->capacity = parts->capacity == 0 ? 4 : parts->capacity * 2;
        parts->items = mem_resize(parts->items, parts->capacity * sizeof(*parts->items));
    }
    parts->items[parts->count++] = *part;
}

void message_parts_add_text(struct message_parts *parts, struct str text)
{
    const struct str set = str_is_set(text) ? text : STR("");
    add(parts, &(struct llm_part){.text = set});
}

void message_parts_add_image(struct message_parts *parts, struct str url)
{
    add(parts, &(struct llm_part){.image = url});
}

static void add_images(struct message_parts *parts, const struct doc_value *urls)
{
    for (size_t i = 0; i < doc_count(urls); i++) {
        const struct doc_value *url = doc_at(urls, i);
        if (doc_kind(url) == DOC_STRING)
            message_parts_add_image(parts, doc_string(url));
    }
}

static void add_content_item(struct message_parts *parts, const struct doc_value *item)
{
    if (doc_kind(item) != DOC_OBJECT)
        return;
    const struct doc_value *text = doc_find(item, STR("text"));
    const struct doc_value *urls = doc_find(item, STR("image_urls"));
    if (text != NULL && doc_kind(text) == DOC_STRING)
        message_parts_add_text(parts, doc_string(text));
    else if (urls != NULL && doc_kind(urls) == DOC_ARRAY)
        add_images(parts, urls);
}

void message_parts_add_content(struct message_parts *parts, const struct doc_value *content)
{
    if (content == NULL || doc_kind(content) != DOC_ARRAY)
        return;
    for (size_t i = 0; i < doc_count(content); i++)
        add_content_item(parts, doc_at(content, i));
}
