#ifndef PLUGINS_MCP_MCP_CONTENT_H
#define PLUGINS_MCP_MCP_CONTENT_H

/*
 * What a tool of an MCP server answered, read from the result of tools/call: blocks in their order.
 * A block that is not understood is kept as MCP_BLOCK_OTHER.
 *
 * A plain value that lives as long as it is not ended; the zero value has no blocks.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct error;

enum mcp_block_kind {
    MCP_BLOCK_TEXT,
    MCP_BLOCK_IMAGE,
    MCP_BLOCK_AUDIO,
    MCP_BLOCK_RESOURCE, /* embedded: text or data */
    MCP_BLOCK_LINK,     /* to a resource */
    MCP_BLOCK_OTHER,
};

struct mcp_block {
    enum mcp_block_kind kind;
    struct str text;      /* of texts and resources */
    struct str data;      /* base64, of images, audio and resources */
    struct str mime_type; /* "" when none is given */
    struct str uri;       /* of resources and links */
};

struct mcp_content {
    struct arena arena;
    struct mcp_block *blocks;
    size_t count;
    struct str structured; /* JSON; STR_NULL: none */
    bool is_error;
};

bool mcp_content_read(struct str result, struct mcp_content *ret_content,
                      struct error *error) MUST_CHECK;
/* Content that is one text. */
void mcp_content_set_text(struct mcp_content *content, struct str text);
void mcp_content_fini(struct mcp_content *content);

#endif
