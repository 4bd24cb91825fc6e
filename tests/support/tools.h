#ifndef SUPPORT_TOOLS_H
#define SUPPORT_TOOLS_H

/*
 * The tools of a conversation, for tests; tool_calls.h has the sentences about them:
 *
 *     tools_open_loop / tools_close_loop      as set-up and tear-down of each test
 *     tools_open("[{\"name\":\"terminal\"}]")  agent.tools; with finish and think
 *
 * Only test programs include this, and each only once.
 */

#include "agent/secret_mask.h"
#include "agent/tool_arguments.h"
#include "agent/tool_set.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

struct tools_result {
    unsigned calls;
    enum tool_outcome outcome;
    bool ends_run;
    struct buf text;
    struct doc *doc; /* of an observation */
};

static struct {
    struct loop *loop;
    struct processes *processes;
    struct tool_set *set;
    struct secret_mask *mask;
    struct tool_proposal proposal;
    struct tools_result result;
    const char *env[8];
    const struct tool_secret *secrets;
    size_t secret_count;
    const struct tool_maker *makers;
    size_t maker_count;
    char home[96];
} tools;

static inline void tools_step(void)
{
    assert_true(loop_step(tools.loop));
}

static inline void tools_note_true(void *owner)
{
    *(bool *)owner = true;
}

static inline int tools_open_loop(void **state)
{
    struct error error;
    memset(&tools, 0, sizeof(tools));
    (void)folder_open(state);
    (void)snprintf(tools.home, sizeof(tools.home), "HOME=%s", folder.directory);
    tools.env[0] = "PATH=/usr/local/bin:/usr/bin:/bin";
    tools.env[1] = tools.home;
    tools.env[2] = "LANG=C.UTF-8";
    assert_true(loop_open(&tools.loop, &error));
    assert_true(processes_open(tools.loop, &tools.processes, &error));
    tools.mask = secret_mask_new();
    return 0;
}

static inline void tools_find_secrets(void *owner, struct str command, tool_secrets_fn on_secrets,
                                      void *waiter)
{
    (void)owner;
    (void)command;
    on_secrets(waiter, tools.secrets, tools.secret_count);
}

static inline bool tools_try_open(const char *spec, const char *defaults, struct error *error)
{
    struct doc_error problem;
    struct doc *tools_doc = doc_parse(str_from(spec), &problem);
    struct doc *defaults_doc = doc_parse(str_from(defaults), &problem);
    assert_non_null(tools_doc);
    assert_non_null(defaults_doc);
    const struct tool_set_options options = {.context = {.loop = tools.loop,
                                                         .processes = tools.processes,
                                                         .env = tools.env,
                                                         .working_dir = folder.directory,
                                                         .persistence_dir = folder_path(".kept"),
                                                         .mask = tools.mask,
                                                         .find_secrets = tools_find_secrets},
                                             .tools = doc_root(tools_doc),
                                             .defaults = doc_root(defaults_doc),
                                             .makers = tools.makers,
                                             .maker_count = tools.maker_count};
    const bool is_open = tool_set_open(&options, &tools.set, error);
    doc_free(tools_doc);
    doc_free(defaults_doc);
    return is_open;
}

static inline void tools_open(const char *spec)
{
    struct error error;
    if (!tools_try_open(spec, "[\"FinishTool\",\"ThinkTool\"]", &error))
        fail_msg("%s", error.text);
}

static inline void tools_close_set(void)
{
    bool is_closed = false;
    if (tools.set == NULL)
        return;
    tool_set_close(tools.set, tools_note_true, &is_closed);
    assert_false(is_closed);
    while (!is_closed)
        tools_step();
    tools.set = NULL;
}

static inline void tools_forget_result(void)
{
    doc_free(tools.result.doc);
    buf_fini(&tools.result.text);
    tools.result = (struct tools_result){0};
    tool_proposal_fini(&tools.proposal);
}

static inline int tools_close_loop(void **state)
{
    bool are_closed = false;
    tools_close_set();
    tools_forget_result();
    processes_close(tools.processes, 0, tools_note_true, &are_closed);
    while (!are_closed)
        tools_step();
    assert_true(loop_close(tools.loop));
    secret_mask_free(tools.mask);
    return folder_close(state);
}

#endif
