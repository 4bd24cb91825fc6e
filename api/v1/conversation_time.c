#include "api/v1/conversation_time.h"

#include "agent/event.h"
#include "server/base/buf.h"
#include "server/base/clock.h"

/* A zone is a letter at the end or an offset behind the time of day; a number has one, too. */
static bool has_zone(struct str text)
{
    const size_t date = sizeof("2026-11-21") - 1;
    double number;
    if (str_to_double(text, &number))
        return true;
    const struct str time = str_skip(text, date);
    return str_has_byte(time, 'Z') || str_has_byte(time, 'z') || str_has_byte(time, '+') ||
           str_has_byte(time, '-');
}

int64_t conversation_time_naive(struct str text, int64_t wall_us)
{
    scoped_buf struct buf local = {0};
    int64_t naive_us;
    if (!has_zone(str_trim(text)))
        return wall_us;
    event_write_time(wall_us, &local);
    return clock_parse_iso(buf_str(&local), &naive_us) ? naive_us : wall_us;
}
