#include "agent/llm/reader.h"

#include <stdlib.h>

#include "agent/llm/anthropic_reader.h"
#include "agent/llm/chat_reader.h"
#include "agent/llm/responses_reader.h"
#include "server/base/event_stream.h"
#include "server/base/json.h"
#include "server/base/mem.h"

struct protocol_reader {
    void (*read_body)(const struct doc_value *body, struct llm_sink *sink);
    void (*read_event)(struct str name, const struct doc_value *data, struct llm_sink *sink);
};

static const struct protocol_reader readers[] = {
    [LLM_CHAT] = {llm_chat_read_body, llm_chat_read_event},
    [LLM_RESPONSES] = {llm_responses_read_body, llm_responses_read_event},
    [LLM_ANTHROPIC] = {llm_anthropic_read_body, llm_anthropic_read_event},
};

struct llm_reader {
    const struct protocol_reader *protocol;
    bool is_stream;
    bool is_decided; /* whether it is a stream after all */
    struct llm_answer answer;
    struct llm_sink sink;
    struct event_stream events;
    struct buf body;
    const char *breakage; /* NULL: whole so far */
};

/* --- look-ups --- */

static const struct doc_value *member(const struct doc_value *object, const char *name)
{
    if (object == NULL || doc_kind(object) != DOC_OBJECT)
        return NULL;
    return doc_find(object, str_from(name));
}

struct str llm_text_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

int64_t llm_int_member(const struct doc_value *object, const char *name, int64_t fallback)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_INT ? doc_int(value) : fallback;
}

const struct doc_value *llm_object_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_OBJECT ? value : NULL;
}

const struct doc_value *llm_array_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_ARRAY ? value : NULL;
}

/* --- the sink --- */

static void add(struct llm_sink *sink, struct buf *to, struct str text, bool is_reasoning)
{
    if (str_is_empty(text))
        return;
    buf_append(to, text);
    if (sink->on_delta != NULL)
        sink->on_delta(sink->owner, sink->answer, text, is_reasoning);
}

void llm_sink_text(struct llm_sink *sink, struct str text)
{
    add(sink, &sink->answer->text, text, false);
}

void llm_sink_reasoning(struct llm_sink *sink, struct str text)
{
    add(sink, &sink->answer->reasoning, text, true);
}

void llm_sink_fail(struct llm_sink *sink, const struct doc_value *error)
{
    struct str text = llm_text_member(error, "message");
    if (str_is_empty(text))
        text = STR("the provider reported an error without a text");
    const int64_t code = llm_int_member(error, "code", 0);
    const int status = code >= 400 && code < 600 ? (int)code : 400;
    buf_clear(&sink->failure_text);
    buf_append(&sink->failure_text, text);
    sink->failure = llm_failure_of(status, text);
    const struct str type = llm_text_member(error, "type");
    if (str_contains(type, STR("overloaded")) || str_contains(type, STR("server_error")))
        sink->failure = LLM_FAILURE_UNAVAILABLE;
    else if (str_contains(type, STR("rate_limit")))
        sink->failure = LLM_FAILURE_RATE_LIMIT;
}

/* --- reading --- */

static bool on_event(void *owner, struct str name, struct str data)
{
    struct llm_reader *reader = owner;
    struct doc_error why;
    if (str_equal(str_trim(data), STR("[DONE]"))) {
        reader->sink.is_complete = true;
        return true;
    }
    struct doc *doc = doc_parse(data, &why);
    if (doc == NULL) {
        reader->breakage = "the stream holds something that is not JSON";
        return false;
    }
    const struct doc_value *error = llm_object_member(doc_root(doc), "error");
    if (error != NULL)
        llm_sink_fail(&reader->sink, error);
    else
        reader->protocol->read_event(name, doc_root(doc), &reader->sink);
    doc_free(doc);
    if (!llm_answer_fits(&reader->answer))
        reader->breakage = "the answer is too large";
    return reader->breakage == NULL && reader->sink.failure == LLM_FAILURE_NONE;
}

