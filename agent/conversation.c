/*
 * Changes are made at once, in memory and in the log; what is written at the end of the turn is
 * only base_state.json, which repeats some of it. A crash in between is put right when the folder
 * is opened again (conversation_disk.c).
 */
#include "agent/conversation.h"

#include <stdlib.h>

#include "agent/conversation_parts.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/meta.h"
#include "agent/secrets.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/* --- what it is --- */

struct id conversation_id(const struct conversation *conversation)
{
    return conversation->files.id;
}

const char *conversation_directory(const struct conversation *conversation)
{
    return conversation->files.directory;
}

const char *conversation_working_dir(const struct conversation *conversation)
{
    return conversation->files.working_dir;
}

const struct event_log *conversation_log(const struct conversation *conversation)
{
    return conversation->files.log;
}

const struct state *conversation_state(const struct conversation *conversation)
{
    return conversation->files.state;
}

const struct meta *conversation_meta(const struct conversation *conversation)
{
    return conversation->files.meta;
}

struct secret_mask *conversation_mask(struct conversation *conversation)
{
    return conversation->files.mask;
}

struct secrets *conversation_secrets(struct conversation *conversation)
{
    return conversation->files.state->secrets;
}

struct stats *conversation_stats(struct conversation *conversation)
{
    return conversation->files.state->stats;
}

enum event_level conversation_level(const struct conversation *conversation)
{
    return conversation->files.level;
}

size_t conversation_opened_count(const struct conversation *conversation)
{
    return conversation->opened_count;
}

bool conversation_is_closing(const struct conversation *conversation)
{
    return conversation->is_closing;
}

struct runner *conversation_runner(const struct conversation *conversation)
{
    return conversation->runner;
}

bool conversation_ends_session(const struct conversation *conversation)
{
    return conversation->is_closing && conversation->close != CLOSE_RESTS;
}

void conversation_set_runner(struct conversation *conversation, struct runner *runner,
                             void (*on_close)(struct runner *runner))
{
    conversation->runner = runner;
    conversation->on_runner_close = on_close;
}

/* --- HEAD --- */

static bool is_on_tree(const struct event_record *record)
{
    return record->kind != EVENT_STATE_UPDATE && record->kind != EVENT_CONVERSATION_ERROR;
}

/* Without a HEAD on record, it is the last event of the tree. */
static uint32_t find_head(const struct conversation_files *files)
{
    if (!id_is_nil(files->state->leaf)) {
        const size_t number =
            event_log_find(files->log, str_from(id_uuid(files->state->leaf).text));
        if (number != SIZE_MAX)
            return (uint32_t)number;
    }
    if (files->state->head_is_empty)
        return EVENT_NO_PARENT;
    for (size_t number = event_log_count(files->log); number > 0; number--)
        if (is_on_tree(event_log_record(files->log, number - 1)))
            return (uint32_t)(number - 1);
    return EVENT_NO_PARENT;
}

uint32_t conversation_head(const struct conversation *conversation)
{
    if (conversation->head != EVENT_NO_PARENT)
        return conversation->head;
    return event_log_count(conversation->files.log) > 0 ? EVENT_ROOT_PARENT : EVENT_NO_PARENT;
}

static void move_head(struct conversation *conversation, uint32_t head)
{
    struct state *state = conversation->files.state;
    conversation->head = head;
    state->head_is_empty = head == EVENT_NO_PARENT;
    state->leaf = head == EVENT_NO_PARENT ? (struct id){0}
                                          : event_log_record(conversation->files.log, head)->id;
    conversation->is_state_changed = true;
    conversation_touch(conversation);
}

