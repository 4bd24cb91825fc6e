#include "plugins/mcp/mcp_content.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

static bool is_kind(const struct doc_value *value, enum doc_kind kind)
{
    return value != NULL && doc_kind(value) == kind;
}

/* "" when it is absent or no text. */
static struct str member(struct arena *arena, const struct doc_value *object, struct str name)
{
    const struct doc_value *value = doc_find(object, name);
    return arena_copy(arena, is_kind(value, DOC_STRING) ? doc_string(value) : STR(""));
}

static enum mcp_block_kind kind_of(struct str type)
{
    static const struct {
        struct str type;
        enum mcp_block_kind kind;
    } kinds[] = {
        {STR_INIT("text"), MCP_BLOCK_TEXT},          {STR_INIT("image"), MCP_BLOCK_IMAGE},
        {STR_INIT("audio"), MCP_BLOCK_AUDIO},        {STR_INIT("resource"), MCP_BLOCK_RESOURCE},
        {STR_INIT("resource_link"), MCP_BLOCK_LINK},
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (str_equal(type, kinds[i].type))
            return kinds[i].kind;
    }
    return MCP_BLOCK_OTHER;
}

static void read_block(struct arena *arena, const struct doc_value *value, struct mcp_block *block)
{
    *block = (struct mcp_block){.kind = MCP_BLOCK_OTHER};
    if (!is_kind(value, DOC_OBJECT))
        return;
    block->kind = kind_of(member(arena, value, STR("type")));
    const bool is_embedded = block->kind == MCP_BLOCK_RESOURCE;
    const struct doc_value *object = is_embedded ? doc_find(value, STR("resource")) : value;
    if (!is_kind(object, DOC_OBJECT)) {
        block->kind = MCP_BLOCK_OTHER;
        return;
    }
    block->text = member(arena, object, STR("text"));
    block->data = member(arena, object, is_embedded ? STR("blob") : STR("data"));
    block->mime_type = member(arena, object, STR("mimeType"));
    block->uri = member(arena, object, STR("uri"));
}

static void read_blocks(struct mcp_content *content, const struct doc_value *blocks)
{
    content->count = doc_count(blocks);
    content->blocks = arena_zero(&content->arena, content->count + 1, sizeof(*content->blocks));
    for (size_t i = 0; i < content->count; i++)
        read_block(&content->arena, doc_at(blocks, i), &content->blocks[i]);
}

static void read_structured(struct mcp_content *content, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (!is_kind(value, DOC_OBJECT))
        return;
    doc_print(value, &text);
    content->structured = arena_copy(&content->arena, buf_str(&text));
}

bool mcp_content_read(struct str result, struct mcp_content *ret_content, struct error *error)
{
    struct doc_error problem;
    struct doc *doc = doc_parse(result, &problem);
    const struct doc_value *root = doc == NULL ? NULL : doc_root(doc);
    const struct doc_value *blocks =
        is_kind(root, DOC_OBJECT) ? doc_find(root, STR("content")) : NULL;
    if (!is_kind(blocks, DOC_ARRAY)) {
        doc_free(doc);
        return error_set(error, ERROR_UNAVAILABLE, "the server's result has no list of content");
    }
    const struct doc_value *is_error = doc_find(root, STR("isError"));
    *ret_content =
        (struct mcp_content){.is_error = is_kind(is_error, DOC_BOOL) && doc_bool(is_error)};
    read_blocks(ret_content, blocks);
    read_structured(ret_content, doc_find(root, STR("structuredContent")));
    doc_free(doc);
    return true;
}

void mcp_content_set_text(struct mcp_content *content, struct str text)
{
    content->blocks = arena_zero(&content->arena, 1, sizeof(*content->blocks));
    content->blocks[0] =
        (struct mcp_block){.kind = MCP_BLOCK_TEXT, .text = arena_copy(&content->arena, text)};
    content->count = 1;
}

void mcp_content_fini(struct mcp_content *content)
{
    arena_fini(&content->arena);
    *content = (struct mcp_content){0};
}
