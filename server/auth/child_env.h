#ifndef AUTH_CHILD_ENV_H
#define AUTH_CHILD_ENV_H

/*
 * The environment of children (contract v1-server §5.4): a copy of the server's own, taken once at
 * start, without the server's keys, with AI_AGENT=openhands and the LD_LIBRARY_PATH_ORIG rule, and
 * with whatever deferred init adds. Children never get `environ`.
 *
 * Secret names: SESSION_API_KEY, OH_SECRET_KEY, OH_SESSION_API_KEYS and OH_SESSION_API_KEYS_*,
 * OH_PREVIOUS_SECRET_KEYS and …_*, the credentials of tracing and telemetry, the headers of
 * webhooks (they hold keys of other servers), and the JSON value of OH itself.
 * child_env_wipe_process overwrites the values of all of these in the initial environment block, so
 * that /proc/<pid>/environ shows none, and makes the process non-dumpable.
 *
 * A snapshot is a plain NULL-terminated array; it stays valid, unchanged, until child_env_free.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct child_env;

/* From "NAME=value" strings, NULL-terminated; copies. */
struct child_env *child_env_new(const char *const *environment);
void child_env_free(struct child_env *env);
/* Secret names are refused (false). */
bool child_env_set(struct child_env *env, struct str name, struct str value);
const char *const *child_env_get(struct child_env *env);
/* The snapshot with additions (NULL-terminated "NAME=value", overriding) for one child; the caller
 * frees the array with free(), its strings are borrowed. */
const char **child_env_with(struct child_env *env, const char *const *additions);
bool child_env_is_secret(struct str name);

/* Call once, early, after configuration was read. */
void child_env_wipe_process(void);

#endif
