#include "agent/tools/think.h"

#include "agent/observation.h"
#include "agent/tools/stateless.h"

#define DESCRIPTION                                                                                \
    "Writes down a thought. Nothing is executed and nothing new is learned: the thought is kept "  \
    "in the conversation, where you can build on it.\n\n"                                          \
    "Worth a call when several ways are open and one has to be chosen, when a failure has more "   \
    "than one possible cause, when a change touches many places and wants an order, or when a "    \
    "result contradicts what was expected. Not needed for plain next steps."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"thought\":{\"type\":\"string\",\"description\":"       \
    "\"The thought, with what speaks for and against it.\"}},\"required\":[\"thought\"]}"

static void start(struct tool_run *run)
{
    struct observation observation;
    tool_run_begin(run, &observation);
    observation_text(&observation, STR("Your thought has been logged."));
    observation_content_end(&observation, false);
    tool_run_observe(run, &observation);
}

static const struct tool_type type = {.start = start, .close = stateless_close};

static const struct tool think = {
    .type = &type,
    .name = STR_INIT("think"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("ThinkTool"),
    .action_kind = STR_INIT("ThinkAction"),
    .observation_kind = STR_INIT("ThinkObservation"),
    .annotations = {.is_given = true,
                    .has_no_title = true,
                    .is_read_only = true,
                    .is_idempotent = true},
};

bool think_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return stateless_add(set, &think, error);
}
