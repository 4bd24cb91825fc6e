#include <stdlib.h>
#include <unistd.h>

#include "actions/path.h"
#include "agent/hooks.h"
#include "agent/prompt/text_source.h"
#include "agent/public_skills.h"
#include "agent/shape.h"
#include "agent/skill_catalog.h"
#include "api/api.h"
#include "api/file_job.h"
#include "api/v1/conversation_body.h"
#include "api/v1/conversation_service.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* What lies in a project for agents, read for clients that pass it on: contract v1-server §8.9,
 * without registered marketplaces and repositories of organizations, and §8.6. */

#define HOST_PREFIX "WORKER_"

/* Absolute; NULL: there can be no such folder. */
static const char *find_project(struct http_request *request, struct str given)
{
    scoped_free char *current = getcwd(NULL, 0);
    scoped_free char *path = NULL;
    struct error error;
    if (str_is_empty(given))
        return NULL;
    if (!str_starts_with(given, STR("/")) && current != NULL)
        given = arena_printf(&request->arena, "%s/%.*s", current, STR_ARG(given));
    return path_check(given, &path, &error) ? arena_cstr(&request->arena, str_from(path)) : NULL;
}

/* --- skills --- */

struct skills_body {
    struct schema_bool load_public;
    struct schema_bool load_user;
    struct schema_bool load_project;
    struct schema_bool load_org;
    struct str marketplace_path;
    struct str project_dir;
    const struct doc_value *sandbox_config;
};

#define BODY(member) offsetof(struct skills_body, member)

static const struct schema_field skills_fields[] = {
    {.name = "load_public",
     .kind = SCHEMA_BOOL,
     .offset = BODY(load_public),
     .default_json = "true",
     .help = "Skills that everybody may use"},
    {.name = "load_user",
     .kind = SCHEMA_BOOL,
     .offset = BODY(load_user),
     .default_json = "true",
     .help = "Those in the user's folders"},
    {.name = "load_project",
     .kind = SCHEMA_BOOL,
     .offset = BODY(load_project),
     .default_json = "true",
     .help = "Those of project_dir"},
    {.name = "load_org",
     .kind = SCHEMA_BOOL,
     .offset = BODY(load_org),
     .default_json = "true",
     .help = "Has no effect: there are none of organizations"},
    {.name = "marketplace_path",
     .kind = SCHEMA_STRING,
     .offset = BODY(marketplace_path),
     .is_nullable = true,
     .default_json = "\"" PUBLIC_SKILLS_MARKETPLACE "\"",
     .help = "The list of public skills in their repository; null stands for all of them"},
    {.name = "project_dir",
     .kind = SCHEMA_STRING,
     .offset = BODY(project_dir),
     .is_nullable = true,
     .help = "The folder of the project"},
    {.name = "sandbox_config",
     .kind = SCHEMA_ANY,
     .offset = BODY(sandbox_config),
     .is_nullable = true,
     .help = "exposed_urls: objects of name, url and port; the agent is told of those whose name "
             "begins with " HOST_PREFIX},
};
static SCHEMA_DEFINE(skills_schema, "SkillsRequest", skills_fields, false);

static const struct shape_member url_members[] = {
    {.name = "name", .kind = SHAPE_STRING},
    {.name = "url", .kind = SHAPE_STRING},
    {.name = "port", .kind = SHAPE_INT},
};
static const struct shape url_shape = {
    .name = "ExposedUrl", .members = url_members, .count = ARRAY_SIZE(url_members)};
static const struct shape_member sandbox_members[] = {
    {.name = "exposed_urls", .kind = SHAPE_MANY, .missing = "[]", .shape = &url_shape},
};
static const struct shape sandbox_shape = {
    .name = "SandboxConfig", .members = sandbox_members, .count = ARRAY_SIZE(sandbox_members)};

static void write_hosts(const struct doc_value *urls, struct buf *out)
{
    for (size_t i = 0; i < doc_count(urls); i++) {
        const struct doc_value *url = doc_at(urls, i);
        if (!str_starts_with(doc_string(doc_find(url, STR("name"))), STR(HOST_PREFIX)))
            continue;
        if (out->len == 0)
            buf_append(out, STR("The user has access to the following hosts for accessing a web "
                                "application, each of which has a corresponding port:"));
        buf_printf(out, "\n* %.*s (port %lld)", STR_ARG(doc_string(doc_find(url, STR("url")))),
                   (long long)doc_int(doc_find(url, STR("port"))));
    }
}

