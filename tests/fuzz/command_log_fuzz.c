#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/command_log.h"
#include "actions/command_log_search.h"
#include "server/base/buf.h"
#include "server/base/log.h"
#include "server/base/mem.h"

/*
 * A segment file that anybody may have written: it opens, everything that is found in it can be
 * read, and what is written afterwards is there. The sums are made right where they are wrong, so
 * that what stands behind them is reached too.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PREFIX_BYTES 32
#define START_BYTES  32
#define FAR_SEQ      (UINT64_C(1) << 61)
#define FAR_US       INT64_C(250000000000000000)

static char folder[] = "/tmp/command-log-fuzz-XXXXXX";

static void remove_folder(void)
{
    (void)rmdir(folder);
}

static void make_folder(void)
{
    static bool is_made;
    if (is_made)
        return;
    is_made = true;
    log_init(LOG_LEVEL_ERROR, false);
    assert(mkdtemp(folder) != NULL);
    assert(atexit(remove_folder) == 0);
}

static void path_of(struct buf *path, const char *name)
{
    buf_clear(path);
    buf_printf(path, "%s/%s", folder, name);
}

static void clear_folder(void)
{
    scoped_buf struct buf path = {0};
    path_of(&path, ".lock");
    (void)unlink(path.data);
    for (unsigned number = 1; number < 4; number++) {
        buf_clear(&path);
        buf_printf(&path, "%s/segment-%08u.log", folder, number);
        (void)unlink(path.data);
    }
}

/* Gives the record that begins at `at` the sums of what it holds; returns where it ends. */
static size_t make_sound(uint8_t *bytes, size_t size, size_t at)
{
    uint16_t meta_bytes;
    uint64_t body_bytes;
    memcpy(&meta_bytes, bytes + at + 6, sizeof(meta_bytes));
    memcpy(&body_bytes, bytes + at + 8, sizeof(body_bytes));
    const size_t left = size - at - PREFIX_BYTES;
    if (meta_bytes > left || body_bytes > left - meta_bytes)
        return size;
    const char *meta = (const char *)bytes + at + PREFIX_BYTES;
    const uint64_t body_sum = record_sum(0, str_span(meta + meta_bytes, body_bytes));
    memcpy(bytes + at + 16, &body_sum, sizeof(body_sum));
    const uint64_t front = record_sum(0, str_span((const char *)bytes + at, 24));
    const uint64_t head_sum = record_sum(front, str_span(meta, meta_bytes));
    memcpy(bytes + at + 24, &head_sum, sizeof(head_sum));
    return at + PREFIX_BYTES + meta_bytes + body_bytes;
}

static void write_segment(const uint8_t *data, size_t size)
{
    static const char start[START_BYTES] = "ACTLOG\x01\n\x01\0\0\0\0\0\0\0\x01";
    scoped_free uint8_t *bytes = mem_alloc(size + 1);
    memcpy(bytes, data, size);
    if (size > 0 && (data[0] & 1) == 1) {
        for (size_t at = 1; size - at > PREFIX_BYTES;)
            at = make_sound(bytes, size, at);
    }
    scoped_buf struct buf path = {0};
    path_of(&path, "segment-00000001.log");
    scoped_fd int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, start, sizeof(start)) == (ssize_t)sizeof(start));
    if (size > 1)
        assert(write(fd, bytes + 1, size - 1) == (ssize_t)(size - 1));
}

static void read_output(const struct command_log *log, struct id command_id)
{
    for (enum command_stream stream = COMMAND_STDOUT; stream <= COMMAND_ALL; stream++) {
        scoped_buf struct buf out = {0};
        const struct command_log_range range = {
            .command_id = command_id, .stream = stream, .limit = 1 << 20};
        uint64_t from;
        if (command_log_output(log, &range, &out, &from))
            assert(out.len > 0 && out.len <= range.limit);
    }
}

static void read_everything(const struct command_log *log)
{
    const struct log_index *index = command_log_index(log);
    for (size_t i = 0; i < log_index_count(index); i++) {
        const struct log_event *event = log_index_at(index, i);
        scoped_buf struct buf bytes = {0};
        struct record record;
        if (command_log_read(log, event->place, &bytes, &record))
            assert(record.kind == RECORD_COMMAND || record.kind == RECORD_OUTPUT);
        assert(log_index_find(index, event->id) == event);
        read_output(log, log_index_command_of(index, event)->id);
    }
}

/* Adds an event. False when a forged number or time was so large that this one passes the limit. */
static bool add_event(struct command_log *log)
{
    struct record record = {.kind = RECORD_COMMAND, .command_text = STR("true")};
    record.command.id = id_new();
    command_log_add_command(log, &record);
    const struct log_event *event = log_index_find(command_log_index(log), record.command.id);
    assert(event != NULL && event->seq == command_log_next_seq(log) - 1);
    command_log_settle(log, record.command.id);
    return event->seq < FAR_SEQ && event->wall_us < FAR_US;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_folder();
    write_segment(data, size);
    const struct command_log_options options = {.directory = str_from(folder)};
    struct command_log *log = command_log_new(&options);
    read_everything(log);
    const bool is_lasting = add_event(log);
    const size_t count = log_index_count(command_log_index(log));
    command_log_free(log);
    log = command_log_new(&options);
    assert(!is_lasting || log_index_count(command_log_index(log)) == count);
    command_log_free(log);
    clear_folder();
    return 0;
}
