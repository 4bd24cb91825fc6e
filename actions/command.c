#include "actions/command.h"

#include <signal.h>

#include "actions/command_input.h"
#include "actions/command_log.h"
#include "actions/command_output.h"
#include "actions/command_request.h"
#include "actions/command_spawn.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/timer.h"

#define MAGIC_COMMAND 0x434d4431u
#define OUTPUT_COUNT  2

enum command_state {
    STATE_STARTING,
    STATE_RUNNING,
    STATE_DRAINING,
    STATE_FINISHED
};

/* One of the command's outputs and the pipe it comes through. */
struct outlet {
    struct command *command;
    enum command_stream stream;
    struct pipe *pipe; /* NULL: never opened */
    bool has_ended;
};

struct command {
    uint32_t magic;
    struct list link; /* of commands */
    const struct command_host *host;
    enum command_state state;
    struct command_description description; /* its strings point into `text` */
    struct buf text;
    uint64_t request_sum;
    struct command_output output;
    struct process *process; /* NULL: not running any more */
    struct outlet outlets[OUTPUT_COUNT];
    struct command_input input;
    bool is_ending; /* TERM was sent because of a timeout or stop */
    bool is_killed; /* KILL as well */
    struct timer *deadline;
    struct timer *grace; /* NULL until it is needed */
    uint64_t grace_ends_ms;
    struct list waiters;
    struct list readers;
};

struct id command_id(const struct command *command)
{
    return command->description.id;
}

struct command *command_from_link(const struct list *link)
{
    /* The link is a member of an object that is not const. */
    struct list *own = (struct list *)(uintptr_t)link;
    return container_of(own, struct command, link);
}

struct list *command_link(struct command *command)
{
    return &command->link;
}

uint64_t command_request_sum(const struct command *command)
{
    return command->request_sum;
}

bool command_is_finished(const struct command *command)
{
    return command->state == STATE_FINISHED;
}

bool command_is_silent(const struct command *command)
{
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        if (command->outlets[i].pipe != NULL && !command->outlets[i].has_ended)
            return false;
    }
    return command->state != STATE_STARTING;
}

/* Everybody is told once: the links move to a list of their own first, so that whoever is called
 * may join again or cancel others. */
static void take_links(struct list *from, struct list *to)
{
    list_init(to);
    for (struct list *link = list_first(from); link != NULL; link = list_first(from)) {
        list_remove(link);
        list_append(to, link);
    }
}

static void tell_readers(struct command *command, bool is_end)
{
    struct list told;
    take_links(&command->readers, &told);
    for (struct list *link = list_first(&told); link != NULL; link = list_first(&told)) {
        struct command_reader *reader = container_of(link, struct command_reader, link);
        list_remove(link);
        reader->on_output(reader, is_end);
    }
}

static void tell_waiters(struct command *command)
{
    struct list told;
    take_links(&command->waiters, &told);
    for (struct list *link = list_first(&told); link != NULL; link = list_first(&told)) {
        struct command_waiter *waiter = container_of(link, struct command_waiter, link);
        list_remove(link);
        waiter->on_finished(waiter, command);
    }
}

/* The last thing a finished command does. */
static void settle_if_silent(struct command *command)
{
    if (command->state != STATE_FINISHED || !command_is_silent(command))
        return;
    output_flush(&command->output);
    tell_readers(command, true);
    command->host->on_settled(command->host->owner, command);
}

static void fill_end(const struct command *command, struct record *record)
{
    const struct command_end *end = &command->description.end;
    unsigned flags = RECORD_IS_LAST;
    flags |= str_is_set(command->description.message) ? RECORD_HAS_MESSAGE : 0;
    flags |= end->has_detached_writers ? RECORD_HAS_DETACHED : 0;
    *record = (struct record){.kind = RECORD_OUTPUT, .message = command->description.message};
    record->output = (struct record_output){.started_us = command->description.started_us,
                                            .user_us = end->user_us,
                                            .system_us = end->system_us,
                                            .peak_rss_bytes = end->peak_rss_bytes,
                                            .spent_us = end->wall_us,
                                            .exit_code = end->exit_code,
                                            .signal = end->signal,
                                            .pid = command->description.pid,
                                            .flags = (uint16_t)flags,
                                            .reason = (uint16_t)end->reason};
}

