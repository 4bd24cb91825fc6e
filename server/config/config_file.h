#ifndef CONFIG_CONFIG_FILE_H
#define CONFIG_CONFIG_FILE_H

/*
 * The config file as a layer of the configuration (contract v1-server §1.5): a JSON object whose
 * keys are option names. A missing file is an empty object, unknown keys are dropped, and so are
 * options that cannot be set there.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

#define CONFIG_FILE_MAX_BYTES ((size_t)1 << 20)

struct buf;
struct error;

/* Appends the object; *ret_is_present tells whether there was a file. */
bool config_file_read(const char *path, struct buf *out, bool *ret_is_present,
                      struct error *error) MUST_CHECK;
/* The same from the file's text; `path` is for the error. */
bool config_file_parse(const char *path, struct str text, struct buf *out,
                       struct error *error) MUST_CHECK;

#endif
