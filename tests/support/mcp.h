#ifndef SUPPORT_MCP_H
#define SUPPORT_MCP_H

/*
 * What tests of the MCP client share: a loop, processes, and the scripted server mcp_server.py that
 * stands beside this file. Everything is awaited by stepping the loop; a server that would hang
 * ends a test by the runner's time limit only.
 */

#include <stdlib.h>
#include <string.h>

#include "plugins/mcp/mcp_client.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/mcp_reply.h"
#include "tests/support/test.h"

#define MCP_MAX_ARGUMENTS 8

static struct loop *mcp_loop;
static struct processes *mcp_processes;
static const char *mcp_argv[MCP_MAX_ARGUMENTS + 3];
static const char *mcp_env[3];
static struct buf mcp_script;
static struct buf mcp_path;

static inline const char *mcp_script_path(void)
{
    const struct str here = str_from(__FILE__);
    buf_clear(&mcp_script);
    buf_append(&mcp_script, str_slice(here, 0, str_find_last_byte(here, '/')));
    buf_append(&mcp_script, STR("/mcp_server.py"));
    return mcp_script.data;
}

/* The server's arguments, NULL-terminated, as its command line and environment. */
static inline void mcp_command(const char *const *arguments)
{
    size_t count = 0;
    mcp_argv[count++] = "python3";
    mcp_argv[count++] = mcp_script_path();
    for (; arguments != NULL && *arguments != NULL; arguments++) {
        assert_true(count < ARRAY_SIZE(mcp_argv) - 1);
        mcp_argv[count++] = *arguments;
    }
    mcp_argv[count] = NULL;
    buf_clear(&mcp_path);
    buf_printf(&mcp_path, "PATH=%s", getenv("PATH"));
    mcp_env[0] = mcp_path.data;
    mcp_env[1] = "GREETING=good day";
    mcp_env[2] = NULL;
}

static inline int mcp_open_loop(void **state)
{
    struct error error;
    (void)state;
    assert_true(loop_open(&mcp_loop, &error));
    assert_true(processes_open(mcp_loop, &mcp_processes, &error));
    return 0;
}

static inline void mcp_note_closed(void *owner)
{
    *(bool *)owner = true;
}

/* Whatever has been closed is gone by the end, and no process is left. */
static inline int mcp_close_loop(void **state)
{
    (void)state;
    bool are_closed = false;
    processes_close(mcp_processes, 0, mcp_note_closed, &are_closed);
    while (!are_closed)
        assert_true(loop_step(mcp_loop));
    while (loop_step(mcp_loop)) {
    }
    assert_true(loop_close(mcp_loop));
    buf_fini(&mcp_script);
    buf_fini(&mcp_path);
    return 0;
}

static inline struct mcp_client *mcp_open_client(const char *const *arguments)
{
    mcp_command(arguments);
    const struct mcp_client_options options = {
        .name = STR("test"),
        .transport = {.loop = mcp_loop,
                      .processes = mcp_processes,
                      .argv = mcp_argv,
                      .env = mcp_env},
    };
    return mcp_client_open(&options);
}

static inline void mcp_await(const struct mcp_reply *reply)
{
    while (reply->count == 0)
        assert_true(loop_step(mcp_loop));
}

static inline uint64_t mcp_start_call(struct mcp_client *client, const char *name,
                                      const char *arguments, struct mcp_reply *reply)
{
    scoped_buf struct buf params = {0};
    buf_printf(&params, "{\"name\":\"%s\",\"arguments\":%s}", name, arguments);
    return mcp_client_request(client, STR("tools/call"), buf_str(&params), 0, mcp_on_result, reply);
}

static inline void mcp_call(struct mcp_client *client, const char *name, const char *arguments,
                            struct mcp_reply *reply)
{
    (void)mcp_start_call(client, name, arguments, reply);
    mcp_await(reply);
}

static inline void mcp_close_client(struct mcp_client *client)
{
    bool is_closed = false;
    mcp_client_close(client, mcp_note_closed, &is_closed);
    assert_false(is_closed);
    while (!is_closed)
        assert_true(loop_step(mcp_loop));
}

#endif
