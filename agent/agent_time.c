#include "agent/agent_time.h"

#include <time.h>

#include "server/base/buf.h"
#include "server/base/clock.h"

#define DATE_LEN   (sizeof("2026-11-21") - 1)
#define MINUTE_LEN (sizeof("2026-11-21T02:23") - 1)

bool agent_time_is_iso(struct str text)
{
    int64_t ignored;
    return text.len >= DATE_LEN && text.data[4] == '-' && clock_parse_iso(text, &ignored);
}

/* Seconds east of Greenwich, from the end of an ISO time. */
static bool read_zone(struct str time, int64_t *ret_seconds)
{
    uint64_t hours;
    uint64_t minutes = 0;
    struct str zone = str_skip(time, time.len < DATE_LEN ? time.len : DATE_LEN);
    *ret_seconds = 0;
    if (str_ends_with(zone, STR("Z")) || str_ends_with(zone, STR("z")))
        return true;
    while (zone.len > 0 && zone.data[0] != '+' && zone.data[0] != '-')
        zone = str_skip(zone, 1);
    const size_t at = zone.len == sizeof("+hh:mm") - 1 ? 4 : 3; /* of the minutes */
    if (zone.len < 3 || !str_to_u64(str_slice(zone, 1, 3), 0, 23, &hours) ||
        (zone.len > 3 && !str_to_u64(str_skip(zone, at), 0, 59, &minutes)))
        return false;
    *ret_seconds = (int64_t)(hours * 3600 + minutes * 60);
    if (zone.data[0] == '-')
        *ret_seconds = -*ret_seconds;
    return true;
}

static int64_t local_zone(int64_t wall_us)
{
    const time_t seconds = (time_t)(wall_us / 1000000);
    struct tm local = {0};
    (void)localtime_r(&seconds, &local); /* fails for years beyond int only */
    return local.tm_gmtoff;
}

static void print_zone(int64_t seconds, struct buf *out)
{
    const int64_t minutes = (seconds < 0 ? -seconds : seconds) / 60;
    buf_printf(out, "%c%02d:%02d", seconds < 0 ? '-' : '+', (int)(minutes / 60),
               (int)(minutes % 60));
}

void agent_time_now(struct str time, struct buf *out)
{
    const int64_t wall_us = clock_wall_us();
    int64_t zone;
    if (!read_zone(time, &zone))
        zone = local_zone(wall_us);
    clock_format_utc(out, wall_us + zone * 1000000);
    if (zone == 0)
        return;
    buf_truncate(out, out->len - 1); /* the "Z" */
    print_zone(zone, out);
}

void agent_time_brief(struct str text, struct buf *out)
{
    int64_t zone;
    if (!agent_time_is_iso(text)) {
        buf_append(out, text);
        return;
    }
    buf_append(out, str_slice(text, 0, text.len < MINUTE_LEN ? text.len : MINUTE_LEN));
    if (read_zone(text, &zone))
        print_zone(zone, out);
}
