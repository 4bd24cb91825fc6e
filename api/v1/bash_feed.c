#include "api/v1/bash_feed.h"

#include "actions/command_log.h"
#include "api/v1/bash_render.h"
#include "server/base/buf.h"
#include "server/loop/timer.h"

uint64_t bash_feed_oldest(const struct commands *commands)
{
    return command_log_first_seq(commands_log(commands)) - 1;
}

uint64_t bash_feed_newest(const struct commands *commands)
{
    return command_log_next_seq(commands_log(commands)) - 1;
}

static bool is_wanted(const struct bash_feed *feed, const struct log_index *index,
                      const struct log_event *event)
{
    return !feed->has_command_id ||
           id_equal(log_index_command_of(index, event)->id, feed->command_id);
}

static void send_event(struct bash_feed *feed, struct command_log *log,
                       const struct log_event *event)
{
    const struct str kind = event->order < 0 ? STR("BashCommand") : STR("BashOutput");
    const uint64_t seq = event->seq;
    scoped_buf struct buf json = {0};
    struct bash_render render;
    bash_render_init(&render, log);
    bash_render_add(&render, seq);
    if (bash_render_more(&render, &json, SIZE_MAX) && json.len > 0)
        feed->events->send(feed->owner, seq, kind, buf_str(&json));
    bash_render_fini(&render);
}

/* A place that the log has dropped, or has never had. */
static void close_gap(struct bash_feed *feed, uint64_t oldest, uint64_t newest)
{
    const uint64_t asked = feed->after;
    if (asked >= oldest && asked <= newest)
        return;
    feed->after = oldest;
    if (feed->events->on_gap != NULL)
        feed->events->on_gap(feed->owner, asked, oldest + 1);
}

static void pump(void *owner)
{
    struct bash_feed *feed = owner;
    struct command_log *log = commands_log(feed->commands);
    const struct log_index *index = command_log_index(log);
    close_gap(feed, bash_feed_oldest(feed->commands), bash_feed_newest(feed->commands));
    size_t position = log_index_from_seq(index, feed->after + 1);
    for (unsigned i = 0; i < BASH_FEED_BATCH; i++, position++) {
        if (position == log_index_count(index) || feed->events->is_full(feed->owner))
            return;
        const struct log_event *event = log_index_at(index, position);
        feed->after = event->seq;
        if (is_wanted(feed, index, event))
            send_event(feed, log, event);
    }
    timer_start(feed->next_batch, 0, 0);
}

static void on_events(struct commands_listener *listener)
{
    pump(container_of(listener, struct bash_feed, listener));
}

void bash_feed_open(struct bash_feed *feed, struct commands *commands,
                    const struct bash_feed_events *events, void *owner, uint64_t after)
{
    *feed =
        (struct bash_feed){.commands = commands, .events = events, .owner = owner, .after = after};
    feed->listener.on_events = on_events;
    feed->next_batch = timer_open(commands_loop(commands), pump, feed);
    commands_listen(commands, &feed->listener);
    timer_start(feed->next_batch, 0, 0);
}

void bash_feed_resume(struct bash_feed *feed)
{
    pump(feed);
}

void bash_feed_close(struct bash_feed *feed)
{
    if (feed->commands == NULL)
        return;
    commands_listener_cancel(&feed->listener);
    timer_close(feed->next_batch);
    *feed = (struct bash_feed){0};
}
