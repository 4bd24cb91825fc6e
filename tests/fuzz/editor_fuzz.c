#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "actions/binary_test.h"
#include "actions/editor.h"
#include "actions/text_diff.h"
#include "server/base/buf.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/*
 * Calls of the editor on a file of any bytes. The input is the dialect's byte, the file, and calls,
 * separated by CALL_END; a call is a letter and its texts, separated by TEXT_END:
 *
 *     s old new        i line new        u        v from to
 *
 * An error leaves the file as it is; the undoing of a change brings back every byte, unless the
 * change has made something of it that is no text; all that is shown is text.
 */

#define CALL_END        '\x1e'
#define TEXT_END        '\x1f'
#define MAX_INPUT_BYTES 16384
#define TEXT_COUNT      2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/actiond-editor-XXXXXX";

static void remove_file(void)
{
    (void)unlink(path); /* made by open_file */
}

static void write_file(struct str content)
{
    static bool is_made;
    scoped_fd int fd = is_made ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC) : mkstemp(path);
    assert(fd >= 0 && write(fd, content.data, content.len) == (ssize_t)content.len);
    if (is_made)
        return;
    is_made = true;
    log_init(LOG_LEVEL_ERROR, false);
    (void)atexit(remove_file); /* cannot fail the first time */
}

static void read_file(struct buf *content)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert(fd >= 0);
    buf_clear(content);
    for (;;) {
        const ssize_t got = read(fd, buf_reserve(content, 65536), 65536);
        assert(got >= 0);
        if (got == 0)
            return;
        content->len += (size_t)got;
    }
}

static void check_result(const struct editor_result *result)
{
    scoped_buf struct buf diff = {0};
    assert(utf8_is_valid(buf_str(&result->text)));
    assert(utf8_is_valid(buf_str(&result->old_content)));
    assert(utf8_is_valid(buf_str(&result->new_content)));
    text_diff(str_from(path), buf_str(&result->old_content), buf_str(&result->new_content), &diff);
}

/* True when the call was no error. */
static bool run(struct editor *editor, const struct editor_request *request)
{
    scoped_buf struct buf before = {0};
    scoped_buf struct buf after = {0};
    struct editor_result result = {0};
    read_file(&before);
    editor_run(editor, request, &result);
    read_file(&after);
    check_result(&result);
    assert(!result.is_error || str_equal(buf_str(&before), buf_str(&after)));
    const bool is_ok = !result.is_error;
    editor_result_fini(&result);
    return is_ok;
}

static void run_and_undo(struct editor *editor, const struct editor_request *request)
{
    scoped_buf struct buf before = {0};
    scoped_buf struct buf after = {0};
    const struct editor_request undo = {.command = STR("undo_edit"), .path = request->path};
    const struct editor_request view = {.command = STR("view"), .path = request->path};
    read_file(&before);
    if (!run(editor, request) || !run(editor, &view))
        return;
    const bool is_undone = run(editor, &undo);
    assert(is_undone);
    read_file(&after);
    assert(str_equal(buf_str(&before), buf_str(&after)));
    const bool is_done_again = run(editor, request);
    assert(is_done_again);
}

static int64_t number_of(struct str text)
{
    int64_t number = 0;
    return str_to_i64(text, INT64_MIN, INT64_MAX, &number) ? number : (int64_t)text.len;
}

static void call(struct editor *editor, char letter, const struct str texts[TEXT_COUNT])
{
    const int64_t range[] = {number_of(texts[0]), number_of(texts[1])};
    struct editor_request request = {.path = str_from(path)};
    switch (letter) {
    case 's':
        request.command = STR("str_replace");
        request.old_str = texts[0];
        request.new_str = texts[1];
        run_and_undo(editor, &request);
        return;
    case 'i':
        request.command = STR("insert");
        request.has_insert_line = true;
        request.insert_line = range[0];
        request.new_str = texts[1];
        run_and_undo(editor, &request);
        return;
    case 'u':
        request.command = STR("undo_edit");
        break;
    default:
        request.command = STR("view");
        request.has_view_range = letter == 'v';
        request.view_range = range;
        request.view_range_count = ARRAY_SIZE(range);
        break;
    }
    (void)run(editor, &request); /* a refusal is fine */
}

static void call_all(struct editor *editor, struct str calls)
{
    struct str words;
    while (str_next(&calls, CALL_END, &words)) {
        struct str texts[TEXT_COUNT] = {STR(""), STR("")};
        if (str_is_empty(words) || !utf8_is_valid(words))
            continue;
        const char letter = words.data[0];
        words = str_skip(words, 1);
        for (size_t i = 0; i < TEXT_COUNT && str_next(&words, TEXT_END, &texts[i]); i++)
            continue;
        call(editor, letter, texts);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str content;
    if (size == 0 || size > MAX_INPUT_BYTES)
        return 0;
    struct str rest = str_span((const char *)data + 1, size - 1);
    if (!str_next(&rest, CALL_END, &content))
        return 0;
    write_file(content);
    (void)binary_test(str_from(path), str_slice(content, 0, BINARY_TEST_BYTES));
    const struct editor_options options = {.dialect = data[0] % 2 == 0 ? EDITOR_V0 : EDITOR_V1};
    struct editor *editor = editor_new(&options);
    call_all(editor, rest);
    editor_free(editor);
    return 0;
}
