#ifndef PLUGINS_MCP_MCP_EXPAND_H
#define PLUGINS_MCP_MCP_EXPAND_H

/*
 * References to variables in texts (contract v1-conversations §9):
 *
 *     ${NAME}            its value, or as it stands when there is none
 *     ${NAME:-default}   its value, or the default
 *     $NAME              the same as ${NAME}, only where plain references are wanted
 *
 * Entries of a configuration take braces only, and values from secrets, then from the environment;
 * arguments of calls take both forms, and secrets only. Values are not expanded again.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct doc_value;

struct mcp_expand {
    /* Appends the value; false: there is none. NULL: there are no secrets. */
    bool (*find_secret)(void *owner, struct str name, struct buf *out);
    void *owner;
    const char *const *env; /* NULL: not looked at */
    bool takes_plain;       /* $NAME as well */
};

void mcp_expand_text(const struct mcp_expand *expand, struct str text, struct buf *out);
/* Prints the value as JSON, all its texts expanded; names of members stay. */
void mcp_expand_json(const struct mcp_expand *expand, const struct doc_value *value,
                     struct buf *out);

#endif
