#ifndef SUPPORT_MCP_REPLY_H
#define SUPPORT_MCP_REPLY_H

/*
 * What one request of the MCP client came back with, and how often.
 */

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/str.h"
#include "tests/support/test.h"

struct mcp_reply {
    unsigned count;
    unsigned place; /* among all that have come */
    bool is_error;
    bool has_failed;
    struct buf result;
    struct error error;
};

static unsigned mcp_replies;

static inline void mcp_on_result(void *owner, struct str result, bool is_error,
                                 const struct error *error)
{
    struct mcp_reply *reply = owner;
    reply->count++;
    reply->place = ++mcp_replies;
    reply->is_error = is_error;
    reply->has_failed = error != NULL;
    if (error != NULL)
        reply->error = *error;
    buf_append(&reply->result, result);
}

static inline void mcp_reply_fini(struct mcp_reply *reply)
{
    buf_fini(&reply->result);
}
#define scoped_reply __attribute__((cleanup(mcp_reply_fini)))

static inline void assert_reply(const struct mcp_reply *reply, const char *part)
{
    assert_false(reply->has_failed);
    if (!str_contains(buf_str(&reply->result), str_from(part)))
        fail_msg("'%s' is not in: %s", part, reply->result.data);
}

static inline void assert_failure(const struct mcp_reply *reply, enum error_code code,
                                  const char *part)
{
    assert_true(reply->has_failed);
    assert_int_equal(reply->error.code, code);
    if (!str_contains(str_from(reply->error.text), str_from(part)))
        fail_msg("'%s' is not in: %s", part, reply->error.text);
}

#endif
