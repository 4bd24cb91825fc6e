#include "agent/llm/reader.h"

#include "tests/support/test.h"

static struct buf deltas;

static void on_delta(void *owner, const struct llm_answer *answer, struct str text,
                     bool is_reasoning)
{
    (void)owner;
    (void)answer;
    buf_printf(&deltas, "%s%.*s|", is_reasoning ? "~" : "", STR_ARG(text));
}

static void print_answer(const struct llm_answer *answer, struct buf *out)
{
    buf_printf(out, "id=%s text=%s", answer->id.data, answer->text.len ? answer->text.data : "");
    if (answer->reasoning.len > 0)
        buf_printf(out, " reasoning=%s", answer->reasoning.data);
    if (answer->thinking_blocks.len > 0)
        buf_printf(out, " thinking=%s", answer->thinking_blocks.data);
    if (answer->reasoning_item.len > 0)
        buf_printf(out, " item=%s", answer->reasoning_item.data);
    for (size_t i = 0; i < answer->call_count; i++)
        buf_printf(out, " call=%s,%s,%s", answer->calls[i].id.data, answer->calls[i].name.data,
                   answer->calls[i].arguments.data);
    buf_printf(out, " end=%s", answer->finish_reason.len ? answer->finish_reason.data : "");
    buf_printf(out, " in=%lld out=%lld read=%lld write=%lld thought=%lld",
               (long long)answer->usage.prompt_tokens, (long long)answer->usage.completion_tokens,
               (long long)answer->usage.cache_read_tokens,
               (long long)answer->usage.cache_write_tokens,
               (long long)answer->usage.reasoning_tokens);
}

/* What becomes of a body fed in pieces of `step` bytes: the answer, or the failure and its text. */
static void read_body(enum llm_protocol protocol, const char *body, size_t step, struct buf *out)
{
    const struct llm_reader_options options = {
        .protocol = protocol, .is_stream = true, .on_delta = on_delta};
    struct llm_reader *reader = llm_reader_new(&options);
    struct llm_answer *answer;
    enum llm_failure failure;
    scoped_buf struct buf text = {0};
    struct str rest = str_from(body);
    buf_clear(&deltas);
    while (rest.len > 0) {
        const size_t len = rest.len < step ? rest.len : step;
        if (!llm_reader_feed(reader, str_slice(rest, 0, len)))
            break;
        rest = str_skip(rest, len);
    }
    if (llm_reader_finish(reader, &answer, &failure, &text))
        print_answer(answer, out);
    else
        buf_printf(out, "%.*s: %s", STR_ARG(llm_failure_name(failure)), text.data);
    llm_reader_free(reader);
}

static void assert_read(enum llm_protocol protocol, const char *body, const char *expected)
{
    for (size_t step = 1; step <= strlen(body); step += step < 7 ? 1 : 13) {
        scoped_buf struct buf found = {0};
        read_body(protocol, body, step, &found);
        assert_string_equal(found.data, expected);
    }
}

static int forget(void **state)
{
    (void)state;
    buf_fini(&deltas);
    return 0;
}

static void a_chat_answer_is_read_whole(void **state)
{
    (void)state;
    assert_read(LLM_CHAT,
                "{\"id\":\"c1\",\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"Hi\","
                "\"reasoning_content\":\"hm\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\","
                "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                "\"finish_reason\":\"tool_calls\"}],\"usage\":{\"prompt_tokens\":10,"
                "\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":3},"
                "\"completion_tokens_details\":{\"reasoning_tokens\":2}}}",
                "id=c1 text=Hi reasoning=hm call=t1,f,{} end=tool_calls in=10 out=4 read=3 write=0 "
                "thought=2");
}

#define CHUNK(delta) "data: {\"id\":\"c2\",\"choices\":[{\"delta\":{" delta "}}]}\n\n"

static void a_chat_stream_is_put_together(void **state)
{
    (void)state;
    assert_read(LLM_CHAT,
                CHUNK("\"content\":\"Hel\"") CHUNK("\"content\":\"lo\"")
                    CHUNK("\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":"
                          "\"f\","
                          "\"arguments\":\"{\\\"a\\\"\"}}]")
                        CHUNK("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}"
                              "]") "data: "
                                   "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                                   "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                                   "\"completion_tokens\":1}}\n\ndata: [DONE]\n\n",
                "id=c2 text=Hello call=t,f,{\"a\":1} end=stop in=7 out=1 read=0 write=0 thought=0");
    assert_string_equal(deltas.data, "Hel|lo|");
}

