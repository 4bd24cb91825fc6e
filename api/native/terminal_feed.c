#include "api/native/terminal_feed.h"

#include "actions/terminal_command.h"
#include "api/native/terminal_print.h"
#include "pty/screen.h"
#include "server/base/jsonw.h"
#include "server/loop/timer.h"

static struct session *session_of(const struct terminal_feed *feed)
{
    return terminal_session(feed->terminal);
}

static struct byte_log *log_of(const struct terminal_feed *feed)
{
    return session_log(session_of(feed));
}

static void print_resize(const struct terminal_feed *feed, struct jsonw *w)
{
    const struct screen *screen = session_screen(session_of(feed));
    jsonw_int(w, "cols", screen_cols(screen));
    jsonw_int(w, "rows", screen_rows(screen));
}

static void print_driver(const struct terminal_feed *feed, struct jsonw *w)
{
    const bool had_driver = feed->previous_driver[0] != '\0';
    jsonw_string_or_null(w, "driver", terminal_driver(feed->terminal));
    jsonw_cstr(w, "previous", had_driver ? feed->previous_driver : NULL);
}

static void print_state(const struct terminal_feed *feed, struct jsonw *w)
{
    const struct session *session = session_of(feed);
    const struct session_metadata *metadata = session_metadata(session);
    const bool has_directory = metadata != NULL && !str_is_empty(metadata->working_dir);
    jsonw_cstr(w, "state", terminal_state_name(session_state(session)));
    jsonw_string_or_null(w, "message", feed->message.len == 0 ? STR_NULL : buf_str(&feed->message));
    jsonw_string_or_null(w, "working_dir", has_directory ? metadata->working_dir : STR_NULL);
    jsonw_uint(w, "restarts", session_restarts(session));
}

static void print_command(const struct terminal_feed *feed, struct jsonw *w)
{
    const struct terminal_command *command = terminal_find_command(feed->terminal, feed->command);
    if (command != NULL)
        terminal_print_command(command, w);
}

static const struct {
    struct str kind;
    void (*print)(const struct terminal_feed *feed, struct jsonw *w);
} kinds[] = {
    [TERMINAL_NEWS_RESIZE] = {.kind = STR_INIT("resize"), .print = print_resize},
    [TERMINAL_NEWS_DRIVER] = {.kind = STR_INIT("driver"), .print = print_driver},
    [TERMINAL_NEWS_STATE] = {.kind = STR_INIT("state"), .print = print_state},
    [TERMINAL_NEWS_COMMAND] = {.kind = STR_INIT("command"), .print = print_command},
};

static void send_news(struct terminal_feed *feed, enum terminal_news news)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    feed->is_due[news] = false;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_string(&w, "type", kinds[news].kind);
    jsonw_uint(&w, "offset", feed->at);
    kinds[news].print(feed, &w);
    jsonw_end(&w);
    if (news == TERMINAL_NEWS_STATE)
        buf_fini(&feed->message);
    feed->events->on_news(feed->owner, feed->at, kinds[news].kind, buf_str(&json));
}

/* The news that lies nearest; TERMINAL_NEWS_COUNT when none is due. */
static enum terminal_news nearest(const struct terminal_feed *feed)
{
    enum terminal_news found = TERMINAL_NEWS_COUNT;
    for (enum terminal_news news = 0; news < TERMINAL_NEWS_COUNT; news++) {
        if (feed->is_due[news] &&
            (found == TERMINAL_NEWS_COUNT || feed->due_at[news] < feed->due_at[found]))
            found = news;
    }
    return found;
}

/* Hands out the bytes up to `to`, at most one piece. Returns how many. */
static size_t send_bytes(struct terminal_feed *feed, uint64_t to)
{
    scoped_buf struct buf copy = {0};
    const uint64_t left = to - feed->at;
    const size_t limit =
        left < TERMINAL_FEED_PIECE_BYTES ? (size_t)left : TERMINAL_FEED_PIECE_BYTES;
    struct str bytes = str_slice(byte_log_view(log_of(feed), feed->at), 0, limit);
    if (bytes.len == 0 && limit > 0) { /* they lie on disk */
        const uint64_t from = byte_log_read(log_of(feed), feed->at, limit, &copy);
        bytes = from == feed->at ? buf_str(&copy) : STR_NULL;
    }
    if (bytes.len == 0)
        return 0;
    const uint64_t offset = feed->at;
    feed->at += bytes.len;
    feed->events->on_output(feed->owner, offset, bytes);
    return bytes.len;
}

static void send_screen(struct terminal_feed *feed)
{
    feed->wants_screen = false;
    feed->at = byte_log_next(log_of(feed));
    feed->events->on_screen(feed->owner, feed->at, session_screen(session_of(feed)));
}

static void close_gap(struct terminal_feed *feed)
{
    const uint64_t first = byte_log_first(log_of(feed));
    if (feed->at >= first)
        return;
    const uint64_t from = feed->at;
    feed->at = feed->replays ? byte_log_next(log_of(feed)) : first;
    feed->wants_screen = feed->replays;
    feed->events->on_gap(feed->owner, from, feed->at);
}

