#include "actions/commands.h"

#include "actions/command_log.h"
#include "actions/command_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/map.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

#define EXPIRE_MIN_MS UINT64_C(60000)

struct commands {
    struct command_host host;
    struct command_log *log;
    struct map by_id; /* the live ones */
    struct list live; /* oldest first */
    struct list listeners;
    struct timer *notice; /* runs out at once: the listeners are told by the loop */
    struct timer *expiry;
    uint64_t expire_every_ms; /* 0: never */
};

static void tell_listeners(void *owner)
{
    struct commands *commands = owner;
    struct list told;
    list_init(&told);
    /* Each is moved on before it is called, so it may cancel itself or others. */
    for (struct list *link = list_first(&commands->listeners); link != NULL;
         link = list_first(&commands->listeners)) {
        list_remove(link);
        list_append(&told, link);
    }
    for (struct list *link = list_first(&told); link != NULL; link = list_first(&told)) {
        list_remove(link);
        list_append(&commands->listeners, link);
        struct commands_listener *listener = container_of(link, struct commands_listener, link);
        listener->on_events(listener);
    }
}

static void notify(struct commands *commands)
{
    if (!list_is_empty(&commands->listeners) && !timer_is_running(commands->notice))
        timer_start(commands->notice, 0, 0);
}

/* The timer runs only while there is something that can become too old. */
static void expire(void *owner)
{
    struct commands *commands = owner;
    if (!command_log_expire(commands->log))
        timer_stop(commands->expiry);
}

static void on_event(void *owner)
{
    struct commands *commands = owner;
    notify(commands);
    if (commands->expire_every_ms > 0 && !timer_is_running(commands->expiry))
        timer_start(commands->expiry, commands->expire_every_ms, commands->expire_every_ms);
}

static void on_settled(void *owner, struct command *command)
{
    struct commands *commands = owner;
    map_remove(&commands->by_id, command_id(command));
    command_log_settle(commands->log, command_id(command));
    command_free(command);
}

/* Half of the retention, so that an event is at most half as old again as it may be. */
static uint64_t expiry_interval(int64_t retention_seconds)
{
    if (retention_seconds <= 0)
        return 0;
    uint64_t half = (uint64_t)retention_seconds * 500;
    return half < EXPIRE_MIN_MS ? EXPIRE_MIN_MS : half;
}

static void open_log(struct commands *commands, struct str directory, int64_t retention_seconds,
                     int64_t max_bytes)
{
    commands->log =
        command_log_new(&(struct command_log_options){.directory = directory,
                                                      .retention_seconds = retention_seconds,
                                                      .max_bytes = max_bytes,
                                                      .on_event = on_event,
                                                      .owner = commands});
    commands->host.log = commands->log;
    commands->expire_every_ms = expiry_interval(retention_seconds);
    timer_stop(commands->expiry);
    if (commands->expire_every_ms > 0 && log_index_count(command_log_index(commands->log)) > 0)
        timer_start(commands->expiry, commands->expire_every_ms, commands->expire_every_ms);
}

bool commands_open(const struct commands_options *options, struct commands **ret_commands,
                   struct error *error)
{
    if (str_is_empty(options->directory) || str_has_byte(options->directory, '\0'))
        return error_set(error, ERROR_INVALID, "the folder of the command log has no name");
    struct commands *commands = mem_zero(1, sizeof(*commands));
    commands->host = (struct command_host){.loop = options->loop,
                                           .processes = options->processes,
                                           .child_env = options->child_env,
                                           .on_settled = on_settled,
                                           .owner = commands};
    list_init(&commands->live);
    list_init(&commands->listeners);
    commands->notice = timer_open(options->loop, tell_listeners, commands);
    commands->expiry = timer_open(options->loop, expire, commands);
    open_log(commands, options->directory, options->retention_seconds, options->max_bytes);
    *ret_commands = commands;
    return true;
}

bool commands_reopen(struct commands *commands, struct str directory, int64_t retention_seconds,
                     int64_t max_bytes, struct error *error)
{
    if (!list_is_empty(&commands->live))
        return error_set(error, ERROR_CONFLICT, "commands are running");
    if (str_is_empty(directory) || str_has_byte(directory, '\0'))
        return error_set(error, ERROR_INVALID, "the folder of the command log has no name");
    command_log_free(commands->log);
    open_log(commands, directory, retention_seconds, max_bytes);
    notify(commands);
    return true;
}

void commands_close(struct commands *commands)
{
    if (commands == NULL)
        return;
    for (struct list *link = list_first(&commands->live); link != NULL;
         link = list_first(&commands->live)) {
        command_end_now(command_from_link(link));
        if (list_first(&commands->live) == link) /* it has not settled */
            command_free(command_from_link(link));
    }
    for (struct list *link = list_first(&commands->listeners); link != NULL;
         link = list_first(&commands->listeners))
        list_remove(link);
    timer_close(commands->notice);
    timer_close(commands->expiry);
    map_fini(&commands->by_id);
    command_log_free(commands->log);
    free(commands);
}

/* The sum of the request behind a known id; false when the id is not that of a known command. */
static bool find_known(const struct commands *commands, struct id id, uint64_t *ret_sum)
{
    const struct command *command = commands_find(commands, id);
    if (command != NULL) {
        *ret_sum = command_request_sum(command);
        return true;
    }
    const struct log_event *event = log_index_find(command_log_index(commands->log), id);
    scoped_buf struct buf bytes = {0};
    struct record record;
    if (event == NULL || event->order >= 0 ||
        !command_log_read(commands->log, event->place, &bytes, &record))
        return false;
    *ret_sum = request_sum(&record);
    return true;
}

