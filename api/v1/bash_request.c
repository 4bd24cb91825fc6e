#include "api/v1/bash_request.h"

#include "actions/commands.h"
#include "api/api.h"

static const struct schema_field fields[] = {
    {.name = "command",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct bash_request, command),
     .is_required = true,
     .help = "The bash command to execute"},
    {.name = "cwd",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct bash_request, cwd),
     .is_nullable = true,
     .help = "The current working directory"},
    {.name = "timeout",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct bash_request, timeout),
     .default_json = "300",
     .help = "The max number of seconds a command may be permitted to run."},
};

SCHEMA_DEFINE(bash_request_schema, "ExecuteBashRequest", fields, false);

struct bash_request bash_request_default(void)
{
    return (struct bash_request){.timeout = {.value = COMMAND_DEFAULT_TIMEOUT_S}};
}

bool bash_request_start(struct api *api, const struct bash_request *request,
                        struct command_started *ret_started, struct error *error)
{
    const struct str cwd = str_is_empty(request->cwd) ? api->scope_dir : request->cwd;
    const struct command_request command = {.command = request->command,
                                            .cwd = cwd,
                                            .has_timeout = true,
                                            .timeout_s = request->timeout.value};
    api_touch(api);
    return commands_start(api->commands, &command, ret_started, error);
}
