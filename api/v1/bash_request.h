#ifndef API_V1_BASH_REQUEST_H
#define API_V1_BASH_REQUEST_H

/*
 * ExecuteBashRequest (contract v1-server §5.1): one table for the routes and the socket that start
 * commands. Unknown keys are ignored.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/schema.h"
#include "server/base/str.h"

struct api;
struct command_started;
struct error;

struct bash_request {
    struct str command;
    struct str cwd;
    struct schema_int timeout;
};

extern const struct schema bash_request_schema;

/* The defaults, to be decoded over. */
struct bash_request bash_request_default(void);
bool bash_request_start(struct api *api, const struct bash_request *request,
                        struct command_started *ret_started, struct error *error) MUST_CHECK;

#endif