static bool accept_repeat(const struct commands *commands, const struct record *record,
                          struct error *error)
{
    uint64_t sum;
    if (find_known(commands, record->command.id, &sum) && sum == request_sum(record))
        return true;
    return error_set(error, ERROR_CONFLICT, "the id '%s' is that of another request",
                     id_hex(record->command.id).text);
}

bool commands_start(struct commands *commands, const struct command_request *request,
                    struct command_started *ret_started, struct error *error)
{
    struct id id = id_is_nil(request->id) ? id_new() : request->id;
    scoped_buf struct buf text = {0};
    struct record record;
    request_to_record(request, id, &text, &record);
    if (commands_knows(commands, id)) {
        *ret_started = (struct command_started){.id = id};
        return accept_repeat(commands, &record, error);
    }
    if (commands->by_id.count >= COMMANDS_MAX_RUNNING)
        return error_set(error, ERROR_LIMIT, "%d commands are running already",
                         COMMANDS_MAX_RUNNING);
    struct command *command = command_start(&commands->host, request, &record);
    map_set(&commands->by_id, id, command);
    list_append(&commands->live, command_link(command));
    *ret_started = (struct command_started){.id = id, .is_new = true};
    return true;
}

struct command *commands_find(const struct commands *commands, struct id id)
{
    return map_find(&commands->by_id, id);
}

struct list *commands_live(struct commands *commands)
{
    return &commands->live;
}

struct command_log *commands_log(const struct commands *commands)
{
    return commands->log;
}

struct loop *commands_loop(const struct commands *commands)
{
    return commands->host.loop;
}

bool commands_knows(const struct commands *commands, struct id id)
{
    const struct log_index *index = command_log_index(commands->log);
    return commands_find(commands, id) != NULL || log_index_find(index, id) != NULL ||
           log_index_command(index, id) != NULL;
}

static void describe_end(const struct record *record, struct command_description *description)
{
    const struct record_output *meta = &record->output;
    description->end =
        (struct command_end){.reason = meta->reason,
                             .exit_code = meta->exit_code,
                             .signal = meta->signal,
                             .finished_us = meta->wall_us,
                             .user_us = meta->user_us,
                             .system_us = meta->system_us,
                             .peak_rss_bytes = meta->peak_rss_bytes,
                             .wall_us = meta->spent_us,
                             .has_detached_writers = false}; /* nobody holds its pipes any more */
    description->started_us = meta->started_us;
    description->pid = meta->pid;
    description->dropped_bytes = meta->dropped_bytes;
    if (meta->flags & RECORD_HAS_MESSAGE)
        description->message = record->message;
    if (description->end.reason >= COMMAND_LOST)
        description->end.reason = COMMAND_LOST;
}

/* The record of the last event, when that one tells the end. */
static bool read_end(const struct commands *commands, const struct log_command *stored,
                     struct buf *bytes, struct record *ret_record)
{
    const struct log_event *last = log_index_last(command_log_index(commands->log), stored);
    return last != NULL && command_log_read(commands->log, last->place, bytes, ret_record) &&
           ret_record->kind == RECORD_OUTPUT && (ret_record->output.flags & RECORD_IS_LAST) != 0;
}

/* Moves a view of one buffer to a copy at the end of another; offsets, because that may move. */
static size_t keep_text(struct buf *text, struct str view)
{
    size_t at = text->len;
    buf_append(text, view);
    return at;
}

static void describe_stored(const struct commands *commands, const struct log_command *stored,
                            struct buf *text, struct command_description *description)
{
    const struct log_index *index = command_log_index(commands->log);
    scoped_buf struct buf bytes = {0};
    struct record record;
    description->id = stored->id;
    description->end.reason = COMMAND_LOST;
    const struct log_event *start = log_index_find(index, stored->id);
    if (start != NULL && start->order < 0 &&
        command_log_read(commands->log, start->place, &bytes, &record))
        request_describe(&record, description);
    size_t command = keep_text(text, description->command);
    size_t cwd = keep_text(text, description->cwd);
    if (read_end(commands, stored, &bytes, &record))
        describe_end(&record, description);
    size_t message = keep_text(text, description->message);

    struct str all = buf_str(text);
    if (str_is_set(description->command))
        description->command = str_slice(all, command, cwd);
    if (str_is_set(description->cwd))
        description->cwd = str_slice(all, cwd, message);
    if (str_is_set(description->message))
        description->message = str_skip(all, message);
    command_log_totals(commands->log, stored->id, &description->stdout_bytes,
                       &description->stderr_bytes);
}

bool commands_describe(const struct commands *commands, struct id id, struct buf *text,
                       struct command_description *ret_description)
{
    buf_clear(text);
    const struct command *command = commands_find(commands, id);
    if (command != NULL) {
        command_describe(command, ret_description);
        return true;
    }
    const struct log_command *stored = log_index_command(command_log_index(commands->log), id);
    if (stored == NULL)
        return false;
    *ret_description = (struct command_description){0};
    describe_stored(commands, stored, text, ret_description);
    return true;
}

/* What a running command printed and no event shows yet must not get lost in a clear. */
static bool keep_unshown(void *owner, struct id command_id, uint64_t *ret_stdout_from,
                         uint64_t *ret_stderr_from)
{
    const struct command *command = commands_find(owner, command_id);
    if (command == NULL || command_is_finished(command))
        return false;
    command_unshown(command, ret_stdout_from, ret_stderr_from);
    return true;
}

size_t commands_clear(struct commands *commands)
{
    struct command_log_keep keep = {.keep = keep_unshown, .owner = commands};
    size_t count = command_log_clear(commands->log, &keep);
    notify(commands);
    return count;
}

void commands_listen(struct commands *commands, struct commands_listener *listener)
{
    list_append(&commands->listeners, &listener->link);
}

void commands_listener_cancel(struct commands_listener *listener)
{
    list_remove(&listener->link);
}
