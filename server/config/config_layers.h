#ifndef CONFIG_CONFIG_LAYERS_H
#define CONFIG_CONFIG_LAYERS_H

/*
 * Puts the layers of the configuration on top of each other: defaults, file, environment, command
 * line; then what follows from other options (the fallback keys, the host, …). The result is one
 * JSON object and, for each option, where its value comes from.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;
struct doc;
struct error;

enum config_origin_kind {
    CONFIG_ORIGIN_DEFAULT,
    CONFIG_ORIGIN_FILE,
    CONFIG_ORIGIN_ENV,
    CONFIG_ORIGIN_FLAG,
    CONFIG_ORIGIN_DERIVED,
};

struct config_origin {
    enum config_origin_kind kind;
    struct str detail; /* the file's path, the variable, the flag, the reason */
};

struct config_layers {
    struct doc *merged;
    struct config_origin *origins; /* one per option */
    struct str blank_key_source;   /* where a blank session key stands; STR_NULL: nowhere */
    bool has_blank_secret_key;
    struct arena arena;
};

struct config_layers_input {
    struct str command_line; /* JSON, as argv_parse writes it */
    bool is_v0;
    const char *const *environment;
};

bool config_layers_read(const struct config_layers_input *input, struct config_layers *ret_layers,
                        struct error *error) MUST_CHECK;
void config_layers_fini(struct config_layers *layers);

/* "environment OH_VSCODE_PORT", "flag --port", "file <path>", "default", "default: <reason>" */
void config_origin_print(const struct config_origin *origin, struct buf *out);

#endif
