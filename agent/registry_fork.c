/*
 * The job gets the texts of the source's state and meta data and the names of its events, so that
 * it touches nothing that lives on the loop.
 */
#include "agent/registry_fork.h"

#include <stdlib.h>

#include "agent/conversation_parts.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/meta.h"
#include "agent/registry_parts.h"
#include "agent/secret_mask.h"
#include "agent/start_secrets.h"
#include "agent/state.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

struct event_name {
    size_t number;
    struct id id;
};

struct forking {
    struct registry_task task;
    struct id source;
    struct id id;
    char *title;
    char *tags;
    char *from_event_id;
    bool keeps_metrics;
    registry_fn on_done;
    void *owner;

    struct record *record; /* of the fork */
    char *source_events;   /* the folder */
    struct event_name *events;
    size_t event_count;
    struct buf state; /* texts of the source, secrets as they are */
    struct buf meta;
    char *persistence_dir;
    struct id leaf;
    bool head_is_empty;
    struct conversation_place place;
    struct conversation_files files;
    struct error error;
    bool is_ok;
};

static void forking_free(struct forking *forking)
{
    free(forking->title);
    free(forking->tags);
    free(forking->from_event_id);
    free(forking->source_events);
    free(forking->events);
    if (forking->state.data != NULL)
        explicit_bzero(forking->state.data, forking->state.len);
    if (forking->meta.data != NULL)
        explicit_bzero(forking->meta.data, forking->meta.len);
    buf_fini(&forking->state);
    buf_fini(&forking->meta);
    free(forking->persistence_dir);
    conversation_files_fini(&forking->files);
    free(forking);
}

static void finish(struct forking *forking, struct conversation *conversation,
                   const struct error *error)
{
    struct registry *registry = forking->task.registry;
    forking->on_done(forking->owner, conversation, error);
    forking_free(forking);
    registry_end(registry);
}

/* --- the job --- */

static void reset(struct state *state, enum state_field field, struct str initial)
{
    (void)state_set_json(state, field, initial); /* it may be so already */
}

/* What a fork has of its own. Its secrets and who judges its actions are those of the request that
 * the source was made with, whatever the source was told since. */
static void change_state(const struct forking *forking, const struct meta *meta,
                         struct state *state)
{
    free(state->persistence_dir);
    state->persistence_dir = mem_strdup(forking->persistence_dir);
    state->id = forking->id;
    state->status = STATUS_IDLE;
    state->leaf = forking->leaf;
    state->head_is_empty = forking->head_is_empty;
    state->last_user_message = (struct id){0};
    reset(state, STATE_SECURITY_ANALYZER, meta_json(meta, META_SECURITY_ANALYZER));
    start_secrets_take(state, meta);
    reset(state, STATE_INVOKED_SKILLS, STR("[]"));
    reset(state, STATE_BLOCKED_ACTIONS, STR("{}"));
    reset(state, STATE_BLOCKED_MESSAGES, STR("{}"));
    reset(state, STATE_HOOK_CONFIG, STR("null"));
    reset(state, STATE_TAGS, str_from(forking->tags == NULL ? "{}" : forking->tags));
    if (!forking->keeps_metrics)
        stats_clear(state->stats);
}

static void change_meta(const struct forking *forking, struct meta *meta)
{
    struct error ignored; /* the title was checked */
    meta->id = forking->id;
    meta->created_us = clock_wall_us();
    meta->updated_us = meta->created_us;
    meta->forked_from = forking->source;
    meta->forked_from_event = forking->from_event_id == NULL ? (struct id){0} : forking->leaf;
    meta_set_json(meta, META_TAGS, str_from(forking->tags == NULL ? "{}" : forking->tags));
    free(take_pointer(&meta->title));
    if (!forking->keeps_metrics)
        free(take_pointer(&meta->metrics));
    if (forking->title != NULL && !meta_set_title(meta, str_from(forking->title), &ignored))
        log_warn("conversation.title", "error=\"%s\"", ignored.text);
}

static bool copy_events(struct forking *forking)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf name = {0};
    for (size_t i = 0; i < forking->event_count; i++) {
        struct error ignored; /* an event that is not readable stays behind */
        buf_clear(&text);
        buf_clear(&name);
        buf_printf(&name, "event-%05zu-%s.json", forking->events[i].number,
                   id_uuid(forking->events[i].id).text);
        if (!conversation_disk_read(forking->source_events, name.data, &text, &ignored))
            continue;
        if (!event_log_append_copy(forking->files.log, buf_str(&text), &forking->error) &&
            forking->error.code != ERROR_INVALID)
            return false;
    }
    return true;
}

static bool make(struct forking *forking)
{
    struct conversation_files *files = &forking->files;
    files->mask = secret_mask_new();
    files->state = state_new(files->mask);
    files->meta = meta_new();
    if (!state_read(files->state, buf_str(&forking->state), NULL, &forking->error) ||
        !meta_read(files->meta, buf_str(&forking->meta), NULL, &forking->error))
        return false;
    change_state(forking, files->meta, files->state);
    change_meta(forking, files->meta);
    if (!conversation_disk_create(&forking->place, files, &forking->error))
        return false;
    if (copy_events(forking))
        return true;
    struct error left;
    if (!conversation_disk_remove(files->directory, &left))
        log_warn("conversation.left", "error=\"%s\"", left.text);
    return false;
}