size_t *conversation_branch_to(const struct conversation *conversation, uint32_t last,
                               size_t *ret_count)
{
    const struct event_log *log = conversation->files.log;
    size_t *numbers = mem_zero(event_log_count(log) + 1, sizeof(numbers[0]));
    size_t count = 0;
    uint32_t at = last;
    while (at != EVENT_NO_PARENT && at != EVENT_ROOT_PARENT) {
        const struct event_record *record = event_log_record(log, at);
        if (record->kind != EVENT_STATE_UPDATE)
            numbers[count++] = at;
        /* A parent stands before its children, or the file was made by nobody we know. */
        at = record->parent < at || record->parent >= EVENT_ROOT_PARENT ? record->parent
                                                                        : EVENT_NO_PARENT;
    }
    for (size_t i = 0; i < count / 2; i++) {
        const size_t swapped = numbers[i];
        numbers[i] = numbers[count - 1 - i];
        numbers[count - 1 - i] = swapped;
    }
    *ret_count = count;
    return numbers;
}

size_t *conversation_branch(const struct conversation *conversation, size_t *ret_count)
{
    return conversation_branch_to(conversation, conversation->head, ret_count);
}

bool conversation_navigate(struct conversation *conversation, struct str event_id,
                           struct error *error)
{
    if (!str_is_set(event_id)) {
        move_head(conversation, EVENT_NO_PARENT);
        return true;
    }
    const size_t number = event_log_find(conversation->files.log, event_id);
    if (number == SIZE_MAX)
        return error_set(error, ERROR_NOT_FOUND, "Unknown event_id: %.*s", STR_ARG(event_id));
    move_head(conversation, (uint32_t)number);
    return true;
}

/* --- the end of a turn --- */

static void write_state(struct conversation *conversation)
{
    struct error error;
    if (!conversation->is_state_changed || conversation->is_lost)
        return;
    if (conversation_disk_write_state(conversation->files.directory, conversation->files.state,
                                      conversation->options.cipher, &error)) {
        conversation->is_state_changed = false;
        return;
    }
    /* It stays changed, and the next change tries again; events say the same. */
    log_warn("conversation.unsaved", "id=%s error=\"%s\"", id_hex(conversation->files.id).text,
             error.text);
}

/* The time of the last event, which no file has but those of events. */
static void write_old_meta(struct conversation *conversation)
{
    struct error error;
    if (!conversation->is_meta_old || conversation->is_lost || conversation->close == CLOSE_DELETED)
        return;
    if (!conversation_disk_write_meta(conversation->files.directory, conversation->files.meta,
                                      conversation->options.cipher, &error))
        log_warn("conversation.unsaved", "id=%s error=\"%s\"", id_hex(conversation->files.id).text,
                 error.text);
}

static void finish_close(struct conversation *conversation)
{
    conversation_drop_notices(conversation);
    write_state(conversation);
    write_old_meta(conversation);
    conversation->on_closed(conversation->closed_owner, conversation);
}

static void close_runner(struct conversation *conversation)
{
    void (*on_close)(struct runner * runner) = conversation->on_runner_close;
    conversation->on_runner_close = NULL;
    if (conversation->runner != NULL && on_close != NULL)
        on_close(conversation->runner);
}

static void on_turn_end(void *owner)
{
    struct conversation *conversation = owner;
    if (conversation->is_closing)
        close_runner(conversation); /* what it still says is told with the rest */
    conversation->is_settling = false;
    write_state(conversation);
    conversation_tell(conversation);
    if (conversation->is_closing)
        conversation_tell_closed(conversation);
    conversation_release(conversation);
}

void conversation_touch(struct conversation *conversation)
{
    conversation->last_use_ms = loop_now_ms(conversation->options.loop);
    if (conversation->is_settling)
        return;
    conversation->is_settling = true;
    conversation_hold(conversation);
    loop_defer(conversation->options.loop, on_turn_end, conversation);
}

/* --- life --- */

struct conversation *conversation_new(const struct conversation_options *options,
                                      struct conversation_files *files)
{
    struct conversation *conversation = mem_zero(1, sizeof(*conversation));
    conversation->options = *options;
    conversation->files = *files;
    *files = (struct conversation_files){0};
    list_init(&conversation->listeners);
    conversation->head = find_head(&conversation->files);
    conversation->opened_count = event_log_count(conversation->files.log);
    conversation->last_use_ms = loop_now_ms(options->loop);
    return conversation;
}

