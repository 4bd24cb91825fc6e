#ifndef ACTIONS_EDITOR_DIRECTORY_H
#define ACTIONS_EDITOR_DIRECTORY_H

/*
 * What the editor shows of a directory: the paths up to two levels below it, links followed, a
 * slash after each directory, hidden entries left out on both levels and counted on the first.
 * A directory on the first level that cannot be read is shown without what is in it.
 *
 * At most EDITOR_DIRECTORY_MAX entries are looked at, far more than are shown. Blocking; for
 * worker jobs only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct editor_rules;
struct error;

#define EDITOR_DIRECTORY_MAX ((size_t)200000)

/* `path` is a checked path to a directory, `shown` how texts name it. */
bool editor_directory_view(const struct editor_rules *rules, const char *path, struct str shown,
                           struct buf *out, struct error *error) MUST_CHECK;

#endif
