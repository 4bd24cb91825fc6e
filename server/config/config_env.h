#ifndef CONFIG_CONFIG_ENV_H
#define CONFIG_CONFIG_ENV_H

/*
 * The environment as a layer of the configuration, by the grammar of contract v1-server §1.5:
 * OH is the whole configuration as JSON, OH_<NAME> one option, OH_<NAME>_<i> one item of a list,
 * OH_<NAME>_<i>_<FIELD> one field of such an item, OH_<NAME>_IS_NONE clears an optional value.
 * Variables that no option knows are ignored.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

/* Items of one list. */
#define CONFIG_ENV_MAX_ITEMS 1000

struct config_env {
    struct buf json;     /* an object of option names */
    struct str *sources; /* per option: the variable that gave it, or STR_NULL; borrowed from
                                  the environment, the array is owned */
};

/* The error names the variable and what was expected, and never holds a secret. */
bool config_env_read(const char *const *environment, struct config_env *ret_env,
                     struct error *error) MUST_CHECK;
void config_env_fini(struct config_env *env);

/* The value of one variable; STR_NULL when it is not set. */
struct str config_env_find(const char *const *environment, struct str name);

#endif