/* The text of the skill that tells of them, unset without any. False: it has replied. */
static bool read_hosts(struct http_request *request, const struct doc_value *config,
                       struct str *ret_hosts)
{
    scoped_buf struct buf json = {0};
    scoped_buf struct buf hosts = {0};
    struct doc_error why;
    if (config == NULL)
        return true;
    if (!conversation_body_complete(request, "sandbox_config", &sandbox_shape, config, &json))
        return false;
    struct doc *doc = doc_parse(buf_str(&json), &why);
    assert(doc != NULL); /* it has just been written */
    write_hosts(doc_find(doc_root(doc), STR("exposed_urls")), &hosts);
    if (hosts.len > 0)
        *ret_hosts = arena_copy(&request->arena, buf_str(&hosts));
    doc_free(doc);
    return true;
}

static bool run_skills(struct file_job *job, struct error *error)
{
    (void)error; /* what cannot be read is not there */
    skill_catalog_write(job->input, &job->body);
    return true;
}

static void start_skills(struct http_request *request, const struct api *api,
                         const struct skills_body *body, struct str hosts)
{
    const struct skill_catalog catalog = {
        .processes = api->processes,
        .env = child_env_get(api->child_env),
        .home =
            arena_cstr(&request->arena, str_from(conversation_service_home(api->conversations))),
        .state_dir = arena_cstr(&request->arena,
                                str_from(conversation_service_state_dir(api->conversations))),
        .project = body->load_project.value ? find_project(request, body->project_dir) : NULL,
        .hosts = hosts,
        .marketplace = body->marketplace_path,
        .has_public = body->load_public.value,
        .has_user = body->load_user.value,
    };
    file_job_start_long(request, run_skills, &catalog, sizeof(catalog));
}

static void post_skills(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct str hosts = STR_NULL;
    struct skills_body body = {
        .load_public = {.value = true},
        .load_user = {.value = true},
        .load_project = {.value = true},
        .marketplace_path = STR(PUBLIC_SKILLS_MARKETPLACE),
    };
    if (!route_decode(request, &body) || !read_hosts(request, body.sandbox_config, &hosts))
        return;
    if (api->conversations == NULL)
        reply_detail(request, 503, STR("the server is stopping"));
    else
        start_skills(request, api, &body, hosts);
}

/* --- hooks --- */

struct hooks_body {
    struct str project_dir;
};

static const struct schema_field hooks_fields[] = {
    {.name = "project_dir",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct hooks_body, project_dir),
     .is_nullable = true,
     .help = "The folder of the project"},
};
static SCHEMA_DEFINE(hooks_schema, "HooksRequest", hooks_fields, false);

/* NULL: there is no file of them, or a wrong one. */
static struct hooks *read_hooks(const char *project)
{
    scoped_buf struct buf path = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    struct error error;
    struct hooks *hooks = NULL;
    buf_printf(&path, "%s/.openhands/hooks.json", project);
    if (!text_source_read(path.data, &text, &error))
        return NULL;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT &&
        !hooks_decode(doc_root(doc), &hooks, &error))
        hooks = NULL;
    doc_free(doc);
    return hooks;
}

static bool run_hooks(struct file_job *job, struct error *error)
{
    const char *const *project = job->input;
    struct hooks *hooks = *project == NULL ? NULL : read_hooks(*project);
    (void)error; /* a project without hooks is none */
    buf_append(&job->body, STR("{\"hook_config\":"));
    if (hooks_is_empty(hooks))
        buf_append(&job->body, STR("null"));
    else
        hooks_write(hooks, HOOKS_ANSWER, &job->body);
    buf_append_byte(&job->body, '}');
    hooks_free(hooks);
    return true;
}

static void post_hooks(struct http_request *request, void *context)
{
    struct hooks_body body = {0};
    (void)context; /* files alone say what is answered */
    if (!route_decode(request, &body))
        return;
    const char *project = find_project(request, body.project_dir);
    file_job_start(request, run_hooks, &project, sizeof(project));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/skills",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &skills_schema,
     .handler = post_skills,
     .tag = "Skills",
     .summary = "All skills of a project, of the user and of the public, for an agent"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/hooks",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &hooks_schema,
     .handler = post_hooks,
     .tag = "Hooks",
     .summary = "The hooks of a project; null where it has none"},
};
API_ROUTES(v1_skill_routes, routes);
