#include "actions/workspace.h"

#include "tests/support/git_repo.h"

#define HEX "0123456789abcdef0123456789abcdef"

struct answer {
    bool is_there;
    bool has_failed;
    char *path;
    bool is_new;
    bool is_repository;
    struct error error;
};

static struct workspaces *workspaces;

static int open_workspaces(void **state)
{
    (void)repo_open(state);
    scoped_free char *root = repo_path("root");
    workspaces = workspaces_new(&(struct workspaces_options){.loop = repo.loop,
                                                             .processes = repo.processes,
                                                             .child_env = repo.child_env,
                                                             .root = str_from(root)});
    return 0;
}

static int close_workspaces(void **state)
{
    workspaces_free(workspaces);
    return repo_close(state);
}

static void note(void *owner, const struct workspace_result *result, const struct error *error)
{
    struct answer *answer = owner;
    assert_false(answer->is_there);
    answer->is_there = true;
    answer->has_failed = error != NULL;
    if (error != NULL) {
        answer->error = *error;
        return;
    }
    answer->path = mem_strndup(result->path.data, result->path.len);
    answer->is_new = result->is_new;
    answer->is_repository = result->is_repository;
}

static struct id test_id(void)
{
    struct id id;
    assert_true(id_parse(STR(HEX), &id));
    return id;
}

static void wait_for(const struct answer *answer)
{
    while (!answer->is_there)
        assert_true(loop_step(repo.loop));
}

static void a_workspace_is_prepared_and_found_again(void **state)
{
    (void)state;
    struct answer prepared = {0};
    struct answer found = {0};
    scoped_free char *expected = repo_path("root/" HEX);
    workspace_prepare(workspaces, test_id(), STR_NULL, note, &prepared);
    assert_false(prepared.is_there);
    wait_for(&prepared);
    workspace_find(workspaces, test_id(), note, &found);
    wait_for(&found);
    assert_string_equal(prepared.path, expected);
    assert_true(prepared.is_new);
    assert_string_equal(found.path, expected);
    assert_false(found.is_new);
    assert_true(found.is_repository);
    free(prepared.path);
    free(found.path);
}

static void calls_for_one_workspace_are_joined(void **state)
{
    (void)state;
    struct answer answers[20] = {0};
    scoped_free char *root = repo_path("root/");
    size_t new_count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        workspace_prepare(workspaces, test_id(), i % 2 == 0 ? STR_NULL : str_from(root), note,
                          &answers[i]);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        wait_for(&answers[i]);
        assert_false(answers[i].has_failed);
        assert_true(answers[i].is_repository);
        new_count += answers[i].is_new ? 1 : 0;
        free(answers[i].path);
    }
    assert_int_equal(new_count, 1);
}

static void different_workspaces_are_prepared_side_by_side(void **state)
{
    (void)state;
    struct answer answers[10] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        workspace_prepare(workspaces, id_new(), STR_NULL, note, &answers[i]);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        wait_for(&answers[i]);
        assert_true(answers[i].is_new);
        free(answers[i].path);
    }
}

static void a_failure_reaches_everybody_who_waits(void **state)
{
    (void)state;
    struct answer answers[3] = {0};
    repo_sh("touch root");
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        workspace_prepare(workspaces, test_id(), STR_NULL, note, &answers[i]);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        wait_for(&answers[i]);
        assert_true(answers[i].has_failed);
        assert_int_equal(answers[i].error.code, ERROR_CONFLICT);
    }
}

static void a_workspace_nobody_made_is_not_found(void **state)
{
    (void)state;
    struct answer answer = {0};
    workspace_find(workspaces, test_id(), note, &answer);
    wait_for(&answer);
    assert_true(answer.has_failed);
    assert_int_equal(answer.error.code, ERROR_NOT_FOUND);
}

static void a_moved_root_counts_for_what_follows(void **state)
{
    (void)state;
    struct answer answer = {0};
    scoped_free char *moved = repo_path("moved");
    scoped_free char *expected = repo_path("moved/" HEX);
    workspaces_set_root(workspaces, str_from(moved));
    workspace_prepare(workspaces, test_id(), STR_NULL, note, &answer);
    wait_for(&answer);
    assert_string_equal(answer.path, expected);
    free(answer.path);
}

struct page {
    bool is_there;
    bool has_failed;
    struct buf names; /* "a+ b " with a plus for repositories */
    struct buf next;
};

static void note_page(void *owner, const struct workspace_page *page, const struct error *error)
{
    struct page *seen = owner;
    seen->is_there = true;
    seen->has_failed = error != NULL;
    buf_append(&seen->names, STR(""));
    for (size_t i = 0; page != NULL && i < page->count; i++)
        buf_printf(&seen->names, "%.*s%s ", STR_ARG(page->entries[i].name),
                   page->entries[i].is_repository ? "+" : "");
    if (page != NULL)
        buf_append(&seen->next, page->next);
}

static void assert_page(struct str from, size_t limit, const char *names, const char *next)
{
    struct page page = {0};
    workspace_list(workspaces, from, limit, note_page, &page);
    while (!page.is_there)
        assert_true(loop_step(repo.loop));
    assert_false(page.has_failed);
    assert_string_equal(page.names.len == 0 ? "" : page.names.data, names);
    assert_string_equal(page.next.len == 0 ? "" : page.next.data, next);
    buf_fini(&page.names);
    buf_fini(&page.next);
}

static void workspaces_are_listed_in_pages(void **state)
{
    (void)state;
    assert_page(STR_NULL, 10, "", "");
    repo_sh("mkdir -p root/b root/a root/c root/.hidden; touch root/file; git init -q root/b; "
            "ln -s a root/link");
    assert_page(STR_NULL, 2, "a b+ ", "c");
    assert_page(STR("c"), 2, "c ", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_workspaces, close_workspaces)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_workspace_is_prepared_and_found_again),
        TEST(calls_for_one_workspace_are_joined),
        TEST(different_workspaces_are_prepared_side_by_side),
        TEST(a_failure_reaches_everybody_who_waits),
        TEST(a_workspace_nobody_made_is_not_found),
        TEST(a_moved_root_counts_for_what_follows),
        TEST(workspaces_are_listed_in_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
