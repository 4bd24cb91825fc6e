#include "server/base/error.h"

#include <errno.h>
#include <stdarg.h>

#include "server/base/str.h"

static const struct {
    int status;
    const char *name;
} error_table[] = {
#define ERROR_ROW(code, http_status, text)                                                         \
    [ERROR_##code] = {.status = (http_status), .name = (text)},
    ERROR_CODES(ERROR_ROW)
#undef ERROR_ROW
};

static enum error_code code_of_errno(int sys_errno)
{
    switch (sys_errno) {
    case ENOENT:
        return ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERROR_FORBIDDEN;
    case EEXIST:
    case ENOTEMPTY:
        return ERROR_CONFLICT;
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
        return ERROR_INVALID;
    case ENOSPC:
    case EDQUOT:
        return ERROR_NO_SPACE;
    case EFBIG:
        return ERROR_TOO_LARGE;
    case EAGAIN:
    case EMFILE:
    case ENFILE:
        return ERROR_UNAVAILABLE;
    case ETIMEDOUT:
        return ERROR_TIMEOUT;
    default:
        return ERROR_INTERNAL;
    }
}

bool error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (error == NULL)
        return false;
    /* Formatted aside first: an argument may be the old text of this very error. */
    struct error next = {.code = code};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(next.text, sizeof(next.text), format, arguments); /* bounded on purpose */
    va_end(arguments);
    *error = next;
    return false;
}

/* Appends what fits; a text that is too long is cut on purpose. */
static void append_text(struct error *error, const char *text)
{
    const size_t used = strlen(error->text);
    const size_t len = strnlen(text, sizeof(error->text) - used - 1);
    memcpy(error->text + used, text, len);
    error->text[used + len] = '\0';
}

bool error_set_errno(struct error *error, int sys_errno, const char *format, ...)
{
    if (error == NULL)
        return false;
    struct error next = {.code = code_of_errno(sys_errno), .sys_errno = sys_errno};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(next.text, sizeof(next.text), format, arguments); /* bounded on purpose */
    va_end(arguments);
    const char *reason = strerrordesc_np(sys_errno);
    append_text(&next, ": ");
    append_text(&next, reason == NULL ? "unknown error" : reason);
    *error = next;
    return false;
}

bool error_wrap(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    struct error next = {.code = error->code, .sys_errno = error->sys_errno};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(next.text, sizeof(next.text), format, arguments); /* bounded on purpose */
    va_end(arguments);
    append_text(&next, ": ");
    append_text(&next, error->text);
    *error = next;
    return false;
}

int error_http_status(enum error_code code)
{
    return error_table[code].status;
}

const char *error_code_name(enum error_code code)
{
    return error_table[code].name;
}
