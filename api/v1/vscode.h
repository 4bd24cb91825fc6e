#ifndef API_V1_VSCODE_H
#define API_V1_VSCODE_H

/*
 * VS Code as a service of a V1 server (contract v1-server §10.1): started with the server, or with
 * deferred init, where it is enabled and installed. Its token is the first session key. Nothing
 * waits for it, and nothing fails with it. The server's `api` holds it.
 */

struct api;

void v1_vscode_start(struct api *api);

#endif
