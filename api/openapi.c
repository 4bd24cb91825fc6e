#include "api/openapi.h"

#include "api/api.h"
#include "api/pages.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/base/schema_print.h"
#include "server/config/config.h"
#include "server/http/reply.h"

struct shown {
    const struct route **routes;
    size_t count;
    size_t capacity;
};

static void collect(void *owner, const struct route *route)
{
    struct shown *shown = owner;
    if (route->is_hidden || route->auth == ROUTE_AUTH_SOCKET)
        return;
    if (shown->count == shown->capacity) {
        shown->capacity = shown->capacity * 2 + 64;
        shown->routes = mem_resize(shown->routes, shown->capacity * sizeof(const struct route *));
    }
    shown->routes[shown->count++] = route;
}

/* "/a/{b:path}" without ":path". */
static void append_path(const char *pattern, struct buf *out)
{
    bool is_kind = false;
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == ':')
            is_kind = true;
        else if (*c == '}')
            is_kind = false;
        if (!is_kind)
            buf_append_byte(out, *c);
    }
}

static void append_method(enum http_method method, struct buf *out)
{
    for (const char *c = http_method_name(method); *c != '\0'; c++)
        buf_append_byte(out, (char)(*c - 'A' + 'a'));
}

/* The method and the letters of the path: unique, and stable as long as the path is. */
static void write_operation_id(const struct route *route, struct jsonw *w)
{
    scoped_buf struct buf id = {0};
    append_method(route->method, &id);
    bool is_word = false;
    for (const char *c = route->pattern; *c != '\0'; c++) {
        const bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        if (is_letter && !is_word)
            buf_append_byte(&id, '_');
        if (is_letter)
            buf_append_byte(&id, *c);
        is_word = is_letter;
    }
    jsonw_string(w, "operationId", buf_str(&id));
}

static void write_path_parameters(const char *pattern, struct jsonw *w)
{
    struct str rest = str_from(pattern);
    for (;;) {
        const size_t open = str_find_byte(rest, '{');
        if (open == SIZE_MAX)
            return;
        rest = str_skip(rest, open + 1);
        const struct str inside = str_slice(rest, 0, str_find_byte(rest, '}'));
        jsonw_object(w);
        jsonw_string(w, "name", str_slice(inside, 0, str_find_byte(inside, ':')));
        jsonw_cstr(w, "in", "path");
        jsonw_bool(w, "required", true);
        jsonw_raw(w, "schema", STR("{\"type\":\"string\"}"));
        jsonw_end(w);
    }
}

static void write_query_parameters(const struct schema *query, struct jsonw *w)
{
    for (size_t i = 0; i < query->count; i++) {
        const struct schema_field *field = &query->fields[i];
        jsonw_object(w);
        jsonw_cstr(w, "name", field->name);
        jsonw_cstr(w, "in", "query");
        jsonw_bool(w, "required", field->is_required);
        jsonw_name(w, STR("schema"));
        schema_print_field(field, w);
        if (field->help != NULL)
            jsonw_cstr(w, "description", field->help);
        jsonw_end(w);
    }
}

static void write_parameters(const struct route *route, struct jsonw *w)
{
    if (route->query == NULL && strchr(route->pattern, '{') == NULL)
        return;
    jsonw_array_in(w, "parameters");
    write_path_parameters(route->pattern, w);
    if (route->query != NULL)
        write_query_parameters(route->query, w);
    jsonw_end(w);
}

static void write_reference(const char *name, struct jsonw *w)
{
    scoped_buf struct buf reference = {0};
    buf_printf(&reference, "#/components/schemas/%s", name);
    jsonw_object_in(w, "schema");
    jsonw_string(w, "$ref", buf_str(&reference));
    jsonw_end(w);
}

static void write_body(const struct route *route, struct jsonw *w)
{
    if (route->body == ROUTE_BODY_NONE)
        return;
    const bool is_json = route->body == ROUTE_BODY_JSON;
    jsonw_object_in(w, "requestBody");
    jsonw_bool(w, "required", true);
    jsonw_object_in(w, "content");
    jsonw_object_in(w, is_json ? "application/json" : "*/*");
    if (is_json && route->body_schema != NULL)
        write_reference(route->body_schema->name, w);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

struct response {
    const char *status;
    const char *description;
    const char *schema; /* NULL: not said */
};

static void write_response(const struct response *response, struct jsonw *w)
{
    jsonw_object_in(w, response->status);
    jsonw_cstr(w, "description", response->description);
    if (response->schema != NULL) {
        jsonw_object_in(w, "content");
        jsonw_object_in(w, "application/json");
        write_reference(response->schema, w);
        jsonw_end(w);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void write_responses(const struct route *route, struct jsonw *w)
{
    static const struct response good = {.status = "200", .description = "Successful Response"};
    static const struct response no_key = {.status = "401",
                                           .description = "The key is missing or wrong"};
    static const struct response invalid = {
        .status = "422", .description = "Validation Error", .schema = "HTTPValidationError"};
    jsonw_object_in(w, "responses");
    write_response(&good, w);
    if (route->auth != ROUTE_AUTH_PUBLIC)
        write_response(&no_key, w);
    if (route->query != NULL || route->body_schema != NULL)
        write_response(&invalid, w);
    jsonw_end(w);
}

static const char *key_scheme(enum route_auth auth)
{
    if (auth == ROUTE_AUTH_PUBLIC)
        return NULL;
    return auth == ROUTE_AUTH_INIT ? "InitAPIKey" : "SessionAPIKey";
}

static void write_security(const struct route *route, struct jsonw *w)
{
    const char *scheme = key_scheme(route->auth);
    if (scheme == NULL)
        return;
    jsonw_array_in(w, "security");
    jsonw_object(w);
    jsonw_array_in(w, scheme);
    jsonw_end(w);
    jsonw_end(w);
    jsonw_end(w);
}

static void write_operation(const struct route *route, struct jsonw *w)
{
    scoped_buf struct buf method = {0};
    append_method(route->method, &method);
    jsonw_object_in(w, method.data);
    jsonw_array_in(w, "tags");
    jsonw_cstr(w, NULL, route->tag == NULL ? "Other" : route->tag);
    jsonw_end(w);
    if (route->summary != NULL)
        jsonw_cstr(w, "summary", route->summary);
    write_operation_id(route, w);
    write_parameters(route, w);
    write_body(route, w);
    write_responses(route, w);
    write_security(route, w);
    jsonw_end(w);
}

static bool is_first_of_path(const struct shown *shown, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(shown->routes[i]->pattern, shown->routes[index]->pattern) == 0)
            return false;
    }
    return true;
}

static void write_paths(const struct shown *shown, struct jsonw *w)
{
    jsonw_object_in(w, "paths");
    for (size_t i = 0; i < shown->count; i++) {
        if (!is_first_of_path(shown, i))
            continue;
        scoped_buf struct buf path = {0};
        append_path(shown->routes[i]->pattern, &path);
        jsonw_object_in(w, path.data);
        for (size_t j = i; j < shown->count; j++) {
            if (strcmp(shown->routes[i]->pattern, shown->routes[j]->pattern) == 0)
                write_operation(shown->routes[j], w);
        }
        jsonw_end(w);
    }
    jsonw_end(w);
}

static bool is_first_of_schema(const struct shown *shown, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct schema *earlier = shown->routes[i]->body_schema;
        if (earlier != NULL && strcmp(earlier->name, shown->routes[index]->body_schema->name) == 0)
            return false;
    }
    return true;
}

