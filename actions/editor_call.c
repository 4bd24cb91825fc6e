#include "actions/editor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actions/binary_test.h"
#include "actions/document.h"
#include "actions/editor_history.h"
#include "actions/file_write.h"
#include "actions/path.h"
#include "actions/text_detect.h"
#include "server/base/error.h"
#include "server/base/id.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define READ_BYTES  ((size_t)65536)
#define MIB_BYTES   (1024.0 * 1024.0)
#define RANDOM_NAME 8

/* As pathlib writes it: no empty and no "." component, no slash at the end, two slashes at the
 * start only when there are exactly two, "." for nothing. */
static void tidy(struct str given, struct buf *out)
{
    size_t slashes = 0;
    while (slashes < given.len && given.data[slashes] == '/')
        slashes++;
    buf_append(out, slashes == 2 ? STR("//") : slashes > 0 ? STR("/") : STR(""));
    const size_t start = out->len;
    struct str rest = str_skip(given, slashes);
    struct str part;
    while (str_next(&rest, '/', &part)) {
        if (part.len == 0 || str_equal(part, STR(".")))
            continue;
        if (out->len > start)
            buf_append_byte(out, '/');
        buf_append(out, part);
    }
    if (out->len == 0)
        buf_append_byte(out, '.');
}

bool editor_call_init(struct editor_call *call)
{
    struct error error;
    tidy(call->request->path, &call->result->path);
    call->shown = buf_str(&call->result->path);
    if (call->shown.data[0] != '/' || str_has_byte(call->shown, '\0'))
        return true;
    if (!path_check(call->shown, &call->path, &error))
        return editor_fail(call->result, "%s", error.text);
    call->exists = stat(call->path, &call->status) == 0;
    if (call->exists || path_errno_is_absent(errno))
        return true;
    (void)path_error(&error, errno, call->path); /* is false */
    return editor_fail(call->result, "%s", error.text);
}

void editor_call_fini(struct editor_call *call)
{
    free(call->path);
}

struct str editor_call_suffix(const struct editor_call *call)
{
    const size_t slash = str_find_last_byte(call->shown, '/');
    const struct str name = slash == SIZE_MAX ? call->shown : str_skip(call->shown, slash + 1);
    const size_t dot = str_find_last_byte(name, '.');
    if (dot == SIZE_MAX || dot == 0 || dot + 1 == name.len)
        return STR("");
    return str_skip(name, dot);
}

bool editor_call_is_directory(const struct editor_call *call)
{
    return call->exists && S_ISDIR(call->status.st_mode);
}

bool editor_call_is_document(const struct editor_call *call)
{
    return call->rules->converts_documents && document_is_convertible(call->shown);
}

