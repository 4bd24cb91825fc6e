#ifndef ACTIONS_COMMAND_REQUEST_H
#define ACTIONS_COMMAND_REQUEST_H

/*
 * A request to start a command as the log keeps it: the text clients see, the arguments, and a sum
 * of the added environment instead of its values, which may be secrets.
 *
 * Pure functions. Two requests are the same when their sums are.
 */

#include <stdint.h>

#include "server/base/id.h"

struct buf;
struct command_description;
struct command_request;
struct record;

/* The views of the record point into the request and into `text`, which is appended to. */
void request_to_record(const struct command_request *request, struct id id, struct buf *text,
                       struct record *ret_record);
uint64_t request_sum(const struct record *record);
/* The part of a description that the request decides. */
void request_describe(const struct record *record, struct command_description *ret_description);

#endif
