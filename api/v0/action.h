#ifndef API_V0_ACTION_H
#define API_V0_ACTION_H

/*
 * One action of POST /execute_action (contract v0-action-execution §3): its envelope decoded, and
 * the one reply it gets. Each kind of action is a function of one file: it takes the action, starts
 * the work and answers exactly once with v0_action_reply_* at the end, which frees the action and
 * lets the next one begin.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct api;
struct doc;
struct doc_value;
struct http_request;
struct jsonw;
struct v0_action;
struct v0_action_queue;
struct v0_runtime;

typedef void (*v0_action_fn)(struct v0_action *action);

struct v0_action_options {
    struct api *api;
    struct http_request *request; /* the reply goes to it */
    struct v0_action_queue *queue;
    struct doc *document;         /* takes it */
    const struct doc_value *args; /* of the document; an object, or NULL */
    double timeout_s;             /* negative: none was sent */
    v0_action_fn start;
};

/* For execute.c: enters it into the queue, which starts it when its turn comes. */
void v0_action_enqueue(const struct v0_action_options *options);

struct api *v0_action_api(const struct v0_action *action);
struct v0_runtime *v0_action_runtime(const struct v0_action *action);
const struct doc_value *v0_action_args(const struct v0_action *action);
/* Seconds; negative: none was sent. */
double v0_action_timeout(const struct v0_action *action);
/* Argument by name: the default when absent or null; false (answered already with a 500) when its
 * type is wrong. Strings live as long as the action. */
bool v0_arg_string(struct v0_action *action, const char *name, struct str fallback,
                   struct str *ret_value) MUST_CHECK;
bool v0_arg_bool(struct v0_action *action, const char *name, bool fallback,
                 bool *ret_value) MUST_CHECK;
bool v0_arg_int(struct v0_action *action, const char *name, long long fallback,
                long long *ret_value) MUST_CHECK;

/* {"message","observation","content","extras":{…}[,"success"]}: begin, write the extras' members,
 * end. */
struct v0_observation {
    const char *kind; /* "run", "read", … */
    struct str message;
    struct str content;
    bool has_success;
    bool success;
};
struct jsonw *v0_action_reply_begin(struct v0_action *action,
                                    const struct v0_observation *observation);
void v0_action_reply_end(struct v0_action *action);
/* An `error` observation, with status 200. */
void v0_action_reply_error(struct v0_action *action, struct str text);
/* 500 {"detail":"Internal server error: <text>"} */
void v0_action_fail(struct v0_action *action, struct str text);

/* One per kind; that of cells is in run_ipython.h. */
void v0_run(struct v0_action *action);
void v0_read(struct v0_action *action);
void v0_write(struct v0_action *action);
void v0_edit(struct v0_action *action);

#endif
