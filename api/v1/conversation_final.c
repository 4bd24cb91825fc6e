#include "api/v1/conversation_final.h"

#include <stdlib.h>

#include "agent/conversation.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "api/api.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/loop/work.h"

struct candidate {
    size_t number;
    struct id id;
};

struct job {
    struct http_request *request;
    char *directory;
    struct candidate *candidates; /* oldest first */
    size_t count;
    struct buf text;
};

static const struct doc_value *member(const struct doc_value *object, struct str name,
                                      enum doc_kind kind)
{
    const struct doc_value *value =
        object != NULL && doc_kind(object) == DOC_OBJECT ? doc_find(object, name) : NULL;
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

static bool read_action(const struct doc_value *event, struct buf *out)
{
    const struct doc_value *action = member(event, STR("action"), DOC_OBJECT);
    const struct doc_value *kind = member(action, STR("kind"), DOC_STRING);
    const struct doc_value *message = member(action, STR("message"), DOC_STRING);
    if (kind == NULL || !str_equal(doc_string(kind), STR("FinishAction")) || message == NULL)
        return false;
    buf_append(out, doc_string(message));
    return true;
}

static bool read_message(const struct doc_value *event, struct buf *out)
{
    const struct doc_value *message = member(event, STR("llm_message"), DOC_OBJECT);
    const struct doc_value *content = member(message, STR("content"), DOC_ARRAY);
    for (size_t i = 0; content != NULL && i < doc_count(content); i++) {
        const struct doc_value *text = member(doc_at(content, i), STR("text"), DOC_STRING);
        if (text != NULL)
            buf_append(out, doc_string(text));
    }
    return message != NULL;
}

static bool read_candidate(const struct job *job, size_t index, struct buf *out)
{
    const struct candidate *candidate = &job->candidates[index];
    scoped_buf struct buf json = {0};
    struct doc_error why;
    if (!event_log_read_file(job->directory, candidate->number, candidate->id, &json))
        return false;
    struct doc *doc = doc_parse(buf_str(&json), &why);
    const struct doc_value *root = doc == NULL ? NULL : doc_root(doc);
    const bool is_found = root != NULL && doc_kind(root) == DOC_OBJECT &&
                          (doc_find(root, STR("llm_message")) != NULL ? read_message(root, out)
                                                                      : read_action(root, out));
    doc_free(doc);
    return is_found;
}

static void run(void *owner)
{
    struct job *job = owner;
    for (size_t i = job->count; i > 0; i--) {
        if (read_candidate(job, i - 1, &job->text))
            return;
    }
}

static void on_done(void *owner, bool is_cancelled)
{
    struct job *job = owner;
    struct buf body = {0};
    struct jsonw w;
    (void)is_cancelled; /* the server stops, and nobody reads it */
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, "response", buf_str(&job->text));
    jsonw_end(&w);
    reply_json(job->request, 200, &body);
    buf_fini(&body);
    buf_fini(&job->text);
    free(job->candidates);
    free(job->directory);
    free(job);
}

static void collect(struct job *job, const struct conversation *conversation)
{
    size_t count;
    scoped_free size_t *branch = conversation_branch(conversation, &count);
    job->candidates = mem_zero(count + 1, sizeof(*job->candidates));
    for (size_t i = 0; i < count; i++) {
        const struct event_record *record =
            event_log_record(conversation_log(conversation), branch[i]);
        const bool can_tell = record->kind == EVENT_ACTION || record->kind == EVENT_MESSAGE;
        if (can_tell && record->source == EVENT_FROM_AGENT)
            job->candidates[job->count++] =
                (struct candidate){.number = branch[i], .id = record->id};
    }
}

void conversation_final_reply(struct conversation_request *asked, struct conversation *conversation)
{
    struct job *job = mem_zero(1, sizeof(*job));
    scoped_buf struct buf directory = {0};
    buf_printf(&directory, "%s/events", conversation_directory(conversation));
    job->request = asked->request;
    job->directory = mem_strdup(directory.data);
    collect(job, conversation);
    (void)work_start(asked->api->loop, run, on_done, job);
}
