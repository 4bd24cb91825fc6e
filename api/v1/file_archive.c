#include <errno.h>
#include <sys/stat.h>

#include "actions/archive_delta.h"
#include "actions/archive_exclude.h"
#include "actions/archive_flow.h"
#include "actions/archive_source.h"
#include "actions/archive_tar.h"
#include "actions/archive_trajectory.h"
#include "actions/git.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/archive_reply.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/http/file_reply.h"
#include "server/http/reply.h"

/* Contract v1-server §6.2 and §6.3: a conversation as a ZIP, a workspace as a patch or a tar.gz. */

static const char *const formats[] = {"git-delta", "tar.gz", NULL};

struct query {
    struct str path;
    struct str format;
    struct str base_ref;
    struct schema_bool use_default_excludes;
    struct schema_strings exclude;
};

static const struct schema_field query_fields[] = {
    {.name = "path",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, path),
     .is_required = true,
     .help =
         "Directory to archive, absolute; when it is no repository but holds exactly one, up to "
         "three levels down, that one is archived"},
    {.name = "format",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct query, format),
     .choices = formats,
     .is_literal = true,
     .default_json = "\"git-delta\"",
     .help = "git-delta: a patch of the working tree against a base; tar.gz: its files"},
    {.name = "base_ref",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct query, base_ref),
     .is_nullable = true,
     .help = "What the patch is against; else chosen"},
    {.name = "use_default_excludes",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct query, use_default_excludes),
     .default_json = "true",
     .help = "Leave out what is usually generated"},
    {.name = "exclude",
     .kind = SCHEMA_STRINGS,
     .offset = offsetof(struct query, exclude),
     .is_nullable = true,
     .help = "Further patterns to leave out"},
};
static SCHEMA_DEFINE(query_schema, "ArchiveQuery", query_fields, false);

/* Shared with the producing thread: it works on a copy of everything. */
struct archive_input {
    struct arena arena;
    struct str given_path;
    bool is_tar;
    struct str base_ref;
    struct str *excludes;
    size_t exclude_count;
    struct git *git;
    struct archive_source source;
    struct str base_commit;
    struct archive_flow *flow;
};

static void free_archive(void *owner)
{
    struct archive_input *input = owner;
    archive_source_fini(&input->source);
    git_free(input->git);
    arena_fini(&input->arena);
    free(input);
}

static void cancel_archive(void *owner)
{
    const struct archive_input *input = owner;
    git_cancel(input->git);
}

static bool write_bytes(void *owner, const void *bytes, size_t len)
{
    return archive_flow_write(owner, str_span(bytes, len));
}

static bool write_text(void *owner, struct str bytes)
{
    return archive_flow_write(owner, bytes);
}

static bool find_source(struct archive_input *input, struct error *error)
{
    scoped_free char *path = NULL;
    if (!path_check(input->given_path, &path, error)) {
        /* A name with a NUL byte is a name of nothing. */
        return error->sys_errno == EINVAL ? error_set(error, ERROR_NOT_FOUND, "Directory not found")
                                          : false;
    }
    if (!archive_source_find(path, &input->source, error))
        return false;
    if (str_starts_with(input->base_ref, STR("-")))
        return error_set(error, ERROR_INVALID, "base_ref must not start with '-'");
    return true;
}

static bool produce_tar(struct archive_input *input, struct archive_flow *flow, struct error *error)
{
    const struct archive_tar_options options = {
        .root = input->source.root,
        .name = archive_source_name(&input->source),
        .excludes = input->excludes,
        .exclude_count = input->exclude_count,
        .sink = write_bytes,
        .sink_owner = flow,
    };
    archive_source_describe(&input->source, input->git);
    if (archive_tar(&options, error))
        return true;
    if (error->code == ERROR_CANCELLED)
        return false;
    error->code = ERROR_INTERNAL;
    return error_wrap(error, "Failed to archive directory");
}

static bool produce_delta(struct archive_input *input, struct archive_flow *flow,
                          struct error *error)
{
    const struct archive_delta_options options = {
        .git = input->git,
        .root = input->source.root,
        .base_ref = input->base_ref,
        .excludes = input->excludes,
        .exclude_count = input->exclude_count,
    };
    struct archive_delta *delta;
    if (!archive_delta_open(&options, &delta, error))
        return false;
    archive_source_describe(&input->source, input->git);
    const struct str base = archive_delta_base(delta);
    if (str_is_set(base))
        input->base_commit = arena_copy(&input->arena, base);
    const bool is_printed = archive_delta_print(delta, write_text, flow, error);
    archive_delta_close(delta);
    return is_printed;
}

static bool produce_archive(void *owner, struct archive_flow *flow, struct error *error)
{
    struct archive_input *input = owner;
    if (!find_source(input, error))
        return false;
    return input->is_tar ? produce_tar(input, flow, error) : produce_delta(input, flow, error);
}

/* Percent-encoded; nothing for a text that is not known. */
static void add_header(struct http_request *request, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    scoped_buf struct buf encoded = {0};
    http_encode(&encoded, str_from(text));
    reply_header(request, name, buf_str(&encoded));
}

