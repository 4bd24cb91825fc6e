#include "agent/llm/exchange_log.h"

#include "agent/llm/answer.h"
#include "agent/llm/config.h"
#include "agent/llm/exchange.h"
#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/jsonw.h"

#define US_PER_SECOND 1000000
#define US_PER_MS     1000
#define TAG_CHARS     4

static void write_calls(struct jsonw *w, const struct llm_answer *answer)
{
    jsonw_array_in(w, "tool_calls");
    for (size_t i = 0; i < answer->call_count; i++) {
        jsonw_object(w);
        jsonw_string(w, "id", buf_str(&answer->calls[i].id));
        jsonw_string(w, "name", buf_str(&answer->calls[i].name));
        jsonw_string(w, "arguments", buf_str(&answer->calls[i].arguments));
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void write_response(struct jsonw *w, const struct llm_answer *answer)
{
    jsonw_object_in(w, "response");
    jsonw_string(w, "id", buf_str(&answer->id));
    jsonw_string(w, "model", buf_str(&answer->model));
    jsonw_string(w, "content", buf_str(&answer->text));
    if (answer->reasoning.len > 0)
        jsonw_string(w, "reasoning_content", buf_str(&answer->reasoning));
    if (answer->call_count > 0)
        write_calls(w, answer);
    jsonw_string(w, "finish_reason", buf_str(&answer->finish_reason));
    jsonw_end(w);
}

static void write_usage(struct jsonw *w, const struct llm_usage *usage)
{
    jsonw_object_in(w, "usage_summary");
    jsonw_int(w, "prompt_tokens", usage->prompt_tokens);
    jsonw_int(w, "completion_tokens", usage->completion_tokens);
    jsonw_int(w, "reasoning_tokens", usage->reasoning_tokens);
    jsonw_int(w, "cache_read_tokens", usage->cache_read_tokens);
    jsonw_end(w);
}

static void write_failure(struct jsonw *w, const struct llm_result *result)
{
    jsonw_object_in(w, "error");
    jsonw_string(w, "type", llm_failure_name(result->failure));
    jsonw_string(w, "message", result->detail);
    jsonw_end(w);
}

void llm_exchange_log_write(const struct llm_exchange_record *record, struct buf *out)
{
    const struct llm_result *result = record->result;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_raw(&w, "request", record->request);
    if (result->answer != NULL) {
        write_response(&w, result->answer);
        if (result->answer->usage.is_known)
            write_usage(&w, &result->answer->usage);
    } else {
        write_failure(&w, result);
    }
    jsonw_double(&w, "cost", result->cost > 0 ? result->cost : 0);
    jsonw_double(&w, "timestamp", (double)record->time_us / US_PER_SECOND);
    jsonw_double(&w, "latency_sec", result->latency_seconds);
    jsonw_end(&w);
}

void llm_exchange_log_name(const struct llm_exchange_record *record, struct buf *out)
{
    const struct str name = record->config->name;
    const struct id_text tag = id_hex(id_new());
    for (size_t i = 0; i < name.len; i++)
        buf_append(out, name.data[i] == '/' ? STR("__") : str_slice(name, i, i + 1));
    buf_printf(out, "-%lld.%03d-%.*s%s.json", (long long)(record->time_us / US_PER_SECOND),
               (int)(record->time_us % US_PER_SECOND / US_PER_MS), TAG_CHARS, tag.text,
               record->result->answer == NULL ? "-error" : "");
}
