#ifndef API_V1_CONVERSATION_EVENT_QUERY_H
#define API_V1_CONVERSATION_EVENT_QUERY_H

/*
 * The query parameters by which events are searched and counted (contract v1-conversations §1.2),
 * and what they ask of the log. Values live in the request's arena.
 */

#include "agent/event_search.h"
#include "server/base/schema.h"
#include "server/base/str.h"

struct http_request;

#define CONVERSATION_EVENT_PAGE_MAX 100

struct conversation_event_query {
    struct str page_id;
    struct schema_int limit;
    struct str kind;
    struct str source;
    struct str body;
    struct str sort_order;
    struct schema_int from;
    struct schema_int before;
};

extern const struct schema conversation_event_search_schema;
extern const struct schema conversation_event_count_schema; /* without pages and order */

struct event_query conversation_event_query(const struct conversation_event_query *query,
                                            struct http_request *request);

#endif
