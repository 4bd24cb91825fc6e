#include "actions/file_upload.h"

#include <errno.h>

#include "server/loop/loop.h"
#include "tests/support/folder.h"

struct receiver {
    struct loop *loop;
    struct file_upload *upload;
    unsigned ready;
    unsigned done;
    bool has_failed;
    struct file_written written;
    struct error error;
};

static struct receiver receiver;

static void on_ready(void *owner)
{
    struct receiver *self = owner;
    self->ready++;
}

static void on_done(void *owner, const struct file_written *written, const struct error *error)
{
    struct receiver *self = owner;
    self->done++;
    self->has_failed = error != NULL;
    if (error != NULL)
        self->error = *error;
    else
        self->written = *written;
    file_upload_close(self->upload); /* allowed, and then nothing more is called */
    self->upload = NULL;
}

static const struct file_upload_events events = {.on_ready = on_ready, .on_done = on_done};

static void open_upload(const char *name)
{
    const struct file_write_options options = {.path = folder_path(name)};
    receiver.upload = file_upload_open(receiver.loop, &options, &events, &receiver);
}

static int open_all(void **state)
{
    struct error error;
    receiver = (struct receiver){0};
    assert_true(loop_open(&receiver.loop, &error));
    return folder_open(state);
}

static int close_all(void **state)
{
    while (loop_step(receiver.loop)) {
    }
    assert_true(loop_close(receiver.loop));
    return folder_close(state);
}

static void wait_until_done(void)
{
    while (receiver.done == 0)
        assert_true(loop_step(receiver.loop));
}

/* A piece of `size` bytes that differs from its neighbours. */
static void add_piece(struct buf *expected, size_t size, size_t number)
{
    scoped_buf struct buf piece = {0};
    for (size_t i = 0; i < size; i++)
        buf_append_byte(&piece, (char)(number * 31 + i));
    buf_append(expected, buf_str(&piece));
    file_upload_add(receiver.upload, buf_str(&piece));
}

static void a_small_file_is_written(void **state)
{
    (void)state;
    open_upload("f");
    file_upload_add(receiver.upload, STR("one "));
    file_upload_add(receiver.upload, STR("two"));
    assert_false(folder_has("f"));
    file_upload_end(receiver.upload);
    wait_until_done();
    assert_false(receiver.has_failed);
    assert_int_equal(receiver.written.size, 7);
    assert_file("f", "one two");
}

static void an_empty_file_is_written(void **state)
{
    (void)state;
    open_upload("f");
    file_upload_end(receiver.upload);
    wait_until_done();
    assert_file("f", "");
}

static void many_pieces_arrive_in_order_with_bounded_memory(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    open_upload("f");
    for (size_t i = 0; i < 300; i++) {
        add_piece(&expected, 60000 + i, i);
        while (file_upload_is_full(receiver.upload)) {
            const unsigned before = receiver.ready;
            assert_true(loop_step(receiver.loop));
            assert_true(receiver.ready > before || file_upload_is_full(receiver.upload));
        }
    }
    file_upload_end(receiver.upload);
    wait_until_done();
    assert_false(receiver.has_failed);
    assert_true(str_equal(folder_read("f"), buf_str(&expected)));
}

static void an_upload_says_when_it_is_full(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    open_upload("f");
    add_piece(&expected, FILE_UPLOAD_STEP_BYTES, 0); /* goes to a job at once */
    add_piece(&expected, FILE_UPLOAD_FULL_BYTES - 1, 1);
    assert_false(file_upload_is_full(receiver.upload));
    add_piece(&expected, 1, 2);
    assert_true(file_upload_is_full(receiver.upload));
    while (receiver.ready == 0)
        assert_true(loop_step(receiver.loop));
    assert_false(file_upload_is_full(receiver.upload));
    file_upload_end(receiver.upload);
    wait_until_done();
    assert_true(str_equal(folder_read("f"), buf_str(&expected)));
}

static void an_error_comes_before_the_end_when_there_is_one(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    folder_mkdir("d");
    open_upload("d");
    add_piece(&expected, FILE_UPLOAD_STEP_BYTES, 0);
    wait_until_done();
    assert_true(receiver.has_failed);
    assert_int_equal(receiver.error.sys_errno, EISDIR);
}

static void a_closed_upload_leaves_nothing(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    open_upload("f");
    add_piece(&expected, FILE_UPLOAD_STEP_BYTES, 0);
    file_upload_close(receiver.upload); /* while the job runs */
    while (loop_step(receiver.loop)) {
    }
    assert_int_equal(receiver.done, 0);
    assert_int_equal(folder_count(""), 0);
}

static void an_upload_closed_between_jobs_leaves_nothing(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    open_upload("f");
    add_piece(&expected, FILE_UPLOAD_FULL_BYTES, 0);
    add_piece(&expected, FILE_UPLOAD_FULL_BYTES, 1);
    while (receiver.ready == 0)
        assert_true(loop_step(receiver.loop));
    file_upload_close(receiver.upload);
    while (loop_step(receiver.loop)) {
    }
    assert_int_equal(receiver.done, 0);
    assert_int_equal(folder_count(""), 0);
}

#define UPLOAD_TEST(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UPLOAD_TEST(a_small_file_is_written),
        UPLOAD_TEST(an_empty_file_is_written),
        UPLOAD_TEST(many_pieces_arrive_in_order_with_bounded_memory),
        UPLOAD_TEST(an_upload_says_when_it_is_full),
        UPLOAD_TEST(an_error_comes_before_the_end_when_there_is_one),
        UPLOAD_TEST(a_closed_upload_leaves_nothing),
        UPLOAD_TEST(an_upload_closed_between_jobs_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
