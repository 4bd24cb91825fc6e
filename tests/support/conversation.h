#ifndef SUPPORT_CONVERSATION_H
#define SUPPORT_CONVERSATION_H

/*
 * What tests do with the conversations of their world:
 *
 *     world_create(members)             from the smallest request with more members; open
 *     world_find(id), world_delete(id)  wait for the answer
 *     world_reopen(id)                  after a restart of the server
 *     world_append(conversation, …)     one event
 *
 * Only test programs include this, and each only once.
 */

#include "agent/conversation.h"
#include "agent/start_request.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "tests/support/world.h"

static inline struct start_request *world_request(struct str json)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct doc_error why;
    struct error error = {0};
    struct start_request *request = NULL;
    struct doc *doc = doc_parse(json, &why);
    assert_non_null(doc);
    issues_init(&issues, &items);
    if (!start_request_decode(doc_root(doc), world.cipher, &issues, &request, &error))
        fail_msg("%s %s", items.data, error.text);
    doc_free(doc);
    return request;
}

/* The smallest request, with more members ("\"x\":1," or ""). */
static inline struct str world_minimal(const char *members)
{
    return arena_printf(&folder.arena,
                        "{\"agent\":{\"llm\":{\"model\":\"gpt-4o-mini\",\"api_key\":\"sk-test\"},"
                        "\"tools\":[]},%s\"workspace\":{\"working_dir\":\"%s\"}}",
                        members, folder_path("work"));
}

static inline struct world_answer world_try_create(struct str json)
{
    struct world_answer answer = {0};
    registry_create(world.registry, world_request(json), world_note_created, &answer);
    world_wait(&answer.is_there);
    return answer;
}

static inline struct conversation *world_create(const char *members)
{
    const struct world_answer answer = world_try_create(world_minimal(members));
    assert_false(answer.has_failed);
    assert_true(answer.is_new);
    return answer.conversation;
}

static inline struct world_answer world_find(struct id id)
{
    struct world_answer answer = {0};
    registry_find(world.registry, id, world_note_found, &answer);
    world_wait(&answer.is_there);
    return answer;
}

static inline struct conversation *world_reopen(struct id id)
{
    world_stop();
    world_start();
    const struct world_answer answer = world_find(id);
    assert_false(answer.has_failed);
    return answer.conversation;
}

static inline struct world_answer world_delete(struct id id)
{
    struct world_answer answer = {0};
    registry_delete(world.registry, id, world_note_done, &answer);
    world_wait(&answer.is_there);
    return answer;
}

static inline size_t world_append(struct conversation *conversation, enum event_kind kind,
                                  const char *members)
{
    const struct event_draft draft = {
        .kind = kind, .source = EVENT_FROM_AGENT, .members = str_from(members)};
    size_t number;
    struct error error;
    assert_true(conversation_append(conversation, &draft, &number, &error));
    return number;
}

#endif
