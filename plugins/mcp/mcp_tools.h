#ifndef PLUGINS_MCP_MCP_TOOLS_H
#define PLUGINS_MCP_MCP_TOOLS_H

/*
 * The tools of one MCP server, read from the pages of its tools/list. A tool that has no name or no
 * schema is left out; so is the second one of two with the same name.
 *
 * A plain value; the zero value is an empty list. What a tool points to lives as long as its list.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct error;

#define MCP_TOOLS_MAX       1000 /* of one server; the rest is left out */
#define MCP_TOOLS_MAX_BYTES ((size_t)16 << 20)

struct mcp_tool {
    struct str name;         /* for the model */
    struct str own_name;     /* as the server announced it */
    struct str server;       /* the server's name in the configuration */
    struct str description;  /* STR_NULL: none */
    struct str input_schema; /* JSON, an object */
    struct str annotations;  /* JSON, an object; STR_NULL: none */
    struct str json;         /* the whole object as announced, with the name for the model */
    bool is_read_only;       /* annotations.readOnlyHint */
};

struct mcp_tools {
    struct arena arena;
    struct mcp_tool *items;
    size_t count;
    size_t capacity;
};

/* Adds a page, the result of one tools/list. `prefix` is put before names. The cursor of the next
 * page lives in the arena; STR_NULL: this was the last. */
bool mcp_tools_add(struct mcp_tools *tools, struct str server, struct str prefix, struct str result,
                   struct str *ret_cursor, struct error *error) MUST_CHECK;
const struct mcp_tool *mcp_tools_find(const struct mcp_tools *tools, struct str name);
bool mcp_tools_are_same(const struct mcp_tools *a, const struct mcp_tools *b);
void mcp_tools_fini(struct mcp_tools *tools);

#endif
