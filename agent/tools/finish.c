#include "agent/tools/finish.h"

#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/stateless.h"

#define DESCRIPTION                                                                                \
    "Ends your work on the current request and hands the conversation back to the user.\n\n"       \
    "Call it when\n"                                                                               \
    "- everything that was asked for is done and, where possible, checked, or\n"                   \
    "- you cannot go on without something that only the user can give.\n\n"                        \
    "The message is what the user reads: what was done, how it was verified, and what is left or " \
    "uncertain. Be honest about what failed. If you need an answer, ask for it there. Nothing "    \
    "is executed after this call."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\",\"description\":"       \
    "\"The final message to the user.\"}},\"required\":[\"message\"]}"

static void start(struct tool_run *run)
{
    struct observation observation;
    const struct str message = action_string(run->action, "message");
    tool_run_begin(run, &observation);
    observation_text(&observation, str_is_set(message) ? message : STR(""));
    observation_content_end(&observation, false);
    tool_run_observe(run, &observation);
}

static const struct tool_type type = {.start = start, .close = stateless_close};

static const struct tool finish = {
    .type = &type,
    .name = STR_INIT("finish"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("FinishTool"),
    .action_kind = STR_INIT("FinishAction"),
    .observation_kind = STR_INIT("FinishObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
    .ends_run = true,
};

bool finish_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return stateless_add(set, &finish, error);
}
