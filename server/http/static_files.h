#ifndef HTTP_STATIC_FILES_H
#define HTTP_STATIC_FILES_H

/*
 * Serves the files below one directory (contract v1-server §1.9): GET and HEAD, ETag,
 * Last-Modified, 304 and ranges; no listing, no way out: names are resolved by the kernel beneath
 * the directory's descriptor, so neither ".." nor a symbolic link leads outside. Whatever cannot be
 * served is 404.
 *
 * Owned by app; opening a file happens in a worker job.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct http_request;
struct static_files;

bool static_files_open(struct str directory, struct static_files **ret_files,
                       struct error *error) MUST_CHECK;
void static_files_close(struct static_files *files); /* NULL is fine */
/* `name` is the percent-decoded path below the directory. */
void static_files_reply(struct static_files *files, struct http_request *request, struct str name);
/* A regular file of that name exists right below the directory. Looks at the disk once. */
bool static_files_has(const struct static_files *files, const char *name);

#endif
