#include "actions/command_log_index.h"

#include "server/base/mem.h"
#include "server/base/str.h"

#define NONE LOG_TABLE_NONE

static struct log_event *event_of(const struct log_index *index, uint32_t number)
{
    size_t position = (uint32_t)(number - index->start_number);
    assert(position < log_index_count(index));
    return &index->events[index->start + position];
}

static uint32_t number_of(const struct log_index *index, const struct log_event *event)
{
    size_t position = (size_t)(event - index->events) - index->start;
    return index->start_number + (uint32_t)position;
}

static struct id event_id(const void *owner, uint32_t number)
{
    return event_of(owner, number)->id;
}

static struct id command_id_of(const void *owner, uint32_t number)
{
    const struct log_index *index = owner;
    return index->commands[number].id;
}

void log_index_init(struct log_index *index)
{
    *index = (struct log_index){.first_free = NONE};
    index->event_numbers = (struct log_table){.id_of = event_id, .owner = index};
    index->command_numbers = (struct log_table){.id_of = command_id_of, .owner = index};
}

void log_index_fini(struct log_index *index)
{
    for (size_t i = 0; i < index->command_count; i++)
        free(index->commands[i].chunks);
    free(index->commands);
    free(index->events);
    log_table_fini(&index->event_numbers);
    log_table_fini(&index->command_numbers);
    log_index_init(index);
}

size_t log_index_count(const struct log_index *index)
{
    return index->end - index->start;
}

const struct log_event *log_index_at(const struct log_index *index, size_t position)
{
    assert(position < log_index_count(index));
    return &index->events[index->start + position];
}

