#include "server/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/fd.h"
#include "server/base/jsonw.h"
#include "server/base/str.h"

#define LOG_LINE_MAX_BYTES 16384

static enum log_level minimum_level = LOG_LEVEL_INFO;
static bool writes_json;

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};

void log_init(enum log_level level, bool is_json)
{
    minimum_level = level;
    writes_json = is_json;
}

bool log_is_enabled(enum log_level level)
{
    return level >= minimum_level;
}

static void append_json(struct buf *line, enum log_level level, const char *event,
                        struct str message, struct str time)
{
    struct jsonw w;
    jsonw_init(&w, line);
    jsonw_object(&w);
    jsonw_string(&w, "asctime", time);
    jsonw_cstr(&w, "levelname", level_names[level]);
    jsonw_cstr(&w, "name", "actiond");
    jsonw_cstr(&w, "event", event);
    jsonw_string(&w, "message", message);
    jsonw_end(&w);
}

/* A value may come from outside; a line break in it must not start a new line. */
static void append_plain(struct buf *line, struct str message)
{
    for (size_t i = 0; i < message.len; i++) {
        const char c = message.data[i];
        if ((unsigned char)c < 0x20 || c == 0x7f)
            buf_printf(line, "\\x%02x", (unsigned char)c);
        else
            buf_append_byte(line, c);
    }
}

static void write_line(const struct buf *line)
{
    (void)!fd_write(STDERR_FILENO, buf_str(line)); /* a log must not stop the server */
}

void log_write(enum log_level level, const char *event, const char *format, ...)
{
    if (!log_is_enabled(level))
        return;
    const int saved_errno = errno;
    char message[4096];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments); /* cut on purpose */
    va_end(arguments);
    scoped_buf struct buf time = {0};
    clock_format_utc(&time, clock_wall_us());
    scoped_buf struct buf line = {.max_bytes = LOG_LINE_MAX_BYTES};
    if (writes_json) {
        append_json(&line, level, event, str_from(message), buf_str(&time));
    } else {
        buf_printf(&line, "%s %-7s %s ", time.data, level_names[level], event);
        append_plain(&line, str_from(message));
    }
    buf_append_byte(&line, '\n');
    write_line(&line);
    errno = saved_errno;
}
