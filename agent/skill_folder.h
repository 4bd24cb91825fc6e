#ifndef AGENT_SKILL_FOLDER_H
#define AGENT_SKILL_FOLDER_H

/*
 * What stands beside a SKILL.md in its folder (contract v1-conversations §10):
 *
 *     .mcp.json                      servers: {"mcpServers": {name: {"command" | "url", …}}}; in
 * its texts ${SKILL_ROOT} is the folder scripts/ references/ assets/   files that its text refers
 * to, listed with their paths
 *
 * Blocks: for worker jobs.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct error;

#define SKILL_FOLDER_MAX_FILES 10000 /* in each of the three */

/* Appends the path of the SKILL.md, in whatever case of letters; false: there is none. */
bool skill_folder_find(const char *folder, struct buf *path);
/* Appends the object of servers; nothing when there is no such file. ERROR_INVALID: a skill with
 * such a file is none. */
bool skill_folder_read_servers(const char *folder, struct buf *out, struct error *error) MUST_CHECK;
/* Appends the object of resources; nothing when there are none. */
void skill_folder_list_resources(const char *folder, struct buf *out);

#endif