static void end(struct terminal_feed *feed, struct str reason)
{
    if (feed->has_ended)
        return;
    feed->has_ended = true;
    feed->events->on_end(feed->owner, feed->at, reason);
}

/* One step: true when another may follow. `*sent` grows by the bytes handed out. */
static bool step(struct terminal_feed *feed, size_t *sent)
{
    close_gap(feed);
    if (feed->wants_screen) {
        send_screen(feed);
        return true;
    }
    const enum terminal_news news = nearest(feed);
    uint64_t to = byte_log_next(log_of(feed));
    if (news != TERMINAL_NEWS_COUNT && feed->due_at[news] <= feed->at) {
        send_news(feed, news);
        return true;
    }
    if (news != TERMINAL_NEWS_COUNT && feed->due_at[news] < to)
        to = feed->due_at[news];
    const size_t bytes = send_bytes(feed, to);
    *sent += bytes;
    if (bytes == 0 && byte_log_has_ended(log_of(feed)))
        end(feed, STR("ended"));
    return bytes > 0;
}

static void pump(void *owner)
{
    struct terminal_feed *feed = owner;
    size_t sent = 0;
    while (feed->terminal != NULL && !feed->has_ended && !feed->events->is_full(feed->owner)) {
        if (sent >= TERMINAL_FEED_TURN_BYTES) {
            timer_start(feed->next_turn, 0, 0);
            return;
        }
        if (!step(feed, &sent))
            return;
    }
}

/* What comes now belongs behind the bytes that are in the log. */
static void add_news(struct terminal_feed *feed, enum terminal_news news)
{
    feed->is_due[news] = true;
    feed->due_at[news] = byte_log_next(log_of(feed));
    pump(feed);
}

static void on_bytes(struct byte_log_listener *listener)
{
    pump(container_of(listener, struct terminal_feed, bytes));
}

static void on_state(struct session_listener *listener, enum session_state state,
                     struct str message)
{
    struct terminal_feed *feed = container_of(listener, struct terminal_feed, session);
    const bool looks_the_same =
        strcmp(terminal_state_name(state), terminal_state_name(feed->state)) == 0;
    if (looks_the_same && str_is_empty(message))
        return;
    feed->state = state;
    buf_clear(&feed->message);
    buf_append(&feed->message, message);
    add_news(feed, TERMINAL_NEWS_STATE);
}

static void on_driver(struct terminal_listener *listener, struct str previous)
{
    struct terminal_feed *feed = container_of(listener, struct terminal_feed, listener);
    assert(previous.len < sizeof(feed->previous_driver));
    memcpy(feed->previous_driver, previous.data, previous.len);
    feed->previous_driver[previous.len] = '\0';
    add_news(feed, TERMINAL_NEWS_DRIVER);
}

static void on_resize(struct terminal_listener *listener)
{
    add_news(container_of(listener, struct terminal_feed, listener), TERMINAL_NEWS_RESIZE);
}

static void on_command(struct terminal_listener *listener, const struct terminal_command *command)
{
    struct terminal_feed *feed = container_of(listener, struct terminal_feed, listener);
    feed->command = command->number;
    add_news(feed, TERMINAL_NEWS_COMMAND);
}

static void on_closed(struct terminal_listener *listener)
{
    struct terminal_feed *feed = container_of(listener, struct terminal_feed, listener);
    pump(feed);
    end(feed, STR("closed"));
    terminal_feed_close(feed);
}

void terminal_feed_open(struct terminal_feed *feed, struct terminal *terminal,
                        const struct terminal_feed_options *options)
{
    *feed = (struct terminal_feed){.terminal = terminal,
                                   .events = options->events,
                                   .owner = options->owner,
                                   .replays = options->replays,
                                   .wants_screen = options->replays && !options->has_from};
    feed->bytes.on_bytes = on_bytes;
    feed->session.on_state = on_state;
    feed->listener.on_driver = on_driver;
    feed->listener.on_resize = on_resize;
    feed->listener.on_command = on_command;
    feed->listener.on_closed = on_closed;
    feed->state = session_state(session_of(feed));
    feed->at = byte_log_next(log_of(feed));
    if (options->has_from && options->from < feed->at)
        feed->at = options->from;
    feed->next_turn = timer_open(terminal_loop(terminal), pump, feed);
    byte_log_listen(log_of(feed), &feed->bytes);
    session_listen(session_of(feed), &feed->session);
    terminal_listen(terminal, &feed->listener);
    timer_start(feed->next_turn, 0, 0);
}

void terminal_feed_resume(struct terminal_feed *feed)
{
    if (feed->terminal != NULL)
        pump(feed);
}

void terminal_feed_close(struct terminal_feed *feed)
{
    if (feed->terminal == NULL)
        return;
    byte_log_listener_cancel(&feed->bytes);
    session_listener_cancel(&feed->session);
    terminal_listener_cancel(&feed->listener);
    timer_close(feed->next_turn);
    buf_fini(&feed->message);
    feed->terminal = NULL;
}
