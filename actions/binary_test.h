#ifndef ACTIONS_BINARY_TEST_H
#define ACTIONS_BINARY_TEST_H

/*
 * Whether a file is binary, told from its first BINARY_TEST_BYTES bytes the way clients of contract
 * v0-action-execution §5.6 expect it: by the shares of control characters and of bytes beyond
 * ASCII, unless the bytes are text in an encoding that is certain. A zero byte alone makes ASCII
 * binary. Compiled Python files are binary whatever they hold.
 *
 * A pure function, for any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

#define BINARY_TEST_BYTES ((size_t)1024)

/* `start` is the file's first bytes, at most BINARY_TEST_BYTES of them; `path` is only looked at
 * for its ending. */
bool binary_test(struct str path, struct str start);

#endif
