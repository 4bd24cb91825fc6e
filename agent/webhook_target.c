#include "agent/webhook_target.h"

#include "plugins/http_client/http_client.h"
#include "server/base/clock.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

#define OWN_FIELDS 2

/* --- the line --- */

/* Milliseconds until the next request may start. */
static uint64_t wait_ms(const struct webhook_target *target, uint64_t now)
{
    uint64_t from = target->not_before_ms;
    if (target->is_stopping)
        return 0;
    if (target->start_count >= WEBHOOK_MAX_STARTS) {
        const uint64_t oldest = target->starts_ms[target->start_count % WEBHOOK_MAX_STARTS];
        if (oldest + WEBHOOK_STARTS_MS > from)
            from = oldest + WEBHOOK_STARTS_MS;
    }
    return from > now ? from - now : 0;
}

static void mark_late(const struct webhook_target *target)
{
    struct list *link = list_first(&target->line);
    for (; link != NULL; link = list_next(&target->line, link))
        container_of(link, struct webhook_turn, link)->is_late = true;
}

/* One start a turn of the loop: whoever starts may change the line. */
static void on_line(void *owner)
{
    struct webhook_target *target = owner;
    const uint64_t now = loop_now_ms(target->loop);
    struct list *link = list_first(&target->line);
    if (link == NULL)
        return;
    const uint64_t wait = wait_ms(target, now);
    if (wait > 0) {
        mark_late(target);
        timer_start(target->line_timer, wait, 0);
        return;
    }
    struct webhook_turn *turn = container_of(link, struct webhook_turn, link);
    target->starts_ms[target->start_count++ % WEBHOOK_MAX_STARTS] = now;
    list_remove(link);
    if (!list_is_empty(&target->line))
        timer_start(target->line_timer, 0, 0);
    turn->on_turn(turn->owner);
}

void webhook_target_queue(struct webhook_target *target, struct webhook_turn *turn)
{
    turn->is_late = false;
    list_append(&target->line, &turn->link);
    if (!timer_is_running(target->line_timer))
        timer_start(target->line_timer, 0, 0);
}

void webhook_target_unqueue(struct webhook_turn *turn)
{
    list_remove(&turn->link);
}

void webhook_target_stop(struct webhook_target *target)
{
    target->is_stopping = true;
    timer_start(target->line_timer, 0, 0);
}

void webhook_target_pause(struct webhook_target *target, uint64_t wait_ms)
{
    const uint64_t until = loop_now_ms(target->loop) + wait_ms;
    if (until > target->not_before_ms)
        target->not_before_ms = until;
}

/* --- requests --- */

struct http_exchange *webhook_target_post(struct webhook_target *target, struct str path,
                                          struct str body,
                                          const struct http_exchange_events *events, void *owner)
{
    const struct webhook_spec *spec = &target->spec;
    scoped_buf struct buf url = {0};
    scoped_free struct http_field *fields =
        mem_zero(spec->header_count + OWN_FIELDS, sizeof(*fields));
    size_t count = 0;
    buf_append(&url, spec->base_url);
    buf_append(&url, path);
    fields[count++] = (struct http_field){STR("Content-Type"), STR("application/json")};
    for (size_t i = 0; i < spec->header_count; i++)
        fields[count++] = (struct http_field){spec->header_names[i], spec->header_values[i]};
    if (str_is_set(target->key))
        fields[count++] = (struct http_field){STR("X-Session-API-Key"), target->key};
    const struct http_exchange_options options = {.method = "POST",
                                                  .url = buf_str(&url),
                                                  .fields = fields,
                                                  .field_count = count,
                                                  .body = body,
                                                  .total_timeout_ms = WEBHOOK_TIMEOUT_MS};
    return http_exchange_start(target->http, &options, events, owner);
}

void webhook_target_note_failure(struct webhook_target *target, struct str why)
{
    target->failures++;
    target->failed_us = clock_wall_us();
    buf_clear(&target->last_error);
    buf_append(&target->last_error, why);
}

bool webhook_target_is_well(const struct webhook_target *target)
{
    return !target->is_stopping && !target->is_slow && target->failed_us <= target->delivered_us;
}

/* --- life --- */

static const struct str *copy_all(struct arena *arena, const struct str *texts, size_t count)
{
    struct str *copies = arena_zero(arena, count + 1, sizeof(*copies));
    for (size_t i = 0; i < count; i++)
        copies[i] = arena_copy(arena, texts[i]);
    return copies;
}

void webhook_target_init(struct webhook_target *target, struct loop *loop, struct http_client *http,
                         const struct webhook_spec *spec, struct str key)
{
    struct str url = spec->base_url;
    while (str_ends_with(url, STR("/")))
        url.len--;
    *target = (struct webhook_target){
        .spec = *spec, .loop = loop, .http = http, .level = EVENT_LEVEL_1_40};
    target->spec.base_url = arena_copy(&target->arena, url);
    target->spec.header_names = copy_all(&target->arena, spec->header_names, spec->header_count);
    target->spec.header_values = copy_all(&target->arena, spec->header_values, spec->header_count);
    if (!str_is_empty(key))
        target->key = arena_copy(&target->arena, key);
    list_init(&target->lanes);
    list_init(&target->line);
    target->line_timer = timer_open(loop, on_line, target);
}

void webhook_target_fini(struct webhook_target *target)
{
    timer_close(target->line_timer);
    buf_fini(&target->last_error);
    arena_fini(&target->arena);
}
