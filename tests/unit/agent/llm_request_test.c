#include "agent/llm/request.h"

#include "agent/llm/config.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

#define MAX_FRAGMENTS 8

static struct llm_config *config;
static struct llm_fragment fragments[MAX_FRAGMENTS];
static size_t fragment_count;

static void configure(const char *json)
{
    struct doc_error why;
    struct error error;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    assert_true(llm_config_decode(doc_root(doc), &config, &error));
    doc_free(doc);
}

static int forget(void **state)
{
    (void)state;
    for (size_t i = 0; i < fragment_count; i++)
        llm_fragment_fini(&fragments[i]);
    fragment_count = 0;
    llm_config_free(config);
    config = NULL;
    return 0;
}

static void say(enum llm_role role, const char *text)
{
    const struct llm_part part = {.text = str_from(text)};
    const struct llm_message message = {.role = role,
                                        .parts = &part,
                                        .part_count = 1,
                                        .tool_call_id = STR("t1"),
                                        .tool_name = STR("f")};
    llm_request_render(config, &message, &fragments[fragment_count++]);
}

static void call(const char *text)
{
    const struct llm_part part = {.text = str_from(text)};
    const struct llm_call made = {
        .id = STR("t1"), .name = STR("f"), .arguments = STR("{\"a\": 1}")};
    const struct llm_message message = {.role = LLM_ASSISTANT,
                                        .parts = &part,
                                        .part_count = text == NULL ? 0 : 1,
                                        .calls = &made,
                                        .call_count = 1};
    llm_request_render(config, &message, &fragments[fragment_count++]);
}

static void assert_body(const char *expected)
{
    const struct llm_tool tool = {
        .name = STR("f"), .description = STR("d"), .parameters = STR("{}")};
    const struct llm_fragment *list[MAX_FRAGMENTS];
    scoped_buf struct buf tools = {0};
    scoped_buf struct buf body = {0};
    struct doc_error why;
    for (size_t i = 0; i < fragment_count; i++)
        list[i] = &fragments[i];
    llm_request_render_tools(config, &tool, 1, &tools);
    const struct llm_request request = {.config = config,
                                        .fragments = list,
                                        .fragment_count = fragment_count,
                                        .tools = buf_str(&tools),
                                        .cache_key = STR("conv"),
                                        .stream = config->stream};
    llm_request_body(&request, &body);
    assert_string_equal(body.data, expected);
    struct doc *doc = doc_parse(buf_str(&body), &why);
    assert_non_null(doc);
    doc_free(doc);
}

static void a_chat_request_is_that_of_the_reference(void **state)
{
    (void)state;
    configure("{\"model\":\"openai/gpt-4o\",\"base_url\":\"http://x/v1\"}");
    say(LLM_SYSTEM, "sys");
    say(LLM_USER, "one");
    say(LLM_USER, "two");
    call(NULL);
    say(LLM_TOOL, "out");
    assert_body(
        "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"sys\"}],\"role\":\"system\"},"
        "{\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}],"
        "\"role\":\"user\"},{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t1\","
        "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"}}]},"
        "{\"content\":[{\"type\":\"text\",\"text\":\"out\"}],\"role\":\"tool\","
        "\"tool_call_id\":\"t1\",\"name\":\"f\"}],\"model\":\"gpt-4o\","
        "\"max_completion_tokens\":16384,\"prompt_cache_key\":\"conv\",\"tools\":[{\"type\":"
        "\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{}}}]}");
}

static void a_streamed_chat_request_asks_for_usage(void **state)
{
    (void)state;
    configure("{\"model\":\"own/x\",\"base_url\":\"http://x/v1\",\"stream\":true,"
              "\"temperature\":0.5,\"litellm_extra_body\":{\"a\":1}}");
    say(LLM_USER, "u");
    assert_body("{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"u\"}],\"role\":"
                "\"user\"}],\"model\":\"own/x\",\"temperature\":0.5,\"stream\":true,"
                "\"stream_options\":{\"include_usage\":true},\"tools\":[{\"type\":\"function\","
                "\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{}}}],\"a\":1}");
}

static void content_is_one_string_where_the_model_wants_it(void **state)
{
    (void)state;
    configure("{\"model\":\"own/glm-4\",\"base_url\":\"http://x/v1\"}");
    say(LLM_SYSTEM, "sys");
    assert_body("{\"messages\":[{\"content\":\"sys\",\"role\":\"system\"}],\"model\":\"own/glm-4\","
                "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
                "\"description\":\"d\",\"parameters\":{}}}]}");
}

