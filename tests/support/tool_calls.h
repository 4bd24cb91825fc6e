#ifndef SUPPORT_TOOL_CALLS_H
#define SUPPORT_TOOL_CALLS_H

/*
 * Calls of a conversation's tools, in tests:
 *
 *     tools_call("terminal", "{\"command\":\"ls\"}")   reads the call, runs the action, waits
 *     tools.result, tools_member("exit_code")         what came of it
 *
 * Everything waits for events. Only test programs include this, and each only once.
 */

#include "tests/support/tools.h"

static inline void tools_on_done(void *owner, const struct tool_result *result)
{
    struct doc_error problem;
    struct tools_result *into = owner;
    into->calls++;
    into->outcome = result->outcome;
    into->ends_run = result->ends_run;
    buf_append(&into->text, result->text);
    if (result->outcome == TOOL_OBSERVED)
        into->doc = doc_parse(result->text, &problem);
}

/* Reads a call; what came of it is in tools.proposal. */
static inline void tools_read(const char *name, const char *arguments)
{
    tools_forget_result();
    tool_arguments_read(tools.set, str_from(name), str_from(arguments), &tools.proposal);
}

static inline struct tool_run *tools_start_into(struct tools_result *result)
{
    if (tools.proposal.tool == NULL)
        fail_msg("%s", tools.proposal.error.data);
    const struct tool_start start = {.tool = tools.proposal.tool,
                                     .action = buf_str(&tools.proposal.action),
                                     .on_done = tools_on_done,
                                     .owner = result};
    return tool_set_start(tools.set, &start);
}

static inline struct tool_run *tools_start(const char *name, const char *arguments)
{
    tools_read(name, arguments);
    struct tool_run *run = tools_start_into(&tools.result);
    assert_int_equal(tools.result.calls, 0);
    return run;
}

static inline void tools_wait(void)
{
    while (tools.result.calls == 0)
        tools_step();
    assert_int_equal(tools.result.calls, 1);
}

static inline void tools_call(const char *name, const char *arguments)
{
    (void)tools_start(name, arguments);
    tools_wait();
}

static inline const struct doc_value *tools_member(const char *name)
{
    if (tools.result.doc == NULL)
        fail_msg("no observation: %s", tools.result.text.data);
    return doc_find(doc_root(tools.result.doc), str_from(name));
}

static inline struct str tools_string(const char *name)
{
    const struct doc_value *value = tools_member(name);
    return value == NULL ? STR_NULL : doc_string(value);
}

/* The text of the first part of the content. */
static inline struct str tools_text(void)
{
    return doc_string(doc_find(doc_at(tools_member("content"), 0), STR("text")));
}

static inline bool tools_is_error(void)
{
    return doc_bool(tools_member("is_error"));
}

#endif
