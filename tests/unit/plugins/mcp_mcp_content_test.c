#include "plugins/mcp/mcp_content.h"

#include "server/base/error.h"
#include "tests/support/test.h"

static void blocks_come_in_their_order(void **state)
{
    (void)state;
    struct mcp_content content;
    struct error error;
    assert_true(mcp_content_read(
        STR("{\"content\":[{\"type\":\"text\",\"text\":\"h\\u00e9\"},"
            "{\"type\":\"image\",\"data\":\"AAE=\",\"mimeType\":\"image/png\"},"
            "{\"type\":\"resource\",\"resource\":{\"uri\":\"a://b\",\"text\":\"t\"}},"
            "{\"type\":\"resource_link\",\"uri\":\"c://d\",\"name\":\"n\"},"
            "{\"type\":\"audio\",\"data\":\"AA==\",\"mimeType\":\"audio/wav\"}],"
            "\"structuredContent\":{\"n\":1},\"isError\":true}"),
        &content, &error));
    assert_int_equal(content.count, 5);
    assert_true(content.is_error);
    assert_true(str_equal(content.structured, STR("{\"n\":1}")));
    assert_int_equal(content.blocks[0].kind, MCP_BLOCK_TEXT);
    assert_true(str_equal(content.blocks[0].text, STR("h\xc3\xa9")));
    assert_int_equal(content.blocks[1].kind, MCP_BLOCK_IMAGE);
    assert_true(str_equal(content.blocks[1].data, STR("AAE=")));
    assert_true(str_equal(content.blocks[1].mime_type, STR("image/png")));
    assert_int_equal(content.blocks[2].kind, MCP_BLOCK_RESOURCE);
    assert_true(str_equal(content.blocks[2].uri, STR("a://b")));
    assert_true(str_equal(content.blocks[2].text, STR("t")));
    assert_int_equal(content.blocks[3].kind, MCP_BLOCK_LINK);
    assert_int_equal(content.blocks[4].kind, MCP_BLOCK_AUDIO);
    mcp_content_fini(&content);
}

static void what_is_not_understood_is_kept_as_other(void **state)
{
    (void)state;
    struct mcp_content content;
    struct error error;
    assert_true(mcp_content_read(
        STR("{\"content\":[1,{},{\"type\":\"new\"},{\"type\":\"resource\"},{\"type\":\"text\"}]}"),
        &content, &error));
    assert_int_equal(content.count, 5);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(content.blocks[i].kind, MCP_BLOCK_OTHER);
    assert_int_equal(content.blocks[4].kind, MCP_BLOCK_TEXT);
    assert_int_equal(content.blocks[4].text.len, 0);
    assert_false(content.is_error);
    mcp_content_fini(&content);
}

static void a_result_without_content_is_an_error(void **state)
{
    (void)state;
    static const struct str cases[] = {STR_INIT("{}"), STR_INIT("[]"), STR_INIT("{\"content\":1}"),
                                       STR_INIT("{\"content\"")};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct mcp_content content;
        struct error error;
        assert_false(mcp_content_read(cases[i], &content, &error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_in_their_order),
        cmocka_unit_test(what_is_not_understood_is_kept_as_other),
        cmocka_unit_test(a_result_without_content_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
