#ifndef API_V0_MCP_CONFIG_H
#define API_V0_MCP_CONFIG_H

/*
 * The stdio servers that POST /update_mcp_server names (contract v0-action-execution §2.10), read
 * from the body and made ready to be started: a command line, and the variables given for it.
 *
 * Arguments may be one text that is split as a shell would, variables one text "K=V,K2=V2". A name
 * that comes twice counts as it came last, in the place where it came first.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct doc_value;
struct error;

#define MCP_CONFIG_MAX_SERVERS 100

/* NULL-terminated vectors; all of it lives in the arena. */
struct mcp_server_config {
    struct arena arena;
    struct str name;
    const char **argv;
    const char **env; /* "NAME=value", what was given only */
};

struct mcp_config {
    struct mcp_server_config *servers[MCP_CONFIG_MAX_SERVERS];
    size_t count;
};

/* `value` is an array. On failure the text names the element, and there is nothing to free. */
bool mcp_config_read(const struct doc_value *value, struct mcp_config *ret_config,
                     struct error *error) MUST_CHECK;
void mcp_config_fini(struct mcp_config *config);

void mcp_server_config_free(struct mcp_server_config *config); /* NULL is fine */
/* The order of variables does not count. */
bool mcp_server_config_is_same(const struct mcp_server_config *a,
                               const struct mcp_server_config *b);

/* Cuts a text into words as a POSIX shell would, without expanding anything; false: a quote or an
 * escape is not closed. */
bool mcp_config_split(struct arena *arena, struct str text, const char ***ret_words,
                      size_t *ret_count) MUST_CHECK;

#endif
