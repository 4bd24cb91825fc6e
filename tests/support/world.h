#ifndef SUPPORT_WORLD_H
#define SUPPORT_WORLD_H

/*
 * A server's conversations in a folder of the test, and a loop for them:
 *
 *     world_open / world_close          as set-up and tear-down of each test
 *     world_stop(), world_start()       the server goes and comes again
 *     world_note_…                      callbacks that note an answer; world_wait waits for it
 *
 * Only test programs include this, and each only once.
 */

#include "agent/cipher.h"
#include "agent/registry.h"
#include "server/loop/loop.h"
#include "tests/support/recorded.h"

struct world {
    struct loop *loop;
    struct registry *registry;
    struct cipher *cipher;
    struct workspaces *workspaces; /* of the test; NULL: none are prepared */
    struct str worktree_root;      /* as well */
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
        .workspaces = world.workspaces,
        .worktree_root = world.worktree_root,
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

#endif
