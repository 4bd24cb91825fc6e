#ifndef ACTIONS_ARCHIVE_TAR_H
#define ACTIONS_ARCHIVE_TAR_H

/*
 * A tar.gz of a directory (contract v1-server §6.3): its regular files and directories, without
 * links and without what is excluded, as <name>/<relative path>, and at the end a manifest,
 * <name>/archive_manifest.json, unless the directory has a file of that name.
 *
 * Files are read one after the other and never kept in memory; the tree may change meanwhile: what
 * vanishes or cannot be read is left out. Blocking: for a thread of its own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "actions/archive_module.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

struct archive_tar_options {
    const char *root;
    struct str name;
    const struct str *excludes;
    size_t exclude_count;
    archive_sink_fn sink;
    void *sink_owner;
};

bool archive_tar(const struct archive_tar_options *options, struct error *error) MUST_CHECK;

#endif