const char *editor_call_image_type(const struct editor_call *call)
{
    static const char *const types[][2] = {
        {".png", "image/png"}, {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"},
        {".gif", "image/gif"}, {".webp", "image/webp"}, {".bmp", "image/bmp"},
    };
    const struct str suffix = editor_call_suffix(call);
    for (size_t i = 0; call->rules->shows_images && i < ARRAY_SIZE(types); i++)
        if (str_equal_nocase(suffix, str_from(types[i][0])))
            return types[i][1];
    return NULL;
}

static bool fail_validation(const struct editor_call *call, const char *reason)
{
    (void)editor_fail(call->result, "File validation failed for "); /* is false */
    buf_append(&call->result->text, call->shown);
    buf_append(&call->result->text, STR(": "));
    buf_append(&call->result->text, str_from(reason));
    return false;
}

static bool fail_io(const struct editor_call *call, const char *reason, const char *what)
{
    (void)editor_fail(call->result, "Ran into %s while trying to %s ", reason, what); /* is false */
    buf_append(&call->result->text, call->shown);
    return false;
}

static bool fail_size(const struct editor_call *call, size_t size)
{
    scoped_buf struct buf reason = {0};
    buf_printf(&reason, "File is too large (%.1fMB). Maximum allowed size is %zuMB.",
               (double)size / MIB_BYTES, EDITOR_MAX_FILE_BYTES >> 20);
    return fail_validation(call, reason.data);
}

bool editor_call_check_size(const struct editor_call *call)
{
    const size_t size = (size_t)call->status.st_size;
    return !S_ISREG(call->status.st_mode) || size <= EDITOR_MAX_FILE_BYTES || fail_size(call, size);
}

/* Up to one byte more than the limit: files that the kernel makes up have no size to trust. */
static bool read_all(int fd, struct buf *bytes)
{
    while (bytes->len <= EDITOR_MAX_FILE_BYTES) {
        char *room = buf_reserve(bytes, READ_BYTES);
        if (room == NULL)
            return true;
        const ssize_t got = read(fd, room, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        bytes->len += (size_t)got;
        bytes->data[bytes->len] = '\0';
    }
    return true;
}

bool editor_call_read_bytes(const struct editor_call *call, struct buf *bytes, struct error *error)
{
    scoped_fd int fd = -1;
    struct stat status;
    if (!path_open_file(call->path, &fd, &status, error))
        return false;
    if (status.st_size > 0 && (size_t)status.st_size <= EDITOR_MAX_FILE_BYTES)
        (void)buf_reserve(bytes, (size_t)status.st_size + READ_BYTES); /* only faster */
    return read_all(fd, bytes) || path_error(error, errno, call->path);
}

static bool looks_binary(const struct editor_call *call, struct str bytes)
{
    return binary_test(call->shown, str_slice(bytes, 0, BINARY_TEST_BYTES)) &&
           editor_call_image_type(call) == NULL;
}

/* The text of a file that cannot be read, as the dialect words it for the command. */
static bool fail_decode(const struct editor_call *call, const char *reason)
{
    if (!call->rules->is_lenient || !str_equal(call->request->command, STR("view")))
        return fail_io(call, reason, "read");
    (void)editor_fail(call->result, "Cannot view "); /* is false */
    buf_append(&call->result->text, call->shown);
    buf_printf(&call->result->text,
               ": file contains binary content that cannot be decoded as text. Error: %s", reason);
    return false;
}

bool editor_call_read(const struct editor_call *call, struct text_file *file)
{
    static const char is_binary[] =
        "File appears to be binary and this file type cannot be read or edited by this tool.";
    struct error error;
    scoped_buf struct buf bytes = {0};
    if (!editor_call_check_size(call))
        return false;
    if (!editor_call_read_bytes(call, &bytes, &error))
        return fail_io(call, error.text, "read");
    if (bytes.len > EDITOR_MAX_FILE_BYTES)
        return fail_size(call, bytes.len);
    const bool is_suspect = looks_binary(call, buf_str(&bytes));
    if (is_suspect && !call->rules->is_lenient)
        return fail_validation(call, is_binary);
    const bool is_read = text_file_read(file, &bytes, &error);
    if (is_suspect && (!is_read || text_has_controls(file->text)))
        return fail_validation(call, is_binary);
    return is_read || fail_decode(call, error.text);
}

/* "/d/f" becomes "/d/.f.k3v9x0qz.tmp". */
static char *temporary_path(const char *path)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    unsigned char bytes[RANDOM_NAME];
    scoped_buf struct buf name = {0};
    buf_append_byte(&name, '.');
    buf_append(&name, path_name(path));
    buf_append_byte(&name, '.');
    id_random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        buf_append_byte(&name, digits[bytes[i] % (sizeof(digits) - 1)]);
    buf_append(&name, STR(".tmp"));
    scoped_free char *parent = path_parent(path);
    return path_join(parent, buf_str(&name));
}

static bool write_file(const struct editor_call *call, struct str bytes, struct error *error)
{
    if (call->rules->respects_read_only && call->exists &&
        faccessat(AT_FDCWD, call->path, W_OK, AT_EACCESS) != 0)
        return path_error(error, errno, call->path);
    const struct file_write_options options = {.path = call->path,
                                               .refuses_existing = !call->exists};
    return file_write_whole(&options, bytes, error);
}

bool editor_call_write(const struct editor_call *call, struct str bytes)
{
    struct error error;
    if (call->path == NULL)
        return fail_io(call, "embedded null byte", "write to");
    if (write_file(call, bytes, &error))
        return true;
    if (call->rules->names_temporary && error.sys_errno != 0) {
        scoped_free char *temporary = temporary_path(call->path);
        (void)path_error(&error, error.sys_errno, temporary); /* is false */
    }
    return fail_io(call, error.text, "write to");
}

void editor_call_remember(const struct editor_call *call, struct str bytes)
{
    struct error error;
    if (!editor_history_push(call->history, call->shown, bytes, &error))
        log_warn("editor.no_history", "undo_edit will miss a change: %s", error.text);
}
