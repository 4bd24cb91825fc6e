#include "server/http/router.h"

#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/http/reply.h"

/*
 * Patterns are cut into segments once. A lookup walks all entries: with a hundred routes and a
 * comparison that fails at the first segment this takes about a microsecond. Of the entries that
 * match, the one with the smallest rank wins: two bits per segment, the first segment highest,
 * literals below parameters below rests.
 */

#define MAX_SEGMENTS 16

enum segment_kind {
    SEGMENT_LITERAL,
    SEGMENT_PARAMETER,
    SEGMENT_REST,
};

struct segment {
    enum segment_kind kind;
    struct str text;
};

struct entry {
    const struct route *route;
    void *context;
    struct segment segments[MAX_SEGMENTS];
    size_t segment_count;
    uint64_t rank;
};

struct router {
    struct entry *entries;
    size_t count;
};

static struct segment read_segment(struct str text)
{
    if (!str_starts_with(text, STR("{")))
        return (struct segment){.kind = SEGMENT_LITERAL, .text = text};
    assert(str_ends_with(text, STR("}")));
    const bool is_rest = str_ends_with(text, STR(":path}"));
    return (struct segment){.kind = is_rest ? SEGMENT_REST : SEGMENT_PARAMETER};
}

static void compile(struct entry *entry, const struct route *route, void *context)
{
    struct str rest = str_from(route->pattern);
    struct str piece;
    size_t parameters = 0;
    assert(str_starts_with(rest, STR("/")));
    rest = str_skip(rest, 1);
    *entry = (struct entry){.route = route, .context = context};
    while (str_next(&rest, '/', &piece)) {
        assert(entry->segment_count < MAX_SEGMENTS);
        const struct segment segment = read_segment(piece);
        entry->rank |= (uint64_t)segment.kind << (2 * (MAX_SEGMENTS - entry->segment_count));
        parameters += segment.kind == SEGMENT_LITERAL ? 0 : 1;
        entry->segments[entry->segment_count++] = segment;
    }
    assert(parameters <= HTTP_MAX_PARAMS);
}

static bool is_same(const struct entry *a, const struct entry *b)
{
    if (a->route->method != b->route->method || a->segment_count != b->segment_count ||
        a->rank != b->rank)
        return false;
    for (size_t i = 0; i < a->segment_count; i++) {
        if (a->segments[i].kind == SEGMENT_LITERAL &&
            !str_equal(a->segments[i].text, b->segments[i].text))
            return false;
    }
    return true;
}

struct router *router_new(const struct route_table *tables, size_t table_count)
{
    size_t count = 0;
    for (size_t t = 0; t < table_count; t++)
        count += tables[t].count;
    struct router *router = mem_zero(1, sizeof(*router));
    router->entries = mem_zero(count, sizeof(*router->entries));
    for (size_t t = 0; t < table_count; t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            struct entry *entry = &router->entries[router->count];
            compile(entry, &tables[t].routes[i], tables[t].context);
            for (size_t other = 0; other < router->count; other++)
                assert(!is_same(entry, &router->entries[other]));
            router->count++;
        }
    }
    return router;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    free(router->entries);
    free(router);
}

/* Parameters are views of the path; pass NULL to only ask. */
static bool matches(const struct entry *entry, struct str path, struct str *params)
{
    struct str rest = path;
    for (size_t i = 0; i < entry->segment_count; i++) {
        const struct segment *segment = &entry->segments[i];
        if (!str_starts_with(rest, STR("/")))
            return false;
        rest = str_skip(rest, 1);
        const size_t slash = segment->kind == SEGMENT_REST ? SIZE_MAX : str_find_byte(rest, '/');
        const struct str piece = str_slice(rest, 0, slash);
        rest = str_skip(rest, piece.len);
        if (segment->kind == SEGMENT_LITERAL && !str_equal(piece, segment->text))
            return false;
        if (segment->kind == SEGMENT_PARAMETER && piece.len == 0)
            return false;
        if (segment->kind != SEGMENT_LITERAL && params != NULL)
            *params++ = piece;
    }
    return rest.len == 0;
}

/* Sockets are found by handshakes only, everything else by plain requests only. */
static bool is_eligible(const struct entry *entry, const struct http_request *request)
{
    return (entry->route->auth == ROUTE_AUTH_SOCKET) == request->wants_upgrade;
}

static void add_method(char *allow, size_t size, enum http_method method)
{
    const size_t len = strlen(allow);
    const int added =
        snprintf(allow + len, size - len, "%s%s", len == 0 ? "" : ", ", http_method_name(method));
    assert(added > 0 && (size_t)added < size - len); /* each method is added once */
}

