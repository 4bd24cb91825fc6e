#ifndef ACTIONS_COMMAND_REQUEST_H
#define ACTIONS_COMMAND_REQUEST_H

/*
 * A request to start a command as the log keeps it: the text clients see, the arguments, and a sum
 * of the added environment instead of its values, which may be secrets.
 *
 * Pure functions. Two requests are the same when their sums are.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct command_description;
struct record;

#define COMMAND_DEFAULT_TIMEOUT_S 300
#define COMMAND_MAX_TIMEOUT_S     (INT64_C(10) * 366 * 86400) /* longer ones are cut to it */

struct command_request {
    struct id id;           /* nil: one is made */
    struct str command;     /* for /bin/sh -c; when argv is given, only what is shown of it */
    const struct str *argv; /* NULL: through the shell */
    size_t argc;
    struct str cwd; /* unset or empty: the server's */
    bool has_timeout;
    int64_t timeout_s; /* from the spawn on; zero and below: at once */
    bool has_open_stdin;
    bool has_terminal; /* stdin, stdout and stderr are one terminal */
    unsigned cols;
    unsigned rows;
    const struct str *env; /* "NAME=value", added to the child environment */
    size_t env_count;
};

/* The views of the record point into the request and into `text`, which is appended to. */
void request_to_record(const struct command_request *request, struct id id, struct buf *text,
                       struct record *ret_record);
uint64_t request_sum(const struct record *record);
/* The part of a description that the request decides. */
void request_describe(const struct record *record, struct command_description *ret_description);

#endif
