#ifndef AGENT_TRUNCATE_H
#define AGENT_TRUNCATE_H

/*
 * Cuts the middle out of a text that is too long for a model, and says so in its place (contract
 * v1-conversations §6.0). With a folder the whole text is saved there first, under a name made of
 * its hash, and the notice says where. Lengths are in characters.
 */

#include <stddef.h>

#include "server/base/str.h"

struct buf;

#define TRUNCATE_NOTICE                                                                            \
    "<response clipped><NOTE>Due to the max output limit, only part of the full response has "     \
    "been shown to you.</NOTE>"

struct truncate_options {
    size_t limit;
    struct str save_dir; /* unset: not saved; it is made when needed */
    struct str prefix;   /* of the file's name */
};

void truncate_append(struct str text, const struct truncate_options *options, struct buf *out);

#endif