static void run_forking(void *job)
{
    struct forking *forking = job;
    forking->is_ok = make(forking);
}

static void on_forked(void *job, bool is_cancelled)
{
    struct forking *forking = job;
    struct record *record = forking->record;
    if (is_cancelled)
        (void)error_set(&forking->error, ERROR_CANCELLED, "the server stops"); /* is false */
    if (is_cancelled || !forking->is_ok) {
        registry_abandon(record, &forking->error);
        finish(forking, NULL, &forking->error);
        return;
    }
    registry_made(record, &forking->files);
    finish(forking, record->conversation, NULL);
}

/* --- what it gets --- */

static void add_event(struct forking *forking, const struct event_log *log, size_t number)
{
    forking->events[forking->event_count++] =
        (struct event_name){.number = number, .id = event_log_record(log, number)->id};
}

static void take_all(struct forking *forking, const struct conversation *source)
{
    const struct event_log *log = conversation_log(source);
    forking->events = mem_zero(event_log_count(log) + 1, sizeof(forking->events[0]));
    for (size_t number = 0; number < event_log_count(log); number++)
        add_event(forking, log, number);
    forking->leaf = conversation_state(source)->leaf;
    forking->head_is_empty = conversation_state(source)->head_is_empty;
}

static bool take_branch(struct forking *forking, const struct conversation *source)
{
    const struct event_log *log = conversation_log(source);
    const size_t last = event_log_find(log, str_from(forking->from_event_id));
    size_t count;
    if (last == SIZE_MAX)
        return error_set(&forking->error, ERROR_NOT_FOUND, "Unknown from_event_id: %s",
                         forking->from_event_id);
    size_t *numbers = conversation_branch_to(source, (uint32_t)last, &count);
    forking->events = mem_zero(count + 1, sizeof(forking->events[0]));
    for (size_t i = 0; i < count; i++)
        add_event(forking, log, numbers[i]);
    free(numbers);
    forking->leaf = event_log_record(log, last)->id;
    return true;
}

static void take_texts(struct forking *forking, struct conversation *source)
{
    const struct secret_writer writer = {.form = FORM_PLAIN};
    state_print(source->files.state, &writer, &forking->state);
    meta_print_form(source->files.meta, &writer, &forking->meta);
    forking->files.level = conversation_level(source);
    forking->source_events = conversation_disk_join(conversation_directory(source), "events");
}

static bool check(const struct forking *forking, struct error *error)
{
    if (registry_find_record(forking->task.registry, forking->id) != NULL)
        return error_set(error, ERROR_CONFLICT, "Conversation with id %s already exists",
                         id_uuid(forking->id).text);
    return true;
}

static void fork_open(void *owner, struct conversation *source, const struct error *error)
{
    struct forking *forking = owner;
    struct registry *registry = forking->task.registry;
    if (error != NULL) {
        forking->error = *error;
        if (error->code == ERROR_NOT_FOUND)
            (void)error_set(&forking->error, ERROR_NOT_FOUND,
                            "Source conversation not found"); /* is false */
        finish(forking, NULL, &forking->error);
        return;
    }
    if (forking->from_event_id == NULL)
        take_all(forking, source);
    if (!check(forking, &forking->error) ||
        (forking->from_event_id != NULL && !take_branch(forking, source))) {
        finish(forking, NULL, &forking->error);
        return;
    }
    take_texts(forking, source);
    forking->record = registry_add_record(registry, forking->id);
    forking->record->is_opening = true;
    forking->record->is_new = true;
    forking->persistence_dir = conversation_disk_path(registry->configured, forking->id);
    forking->place = registry_place(registry, forking->id);
    (void)work_start(registry->options.loop, run_forking, on_forked, forking);
}

static void run_task(struct registry_task *task)
{
    struct forking *forking = container_of(task, struct forking, task);
    struct record *source = registry_find_record(task->registry, forking->source);
    if (source != NULL && !source->is_deleted && !task->registry->is_closing) {
        registry_wait_open(source, fork_open, forking);
        return;
    }
    (void)error_set(&forking->error, ERROR_NOT_FOUND,
                    "Source conversation not found"); /* is false */
    finish(forking, NULL, &forking->error);
}

static char *copy(struct str text)
{
    return str_is_set(text) ? mem_strndup(text.data, text.len) : NULL;
}

void registry_fork(struct registry *registry, struct id source, const struct registry_fork *fork,
                   registry_fn on_done, void *owner)
{
    struct forking *forking = mem_zero(1, sizeof(*forking));
    forking->source = source;
    forking->id = id_is_nil(fork->id) ? id_new() : fork->id;
    forking->title = copy(fork->title);
    forking->tags = copy(fork->tags);
    forking->from_event_id = copy(fork->from_event_id);
    forking->keeps_metrics = fork->keeps_metrics;
    forking->on_done = on_done;
    forking->owner = owner;
    registry_begin(registry, &forking->task, run_task);
}
