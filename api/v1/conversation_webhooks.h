#ifndef API_V1_CONVERSATION_WEBHOOKS_H
#define API_V1_CONVERSATION_WEBHOOKS_H

/*
 * The receivers of webhooks, as the configuration has them (contract v1-conversations §8). What
 * they are sent, and when, is in agent/webhooks.h. Keeps nothing.
 */

struct api;
struct http_client;
struct webhooks;

/* Reads api->config. */
struct webhooks *conversation_webhooks_open(const struct api *api, struct http_client *http);

#endif
