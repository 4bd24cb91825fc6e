#include "api/v1/conversation_event_query.h"

#include "api/v1/conversation_time.h"
#include "server/http/request.h"

static const char *const sort_orders[] = {"TIMESTAMP", "TIMESTAMP_DESC", NULL};

#define FILTER_FIELDS                                                                              \
    {.name = "kind",                                                                               \
     .kind = SCHEMA_STRING,                                                                        \
     .offset = offsetof(struct conversation_event_query, kind),                                    \
     .is_nullable = true,                                                                          \
     .help = "Only events of this class, with or without its path in Python"},                     \
        {.name = "source",                                                                         \
         .kind = SCHEMA_STRING,                                                                    \
         .offset = offsetof(struct conversation_event_query, source),                              \
         .is_nullable = true,                                                                      \
         .help = "Only events of agent, user, environment or hook"},                               \
        {.name = "body",                                                                           \
         .kind = SCHEMA_STRING,                                                                    \
         .offset = offsetof(struct conversation_event_query, body),                                \
         .is_nullable = true,                                                                      \
         .help = "Only messages with this text in them, upper and lower case alike"},              \
        {.name = "timestamp__gte",                                                                 \
         .kind = SCHEMA_DATETIME,                                                                  \
         .offset = offsetof(struct conversation_event_query, from),                                \
         .is_nullable = true,                                                                      \
         .help = "Only events at or after this time; without a zone: the server's"},               \
    {                                                                                              \
        .name = "timestamp__lt", .kind = SCHEMA_DATETIME,                                          \
        .offset = offsetof(struct conversation_event_query, before), .is_nullable = true,          \
        .help = "Only events before this time; without a zone: the server's"                       \
    }

static const struct schema_field search_fields[] = {
    FILTER_FIELDS,
    {.name = "sort_order",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct conversation_event_query, sort_order),
     .choices = sort_orders,
     .default_json = "\"TIMESTAMP\"",
     .help = "Oldest or newest first"},
    {.name = "page_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct conversation_event_query, page_id),
     .is_nullable = true,
     .help = "The next_page_id of the page before"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct conversation_event_query, limit),
     .has_min = true,
     .min_is_exclusive = true,
     .min = 0,
     .has_max = true,
     .max = CONVERSATION_EVENT_PAGE_MAX,
     .default_json = "100",
     .help = "The most events to return"},
};
SCHEMA_DEFINE(conversation_event_search_schema, "EventQuery", search_fields, false);

static const struct schema_field count_fields[] = {FILTER_FIELDS};
SCHEMA_DEFINE(conversation_event_count_schema, "EventCountQuery", count_fields, false);

static int64_t naive(struct http_request *request, const char *name, int64_t wall_us)
{
    return conversation_time_naive(http_request_query(request, name), wall_us);
}

struct event_query conversation_event_query(const struct conversation_event_query *query,
                                            struct http_request *request)
{
    struct event_query wanted = {
        .kind = query->kind,
        .source = query->source,
        .body = query->body,
        .has_from = query->from.is_set,
        .has_before = query->before.is_set,
        .newest_first = str_equal(query->sort_order, STR("TIMESTAMP_DESC")),
    };
    if (wanted.has_from)
        wanted.from_us = naive(request, "timestamp__gte", query->from.value);
    if (wanted.has_before)
        wanted.before_us = naive(request, "timestamp__lt", query->before.value);
    return wanted;
}