static void write_components(const struct shown *shown, struct jsonw *w)
{
    jsonw_object_in(w, "components");
    jsonw_object_in(w, "schemas");
    for (size_t i = 0; i < shown->count; i++) {
        const struct schema *schema = shown->routes[i]->body_schema;
        if (schema == NULL || !is_first_of_schema(shown, i))
            continue;
        jsonw_name(w, str_from(schema->name));
        schema_print(schema, w);
    }
    jsonw_raw(w, "HTTPValidationError",
              STR("{\"type\":\"object\",\"title\":\"HTTPValidationError\",\"properties\":{"
                  "\"detail\":{\"type\":\"array\",\"title\":\"Detail\",\"items\":{\"$ref\":"
                  "\"#/components/schemas/ValidationError\"}}}}"));
    jsonw_raw(w, "ValidationError",
              STR("{\"type\":\"object\",\"title\":\"ValidationError\",\"properties\":{"
                  "\"loc\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},"
                  "{\"type\":\"integer\"}]}},\"msg\":{\"type\":\"string\"},"
                  "\"type\":{\"type\":\"string\"},\"input\":{},\"ctx\":{\"type\":\"object\"}},"
                  "\"required\":[\"loc\",\"msg\",\"type\"]}"));
    jsonw_end(w);
    jsonw_raw(w, "securitySchemes",
              STR("{\"SessionAPIKey\":{\"type\":\"apiKey\",\"in\":\"header\","
                  "\"name\":\"X-Session-API-Key\"},\"InitAPIKey\":{\"type\":\"apiKey\","
                  "\"in\":\"header\",\"name\":\"X-Init-API-Key\"}}"));
    jsonw_end(w);
}

static void write_head(struct str root_path, struct jsonw *w)
{
    jsonw_cstr(w, "openapi", "3.1.0");
    jsonw_object_in(w, "info");
    jsonw_cstr(w, "title", "OpenHands Agent Server");
    jsonw_cstr(w, "version", ACTIOND_VERSION);
    jsonw_end(w);
    if (str_is_empty(root_path))
        return;
    jsonw_array_in(w, "servers");
    jsonw_object(w);
    jsonw_string(w, "url", root_path);
    jsonw_end(w);
    jsonw_end(w);
}

void openapi_print(const struct router *router, struct str root_path, struct buf *out)
{
    struct shown shown = {0};
    struct jsonw w;
    router_each(router, collect, &shown);
    jsonw_init(&w, out);
    jsonw_object(&w);
    write_head(root_path, &w);
    write_paths(&shown, &w);
    write_components(&shown, &w);
    jsonw_end(&w);
    free(shown.routes);
}

static void get_document(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct buf body = {0};
    openapi_print(api->router, api->config->root_path, &body);
    reply_json(request, 200, &body);
}

static void get_page(struct http_request *request, void *context)
{
    (void)context; /* the page reads the document by itself */
    reply_text(request, 200, "text/html; charset=utf-8",
               str_span((const char *)docs_page, docs_page_len));
}

/* The reference's page finishes an OAuth login there; no login exists here. */
static void get_redirect_page(struct http_request *request, void *context)
{
    (void)context; /* nothing is needed */
    reply_text(request, 200, "text/html; charset=utf-8",
               STR("<!doctype html><title>actiond</title><p>There is no login here.</p>"));
}

#define PAGE(path, function)                                                                       \
    {.method = HTTP_METHOD_GET, .pattern = (path), .handler = (function), .is_hidden = true},      \
    {                                                                                              \
        .method = HTTP_METHOD_HEAD, .pattern = (path), .handler = (function), .is_hidden = true    \
    }

static const struct route routes[] = {
    PAGE("/openapi.json", get_document),
    PAGE("/docs", get_page),
    PAGE("/docs/oauth2-redirect", get_redirect_page),
    PAGE("/redoc", get_page),
};
API_ROUTES(openapi_routes, routes);