void conversation_hold(struct conversation *conversation)
{
    conversation->holds++;
}

void conversation_release(struct conversation *conversation)
{
    assert(conversation->holds > 0);
    conversation->holds--;
    conversation->last_use_ms = loop_now_ms(conversation->options.loop);
    if (conversation->holds == 0 && conversation->is_closing)
        finish_close(conversation);
}

void conversation_begin_close(struct conversation *conversation, enum conversation_close close,
                              void (*on_closed)(void *owner, struct conversation *conversation),
                              void *owner)
{
    assert(!conversation->is_closing);
    conversation->is_closing = true;
    conversation->close = close;
    conversation->on_closed = on_closed;
    conversation->closed_owner = owner;
    conversation_touch(conversation); /* the end of the turn tells, and lets go */
}

void conversation_free(struct conversation *conversation)
{
    if (conversation == NULL)
        return;
    conversation_files_fini(&conversation->files);
    free(conversation);
}

/* --- appending --- */

bool conversation_check_owner(struct conversation *conversation, struct error *error)
{
    if (!conversation->is_lost &&
        (conversation->is_renewing || lease_is_held(&conversation->files.lease)))
        return true;
    if (!conversation->is_lost) {
        conversation->is_lost = true;
        conversation->options.on_lost(conversation->options.owner, conversation);
    }
    return error_set(error, ERROR_GONE, "another server has taken over conversation %s",
                     id_uuid(conversation->files.id).text);
}

bool conversation_append_behind(struct conversation *conversation, const struct event_draft *draft,
                                uint32_t parent, size_t *ret_number, struct error *error)
{
    if (!conversation_check_owner(conversation, error) ||
        !event_log_append(conversation->files.log, draft, parent, NULL, ret_number, error))
        return false;
    conversation->has_grown = true;
    conversation->files.meta->updated_us = clock_wall_us();
    conversation->is_meta_old = true;
    if (event_kind_moves_head(draft->kind))
        move_head(conversation, (uint32_t)*ret_number);
    conversation_touch(conversation);
    return true;
}

bool conversation_append(struct conversation *conversation, const struct event_draft *draft,
                         size_t *ret_number, struct error *error)
{
    return conversation_append_behind(conversation, draft, conversation_head(conversation),
                                      ret_number, error);
}

static void print_update(struct str key, struct str value, struct buf *out)
{
    buf_append(out, STR("\"key\":"));
    jsonw_quote(out, key);
    buf_append(out, STR(",\"value\":"));
    buf_append(out, value);
}

bool conversation_append_update(struct conversation *conversation, const char *key,
                                struct str value_json, struct error *error)
{
    scoped_buf struct buf members = {0};
    size_t number;
    print_update(str_from(key), value_json, &members);
    const struct event_draft draft = {
        .kind = EVENT_STATE_UPDATE, .source = EVENT_FROM_ENVIRONMENT, .members = buf_str(&members)};
    return conversation_append(conversation, &draft, &number, error);
}

/* --- full_state --- */

void conversation_print_full_state(struct conversation *conversation, struct buf *out)
{
    const struct secret_writer writer = {.form = FORM_EVENT};
    scoped_buf struct buf value = {0};
    scoped_buf struct buf members = {0};
    state_print(conversation->files.state, &writer, &value);
    print_update(STR("full_state"), buf_str(&value), &members);
    const struct event_draft draft = {
        .kind = EVENT_STATE_UPDATE, .source = EVENT_FROM_ENVIRONMENT, .members = buf_str(&members)};
    const struct event_stamp stamp = {.id = id_new(), .time_us = clock_wall_us()};
    event_write(&draft, &stamp, out);
}

void conversation_publish_full_state(struct conversation *conversation)
{
    scoped_buf struct buf event = {0};
    conversation_print_full_state(conversation, &event);
    conversation_publish(conversation, buf_str(&event));
}