static void claude_behind_a_proxy_gets_marks_for_its_cache(void **state)
{
    (void)state;
    configure("{\"model\":\"litellm_proxy/claude-sonnet-4\",\"base_url\":\"http://x\"}");
    say(LLM_SYSTEM, "sys");
    say(LLM_USER, "u");
    call("t");
    say(LLM_TOOL, "out");
    assert_body(
        "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"sys\",\"cache_control\":"
        "{\"type\":\"ephemeral\"}}],\"role\":\"system\"},{\"content\":[{\"type\":\"text\","
        "\"text\":\"u\"}],\"role\":\"user\"},{\"content\":[{\"type\":\"text\",\"text\":\"t\"}],"
        "\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\","
        "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"}}]},{\"content\":[{"
        "\"type\":\"text\",\"text\":\"out\"}],\"role\":\"tool\",\"tool_call_id\":\"t1\","
        "\"name\":\"f\",\"cache_control\":{\"type\":\"ephemeral\"}}],\"model\":"
        "\"claude-sonnet-4\",\"max_completion_tokens\":64000,\"reasoning_effort\":\"high\","
        "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\","
        "\"parameters\":{}}}]}");
}

static void a_responses_request_is_that_of_the_reference(void **state)
{
    (void)state;
    configure("{\"model\":\"openai/gpt-5.6\",\"base_url\":\"http://x/v1\"}");
    say(LLM_SYSTEM, "sys");
    say(LLM_USER, "u1");
    call("t");
    say(LLM_TOOL, "out");
    assert_body(
        "{\"model\":\"gpt-5.6\",\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":[{"
        "\"type\":\"input_text\",\"text\":\"u1\"}]},{\"type\":\"message\",\"role\":\"assistant\","
        "\"content\":[{\"type\":\"output_text\",\"text\":\"t\"}]},{\"type\":\"function_call\","
        "\"id\":\"fc_t1\",\"call_id\":\"t1\",\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"},{"
        "\"type\":\"function_call_output\",\"call_id\":\"t1\",\"output\":\"out\"}],\"include\":["
        "\"reasoning.encrypted_content\"],\"instructions\":\"sys\",\"max_output_tokens\":16384,"
        "\"reasoning\":{\"effort\":\"high\"},\"store\":false,\"tool_choice\":\"auto\",\"tools\":[{"
        "\"type\":\"function\",\"name\":\"f\",\"description\":\"d\",\"parameters\":{},"
        "\"strict\":false}],\"prompt_cache_retention\":\"24h\",\"prompt_cache_key\":\"conv\"}");
}

static void an_anthropic_request_lets_sides_alternate(void **state)
{
    (void)state;
    configure("{\"model\":\"anthropic/claude-opus-4-6\",\"max_output_tokens\":100}");
    say(LLM_SYSTEM, "sys");
    say(LLM_USER, "u");
    call("t");
    say(LLM_TOOL, "out");
    say(LLM_USER, "next");
    assert_body(
        "{\"model\":\"claude-opus-4-6\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
        "\"text\",\"text\":\"u\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
        "\"text\":\"t\"},{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"f\",\"input\":{\"a\": "
        "1}}]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\","
        "\"content\":[{\"type\":\"text\",\"text\":\"out\"}]},{\"type\":\"text\",\"text\":\"next\","
        "\"cache_control\":{\"type\":\"ephemeral\"}}]}],\"system\":[{\"type\":\"text\",\"text\":"
        "\"sys\",\"cache_control\":{\"type\":\"ephemeral\"}}],\"tools\":[{\"type\":\"custom\","
        "\"name\":\"f\","
        "\"input_schema\":{},\"description\":\"d\"}],\"max_tokens\":100}");
}

static void images_are_sent_in_each_protocols_way(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"model\":\"openai/gpt-4o\",\"base_url\":\"http://x\"}",
         "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}"},
        {"{\"model\":\"openai/gpt-5.6\",\"base_url\":\"http://x\"}",
         "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA==\","
         "\"detail\":\"auto\"}"},
        {"{\"model\":\"claude-opus-4-6\"}",
         "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\","
         "\"data\":\"AA==\""},
    };
    const struct llm_part part = {.image = STR("data:image/png;base64,AA==")};
    const struct llm_message message = {.role = LLM_USER, .parts = &part, .part_count = 1};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        configure(rows[i][0]);
        llm_request_render(config, &message, &fragments[fragment_count++]);
        assert_true(str_contains(buf_str(&fragments[0].json), str_from(rows[i][1])));
        assert_int_equal(forget(NULL), 0);
    }
}

