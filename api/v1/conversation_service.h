#ifndef API_V1_CONVERSATION_SERVICE_H
#define API_V1_CONVERSATION_SERVICE_H

/*
 * What conversations need, built in order from the configuration and taken down in the opposite
 * order:
 *
 *     cipher → http_client → runners → registry        api->registry and api->cipher point into it
 *
 * Opened when the server listens, or by deferred init, which brings the configuration. Owned by
 * app, through the api.
 */

#include <stdbool.h>

struct api;
struct conversation_service;

/* Sets api->conversations; api->terminals and api->workspaces are there already. */
void conversation_service_open(struct api *api);
/* The server is about to stop: hooks of sessions that end with it run while processes still can be
 * started. False: there are none, and on_done does not come. */
bool conversation_service_end_sessions(struct api *api, void (*on_done)(void *owner), void *owner);
/* on_closed(owner) when the last conversation is on disk and nothing of it is left, later. */
void conversation_service_close(struct api *api, void (*on_closed)(void *owner), void *owner);
/* The user's folder, and the one that this server keeps its state in. */
const char *conversation_service_home(const struct conversation_service *service);
const char *conversation_service_state_dir(const struct conversation_service *service);

#endif
