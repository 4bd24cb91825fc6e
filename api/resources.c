#include "api/resources.h"

#include <fcntl.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "server/base/clock.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/str.h"

static double round_tenths(double value)
{
    return round(value * 10) / 10;
}

static uint64_t microseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static uint64_t used_cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

void resources_init(struct resources_sample *sample)
{
    *sample = (struct resources_sample){.at_us = clock_monotonic_us(), .cpu_us = used_cpu_us()};
}

static double cpu_percent(struct resources_sample *sample)
{
    const uint64_t now_us = clock_monotonic_us();
    if (now_us - sample->at_us < RESOURCES_SAMPLE_MS * UINT64_C(1000))
        return sample->percent;
    const uint64_t cpu_us = used_cpu_us();
    const double share = (double)(cpu_us - sample->cpu_us) / (double)(now_us - sample->at_us);
    *sample = (struct resources_sample){
        .at_us = now_us, .cpu_us = cpu_us, .percent = round_tenths(share * 100)};
    return sample->percent;
}

/* A small file of /proc; "" when it cannot be read. */
static struct str read_proc(const char *path, char *text, size_t size)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t len = fd < 0 ? -1 : read(fd, text, size);
    return str_span(text, len < 0 ? 0 : (size_t)len);
}

static void write_memory(struct jsonw *w)
{
    char text[256];
    struct str rest = read_proc("/proc/self/statm", text, sizeof(text));
    struct str piece;
    uint64_t pages[2] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(pages) && str_next(&rest, ' ', &piece); i++) {
        if (!str_to_u64(piece, 0, UINT64_MAX, &pages[i]))
            break;
    }
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t all_pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
    jsonw_object_in(w, "memory");
    jsonw_uint(w, "rss", pages[1] * page_bytes);
    jsonw_uint(w, "vms", pages[0] * page_bytes);
    jsonw_double(w, "percent", (double)pages[1] / (double)all_pages * 100);
    jsonw_end(w);
}

static void write_disk(struct jsonw *w)
{
    struct statvfs disk = {0};
    (void)statvfs("/", &disk); /* zeros say that nothing is known */
    const uint64_t used = (uint64_t)(disk.f_blocks - disk.f_bfree) * disk.f_frsize;
    const uint64_t available = (uint64_t)disk.f_bavail * disk.f_frsize;
    const double percent =
        used + available == 0 ? 0 : (double)used / (double)(used + available) * 100;
    jsonw_object_in(w, "disk");
    jsonw_uint(w, "total", (uint64_t)disk.f_blocks * disk.f_frsize);
    jsonw_uint(w, "used", used);
    jsonw_uint(w, "free", available);
    jsonw_double(w, "percent", round_tenths(percent));
    jsonw_end(w);
}

static uint64_t io_field(struct str text, struct str name)
{
    struct str line;
    uint64_t value;
    while (str_next(&text, '\n', &line)) {
        if (str_starts_with(line, name) &&
            str_to_u64(str_trim(str_skip(line, name.len)), 0, UINT64_MAX, &value))
            return value;
    }
    return 0;
}

static void write_io(struct jsonw *w)
{
    char text[1024];
    const struct str io = read_proc("/proc/self/io", text, sizeof(text));
    jsonw_object_in(w, "io");
    jsonw_uint(w, "read_bytes", io_field(io, STR("read_bytes:")));
    jsonw_uint(w, "write_bytes", io_field(io, STR("write_bytes:")));
    jsonw_end(w);
}

void resources_write(struct resources_sample *sample, struct jsonw *w)
{
    jsonw_object_in(w, "resources");
    jsonw_double(w, "cpu_percent", cpu_percent(sample));
    write_memory(w);
    write_disk(w);
    write_io(w);
    jsonw_end(w);
}
