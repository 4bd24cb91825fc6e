#include "server/config/config_file.h"

#include <errno.h>
#include <fcntl.h>

#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/config/config_options.h"

static void append_known(const struct doc_value *object, struct buf *out)
{
    bool is_first = true;
    buf_append_byte(out, '{');
    for (size_t i = 0; i < config_option_count; i++) {
        const struct str name = str_from(config_options[i].name);
        const struct doc_value *value = doc_find(object, name);
        if (value == NULL || !config_options[i].in_file)
            continue;
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, name);
        buf_append_byte(out, ':');
        doc_print(value, out);
    }
    buf_append_byte(out, '}');
}

bool config_file_parse(const char *path, struct str text, struct buf *out, struct error *error)
{
    struct doc_error at = {0};
    struct doc *doc = doc_parse(text, &at);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, "config file '%s': %s at character %zu", path,
                         at.is_encoding ? "not UTF-8" : at.text, at.position);
    const bool is_object = doc_kind(doc_root(doc)) == DOC_OBJECT;
    if (is_object)
        append_known(doc_root(doc), out);
    doc_free(doc);
    return is_object ||
           error_set(error, ERROR_INVALID, "Config file must contain a JSON object: %s", path);
}

static bool read_all(int fd, const char *path, struct buf *text, struct error *error)
{
    for (;;) {
        char *room = buf_reserve(text, 4096);
        if (room == NULL)
            return error_set(error, ERROR_TOO_LARGE, "config file '%s': larger than %zu bytes",
                             path, CONFIG_FILE_MAX_BYTES);
        const ssize_t count = read(fd, room, 4096);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(error, errno, "config file '%s'", path);
        if (count == 0)
            return true;
        text->len += (size_t)count;
        text->data[text->len] = '\0';
    }
}

bool config_file_read(const char *path, struct buf *out, bool *ret_is_present, struct error *error)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *ret_is_present = false;
        buf_append(out, STR("{}"));
        return true;
    }
    if (fd < 0)
        return error_set_errno(error, errno, "config file '%s'", path);
    struct buf text = {.max_bytes = CONFIG_FILE_MAX_BYTES + 4096};
    const bool is_ok =
        read_all(fd, path, &text, error) && config_file_parse(path, buf_str(&text), out, error);
    keyring_wipe(text.data, text.len);
    buf_fini(&text);
    if (is_ok)
        *ret_is_present = true;
    return is_ok;
}