size_t log_index_from_seq(const struct log_index *index, uint64_t seq)
{
    size_t low = 0;
    size_t high = log_index_count(index);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log_index_at(index, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t log_index_from_time(const struct log_index *index, int64_t wall_us)
{
    size_t low = 0;
    size_t high = log_index_count(index);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log_index_at(index, middle)->wall_us < wall_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct log_event *log_index_find(const struct log_index *index, struct id id)
{
    uint32_t number = log_table_find(&index->event_numbers, id);
    return number == NONE ? NULL : event_of(index, number);
}

struct log_command *log_index_command(const struct log_index *index, struct id id)
{
    uint32_t number = log_table_find(&index->command_numbers, id);
    return number == NONE ? NULL : &index->commands[number];
}

struct log_command *log_index_command_of(const struct log_index *index,
                                         const struct log_event *event)
{
    return &index->commands[event->command];
}

static const struct log_event *event_or_null(const struct log_index *index, uint32_t number)
{
    return number == NONE ? NULL : event_of(index, number);
}

const struct log_event *log_index_first(const struct log_index *index,
                                        const struct log_command *command)
{
    return event_or_null(index, command->first_event);
}

const struct log_event *log_index_next(const struct log_index *index, const struct log_event *event)
{
    return event_or_null(index, event->next);
}

const struct log_event *log_index_last(const struct log_index *index,
                                       const struct log_command *command)
{
    return event_or_null(index, command->last_event);
}

/* Free commands are chained by first_event. */
static uint32_t take_free(struct log_index *index)
{
    if (index->first_free != NONE) {
        assert(index->commands != NULL);
        uint32_t number = index->first_free;
        index->first_free = index->commands[number].first_event;
        return number;
    }
    if (index->command_count == index->command_capacity) {
        index->command_capacity = index->command_capacity == 0 ? 64 : index->command_capacity * 2;
        index->commands =
            mem_resize(index->commands, index->command_capacity * sizeof(*index->commands));
    }
    return (uint32_t)index->command_count++;
}

static struct log_command *command_made(struct log_index *index, struct id id)
{
    struct log_command *command = log_index_command(index, id);
    if (command != NULL)
        return command;
    uint32_t number = take_free(index);
    assert(index->commands != NULL);
    command = &index->commands[number];
    *command = (struct log_command){.id = id, .first_event = NONE, .last_event = NONE};
    log_table_add(&index->command_numbers, id, number);
    return command;
}

static void forget_if_unused(struct log_index *index, struct log_command *command)
{
    if (command->is_open || command->first_event != NONE)
        return;
    log_table_remove(&index->command_numbers, command->id);
    free(command->chunks);
    *command = (struct log_command){.first_event = index->first_free};
    index->first_free = (uint32_t)(command - index->commands);
}

static void make_room(struct log_index *index)
{
    if (index->end < index->capacity)
        return;
    size_t count = log_index_count(index);
    if (index->start > index->capacity / 2) {
        assert(index->events != NULL);
        memmove(index->events, index->events + index->start, count * sizeof(*index->events));
        index->start = 0;
        index->end = count;
        return;
    }
    index->capacity = index->capacity == 0 ? 64 : index->capacity * 2;
    index->events = mem_resize(index->events, index->capacity * sizeof(*index->events));
}

bool log_index_add(struct log_index *index, struct id command_id, const struct log_event *event)
{
    size_t count = log_index_count(index);
    const struct log_event *newest = count == 0 ? NULL : log_index_at(index, count - 1);
    if (newest != NULL && (newest->seq >= event->seq || newest->wall_us >= event->wall_us))
        return false;
    if (log_index_find(index, event->id) != NULL)
        return false;
    if ((uint32_t)(index->start_number + count) == NONE) {
        /* Four thousand million events later the numbers are used up: start over. */
        log_index_drop(index, count);
        index->start_number = 0;
    }
    make_room(index);
    struct log_command *command = command_made(index, command_id);
    struct log_event *added = &index->events[index->end++];
    *added = *event;
    added->command = (uint32_t)(command - index->commands);
    added->next = NONE;
    uint32_t number = number_of(index, added);
    if (command->first_event == NONE)
        command->first_event = number;
    else
        event_of(index, command->last_event)->next = number;
    command->last_event = number;
    log_table_add(&index->event_numbers, event->id, number);
    return true;
}

static void push_chunk(struct log_command *command, const struct log_chunk *chunk)
{
    if (command->chunk_count == command->chunk_capacity) {
        command->chunk_capacity = command->chunk_capacity == 0 ? 4 : command->chunk_capacity * 2;
        command->chunks =
            mem_resize(command->chunks, command->chunk_capacity * sizeof(*command->chunks));
    }
    command->chunks[command->chunk_count++] = *chunk;
}

bool log_index_add_chunk(struct log_index *index, struct id command_id,
                         const struct log_chunk *chunk)
{
    struct log_command *command = log_index_command(index, command_id);
    if (command == NULL)
        return false;
    if (command->chunk_count > 0 &&
        command->chunks[command->chunk_count - 1].all_from >= chunk->all_from)
        return false;
    push_chunk(command, chunk);
    return true;
}

void log_index_open(struct log_index *index, struct id command_id)
{
    command_made(index, command_id)->is_open = true;
}

void log_index_close(struct log_index *index, struct id command_id)
{
    struct log_command *command = log_index_command(index, command_id);
    if (command == NULL)
        return;
    command->is_open = false;
    forget_if_unused(index, command);
}

static void drop_oldest(struct log_index *index)
{
    assert(index->events != NULL);
    struct log_event *event = &index->events[index->start];
    struct log_command *command = &index->commands[event->command];
    log_table_remove(&index->event_numbers, event->id);
    command->first_event = event->next;
    if (event->next == NONE) {
        command->last_event = NONE;
        command->has_inline = false;
    }
    index->start++;
    index->start_number++;
    forget_if_unused(index, command);
}

void log_index_drop(struct log_index *index, size_t count)
{
    assert(count <= log_index_count(index));
    for (size_t i = 0; i < count; i++)
        drop_oldest(index);
}

struct log_command *log_index_next_open(const struct log_index *index, size_t *cursor)
{
    while (*cursor < index->command_count) {
        struct log_command *command = &index->commands[(*cursor)++];
        if (command->is_open)
            return command;
    }
    return NULL;
}