static const char *send_archive_head(void *owner, struct http_request *request)
{
    const struct archive_input *input = owner;
    const struct archive_source *source = &input->source;
    scoped_buf struct buf name = {0};
    scoped_buf struct buf disposition = {0};
    buf_append(&name, archive_source_name(source));
    buf_append(&name, input->is_tar ? STR(".tar.gz") : STR(".patch"));
    file_disposition(&disposition, buf_str(&name));
    reply_header(request, "content-disposition", buf_str(&disposition));
    if (source->is_repository) {
        add_header(request, "x-archive-repo-remote", source->remote);
        add_header(request, "x-archive-branch", source->branch);
        add_header(request, "x-archive-head-commit", source->head_commit);
        add_header(request, "x-archive-repo-root", source->root);
    }
    if (str_is_set(input->base_commit)) {
        const bool is_given = !str_is_empty(input->base_ref);
        reply_header(request, "x-archive-base-commit", input->base_commit);
        reply_header(request, "x-archive-base-ref", is_given ? input->base_ref : STR("auto"));
    }
    return input->is_tar ? "application/gzip" : "text/x-patch; charset=utf-8";
}

static void copy_excludes(struct archive_input *input, const struct query *query)
{
    size_t default_count = 0;
    const struct str *defaults = archive_default_excludes(&default_count);
    if (!query->use_default_excludes.value)
        default_count = 0;
    const size_t count = default_count + query->exclude.count;
    input->excludes = arena_zero(&input->arena, count, sizeof(input->excludes[0]));
    input->exclude_count = count;
    for (size_t i = 0; i < default_count; i++)
        input->excludes[i] = defaults[i];
    for (size_t i = 0; i < query->exclude.count; i++)
        input->excludes[default_count + i] = arena_copy(&input->arena, query->exclude.items[i]);
}

static void get_archive(struct http_request *request, void *context)
{
    struct api *api = context;
    struct query query = {.use_default_excludes = {.value = true}};
    if (!route_decode(request, &query))
        return;
    api_touch(api);
    if (query.exclude.count > ARCHIVE_MAX_EXCLUDES) {
        reply_detail(request, 400, STR("too many exclude patterns"));
        return;
    }
    struct archive_input *input = mem_zero(1, sizeof(*input));
    input->given_path = arena_copy(&input->arena, query.path);
    input->is_tar = str_equal(query.format, STR("tar.gz"));
    if (str_is_set(query.base_ref))
        input->base_ref = arena_copy(&input->arena, query.base_ref);
    copy_excludes(input, &query);
    input->git = git_new(api->processes, api->child_env);
    archive_reply(api, request,
                  &(struct archive_reply_options){.produce = produce_archive,
                                                  .on_head = send_archive_head,
                                                  .on_gone = cancel_archive,
                                                  .on_free = free_archive,
                                                  .input = input});
}

struct trajectory_input {
    char *root;
    struct id_text name;
};

static void free_trajectory(void *owner)
{
    struct trajectory_input *input = owner;
    free(input->root);
    free(input);
}

static bool produce_trajectory(void *owner, struct archive_flow *flow, struct error *error)
{
    const struct trajectory_input *input = owner;
    struct stat status;
    if (stat(input->root, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(error, ERROR_NOT_FOUND, "Conversation not found");
    const struct archive_trajectory_options options = {
        .root = input->root,
        .name = str_from(input->name.text),
        .sink = write_bytes,
        .sink_owner = flow,
    };
    return archive_trajectory(&options, error);
}

static const char *send_trajectory_head(void *owner, struct http_request *request)
{
    const struct trajectory_input *input = owner;
    scoped_buf struct buf name = {0};
    scoped_buf struct buf disposition = {0};
    buf_printf(&name, "%s.zip", input->name.text);
    file_disposition(&disposition, buf_str(&name));
    reply_header(request, "content-disposition", buf_str(&disposition));
    return "application/octet-stream";
}

static void get_trajectory(struct http_request *request, void *context)
{
    struct api *api = context;
    struct id id;
    if (!route_param_id(request, 0, "conversation_id", &id))
        return;
    struct trajectory_input *input = mem_zero(1, sizeof(*input));
    const struct str base = api->config->conversations_path;
    scoped_free char *folder = mem_strndup(base.data, base.len);
    input->name = id_hex(id);
    input->root = path_join(folder, str_from(input->name.text));
    archive_reply(api, request,
                  &(struct archive_reply_options){.produce = produce_trajectory,
                                                  .on_head = send_trajectory_head,
                                                  .on_free = free_trajectory,
                                                  .input = input});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/archive",
     .auth = ROUTE_AUTH_SESSION,
     .query = &query_schema,
     .handler = get_archive,
     .tag = "Files",
     .summary = "A directory as a patch or a tar.gz"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/file/download-trajectory/{conversation_id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_trajectory,
     .tag = "Files",
     .summary = "A conversation as a ZIP, without secrets"},
};
API_ROUTES(v1_archive_routes, routes);
