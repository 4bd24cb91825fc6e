#include "api/v0/monitor.h"

#include <fcntl.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process_table.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

struct v0_monitor {
    struct loop *loop;
    struct timer *timer;
    uint64_t end_ms;
    bool is_sampling;
    bool is_closed; /* while sampling: the job's end frees it */
    double mib;     /* of the job */
};

/* Of one process, from the line "Pss:   123 kB"; 0 when it has gone. */
static uint64_t pss_kib(pid_t pid)
{
    scoped_buf struct buf path = {0};
    char text[4096];
    uint64_t kib = 0;
    buf_printf(&path, "/proc/%d/smaps_rollup", (int)pid);
    scoped_fd int fd = open(path.data, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
    if (len <= 0)
        return 0;
    struct str rest = str_span(text, (size_t)len);
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        if (!str_starts_with(line, STR("Pss:")) || !str_ends_with(line, STR(" kB")))
            continue;
        const struct str number = str_trim(str_slice(line, 4, line.len - 3));
        return str_to_u64(number, 0, UINT64_MAX, &kib) ? kib : 0;
    }
    return 0;
}

static void sample(void *owner)
{
    struct v0_monitor *monitor = owner;
    struct process_table table = {0};
    const pid_t own = getpid();
    uint64_t kib = pss_kib(own);
    if (process_table_read(&table)) {
        for (size_t i = 0; i < table.count; i++) {
            if (table.rows[i].pid != own && process_table_descends(&table, &table.rows[i], own))
                kib += pss_kib(table.rows[i].pid);
        }
    }
    process_table_fini(&table);
    monitor->mib = (double)kib / 1024;
}

static void free_monitor(struct v0_monitor *monitor)
{
    timer_close(monitor->timer);
    free(monitor);
}

static void on_sampled(void *owner, bool is_cancelled)
{
    struct v0_monitor *monitor = owner;
    monitor->is_sampling = false;
    if (monitor->is_closed) {
        free_monitor(monitor);
        return;
    }
    if (!is_cancelled)
        log_info("v0.memory", "[Memory usage] MEM %.6f %.4f", monitor->mib,
                 (double)clock_wall_us() / 1e6);
    if (loop_now_ms(monitor->loop) < monitor->end_ms)
        timer_start(monitor->timer, V0_MONITOR_INTERVAL_MS, 0);
}

static void on_due(void *owner)
{
    struct v0_monitor *monitor = owner;
    monitor->is_sampling = true;
    (void)work_start(monitor->loop, sample, on_sampled, monitor); /* runs to its end */
}

struct v0_monitor *v0_monitor_open(struct loop *loop)
{
    struct v0_monitor *monitor = mem_zero(1, sizeof(*monitor));
    monitor->loop = loop;
    monitor->end_ms = loop_now_ms(loop) + V0_MONITOR_DURATION_MS;
    monitor->timer = timer_open(loop, on_due, monitor);
    timer_start(monitor->timer, 0, 0);
    return monitor;
}

void v0_monitor_close(struct v0_monitor *monitor)
{
    if (monitor == NULL)
        return;
    timer_stop(monitor->timer);
    monitor->is_closed = true;
    if (!monitor->is_sampling)
        free_monitor(monitor);
}
