#include "agent/event.h"

#include <time.h>

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

#define MODULE_ROOT "openhands.sdk.event."

static const struct {
    struct str name;
    struct str module; /* below MODULE_ROOT */
} kinds[EVENT_KIND_COUNT] = {
#define KIND_ROW(enumerator, text, path) [EVENT_##enumerator] = {STR_INIT(text), STR_INIT(path)},
    EVENT_KINDS(KIND_ROW)
#undef KIND_ROW
};

static const struct str sources[] = {
    [EVENT_FROM_UNKNOWN] = STR_INIT(""),  [EVENT_FROM_AGENT] = STR_INIT("agent"),
    [EVENT_FROM_USER] = STR_INIT("user"), [EVENT_FROM_ENVIRONMENT] = STR_INIT("environment"),
    [EVENT_FROM_HOOK] = STR_INIT("hook"),
};

struct str event_kind_name(enum event_kind kind)
{
    return kinds[kind].name;
}

enum event_kind event_kind_find(struct str name)
{
    const size_t dot = str_find_last_byte(name, '.');
    const struct str bare = dot == SIZE_MAX ? name : str_skip(name, dot + 1);
    for (enum event_kind kind = EVENT_UNKNOWN + 1; kind < EVENT_KIND_COUNT; kind++) {
        if (!str_equal(kinds[kind].name, bare))
            continue;
        if (dot == SIZE_MAX)
            return kind;
        const struct str module = str_slice(name, 0, dot);
        const bool is_there =
            str_starts_with(module, STR(MODULE_ROOT)) &&
            str_equal(str_skip(module, sizeof(MODULE_ROOT) - 1), kinds[kind].module);
        return is_there ? kind : EVENT_UNKNOWN;
    }
    return EVENT_UNKNOWN;
}

struct str event_source_name(enum event_source source)
{
    return sources[source];
}

enum event_source event_source_find(struct str name)
{
    for (size_t i = EVENT_FROM_AGENT; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (str_equal(sources[i], name))
            return (enum event_source)i;
    return EVENT_FROM_UNKNOWN;
}

bool event_kind_moves_head(enum event_kind kind)
{
    return kind != EVENT_STATE_UPDATE;
}

void event_write_time(int64_t time_us, struct buf *out)
{
    const time_t seconds = (time_t)(time_us / 1000000);
    struct tm local;
    char text[sizeof("2026-11-21T02:23:19")];
    (void)localtime_r(&seconds, &local); /* fails for years beyond int only */
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &local);
    buf_printf(out, "%s.%06d", text, (int)(time_us % 1000000));
}

static void write_time_member(struct jsonw *w, int64_t time_us)
{
    scoped_buf struct buf text = {0};
    event_write_time(time_us, &text);
    jsonw_string(w, "timestamp", buf_str(&text));
}

void event_write(const struct event_draft *draft, const struct event_stamp *stamp, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "id", id_uuid(stamp->id).text);
    write_time_member(&w, stamp->time_us);
    jsonw_string(&w, "source", event_source_name(draft->source));
    if (str_is_set(stamp->parent))
        jsonw_string(&w, "parent_id", stamp->parent);
    if (!str_is_empty(draft->members)) {
        buf_append_byte(out, ',');
        buf_append(out, draft->members);
    }
    jsonw_string(&w, "kind", event_kind_name(draft->kind));
    jsonw_end(&w);
}

static struct str string_member(const struct doc_value *event, const char *name)
{
    const struct doc_value *value = doc_find(event, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

bool event_read_head(const struct doc_value *event, struct event_head *ret_head)
{
    if (doc_kind(event) != DOC_OBJECT)
        return false;
    const struct event_head head = {
        .id = string_member(event, "id"),
        .timestamp = string_member(event, "timestamp"),
        .parent = string_member(event, "parent_id"),
        .source = event_source_find(string_member(event, "source")),
        .kind = event_kind_find(string_member(event, "kind")),
    };
    if (str_is_empty(head.id) || str_is_empty(head.timestamp))
        return false;
    *ret_head = head;
    return true;
}
