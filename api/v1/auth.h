#ifndef API_V1_AUTH_H
#define API_V1_AUTH_H

/*
 * The workspace cookie (contract v1-server §2): POST /api/auth/workspace-session puts the presented
 * session key into a cookie, so that a browser can load files of a workspace by plain links; DELETE
 * takes it away. This header names the cookie for those who accept it.
 */

#include <stdbool.h>

#include "server/base/str.h"

#define V1_WORKSPACE_COOKIE "oh_workspace_session_key"

/* Browsers treat https and loopback as secure. Both are the first item of a header, or unset. */
bool v1_auth_is_secure(struct str forwarded_proto, struct str host);

#endif