static void finish(struct command *command)
{
    assert(command->state != STATE_FINISHED);
    struct command_end *end = &command->description.end;
    command->state = STATE_FINISHED;
    end->has_detached_writers = !command_is_silent(command);
    timer_stop(command->deadline);
    if (command->grace != NULL)
        timer_stop(command->grace);
    command_input_close(&command->input);

    struct record record;
    fill_end(command, &record);
    output_finish(&command->output, &record);
    end->finished_us = record.output.wall_us;
    log_debug("command.finished", "id=%s reason=%s exit_code=%d",
              id_hex(command->description.id).text, command_reason_name(end->reason),
              end->exit_code);
    tell_waiters(command);
    settle_if_silent(command);
}

static bool group_is_alive(const struct command *command)
{
    return command->process != NULL || process_group_is_alive(command->description.pid);
}

static void signal_group(struct command *command, int signal)
{
    /* Once the leader is reaped its number may belong to others, unless the group still has it. */
    if (group_is_alive(command))
        (void)process_group_signal(command->description.pid, signal); /* may be gone by now */
}

static void on_grace_over(void *owner)
{
    struct command *command = owner;
    magic_check(command, MAGIC_COMMAND);
    if (command->state != STATE_DRAINING)
        return;
    /* A timeout or stop is over when the group is, and at the deadline at the latest. */
    if (command->is_ending && group_is_alive(command))
        return;
    finish(command);
}

/* Restarted by everything that still arrives, but not for ever. */
static void start_grace(struct command *command)
{
    uint64_t now = clock_monotonic_ms();
    if (command->grace == NULL) {
        command->grace = timer_open(command->host->loop, on_grace_over, command);
        command->grace_ends_ms = now + COMMAND_GRACE_MAX_MS;
    }
    uint64_t left = command->grace_ends_ms > now ? command->grace_ends_ms - now : 0;
    timer_start(command->grace, left < COMMAND_GRACE_SILENCE_MS ? left : COMMAND_GRACE_SILENCE_MS,
                0);
}

static void advance(struct command *command)
{
    if (command->state != STATE_DRAINING)
        return;
    if (!command_is_silent(command)) {
        start_grace(command);
        return;
    }
    if (command->is_ending && group_is_alive(command)) {
        start_grace(command);
        return;
    }
    finish(command);
}

static void on_data(void *owner, struct str chunk)
{
    struct outlet *outlet = owner;
    struct command *command = outlet->command;
    magic_check(command, MAGIC_COMMAND);
    output_append(&command->output, outlet->stream, chunk);
    advance(command);
    tell_readers(command, false);
}

static void on_end(void *owner)
{
    struct outlet *outlet = owner;
    struct command *command = outlet->command;
    magic_check(command, MAGIC_COMMAND);
    outlet->has_ended = true;
    if (command->state == STATE_FINISHED)
        settle_if_silent(command);
    else
        advance(command);
}

static void drain(struct command *command)
{
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        if (command->outlets[i].pipe != NULL)
            pipe_drain(command->outlets[i].pipe);
    }
}

/* While the pipes are drained the state is still RUNNING, so that nothing ends in between. */
static void on_exit_of_leader(void *owner, const struct process_exit *exit)
{
    struct command *command = owner;
    magic_check(command, MAGIC_COMMAND);
    struct command_end *end = &command->description.end;
    command->process = NULL;
    end->exit_code = exit->code;
    end->signal = exit->signal;
    end->user_us = exit->user_us;
    end->system_us = exit->system_us;
    end->peak_rss_bytes = exit->peak_rss_bytes;
    end->wall_us = exit->wall_us;
    if (end->reason == COMMAND_TIMEOUT)
        end->exit_code = -1;
    if (end->reason == COMMAND_RUNNING)
        end->reason = exit->signal != 0 ? COMMAND_SIGNALLED : COMMAND_EXITED;
    if (!command->is_ending)
        timer_stop(command->deadline);
    drain(command);
    command->state = STATE_DRAINING;
    advance(command);
}

static void end_group(struct command *command, enum command_reason reason)
{
    if (command->is_ending)
        return;
    command->is_ending = true;
    command->description.end.reason = reason;
    signal_group(command, SIGTERM);
    timer_start(command->deadline, COMMAND_TERM_WAIT_MS, 0);
}

/* Nothing can end this process: the command ends without it. */
static void give_up(struct command *command)
{
    struct command_end *end = &command->description.end;
    if (command->process != NULL) {
        log_warn("command.unkillable", "id=%s pid=%d", id_hex(command->description.id).text,
                 (int)command->description.pid);
        process_forget(command->process);
        command->process = NULL;
        end->exit_code = end->reason == COMMAND_TIMEOUT ? -1 : -SIGKILL;
        end->wall_us = clock_wall_us() - command->description.started_us;
    }
    finish(command);
}

