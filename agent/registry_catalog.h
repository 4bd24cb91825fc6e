#ifndef AGENT_REGISTRY_CATALOG_H
#define AGENT_REGISTRY_CATALOG_H

/*
 * What lies in the folder of all conversations: one small entry for each that can be read, from its
 * meta.json and base_state.json alone. Blocks: for a worker job.
 */

#include <stddef.h>
#include <stdint.h>

#include "agent/state.h"
#include "server/base/attributes.h"
#include "server/base/id.h"

struct error;

struct catalog_entry {
    struct id id;
    struct id parent; /* nil: none */
    int64_t created_us;
    int64_t updated_us;
    enum state_status status;
};

/* *ret_entries is heap memory. A folder that is not there is empty; one that cannot be read is an
 * error; conversations that cannot be read are left out, with a warning. */
bool catalog_read(const char *directory, struct catalog_entry **ret_entries, size_t *ret_count,
                  struct error *error) MUST_CHECK;

#endif
