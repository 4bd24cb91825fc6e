#include "actions/file_find.h"
#include "actions/grep.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/file_job.h"
#include "api/native/files_print.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Finding files by name and lines by content. Both end early when the client leaves. */

#define FIND_LIMIT  1000
#define GREP_LIMIT  1000
#define TIMEOUT_S   30
#define TIMEOUT_MAX 600

/* Fields both searches have, at the place of the same name in their structs. */
#define ROOT_FIELD(type)                                                                           \
    {                                                                                              \
        .name = "root", .kind = SCHEMA_STRING, .offset = offsetof(struct type, root),              \
        .is_required = true, .help = "Absolute path of where to search"                            \
    }
#define LIMIT_FIELD(type, most)                                                                    \
    {                                                                                              \
        .name = "limit", .kind = SCHEMA_INT, .offset = offsetof(struct type, limit),               \
        .has_min = true, .has_max = true, .min = 1, .max = (int64_t)(most),                        \
        .default_json = "1000", .help = "The most results to return"                               \
    }
#define HIDDEN_FIELD(type)                                                                         \
    {                                                                                              \
        .name = "include_hidden", .kind = SCHEMA_BOOL,                                             \
        .offset = offsetof(struct type, include_hidden), .default_json = "false",                  \
        .help = "Names with a leading dot, too; else only where the pattern has that dot"          \
    }
#define TIMEOUT_FIELD(type)                                                                        \
    {                                                                                              \
        .name = "timeout", .kind = SCHEMA_INT, .offset = offsetof(struct type, timeout),           \
        .has_min = true, .has_max = true, .min = 1, .max = TIMEOUT_MAX, .default_json = "30",      \
        .help = "Seconds; what was found until then is returned"                                   \
    }

static void print_end(struct jsonw *w, enum file_search_stop stop, uint64_t skipped)
{
    jsonw_bool(w, "is_truncated", stop != FILE_SEARCH_COMPLETE);
    jsonw_cstr(w, "stopped_by", file_search_stop_name(stop));
    jsonw_uint(w, "skipped", skipped);
    jsonw_end(w);
}

/* --- names --- */

struct find_query {
    struct str root;
    struct str pattern;
    struct schema_int limit;
    struct str sort;
    struct schema_bool include_hidden;
    struct schema_int timeout;
};

static const char *const sort_names[] = {"path", "time", NULL};

static const struct schema_field find_fields[] = {
    ROOT_FIELD(find_query),
    {.name = "pattern",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct find_query, pattern),
     .is_required = true,
     .help = "Glob relative to the root: * ? [a-z] {a,b} and ** for any number of directories"},
    LIMIT_FIELD(find_query, FILE_FIND_MAX_MATCHES),
    {.name = "sort",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct find_query, sort),
     .choices = sort_names,
     .default_json = "\"path\"",
     .help = "time: newest first"},
    HIDDEN_FIELD(find_query),
    TIMEOUT_FIELD(find_query),
};
static SCHEMA_DEFINE(find_schema, "GlobQuery", find_fields, false);

static void print_found(const struct file_find *find, size_t index, struct jsonw *w)
{
    const struct file_found *found = &find->items[index];
    jsonw_object(w);
    jsonw_string(w, "path", file_find_path(find, index));
    jsonw_cstr(w, "kind", file_kind_name(found->kind));
    jsonw_uint(w, "size", found->size);
    files_print_time(w, "modified_at", found->modified_us);
    jsonw_end(w);
}

static bool run_find(struct file_job *job, struct error *error)
{
    const struct find_query *query = job->input;
    scoped_free char *root = NULL;
    struct file_find find;
    if (!path_check(query->root, &root, error))
        return false;
    const struct file_find_options options = {
        .root = root,
        .pattern = query->pattern,
        .limit = (size_t)query->limit.value,
        .includes_hidden = query->include_hidden.value,
        .is_by_time = str_equal(query->sort, STR("time")),
        .timeout_ms = (uint64_t)query->timeout.value * 1000,
        .is_cancelled = &job->is_cancelled,
    };
    if (!file_find(&options, &find, error))
        return false;
    struct jsonw w;
    jsonw_init(&w, &job->body);
    jsonw_object(&w);
    jsonw_cstr(&w, "root", root);
    jsonw_array_in(&w, "items");
    for (size_t i = 0; i < find.count; i++)
        print_found(&find, i, &w);
    jsonw_end(&w);
    print_end(&w, find.stop, find.skipped);
    file_find_fini(&find);
    return true;
}