static void calls_that_run_in_parallel_are_told_apart(void **state)
{
    (void)state;
    assert_read(
        LLM_CHAT,
        CHUNK("\"tool_calls\":[{\"index\":0,\"id\":\"x\",\"function\":{\"name\":\"f\"}},"
              "{\"index\":1,\"id\":\"y\",\"function\":{\"name\":\"g\"}}]")
            CHUNK("\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"2\"}}]") CHUNK(
                "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1\"}}]") "data: "
                                                                                     "[DONE]\n\n",
        "id=c2 text= call=x,f,1 call=y,g,2 end= in=0 out=0 read=0 write=0 thought=0");
}

static void a_stream_that_breaks_off_is_a_failure_worth_a_retry(void **state)
{
    (void)state;
    assert_read(LLM_CHAT, CHUNK("\"content\":\"Hel\""),
                "LLMServiceUnavailableError: the stream broke off before its end");
}

static void an_answer_without_choices_is_none(void **state)
{
    (void)state;
    assert_read(LLM_CHAT, "{\"id\":\"c\",\"choices\":[]}",
                "LLMNoResponseError: the answer holds no choices");
}

static void an_error_in_the_middle_of_a_stream_is_told(void **state)
{
    (void)state;
    assert_read(LLM_CHAT,
                CHUNK("\"content\":\"a\"") "data: {\"error\":{\"message\":\"Rate limit\","
                                           "\"code\":429}}\n\n",
                "LLMRateLimitError: Rate limit");
}

static void what_is_no_json_is_a_failure(void **state)
{
    (void)state;
    assert_read(LLM_CHAT, "data: {oops\n\n",
                "LLMServiceUnavailableError: the stream holds something that is not JSON");
    assert_read(LLM_CHAT, "{oops", "LLMServiceUnavailableError: the answer is not JSON");
}

static void a_responses_body_is_read(void **state)
{
    (void)state;
    assert_read(LLM_RESPONSES,
                "{\"id\":\"r1\",\"status\":\"completed\",\"output\":["
                "{\"type\":\"reasoning\",\"id\":\"rs\",\"summary\":[{\"type\":\"summary_text\","
                "\"text\":\"s\"}],\"encrypted_content\":\"e\"},"
                "{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"a\"},"
                "{\"type\":\"output_text\",\"text\":\"b\"}]},"
                "{\"type\":\"function_call\",\"id\":\"fc1\",\"call_id\":\"t\",\"name\":\"f\","
                "\"arguments\":\"{}\"}],\"usage\":{\"input_tokens\":5,\"output_tokens\":2,"
                "\"input_tokens_details\":{\"cached_tokens\":1}}}",
                "id=r1 text=a\nb item={\"id\":\"rs\",\"summary\":[\"s\"],\"encrypted_content\":"
                "\"e\"} call=t,f,{} end=completed in=5 out=2 read=1 write=0 thought=0");
}

static void a_responses_stream_is_put_together(void **state)
{
    (void)state;
    assert_read(LLM_RESPONSES,
                "event: response.created\ndata: {\"type\":\"response.created\","
                "\"response\":{\"id\":\"r2\"}}\n\n"
                "data: {\"type\":\"response.output_text.delta\",\"delta\":\"He\"}\n\n"
                "data: {\"type\":\"response.output_text.delta\",\"delta\":\"y\"}\n\n"
                "data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\","
                "\"content\":[{\"type\":\"output_text\",\"text\":\"Hey\"}]}}\n\n"
                "data: {\"type\":\"response.output_item.done\",\"item\":{\"type\":"
                "\"function_call\",\"id\":\"fc\",\"call_id\":\"t\",\"name\":\"f\","
                "\"arguments\":\"{}\"}}\n\n"
                "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r2\","
                "\"status\":\"completed\",\"output\":[],\"usage\":{\"input_tokens\":1,"
                "\"output_tokens\":1}}}\n\n",
                "id=r2 text=Hey call=t,f,{} end=completed in=1 out=1 read=0 write=0 thought=0");
}

