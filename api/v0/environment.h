#ifndef API_V0_ENVIRONMENT_H
#define API_V0_ENVIRONMENT_H

/*
 * What a V0 server reads from its environment (contract v0-action-execution §1.4), once, when it is
 * prepared. A number that is none ends the start, as it does in the reference; the text names the
 * variable.
 *
 * A plain value. Texts are borrowed from the environment given, which outlives it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

#define V0_NO_CHANGE_TIMEOUT_S   10
#define V0_INIT_PLUGIN_TIMEOUT_S 120

struct v0_environment {
    uint64_t no_change_timeout_s;
    uint64_t init_plugin_timeout_s;
    bool changes_user;           /* SU_TO_USER */
    bool is_local;               /* LOCAL_RUNTIME_MODE */
    bool monitors_memory;        /* RUNTIME_MEMORY_MONITOR */
    int64_t max_memory_gb;       /* 0: none was given */
    struct str user;             /* USER */
    struct str runtime_username; /* RUNTIME_USERNAME */
    struct str group;            /* SANDBOX_GROUP_ID, else root */
    struct str vscode_port;      /* as given; "" when it is not */
    struct str vscode_settings;  /* the folder below which they are written */
    struct str vscode_cwd;
    struct str vscode_base_path; /* OPENVSCODE_SERVER_BASE_PATH */
    struct str runtime_url;
    struct str runtime_id;
};

bool v0_environment_read(const char *const *variables, struct v0_environment *ret_environment,
                         struct error *error) MUST_CHECK;

/* Whether children may run as this user by `su`, and whether VS Code serves it. */
bool v0_environment_knows_user(const struct v0_environment *environment, struct str username);

#endif
