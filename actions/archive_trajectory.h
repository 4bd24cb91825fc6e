#ifndef ACTIONS_ARCHIVE_TRAJECTORY_H
#define ACTIONS_ARCHIVE_TRAJECTORY_H

/*
 * A ZIP of one conversation's directory for its user (contract v1-server §6.2): <name>/ and then
 * everything below, sorted, without the top-level `acp` (runtime credentials), without *.tmp files
 * (saves in progress) and without links. What vanishes meanwhile is left out.
 *
 * .json and .jsonl files pass archive_redact on their way. They are read as a whole, so one larger
 * than ARCHIVE_MAX_JSON_BYTES cannot be checked: it is left out, with a warning in the log, rather
 * than exported with its secrets. Blocking: for a thread of its own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/archive_module.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

#define ARCHIVE_MAX_JSON_BYTES ((size_t)64 << 20)

struct archive_trajectory_options {
    const char *root;
    struct str name;
    archive_sink_fn sink;
    void *sink_owner;
};

bool archive_trajectory(const struct archive_trajectory_options *options,
                        struct error *error) MUST_CHECK;

#endif