static void on_deadline(void *owner)
{
    struct command *command = owner;
    magic_check(command, MAGIC_COMMAND);
    if (command->state == STATE_STARTING) {
        finish(command);
        return;
    }
    if (!command->is_ending) {
        end_group(command, COMMAND_TIMEOUT);
        return;
    }
    if (command->is_killed) {
        give_up(command);
        return;
    }
    command->is_killed = true;
    signal_group(command, SIGKILL);
    timer_start(command->deadline, COMMAND_KILL_WAIT_MS, 0);
    advance(command);
}

static uint64_t timeout_ms(int64_t timeout_s)
{
    if (timeout_s <= 0)
        return 0;
    return (uint64_t)(timeout_s < COMMAND_MAX_TIMEOUT_S ? timeout_s : COMMAND_MAX_TIMEOUT_S) * 1000;
}

static void open_outlet(struct command *command, enum command_stream stream, int fd)
{
    static const struct pipe_events events = {.on_data = on_data, .on_end = on_end};
    struct outlet *outlet = &command->outlets[stream];
    *outlet = (struct outlet){.command = command, .stream = stream};
    struct error error;
    if (fd < 0)
        return;
    if (pipe_open(command->host->loop, fd, &events, outlet, &outlet->pipe, &error))
        pipe_read_start(outlet->pipe);
    else
        log_error("command.no_output", "id=%s reason=\"%s\"", id_hex(command->description.id).text,
                  error.text);
}

static void open_input(struct command *command, int fd)
{
    static const struct pipe_events events = {0};
    struct command_input *input = &command->input;
    struct error error;
    input->is_terminal = command->description.has_terminal;
    if (input->is_terminal)
        input->pipe = command->outlets[COMMAND_STDOUT].pipe;
    else if (fd >= 0 && !pipe_open(command->host->loop, fd, &events, NULL, &input->pipe, &error))
        log_error("command.no_input", "id=%s reason=\"%s\"", id_hex(command->description.id).text,
                  error.text);
}

static void fail_to_spawn(struct command *command, const struct error *error)
{
    size_t start = command->text.len;
    buf_append(&command->text, str_from(error->text));
    command->description.message = str_skip(buf_str(&command->text), start);
    command->description.end.reason = COMMAND_SPAWN_FAILED;
    command->description.end.exit_code = -1;
    timer_start(command->deadline, 0, 0);
}

/* The strings of the description are copied once, behind one another, and never move again. */
static void describe_request(struct command *command, const struct record *record)
{
    struct command_description *description = &command->description;
    request_describe(record, description);
    (void)buf_reserve(&command->text, description->command.len + description->cwd.len +
                                          ERROR_TEXT_BYTES); /* larger than the limit: none */
    bool has_cwd = str_is_set(description->cwd);
    buf_append(&command->text, description->command);
    size_t cwd = command->text.len;
    buf_append(&command->text, description->cwd);
    description->command = str_slice(buf_str(&command->text), 0, cwd);
    description->cwd = has_cwd ? str_skip(buf_str(&command->text), cwd) : STR_NULL;
}

static struct command *new_command(const struct command_host *host, const struct record *record)
{
    struct command *command = mem_zero(1, sizeof(*command));
    command->magic = MAGIC_COMMAND;
    command->host = host;
    command->request_sum = request_sum(record);
    list_init(&command->waiters);
    list_init(&command->readers);
    describe_request(command, record);
    output_init(&command->output, host->log, record->command.id);
    command->deadline = timer_open(host->loop, on_deadline, command);
    return command;
}

struct command *command_start(const struct command_host *host,
                              const struct command_request *request, struct record *record)
{
    command_log_add_command(host->log, record);
    struct command *command = new_command(host, record);
    struct command_spawned spawned;
    struct error error;
    if (!command_spawn(host, request, on_exit_of_leader, command, &spawned, &error)) {
        fail_to_spawn(command, &error);
        return command;
    }
    command->state = STATE_RUNNING;
    command->process = spawned.process;
    command->description.pid = process_pid(spawned.process);
    open_outlet(command, COMMAND_STDOUT, spawned.output);
    open_outlet(command, COMMAND_STDERR, spawned.errors);
    open_input(command, spawned.input);
    if (request->has_timeout)
        timer_start(command->deadline, timeout_ms(request->timeout_s), 0);
    return command;
}

