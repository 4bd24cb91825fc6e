#include "server/http/static_files.h"

#include <sys/stat.h>

#include "tests/unit/http/fixture.h"

static struct {
    char directory[64];
    struct static_files *files;
} site;

static void on_get(struct http_request *request, void *context)
{
    (void)context;
    static_files_reply(site.files, request, request->params[0]);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/static/{path:path}", .handler = on_get},
    {.method = HTTP_METHOD_HEAD, .pattern = "/static/{path:path}", .handler = on_get},
};

static void in_directory(const char *name, struct buf *path)
{
    buf_printf(path, "%s/%s", site.directory, name);
}

static void make_file(const char *name, const char *text)
{
    scoped_buf struct buf path = {0};
    in_directory(name, &path);
    scoped_fd int fd = open(path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_site(void)
{
    scoped_buf struct buf root = {0};
    scoped_buf struct buf sub = {0};
    scoped_buf struct buf link = {0};
    const struct str pattern = STR("/tmp/static-files-XXXXXX");
    memcpy(site.directory, pattern.data, pattern.len + 1);
    assert_non_null(mkdtemp(site.directory));
    in_directory("root", &root);
    in_directory("root/sub", &sub);
    in_directory("root/link.txt", &link);
    assert_int_equal(mkdir(root.data, 0700), 0);
    assert_int_equal(mkdir(sub.data, 0700), 0);
    make_file("outside.txt", "secret");
    make_file("root/index.html", "<h1>front</h1>");
    make_file("root/sub/app.js", "let a = 1;\n");
    assert_int_equal(symlink("../outside.txt", link.data), 0);
    struct error error = {0};
    assert_true(static_files_open(buf_str(&root), &site.files, &error));
}

static int set_up(void **state)
{
    static struct fixture fixture;
    make_site();
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "root/link.txt", "root/sub/app.js", "root/sub", "root/index.html",
        "root",          "outside.txt",     ""};
    fixture_close(*state);
    static_files_close(site.files);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        scoped_buf struct buf path = {0};
        in_directory(names[i], &path);
        assert_int_equal(remove(path.data), 0);
    }
    return 0;
}

static void ask(struct fixture *fixture, const char *line, struct buf *answer)
{
    scoped_buf struct buf bytes = {0};
    buf_printf(&bytes, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line);
    client_talk(fixture, buf_str(&bytes), answer);
}

static void files_are_served_with_their_types(void **state)
{
    scoped_buf struct buf page = {0};
    scoped_buf struct buf script = {0};
    ask(*state, "GET /static/index.html", &page);
    ask(*state, "GET /static/sub/app.js", &script);
    assert_starts(&page, "HTTP/1.1 200 ");
    assert_contains(&page, "\r\ncontent-type: text/html; charset=utf-8\r\n");
    assert_contains(&page, "\r\n\r\n<h1>front</h1>");
    assert_contains(&script, "\r\ncontent-type: text/javascript; charset=utf-8\r\n");
}

static void head_is_answered(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "HEAD /static/index.html", &answer);
    assert_contains(&answer, "\r\ncontent-length: 14\r\n");
    assert_lacks(&answer, "front");
}

static void what_is_no_file_inside_is_not_found(void **state)
{
    static const char *const names[] = {
        "none.js",
        "",
        "sub",
        "sub/",
        "../outside.txt",
        "link.txt",
        "..%2foutside.txt",
        "%2e%2e/outside.txt",
        "index.html%00",
        "sub/../../outside.txt",
        "%2fetc/passwd",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        scoped_buf struct buf line = {0};
        scoped_buf struct buf answer = {0};
        buf_printf(&line, "GET /static/%s", names[i]);
        ask(*state, line.data, &answer);
        if (!str_starts_with(buf_str(&answer), STR("HTTP/1.1 404 ")))
            fail_msg("%s: %s", names[i], answer.data);
        assert_contains(&answer, "{\"detail\":\"Not Found\"}");
    }
}

static void files_right_below_are_known(void **state)
{
    (void)state;
    assert_true(static_files_has(site.files, "index.html"));
    assert_false(static_files_has(site.files, "none.html"));
    assert_false(static_files_has(site.files, "sub"));
}

static void a_missing_directory_is_told(void **state)
{
    (void)state;
    struct static_files *files;
    struct error error = {0};
    assert_false(static_files_open(STR("/nowhere-at-all"), &files, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(files_are_served_with_their_types),   CASE(head_is_answered),
        CASE(what_is_no_file_inside_is_not_found), CASE(files_right_below_are_known),
        CASE(a_missing_directory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
