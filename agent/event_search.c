#include "agent/event_search.h"

#include "agent/event_index.h"
#include "agent/event_log.h"
#include "server/base/buf.h"
#include "server/base/json.h"

/* A query whose names have been looked up. */
struct filter {
    const struct event_log *log;
    const struct event_query *query;
    bool matches_nothing; /* of a kind or a source that nobody has */
    enum event_kind kind;
    enum event_source source;
    bool wants_text;
};

static struct filter filter_of(const struct event_log *log, const struct event_query *query)
{
    struct filter filter = {.log = log, .query = query};
    if (str_is_set(query->kind)) {
        filter.kind = event_kind_find(query->kind);
        filter.matches_nothing = filter.kind == EVENT_UNKNOWN;
    }
    if (str_is_set(query->source)) {
        filter.source = event_source_find(query->source);
        filter.matches_nothing |= filter.source == EVENT_FROM_UNKNOWN;
    }
    filter.wants_text = str_is_set(query->body);
    return filter;
}

static void add_string(struct buf *text, const struct doc_value *value)
{
    if (value == NULL || doc_kind(value) != DOC_STRING)
        return;
    if (text->len > 0)
        buf_append_byte(text, ' ');
    buf_append(text, doc_string(value));
}

static void add_content(struct buf *text, const struct doc_value *content)
{
    if (content == NULL || doc_kind(content) != DOC_ARRAY)
        return;
    for (size_t i = 0; i < doc_count(content); i++)
        if (doc_kind(doc_at(content, i)) == DOC_OBJECT)
            add_string(text, doc_find(doc_at(content, i), STR("text")));
}

static void message_text(const struct doc_value *event, struct buf *text)
{
    const struct doc_value *message = doc_find(event, STR("llm_message"));
    if (message == NULL || doc_kind(message) != DOC_OBJECT)
        return;
    add_content(text, doc_find(message, STR("content")));
    add_content(text, doc_find(event, STR("extended_content")));
    add_string(text, doc_find(message, STR("reasoning_content")));
}

static bool has_text(const struct filter *filter, size_t number)
{
    scoped_buf struct buf json = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (!event_log_read(filter->log, number, &json))
        return false;
    struct doc *doc = doc_parse(buf_str(&json), &why);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        message_text(doc_root(doc), &text);
    doc_free(doc);
    return str_contains_nocase(buf_str(&text), filter->query->body);
}

static bool matches(const struct filter *filter, size_t number)
{
    const struct event_record *record = event_log_record(filter->log, number);
    const struct event_query *query = filter->query;
    if (record->is_unreadable || (filter->kind != EVENT_UNKNOWN && record->kind != filter->kind) ||
        (filter->source != EVENT_FROM_UNKNOWN && record->source != filter->source) ||
        (query->has_from && record->naive_us < query->from_us) ||
        (query->has_before && record->naive_us >= query->before_us))
        return false;
    return !filter->wants_text || (record->kind == EVENT_MESSAGE && has_text(filter, number));
}

/* The number that comes after this one in the query's order; SIZE_MAX at the end. */
static size_t after(const struct filter *filter, size_t number)
{
    if (filter->query->newest_first)
        return number == 0 ? SIZE_MAX : number - 1;
    return number + 1 < event_log_count(filter->log) ? number + 1 : SIZE_MAX;
}

static size_t first(const struct filter *filter)
{
    const size_t count = event_log_count(filter->log);
    if (count == 0)
        return SIZE_MAX;
    return filter->query->newest_first ? count - 1 : 0;
}

size_t event_search_page(const struct event_log *log, const struct event_query *query, size_t start,
                         size_t limit, size_t *numbers, size_t *ret_next)
{
    const struct filter filter = filter_of(log, query);
    size_t found = 0;
    *ret_next = SIZE_MAX;
    if (filter.matches_nothing)
        return 0;
    for (size_t number = start == SIZE_MAX ? first(&filter) : start; number != SIZE_MAX;
         number = after(&filter, number)) {
        if (!matches(&filter, number))
            continue;
        if (found == limit) {
            *ret_next = number;
            break;
        }
        numbers[found++] = number;
    }
    return found;
}

size_t event_search_count(const struct event_log *log, const struct event_query *query)
{
    const struct filter filter = filter_of(log, query);
    size_t found = 0;
    if (filter.matches_nothing)
        return 0;
    for (size_t number = 0; number < event_log_count(log); number++)
        found += matches(&filter, number);
    return found;
}
