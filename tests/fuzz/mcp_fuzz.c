/*
 * What MCP servers send: lists of tools, results of tools, addresses and events, each read from the
 * same bytes. What is read is whole, and stays within its bounds.
 */

#include "plugins/mcp/mcp_content.h"
#include "plugins/mcp/mcp_expand.h"
#include "plugins/mcp/mcp_tools.h"
#include "plugins/mcp/mcp_url.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/event_stream.h"
#include "server/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_json(struct str text)
{
    struct doc_error error;
    struct doc *doc = doc_parse(text, &error);
    assert(doc != NULL);
    doc_free(doc);
}

static void check_tools(struct str text)
{
    struct mcp_tools tools = {0};
    struct str cursor;
    struct error error;
    for (size_t i = 0; i < 2; i++) {
        if (!mcp_tools_add(&tools, STR("server"), STR("server_"), text, &cursor, &error))
            break;
    }
    assert(tools.count <= MCP_TOOLS_MAX);
    for (size_t i = 0; i < tools.count; i++) {
        const struct mcp_tool *tool = &tools.items[i];
        assert(mcp_tools_find(&tools, tool->name) == tool);
        assert(str_ends_with(tool->name, tool->own_name) && tool->own_name.len > 0);
        assert_json(tool->json);
        assert_json(tool->input_schema);
    }
    mcp_tools_fini(&tools);
}

static void check_content(struct str text)
{
    struct mcp_content content;
    struct error error;
    if (!mcp_content_read(text, &content, &error))
        return;
    if (str_is_set(content.structured))
        assert_json(content.structured);
    mcp_content_fini(&content);
}

/* Wherever a server sends its client, it is the same server. */
static void check_url(struct str text)
{
    scoped_buf struct buf out = {0};
    struct error error;
    if (!mcp_url_resolve(STR("http://host:8000/a/b?c"), text, &out, &error))
        return;
    assert(str_equal_nocase(str_slice(buf_str(&out), 0, 16), STR("http://host:8000")));
    assert(out.len == 16 || str_has_byte(STR("/?#"), out.data[16]));
}

static void check_expand(struct str text)
{
    static const char *const env[] = {"A=1", "B=", NULL};
    const struct mcp_expand expand = {.env = env, .takes_plain = true};
    scoped_buf struct buf out = {0};
    struct doc_error error;
    struct doc *doc = doc_parse(text, &error);
    if (doc == NULL)
        return;
    mcp_expand_json(&expand, doc_root(doc), &out);
    assert_json(buf_str(&out));
    doc_free(doc);
}

static bool on_event(void *owner, struct str name, struct str data)
{
    (void)name;
    (void)data;
    ++*(size_t *)owner;
    return true;
}

/* The same events, however the bytes are cut. */
static void check_events(struct str text)
{
    size_t whole = 0;
    size_t cut = 0;
    struct event_stream stream;
    event_stream_init(&stream, on_event, &whole);
    const bool is_fed = event_stream_feed(&stream, text);
    event_stream_fini(&stream);
    event_stream_init(&stream, on_event, &cut);
    for (size_t i = 0; is_fed && i < text.len; i++)
        assert(event_stream_feed(&stream, str_slice(text, i, i + 1)));
    event_stream_fini(&stream);
    assert(!is_fed || whole == cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    check_tools(text);
    check_content(text);
    check_url(text);
    check_expand(text);
    check_events(text);
    return 0;
}