struct llm_reader *llm_reader_new(const struct llm_reader_options *options)
{
    struct llm_reader *reader = mem_zero(1, sizeof(*reader));
    reader->protocol = &readers[options->protocol];
    reader->is_stream = options->is_stream;
    llm_answer_init(&reader->answer);
    reader->sink = (struct llm_sink){
        .answer = &reader->answer, .on_delta = options->on_delta, .owner = options->owner};
    event_stream_init(&reader->events, on_event, reader);
    buf_init(&reader->body, LLM_MAX_ANSWER_BYTES);
    return reader;
}

void llm_reader_free(struct llm_reader *reader)
{
    if (reader == NULL)
        return;
    event_stream_fini(&reader->events);
    llm_answer_fini(&reader->answer);
    buf_fini(&reader->sink.failure_text);
    buf_fini(&reader->body);
    free(reader);
}

/* Some servers answer a request for a stream with one body. */
static void decide(struct llm_reader *reader, struct str bytes)
{
    const struct str start = str_trim(bytes);
    if (reader->is_decided || str_is_empty(start))
        return;
    reader->is_decided = true;
    if (start.data[0] == '{')
        reader->is_stream = false;
}

bool llm_reader_feed(struct llm_reader *reader, struct str bytes)
{
    decide(reader, bytes);
    if (!reader->is_stream) {
        buf_append(&reader->body, bytes);
        if (buf_has_overflowed(&reader->body))
            reader->breakage = "the answer is too large";
    } else if (!event_stream_feed(&reader->events, bytes) && reader->breakage == NULL &&
               event_stream_is_too_large(&reader->events)) {
        reader->breakage = "the answer is too large";
    }
    return reader->breakage == NULL && reader->sink.failure == LLM_FAILURE_NONE;
}

static void read_whole(struct llm_reader *reader)
{
    struct doc_error why;
    struct doc *doc = doc_parse(buf_str(&reader->body), &why);
    if (doc == NULL) {
        reader->breakage = "the answer is not JSON";
        return;
    }
    const struct doc_value *error = llm_object_member(doc_root(doc), "error");
    reader->sink.is_complete = true;
    if (error != NULL)
        llm_sink_fail(&reader->sink, error);
    else
        reader->protocol->read_body(doc_root(doc), &reader->sink);
    doc_free(doc);
}

static bool is_empty(const struct llm_answer *answer)
{
    return answer->id.len == 0 && answer->text.len == 0 && answer->reasoning.len == 0 &&
           answer->call_count == 0 && answer->reasoning_item.len == 0 &&
           answer->finish_reason.len == 0;
}

static bool fail(enum llm_failure failure, const char *why, enum llm_failure *ret_failure,
                 struct buf *text)
{
    *ret_failure = failure;
    buf_append(text, str_from(why));
    return false;
}

bool llm_reader_finish(struct llm_reader *reader, struct llm_answer **ret_answer,
                       enum llm_failure *ret_failure, struct buf *text)
{
    if (!reader->is_stream && reader->breakage == NULL)
        read_whole(reader);
    if (reader->sink.failure != LLM_FAILURE_NONE) {
        *ret_failure = reader->sink.failure;
        buf_append(text, buf_str(&reader->sink.failure_text));
        return false;
    }
    if (reader->breakage != NULL)
        return fail(LLM_FAILURE_UNAVAILABLE, reader->breakage, ret_failure, text);
    if (!reader->sink.is_complete && reader->answer.finish_reason.len == 0)
        return fail(LLM_FAILURE_UNAVAILABLE, "the stream broke off before its end", ret_failure,
                    text);
    if (is_empty(&reader->answer))
        return fail(LLM_FAILURE_NO_RESPONSE, "the answer holds no choices", ret_failure, text);
    *ret_answer = &reader->answer;
    return true;
}

void llm_reader_error_text(struct str body, struct buf *out)
{
    struct doc_error why;
    struct doc *doc = doc_parse(body, &why);
    struct str text = STR_NULL;
    if (doc != NULL) {
        const struct doc_value *root = doc_root(doc);
        text = llm_text_member(llm_object_member(root, "error"), "message");
        if (str_is_empty(text))
            text = llm_text_member(root, "error");
        if (str_is_empty(text))
            text = llm_text_member(root, "message");
        if (str_is_empty(text))
            text = llm_text_member(root, "detail");
    }
    buf_append(out, str_is_empty(text) ? str_slice(body, 0, 2000) : text);
    doc_free(doc);
}
