#ifndef CONFIG_ARGV_H
#define CONFIG_ARGV_H

/*
 * The command line as a layer of the configuration. Understands what Python's argparse does:
 * "--option value", "--option=value", unambiguous beginnings of long options, "--" before
 * positional words, negative numbers as values.
 *
 * Backends that are told to use this program as their Python put start words in front (contract
 * v1-server §1.1, v0-action-execution §1.1):
 *
 *     -m openhands.agent_server --port 8000
 *     -u -m openhands.runtime.action_execution_server 8000 --working-dir /workspace …
 *     run -n openhands poetry run python -u -m openhands.runtime.action_execution_server 8000 …
 *
 * They are dropped, and tell which of the two servers was asked for. A port as the first positional
 * word asks for V0 as well.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct error;

struct argv_result {
    bool is_v0;
    bool wants_help; /* parsing stops at the first of these two */
    bool wants_version;
};

/* Appends a JSON object of option names. The error is one sentence for below the usage line. */
bool argv_parse(int argc, char *const *argv, struct buf *out, struct argv_result *ret_result,
                struct error *error) MUST_CHECK;

/* The last part of argv[0]; "actiond" when there is none. */
const char *argv_program(int argc, char *const *argv);

#endif
