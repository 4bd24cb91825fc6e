#ifndef API_OPENAPI_H
#define API_OPENAPI_H

/*
 * The OpenAPI 3.1 document of all routes, printed from the tables that dispatch and decode
 * requests. Hidden routes and sockets are left out.
 */

#include "server/base/str.h"

struct buf;
struct router;

/* root_path is "" or "/x", as in http_server_options. */
void openapi_print(const struct router *router, struct str root_path, struct buf *out);

#endif
