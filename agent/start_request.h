#ifndef AGENT_START_REQUEST_H
#define AGENT_START_REQUEST_H

/*
 * The request that begins a conversation (contract v1-conversations §1.3), checked and completed:
 * the whole agent, the members that meta.json keeps, and what the server decides with.
 *
 * What does not fit the types is collected as items of a 422 answer; what the contract answers with
 * a text of its own is an error with that text. Decoding touches no disk. Owned by whoever decoded
 * it until it is handed to registry_create.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/event_form.h"
#include "agent/meta.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct cipher;
struct doc_value;
struct error;
struct issues;
struct secrets;

struct start_request {
    struct id conversation_id; /* nil: a new one */
    struct id parent_id;       /* nil: none */
    struct id profile_id;      /* nil: the agent is given; else `agent` is NULL */
    struct meta *meta;         /* its fields of the request are set, the initial message too */
    char *agent;               /* JSON, whole */
    char *working_dir;
    int64_t max_iterations;
    bool stuck_detection;
    bool wants_worktree;
    enum event_level level;
};

/* False with nothing in `issues`: the error is the answer. `cipher` opens what the request says is
 * encrypted; NULL: there is none. */
bool start_request_decode(const struct doc_value *body, const struct cipher *cipher,
                          struct issues *issues, struct start_request **ret_request,
                          struct error *error) MUST_CHECK;
void start_request_free(struct start_request *request);
/* Of a request to rename as well. ERROR_UNPROCESSABLE with the contract's message; the values are
 * texts. */
bool start_request_check_tags(const struct doc_value *tags, struct error *error) MUST_CHECK;

#endif
