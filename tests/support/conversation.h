#ifndef SUPPORT_CONVERSATION_H
#define SUPPORT_CONVERSATION_H

/*
 * A registry of conversations in a folder of the test:
 *
 *     world_open / world_close          as set-up and tear-down of each test
 *     world_create(json, &is_new)       from a request; the conversation, open
 *     world_find(id), world_delete(id)  wait for the answer
 *     world_stop(), world_start()       the server goes and comes again
 *
 * Only test programs include this, and each only once.
 */

#include "agent/cipher.h"
#include "agent/conversation.h"
#include "agent/registry.h"
#include "agent/start_request.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "server/loop/loop.h"
#include "tests/support/recorded.h"

struct world {
    struct loop *loop;
    struct registry *registry;
    struct cipher *cipher;
    double idle_ttl_seconds;
    size_t max_runs;
};
static struct world world;

struct world_answer {
    struct conversation *conversation;
    struct error error;
    size_t count;
    bool is_there;
    bool is_new;
    bool has_failed;
    struct buf text; /* of a page: its items, a line each */
    struct id next;
};

static inline void world_wait(const bool *is_there)
{
    while (!*is_there)
        assert_true(loop_step(world.loop));
}

static inline void world_start(void)
{
    const struct registry_options options = {
        .loop = world.loop,
        .cipher = world.cipher,
        .directory = str_from(folder_path("conversations")),
        .max_runs = world.max_runs,
        .lease_ttl_seconds = 45,
        .idle_ttl_seconds = world.idle_ttl_seconds,
    };
    world.registry = registry_open(&options);
}

static inline void world_note(void *owner)
{
    *(bool *)owner = true;
}

static inline void world_stop(void)
{
    bool is_closed = false;
    registry_close(world.registry, world_note, &is_closed);
    world_wait(&is_closed);
    world.registry = NULL;
}

static inline int world_open(void **state)
{
    struct error error;
    (void)folder_open(state);
    world =
        (struct world){.max_runs = 2, .cipher = cipher_new(STR("a secret of the server"), NULL, 0)};
    assert_true(loop_open(&world.loop, &error));
    world_start();
    return 0;
}

static inline int world_close(void **state)
{
    if (world.registry != NULL)
        world_stop();
    assert_true(loop_close(world.loop));
    cipher_free(world.cipher);
    return folder_close(state);
}

static inline void world_note_created(void *owner, struct conversation *conversation, bool is_new,
                                      const struct error *error)
{
    struct world_answer *answer = owner;
    answer->is_there = true;
    answer->conversation = conversation;
    answer->is_new = is_new;
    answer->has_failed = error != NULL;
    if (error != NULL)
        answer->error = *error;
}

static inline void world_note_found(void *owner, struct conversation *conversation,
                                    const struct error *error)
{
    world_note_created(owner, conversation, false, error);
}

static inline void world_note_done(void *owner, const struct error *error)
{
    world_note_created(owner, NULL, false, error);
}

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

static inline struct id world_id(const char *text)
{
    struct id id;
    assert_true(id_parse(str_from(text), &id));
    return id;
}

/* Lets everything happen that is due. */
static inline void world_turn(void)
{
    bool is_over = false;
    loop_defer(world.loop, world_note, &is_over);
    world_wait(&is_over);
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
