#ifndef AGENT_WEBHOOKS_H
#define AGENT_WEBHOOKS_H

/*
 * What is posted to others about conversations (contract v1-conversations §8, v1-app-server §7).
 *
 *     webhooks ──< target (one per configured receiver) ──< lane (one per conversation)
 *
 *     POST {base_url}/events/{id}        events in batches, with full_state at first
 *     POST {base_url}/conversations      the ConversationInfo after a change made by a client
 *
 * A new conversation is told before the client who makes it has the answer: an application that
 * keeps a record of either would otherwise make two at once, and fail. Only receivers that are well
 * are waited for, and not for long.
 *
 * Pieces of streamed answers are not posted. A renamed or deleted conversation is told by itself;
 * what other routes change is told by them (webhooks_tell). Owned by the conversation service,
 * which opens it before the registry and closes it behind; loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/webhook_target.h"
#include "server/base/str.h"

struct conversation;
struct http_client;
struct loop;
struct registry;
struct webhooks;

/* How long the maker of a conversation waits for receivers. */
#define WEBHOOKS_PATIENCE_MS 3000
/* How long a stop of the server waits for receivers. */
#define WEBHOOKS_STOP_MS 1000

struct webhooks_options {
    struct loop *loop;
    struct http_client *http;
    const struct webhook_spec *specs;
    size_t count;
    struct str session_api_key; /* not set: none */
};

/* Everything is copied. */
struct webhooks *webhooks_open(const struct webhooks_options *options);
/* Prints the infos. */
void webhooks_set_registry(struct webhooks *webhooks, const struct registry *registry);
/* The server stops: what fails from now on is not tried again. */
void webhooks_stop(struct webhooks *webhooks);
/* When all conversations are closed: on_closed comes when what is owed was sent, or in
 * WEBHOOKS_STOP_MS. */
void webhooks_close(struct webhooks *webhooks, void (*on_closed)(void *owner), void *owner);

/* It was opened. */
void webhooks_attach(struct webhooks *webhooks, struct conversation *conversation);
/* A client has paused or interrupted it. */
void webhooks_tell(struct webhooks *webhooks, struct conversation *conversation);
/* A client has made it. True: on_introduced comes later, once, when those who are well have taken
 * it in or failed. False: there is nobody to wait for. */
bool webhooks_introduce(struct webhooks *webhooks, struct conversation *conversation,
                        void (*on_introduced)(void *owner), void *owner);

struct webhook_state {
    struct str base_url;
    size_t conversations; /* that it is told of, or owed */
    size_t queued_events;
    size_t queued_bytes;
    size_t sending; /* requests under way */
    size_t failing; /* conversations whose last delivery was given up */
    uint64_t delivered_events;
    uint64_t dropped_events;
    uint64_t failed_requests;
    struct str last_error; /* not set: none */
    int64_t failed_us;     /* when that was; 0: never */
    int64_t delivered_us;  /* the last success; 0: never */
};
size_t webhooks_count(const struct webhooks *webhooks);
struct webhook_state webhooks_state(const struct webhooks *webhooks, size_t index);

#endif
