#include "api/v0/vscode_plugin.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "actions/file_directory.h"
#include "actions/path.h"
#include "api/api.h"
#include "api/v0/environment.h"
#include "plugins/vscode/vscode.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/config_env.h"

static const char settings[] = "{\n"
                               "    \"workbench.colorTheme\": \"Default Dark Modern\",\n"
                               "    \"workbench.startupEditor\": \"none\",\n"
                               "    \"chat.commandCenter.enabled\": false\n"
                               "}\n";

void v0_vscode_write_settings(struct str folder)
{
    scoped_free char *root = NULL;
    struct error error;
    if (!path_check(folder, &root, &error))
        return;
    scoped_free char *directory = path_join(root, STR(".vscode"));
    scoped_free char *path = path_join(directory, STR("settings.json"));
    if (!file_make_directories(directory, &error)) {
        log_warn("v0.vscode_settings", "reason=\"%s\"", error.text);
        return;
    }
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, settings, sizeof(settings) - 1) < 0 || fchmod(fd, 0666) != 0)
        log_warn("v0.vscode_settings", "reason=\"cannot be written\"");
}

/* The path of a URL: "/a/b", "" when it has none. */
static struct str path_of(struct str url)
{
    const size_t scheme = str_find(url, STR("://"));
    if (scheme != SIZE_MAX)
        url = str_skip(url, scheme + 3);
    url = str_slice(url, 0, str_find_byte(url, '#'));
    url = str_slice(url, 0, str_find_byte(url, '?'));
    const size_t slash = str_find_byte(url, '/');
    return slash == SIZE_MAX ? STR("") : str_skip(url, slash);
}

void v0_vscode_base_path(const struct v0_environment *environment, struct buf *out)
{
    struct str given = environment->vscode_base_path;
    const struct str id = environment->runtime_id;
    if (!str_is_empty(given)) {
        while (str_ends_with(given, STR("/")))
            given.len--;
        if (!str_is_empty(given) && !str_starts_with(given, STR("/")))
            buf_append_byte(out, '/');
        buf_append(out, given);
        return;
    }
    const struct str path = path_of(environment->runtime_url);
    if (!str_is_empty(id) && str_starts_with(path, STR("/")) &&
        str_starts_with(str_skip(path, 1), id))
        buf_printf(out, "/%.*s/vscode", STR_ARG(id));
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool open_plugin(const struct v0_vscode_options *options, int64_t port, struct str token)
{
    const struct v0_environment *environment = options->environment;
    const struct str root = config_env_find(options->env, STR("OPENVSCODE_SERVER_ROOT"));
    scoped_free char *cwd = mem_strndup(environment->vscode_cwd.data, environment->vscode_cwd.len);
    scoped_buf struct buf base_path = {0};
    v0_vscode_base_path(environment, &base_path);
    const struct vscode_options vscode = {
        .loop = options->api->loop,
        .processes = options->api->processes,
        .env = options->env,
        .user = options->su_user,
        .gives_root = true,
        .root = str_is_empty(root) ? STR(VSCODE_ROOT) : root,
        .token = token,
        .base_path = buf_str(&base_path),
        .cwd = is_folder(cwd) ? cwd : NULL,
        .address = "0.0.0.0",
        .port = port,
    };
    struct error error;
    if (vscode_open(&vscode, options->on_ready, options->owner, &options->api->vscode, &error))
        return true;
    log_warn("v0.vscode_unavailable", "reason=\"%s\"", error.text);
    return false;
}

bool v0_vscode_start(const struct v0_vscode_options *options, char **ret_token)
{
    const struct v0_environment *environment = options->environment;
    int64_t port;
    if (!v0_environment_knows_user(environment, options->username)) {
        log_warn("v0.vscode_disabled", "reason=\"the user is not one it is made for\"");
        return false;
    }
    if (!str_to_i64(str_trim(environment->vscode_port), INT64_MIN, INT64_MAX, &port)) {
        log_warn("v0.vscode_disabled", "reason=\"VSCODE_PORT is not set, or no number\"");
        return false;
    }
    const struct id_text token = id_uuid(id_new());
    *ret_token = mem_strdup(token.text);
    return open_plugin(options, port, str_from(token.text));
}