static void get_glob(struct http_request *request, void *context)
{
    struct find_query query = {.limit = {.value = FIND_LIMIT}, .timeout = {.value = TIMEOUT_S}};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    file_job_start_long(request, run_find, &query, sizeof(query));
}

/* --- lines --- */

struct grep_query {
    struct str root;
    struct str pattern;
    struct str glob;
    struct schema_int limit;
    struct schema_int context;
    struct schema_bool ignore_case;
    struct schema_bool literal;
    struct schema_bool include_hidden;
    struct schema_int timeout;
};

static const struct schema_field grep_fields[] = {
    ROOT_FIELD(grep_query),
    {.name = "pattern",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct grep_query, pattern),
     .is_required = true,
     .help = "Regular expression in Perl syntax, matched line by line"},
    {.name = "glob",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct grep_query, glob),
     .is_nullable = true,
     .help = "Which files; without a slash, by name in any directory"},
    LIMIT_FIELD(grep_query, GREP_MAX_MATCHES),
    {.name = "context",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct grep_query, context),
     .has_min = true,
     .has_max = true,
     .min = 0,
     .max = (int64_t)GREP_MAX_CONTEXT,
     .default_json = "0",
     .help = "Lines to show before and after each match"},
    {.name = "ignore_case",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct grep_query, ignore_case),
     .default_json = "false"},
    {.name = "literal",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct grep_query, literal),
     .default_json = "false",
     .help = "The pattern is a text, not an expression"},
    HIDDEN_FIELD(grep_query),
    TIMEOUT_FIELD(grep_query),
};
static SCHEMA_DEFINE(grep_schema, "GrepQuery", grep_fields, false);

static void print_context(const struct grep *result, const char *name, size_t first, size_t count,
                          struct jsonw *w)
{
    jsonw_array_in(w, name);
    for (size_t i = 0; i < count; i++)
        jsonw_string(w, NULL, grep_text(result, result->context[first + i]));
    jsonw_end(w);
}

static void print_match(const struct grep *result, const struct grep_match *match, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_string(w, "path", grep_text(result, match->path));
    jsonw_uint(w, "line", match->line);
    jsonw_uint(w, "column", match->column);
    jsonw_string(w, "text", grep_text(result, match->text));
    jsonw_bool(w, "is_cut", match->text.is_cut);
    print_context(result, "before", match->context, match->before, w);
    print_context(result, "after", match->context + match->before, match->after, w);
    jsonw_end(w);
}

static void print_grep(const struct grep *result, const char *root, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "root", root);
    jsonw_array_in(&w, "matches");
    for (size_t i = 0; i < result->count; i++)
        print_match(result, &result->matches[i], &w);
    jsonw_end(&w);
    jsonw_uint(&w, "files", result->files);
    print_end(&w, result->stop, result->skipped);
}

static bool run_grep(struct file_job *job, struct error *error)
{
    const struct grep_query *query = job->input;
    scoped_free char *root = NULL;
    struct grep result;
    if (!path_check(query->root, &root, error))
        return false;
    const struct grep_options options = {
        .root = root,
        .pattern = query->pattern,
        .glob = query->glob,
        .limit = (size_t)query->limit.value,
        .context = (size_t)query->context.value,
        .ignores_case = query->ignore_case.value,
        .is_literal = query->literal.value,
        .includes_hidden = query->include_hidden.value,
        .timeout_ms = (uint64_t)query->timeout.value * 1000,
        .is_cancelled = &job->is_cancelled,
    };
    if (!grep(&options, &result, error))
        return false;
    print_grep(&result, root, &job->body);
    grep_fini(&result);
    return true;
}

static void get_grep(struct http_request *request, void *context)
{
    struct grep_query query = {.limit = {.value = GREP_LIMIT}, .timeout = {.value = TIMEOUT_S}};
    if (!route_decode(request, &query))
        return;
    api_touch(context);
    file_job_start_long(request, run_grep, &query, sizeof(query));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/files/glob",
     .auth = ROUTE_AUTH_SESSION,
     .query = &find_schema,
     .handler = get_glob,
     .tag = "Native files",
     .summary = "Find files by a pattern of their paths"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/files/grep",
     .auth = ROUTE_AUTH_SESSION,
     .query = &grep_schema,
     .handler = get_grep,
     .tag = "Native files",
     .summary = "Find lines by a regular expression"},
};
API_ROUTES(native_file_search_routes, routes);