static void items_are_taken_from_the_last_word_when_none_was_announced(void **state)
{
    (void)state;
    assert_read(LLM_RESPONSES,
                "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\","
                "\"output\":[{\"type\":\"message\",\"content\":[{\"text\":\"x\"}]}]}}\n\n",
                "id=r text=x end=completed in=0 out=0 read=0 write=0 thought=0");
}

static void an_anthropic_body_is_read(void **state)
{
    (void)state;
    assert_read(LLM_ANTHROPIC,
                "{\"id\":\"m1\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"th\","
                "\"signature\":\"sg\"},{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"tool_use\","
                "\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":1}}],\"stop_reason\":\"tool_use\","
                "\"usage\":{\"input_tokens\":4,\"output_tokens\":3,\"cache_read_input_tokens\":10,"
                "\"cache_creation_input_tokens\":5}}",
                "id=m1 text=Hi reasoning=th thinking={\"type\":\"thinking\",\"thinking\":\"th\","
                "\"signature\":\"sg\"} call=t,f,{\"a\":1} end=tool_use in=19 out=3 read=10 write=5 "
                "thought=0");
}

static void an_anthropic_stream_is_put_together(void **state)
{
    (void)state;
    assert_read(
        LLM_ANTHROPIC,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m2\","
        "\"usage\":{\"input_tokens\":4,\"output_tokens\":1}}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
        "\"thinking\",\"thinking\":\"\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"thinking_delta\",\"thinking\":\"hm\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"signature_delta\",\"signature\":\"s\"}}\n\n"
        "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":"
        "\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
        "\"input_json_delta\",\"partial_json\":\"{\\\"a\\\"\"}}\n\n"
        "data: {\"type\":\"ping\"}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
        "\"input_json_delta\",\"partial_json\":\":2}\"}}\n\n"
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},"
        "\"usage\":{\"output_tokens\":9}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        "id=m2 text= reasoning=hm thinking={\"type\":\"thinking\",\"thinking\":\"hm\","
        "\"signature\":\"s\"} call=t,f,{\"a\":2} end=tool_use in=4 out=9 read=0 write=0 thought=0");
}

static void a_call_without_arguments_has_an_empty_object(void **state)
{
    (void)state;
    assert_read(LLM_ANTHROPIC,
                "{\"id\":\"m\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
                "\"input\":{}}],\"stop_reason\":\"tool_use\"}",
                "id=m text= call=t,f,{} end=tool_use in=0 out=0 read=0 write=0 thought=0");
}

static void the_text_of_an_error_is_found(void **state)
{
    (void)state;
    static const char *const bodies[][2] = {
        {"{\"error\":{\"message\":\"no\",\"type\":\"x\"}}", "no"},
        {"{\"error\":\"plain\"}", "plain"},
        {"{\"detail\":\"d\"}", "d"},
        {"<html>bad gateway</html>", "<html>bad gateway</html>"},
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        scoped_buf struct buf text = {0};
        llm_reader_error_text(str_from(bodies[i][0]), &text);
        assert_string_equal(text.data, bodies[i][1]);
    }
}

int main(void)
{
#define READER_TEST(test) cmocka_unit_test_teardown(test, forget)
    const struct CMUnitTest tests[] = {
        READER_TEST(a_chat_answer_is_read_whole),
        READER_TEST(a_chat_stream_is_put_together),
        READER_TEST(calls_that_run_in_parallel_are_told_apart),
        READER_TEST(a_stream_that_breaks_off_is_a_failure_worth_a_retry),
        READER_TEST(an_answer_without_choices_is_none),
        READER_TEST(an_error_in_the_middle_of_a_stream_is_told),
        READER_TEST(what_is_no_json_is_a_failure),
        READER_TEST(a_responses_body_is_read),
        READER_TEST(a_responses_stream_is_put_together),
        READER_TEST(items_are_taken_from_the_last_word_when_none_was_announced),
        READER_TEST(an_anthropic_body_is_read),
        READER_TEST(an_anthropic_stream_is_put_together),
        READER_TEST(a_call_without_arguments_has_an_empty_object),
        READER_TEST(the_text_of_an_error_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