void command_end_now(struct command *command)
{
    if (command->state == STATE_DRAINING) {
        command->state = STATE_RUNNING; /* so that draining ends nothing */
        drain(command);
        command->state = STATE_DRAINING;
    }
    if (command->state == STATE_DRAINING || command->state == STATE_STARTING)
        finish(command);
}

static void unlink_all(struct list *links)
{
    for (struct list *link = list_first(links); link != NULL; link = list_first(links))
        list_remove(link);
}

void command_free(struct command *command)
{
    if (command == NULL)
        return;
    magic_check(command, MAGIC_COMMAND);
    list_remove(&command->link);
    unlink_all(&command->waiters);
    unlink_all(&command->readers);
    timer_close(command->deadline);
    timer_close(command->grace);
    if (command->process != NULL)
        process_forget(command->process);
    command_input_close(&command->input);
    for (size_t i = 0; i < OUTPUT_COUNT; i++)
        pipe_close(command->outlets[i].pipe);
    output_flush(&command->output);
    output_fini(&command->output);
    buf_fini(&command->text);
    command->magic = 0;
    free(command);
}

void command_describe(const struct command *command, struct command_description *ret_description)
{
    *ret_description = command->description;
    if (command->state != STATE_FINISHED)
        ret_description->end = (struct command_end){.reason = COMMAND_RUNNING};
    ret_description->stdout_bytes = output_bytes(&command->output, COMMAND_STDOUT);
    ret_description->stderr_bytes = output_bytes(&command->output, COMMAND_STDERR);
    ret_description->dropped_bytes = command->output.dropped_bytes;
    ret_description->end.has_detached_writers =
        command->state == STATE_FINISHED && !command_is_silent(command);
}

void command_wait(struct command *command, struct command_waiter *waiter)
{
    assert(command->state != STATE_FINISHED);
    list_append(&command->waiters, &waiter->link);
}

void command_waiter_cancel(struct command_waiter *waiter)
{
    list_remove(&waiter->link);
}

void command_follow(struct command *command, struct command_reader *reader)
{
    list_append(&command->readers, &reader->link);
}

void command_reader_cancel(struct command_reader *reader)
{
    list_remove(&reader->link);
}

void command_stop(struct command *command)
{
    if (command->state == STATE_RUNNING || command->state == STATE_DRAINING)
        end_group(command, COMMAND_STOPPED);
}

bool command_signal(struct command *command, int signal, bool is_for_group, struct error *error)
{
    if (command->process == NULL)
        return error_set(error, ERROR_CONFLICT, "the command is not running");
    bool is_sent = is_for_group ? process_signal_group(command->process, signal)
                                : process_signal(command->process, signal);
    return is_sent || error_set(error, ERROR_CONFLICT, "the command cannot be signalled");
}

bool command_write(struct command *command, uint64_t from, struct str bytes, bool is_end,
                   uint64_t *ret_total, struct error *error)
{
    if (!command_input_write(&command->input, from, bytes, is_end, error))
        return false;
    *ret_total = command->input.written;
    return true;
}

uint64_t command_written(const struct command *command)
{
    return command->input.written;
}

bool command_resize(struct command *command, unsigned cols, unsigned rows, struct error *error)
{
    const struct pipe *terminal = command->outlets[COMMAND_STDOUT].pipe;
    if (!command->description.has_terminal)
        return error_set(error, ERROR_CONFLICT, "the command has no terminal");
    if (command_is_silent(command) || terminal == NULL)
        return error_set(error, ERROR_CONFLICT, "the command's terminal is closed");
    if (!command_set_size(pipe_fd(terminal), cols, rows, error))
        return false;
    command->description.cols = cols;
    command->description.rows = rows;
    return true;
}

bool command_read(const struct command *command, enum command_stream stream, uint64_t from,
                  size_t limit, struct buf *out, uint64_t *ret_from)
{
    return output_read(&command->output, stream, from, limit, out, ret_from);
}

uint64_t command_bytes(const struct command *command, enum command_stream stream)
{
    return output_bytes(&command->output, stream);
}

void command_unshown(const struct command *command, uint64_t *ret_stdout, uint64_t *ret_stderr)
{
    *ret_stdout = command->output.streams[COMMAND_STDOUT].event_from;
    *ret_stderr = command->output.streams[COMMAND_STDERR].event_from;
}
