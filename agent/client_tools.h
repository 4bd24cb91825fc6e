#ifndef AGENT_CLIENT_TOOLS_H
#define AGENT_CLIENT_TOOLS_H

/*
 * The names of tools that clients execute themselves, each with the one schema that it has as long
 * as the server runs (contract v1-conversations §1.3): clients tell actions apart by the tool's
 * name, whatever conversation they belong to.
 *
 * Names and schemas are kept as digests, so that what they take is not the clients' doing. Of more
 * than CLIENT_TOOLS_MAX names the oldest is forgotten. Owned by the registry; loop thread.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct client_tools;
struct error;

#define CLIENT_TOOLS_MAX 1024

struct client_tools *client_tools_new(void);
void client_tools_free(struct client_tools *tools); /* NULL is fine */

/* `specs`: a JSON array of whole ones. All names become known, or none: ERROR_UNPROCESSABLE with
 * the contract's text when one has another schema already. */
bool client_tools_add(struct client_tools *tools, struct str specs, struct error *error) MUST_CHECK;
/* Those of a stored conversation: who came first keeps the name. */
void client_tools_remember(struct client_tools *tools, struct str specs);

#endif
