#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line per event on standard error: an event name from a small vocabulary, then key=value.
 *
 *     log_info("command.started", "id=%s pid=%d", id, pid);
 *
 * error: somebody must act · warn: we coped, and say how · info: life cycle · debug: the rest.
 * Never tokens, file contents, command lines, output or environment above debug. With JSON lines
 * (LOG_JSON) each line is one object with asctime, levelname, name, message. Safe from any thread;
 * a line is written with one write call.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARN,
    LOG_LEVEL_ERROR,
};

void log_init(enum log_level level, bool is_json);
bool log_is_enabled(enum log_level level);
void log_write(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(event, ...) log_write(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...)  log_write(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(event, ...)  log_write(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...)                                                                      \
    do {                                                                                           \
        if (log_is_enabled(LOG_LEVEL_DEBUG))                                                       \
            log_write(LOG_LEVEL_DEBUG, event, __VA_ARGS__);                                        \
    } while (0)

#endif