static void the_same_message_is_rendered_to_the_same_bytes(void **state)
{
    (void)state;
    configure("{\"model\":\"anthropic/claude-opus-4-6\"}");
    say(LLM_USER, "u");
    say(LLM_USER, "u");
    assert_string_equal(fragments[0].json.data, fragments[1].json.data);
}

static void add_header(void *owner, struct str name, struct str value)
{
    buf_printf(owner, "%.*s=%.*s;", STR_ARG(name), STR_ARG(value));
}

static void assert_header(const char *json, const char *header, bool is_there)
{
    scoped_buf struct buf headers = {0};
    configure(json);
    const struct llm_request request = {.config = config};
    llm_request_headers(&request, add_header, &headers);
    assert_int_equal(str_contains(buf_str(&headers), str_from(header)), is_there);
    assert_int_equal(forget(NULL), 0);
}

static void keys_go_where_the_provider_looks(void **state)
{
    (void)state;
    assert_header("{\"model\":\"gpt-4o\",\"api_key\":\"k\"}", "Authorization=Bearer k;", true);
    assert_header("{\"model\":\"claude-opus-5\",\"api_key\":\"k\"}", "x-api-key=k;", true);
    assert_header("{\"model\":\"azure/d\",\"base_url\":\"http://x\",\"api_key\":\"k\"}",
                  "api-key=k;", true);
    assert_header("{\"model\":\"gpt-4o\",\"api_key\":\"**********\"}", "Authorization", false);
    assert_header("{\"model\":\"gpt-4o\",\"extra_headers\":{\"X-A\":\"b\"}}", "X-A=b;", true);
}

static void assert_url(const char *json, const char *expected)
{
    scoped_buf struct buf url = {0};
    configure(json);
    llm_request_url(config, &url);
    assert_string_equal(url.data, expected);
    assert_int_equal(forget(NULL), 0);
}

static void urls_follow_from_model_and_base(void **state)
{
    (void)state;
    assert_url("{\"model\":\"gpt-4o\"}", "https://api.openai.com/v1/chat/completions");
    assert_url("{\"model\":\"gpt-4o\",\"base_url\":\"https://api.openai.com/\"}",
               "https://api.openai.com/v1/chat/completions");
    assert_url("{\"model\":\"gpt-5.6\",\"base_url\":\"http://x/v1/\"}", "http://x/v1/responses");
    assert_url("{\"model\":\"gpt-5.6\",\"api_mode\":\"chat\",\"base_url\":\"http://x/v1\"}",
               "http://x/v1/chat/completions");
    assert_url("{\"model\":\"claude-opus-5\"}", "https://api.anthropic.com/v1/messages");
    assert_url("{\"model\":\"azure/dep\",\"base_url\":\"https://a\"}",
               "https://a/openai/deployments/dep/chat/completions?api-version=2024-12-01-preview");
}

static void what_cannot_be_a_model_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"{}",
                                       "{\"model\":\"\"}",
                                       "{\"model\":5}",
                                       "[]",
                                       "{\"model\":\"own/x\"}",
                                       "{\"model\":\"gpt-4o\",\"timeout\":\"soon\"}",
                                       "{\"model\":\"gpt-4o\",\"extra_headers\":{\"a\":1}}",
                                       "{\"model\":\"gpt-4o\",\"api_mode\":\"telepathy\"}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct doc_error why;
        struct error error;
        struct llm_config *ignored;
        struct doc *doc = doc_parse(str_from(rows[i]), &why);
        assert_false(llm_config_decode(doc_root(doc), &ignored, &error));
        assert_int_not_equal(error.text[0], '\0');
        doc_free(doc);
    }
}

int main(void)
{
#define REQUEST_TEST(test) cmocka_unit_test_teardown(test, forget)
    const struct CMUnitTest tests[] = {
        REQUEST_TEST(a_chat_request_is_that_of_the_reference),
        REQUEST_TEST(a_streamed_chat_request_asks_for_usage),
        REQUEST_TEST(content_is_one_string_where_the_model_wants_it),
        REQUEST_TEST(claude_behind_a_proxy_gets_marks_for_its_cache),
        REQUEST_TEST(a_responses_request_is_that_of_the_reference),
        REQUEST_TEST(an_anthropic_request_lets_sides_alternate),
        REQUEST_TEST(images_are_sent_in_each_protocols_way),
        REQUEST_TEST(the_same_message_is_rendered_to_the_same_bytes),
        REQUEST_TEST(keys_go_where_the_provider_looks),
        REQUEST_TEST(urls_follow_from_model_and_base),
        REQUEST_TEST(what_cannot_be_a_model_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