static void accept(struct http_request *request, const struct entry *entry, struct str path,
                   struct router_match *match)
{
    request->route = entry->route;
    request->param_count = 0;
    for (size_t i = 0; i < entry->segment_count; i++)
        request->param_count += entry->segments[i].kind == SEGMENT_LITERAL ? 0 : 1;
    (void)matches(entry, path, request->params); /* it does */
    match->outcome = ROUTER_FOUND;
    match->route = entry->route;
    match->context = entry->context;
}

static bool exists(const struct router *router, const struct http_request *request, struct str path)
{
    for (size_t i = 0; i < router->count; i++) {
        if (is_eligible(&router->entries[i], request) && matches(&router->entries[i], path, NULL))
            return true;
    }
    return false;
}

/* "/files/" is "/files" with a slash too many where both "/files" and "/files/{path:path}" are. */
static bool is_slash_too_many(const struct router *router, const struct http_request *request,
                              const struct entry *entry, struct str path)
{
    const bool is_rest = entry->segments[entry->segment_count - 1].kind == SEGMENT_REST;
    struct str params[HTTP_MAX_PARAMS] = {0};
    size_t last = 0;
    for (size_t i = 0; i + 1 < entry->segment_count; i++)
        last += entry->segments[i].kind == SEGMENT_LITERAL ? 0 : 1;
    return is_rest && matches(entry, path, params) && params[last].len == 0 &&
           exists(router, request, str_slice(path, 0, path.len - 1));
}

/* The same path with its final slashes removed, or with one added. */
static bool has_twin(const struct router *router, struct http_request *request, struct str path)
{
    if (request->wants_upgrade || str_equal(path, STR("/")))
        return false;
    if (!str_ends_with(path, STR("/")))
        return exists(router, request, arena_printf(&request->arena, "%.*s/", STR_ARG(path)));
    while (str_ends_with(path, STR("/")))
        path.len--;
    return exists(router, request, path);
}

/* The best entry of the request's method, or NULL; every method of the path goes to `allow`. */
static const struct entry *find_best(const struct router *router,
                                     const struct http_request *request, struct str path,
                                     struct router_match *match)
{
    const struct entry *best = NULL;
    bool is_known[HTTP_METHOD_OTHER + 1] = {0};
    for (size_t i = 0; i < router->count; i++) {
        const struct entry *entry = &router->entries[i];
        if (!is_eligible(entry, request) || !matches(entry, path, NULL))
            continue;
        const enum http_method method = entry->route->method;
        if (method == request->method && (best == NULL || entry->rank < best->rank))
            best = entry;
        if (!is_known[method])
            add_method(match->allow, sizeof(match->allow), method);
        is_known[method] = true;
    }
    return best;
}

void router_find(const struct router *router, struct http_request *request,
                 struct router_match *ret_match)
{
    const struct str path = http_decode(&request->arena, request->path, false);
    *ret_match = (struct router_match){.outcome = ROUTER_NOT_FOUND};
    const struct entry *best = find_best(router, request, path, ret_match);
    if (best != NULL && is_slash_too_many(router, request, best, path))
        ret_match->outcome = ROUTER_REDIRECT;
    else if (best != NULL)
        accept(request, best, path, ret_match);
    else if (ret_match->allow[0] != '\0' && !request->wants_upgrade)
        ret_match->outcome = ROUTER_WRONG_METHOD;
    else if (has_twin(router, request, path))
        ret_match->outcome = ROUTER_REDIRECT;
}

void router_each(const struct router *router, void (*visit)(void *owner, const struct route *route),
                 void *owner)
{
    for (size_t i = 0; i < router->count; i++)
        visit(owner, router->entries[i].route);
}

bool route_decode(struct http_request *request, void *target)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    const struct route *route = request->route;
    if (route->query != NULL) {
        size_t count;
        const struct schema_pair *pairs = http_request_pairs(request, &count);
        schema_decode_pairs(route->query, "query", pairs, count, &request->arena, target, &issues);
    }
    if (route->body_schema != NULL)
        schema_decode_json(route->body_schema, request->json, &request->arena, target, &issues);
    if (issues.count == 0)
        return true;
    reply_issues(request, buf_str(&items));
    return false;
}

bool route_param_id(struct http_request *request, size_t index, const char *name, struct id *ret_id)
{
    const struct schema_field field = {.name = name, .kind = SCHEMA_UUID, .is_required = true};
    const struct schema schema = {.name = "Path", .fields = &field, .count = 1};
    const struct schema_pair pair = {.name = str_from(name), .value = request->params[index]};
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct schema_id id = {0};
    issues_init(&issues, &items);
    schema_decode_pairs(&schema, "path", &pair, 1, &request->arena, &id, &issues);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return false;
    }
    *ret_id = id.value;
    return true;
}
