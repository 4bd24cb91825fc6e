#include "actions/terminal.h"

#include <stdio.h>
#include <stdlib.h>

#include "actions/terminal_command.h"
#include "pty/session.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

struct terminal {
    struct terminal_options options;
    struct list link; /* of terminals */
    char name[TERMINAL_NAME_BYTES];
    char driver[TERMINAL_WHO_BYTES];     /* "": nobody */
    char taken_from[TERMINAL_WHO_BYTES]; /* the one before the driver */
    int64_t created_us;
    uint64_t next_viewer;
    struct list watchers;
    size_t watcher_count;
    struct list listeners;
    struct list commands; /* oldest first */
    size_t command_count;
    uint64_t last_number;
    bool has_command;           /* the newest one has not ended */
    struct timer *driver_grace; /* NULL until a driver has left */
    bool is_closing;
};

/* Cut between characters. */
static void set_text(char *target, size_t size, struct str text)
{
    if (text.len >= size) {
        text = str_slice(text, 0, size - 1);
        text.len -= utf8_incomplete_tail(text);
    }
    if (text.len > 0)
        memcpy(target, text.data, text.len);
    target[text.len] = '\0';
}

static void set_who(char *target, struct str who)
{
    set_text(target, TERMINAL_WHO_BYTES, who);
}

/* As it is kept, `who` may be cut. */
static bool is_called(const char *name, struct str who)
{
    char cut[TERMINAL_WHO_BYTES];
    set_who(cut, who);
    return strcmp(name, cut) == 0;
}

struct terminal *terminal_new(const struct terminal_options *options)
{
    struct terminal *terminal = mem_zero(1, sizeof(*terminal));
    terminal->options = *options;
    terminal->options.name = STR_NULL; /* borrowed for the call */
    terminal->options.driver = STR_NULL;
    set_text(terminal->name, sizeof(terminal->name), options->name);
    set_who(terminal->driver, options->driver);
    terminal->created_us = clock_wall_us();
    list_init(&terminal->watchers);
    list_init(&terminal->listeners);
    list_init(&terminal->commands);
    return terminal;
}

/* Those who listen or watch have been told, and may have stayed. */
static void forget_links(struct list *links)
{
    for (struct list *link; (link = list_first(links)) != NULL;)
        list_remove(link);
}

void terminal_free(struct terminal *terminal)
{
    if (terminal == NULL)
        return;
    forget_links(&terminal->watchers);
    forget_links(&terminal->listeners);
    for (struct list *link; (link = list_first(&terminal->commands)) != NULL;) {
        list_remove(link);
        terminal_command_free(container_of(link, struct terminal_command, link));
    }
    timer_close(terminal->driver_grace);
    free(terminal);
}

/* One kind of news at a time; `previous` and `command` belong to some of them. */
struct news {
    void (*tell)(struct terminal_listener *listener, const struct news *news);
    struct str previous;
    const struct terminal_command *command;
};

/* Each goes back to the list before it is told, so that it may cancel itself or others. */
static void tell_all(struct terminal *terminal, const struct news *news)
{
    struct list due;
    list_init(&due);
    for (struct list *link; (link = list_first(&terminal->listeners)) != NULL;) {
        list_remove(link);
        list_append(&due, link);
    }
    for (struct list *link; (link = list_first(&due)) != NULL;) {
        list_remove(link);
        list_append(&terminal->listeners, link);
        news->tell(container_of(link, struct terminal_listener, link), news);
    }
}

static void tell_driver(struct terminal_listener *listener, const struct news *news)
{
    if (listener->on_driver != NULL)
        listener->on_driver(listener, news->previous);
}

static void tell_resize(struct terminal_listener *listener, const struct news *news)
{
    (void)news; /* the size is the screen's */
    if (listener->on_resize != NULL)
        listener->on_resize(listener);
}

static void tell_command(struct terminal_listener *listener, const struct news *news)
{
    if (listener->on_command != NULL)
        listener->on_command(listener, news->command);
}

static void tell_closed(struct terminal_listener *listener, const struct news *news)
{
    (void)news; /* there is nothing to say */
    if (listener->on_closed != NULL)
        listener->on_closed(listener);
}

static void on_closed(void *owner)
{
    struct terminal *terminal = owner;
    tell_all(terminal, &(struct news){.tell = tell_closed});
    terminal->options.on_gone(terminal->options.owner, terminal);
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->is_closing)
        return;
    terminal->is_closing = true;
    if (!terminal->options.is_adopted) {
        session_close(terminal->options.session, on_closed, terminal);
        return;
    }
    if (terminal->has_command)
        session_forget_command(terminal->options.session);
    on_closed(terminal);
}

struct id terminal_id(const struct terminal *terminal)
{
    return terminal->options.id;
}

struct str terminal_name(const struct terminal *terminal)
{
    return str_from(terminal->name);
}

struct session *terminal_session(const struct terminal *terminal)
{
    return terminal->options.session;
}

int64_t terminal_created_us(const struct terminal *terminal)
{
    return terminal->created_us;
}

bool terminal_is_adopted(const struct terminal *terminal)
{
    return terminal->options.is_adopted;
}

bool terminal_is_closing(const struct terminal *terminal)
{
    return terminal->is_closing;
}

struct loop *terminal_loop(const struct terminal *terminal)
{
    return terminal->options.loop;
}

uint64_t terminal_request_sum(const struct terminal *terminal)
{
    return terminal->options.request_sum;
}

struct list *terminal_link(struct terminal *terminal)
{
    return &terminal->link;
}

struct terminal *terminal_from_link(struct list *link)
{
    return container_of(link, struct terminal, link);
}

struct str terminal_driver(const struct terminal *terminal)
{
    return terminal->driver[0] == '\0' ? STR_NULL : str_from(terminal->driver);
}

static bool has_watcher(const struct terminal *terminal, const char *who)
{
    const struct list *watchers = &terminal->watchers;
    for (struct list *link = list_first(watchers); link != NULL; link = list_next(watchers, link)) {
        if (strcmp(container_of(link, struct terminal_watcher, link)->who, who) == 0)
            return true;
    }
    return false;
}

/* `taken_from` is for the caller to set. */
static void set_driver(struct terminal *terminal, const char *driver)
{
    char previous[TERMINAL_WHO_BYTES];
    memcpy(previous, terminal->driver, sizeof(previous));
    set_who(terminal->driver, str_from(driver));
    if (terminal->driver_grace != NULL)
        timer_stop(terminal->driver_grace);
    tell_all(terminal, &(struct news){.tell = tell_driver, .previous = str_from(previous)});
}

bool terminal_may_type(struct terminal *terminal, struct str who, struct error *error)
{
    if (is_called(terminal->driver, who))
        return true;
    if (terminal->driver[0] != '\0')
        return error_set(error, ERROR_CONFLICT,
                         "'%s' drives this terminal; '%.*s' may watch, or take over first",
                         terminal->driver, STR_ARG(who));
    terminal_take_over(terminal, who);
    return true;
}

void terminal_take_over(struct terminal *terminal, struct str who)
{
    char driver[TERMINAL_WHO_BYTES];
    set_who(driver, who);
    if (strcmp(terminal->driver, driver) == 0)
        return;
    memcpy(terminal->taken_from, terminal->driver, sizeof(terminal->taken_from));
    set_driver(terminal, driver);
}

static void give_back(struct terminal *terminal)
{
    char driver[TERMINAL_WHO_BYTES];
    memcpy(driver, terminal->taken_from, sizeof(driver));
    terminal->taken_from[0] = '\0';
    set_driver(terminal, driver);
}

bool terminal_give_back(struct terminal *terminal, struct str who, struct error *error)
{
    if (!is_called(terminal->driver, who) || terminal->driver[0] == '\0')
        return error_set(error, ERROR_CONFLICT, "'%.*s' does not drive this terminal",
                         STR_ARG(who));
    give_back(terminal);
    return true;
}

bool terminal_resize(struct terminal *terminal, struct str who, int cols, int rows,
                     struct error *error)
{
    if (terminal->driver[0] != '\0' && !terminal_may_type(terminal, who, error))
        return false;
    session_resize(terminal->options.session, cols, rows);
    tell_all(terminal, &(struct news){.tell = tell_resize});
    return true;
}

static void on_driver_grace(void *owner)
{
    struct terminal *terminal = owner;
    give_back(terminal);
}

bool terminal_enter(struct terminal *terminal, struct terminal_watcher *watcher, struct str who,
                    struct error *error)
{
    if (terminal->watcher_count == TERMINAL_MAX_WATCHERS)
        return error_set(error, ERROR_LIMIT, "%d others watch this terminal already",
                         TERMINAL_MAX_WATCHERS);
    terminal->watcher_count++;
    watcher->terminal = terminal;
    if (str_is_empty(who))
        (void)snprintf(watcher->who, sizeof(watcher->who), "viewer-%llu",
                       (unsigned long long)++terminal->next_viewer); /* it fits */
    else
        set_who(watcher->who, who);
    list_append(&terminal->watchers, &watcher->link);
    if (terminal->driver_grace != NULL && strcmp(watcher->who, terminal->driver) == 0)
        timer_stop(terminal->driver_grace);
    return true;
}

void terminal_leave(struct terminal_watcher *watcher)
{
    struct terminal *terminal = watcher->terminal;
    if (!list_is_linked(&watcher->link))
        return;
    list_remove(&watcher->link);
    terminal->watcher_count--;
    if (terminal->is_closing || strcmp(watcher->who, terminal->driver) != 0 ||
        has_watcher(terminal, watcher->who))
        return;
    if (terminal->driver_grace == NULL)
        terminal->driver_grace = timer_open(terminal->options.loop, on_driver_grace, terminal);
    timer_start(terminal->driver_grace, TERMINAL_DRIVER_GRACE_MS, 0);
}

const struct list *terminal_watchers(const struct terminal *terminal)
{
    return &terminal->watchers;
}

static struct terminal_command *newest_command(const struct terminal *terminal)
{
    return container_of(terminal->commands.previous, struct terminal_command, link);
}

static void on_command_start(void *owner, uint64_t from)
{
    struct terminal *terminal = owner;
    struct terminal_command *command = newest_command(terminal);
    terminal_command_start(command, from);
    tell_all(terminal, &(struct news){.tell = tell_command, .command = command});
}

static void on_command_end(void *owner, const struct session_command_end *end)
{
    struct terminal *terminal = owner;
    struct terminal_command *command = newest_command(terminal);
    terminal->has_command = false;
    terminal_command_finish(command, end);
    tell_all(terminal, &(struct news){.tell = tell_command, .command = command});
}

static void keep_command(struct terminal *terminal, struct terminal_command *command)
{
    list_append(&terminal->commands, &command->link);
    if (++terminal->command_count <= TERMINAL_KEPT_COMMANDS)
        return;
    struct list *oldest = list_first(&terminal->commands);
    list_remove(oldest);
    terminal_command_free(container_of(oldest, struct terminal_command, link));
    terminal->command_count--;
}

bool terminal_run(struct terminal *terminal, struct str who, struct str text, uint64_t *ret_number,
                  struct error *error)
{
    const struct session_command command = {
        .text = text, .on_start = on_command_start, .on_end = on_command_end, .owner = terminal};
    if (terminal->is_closing)
        return error_set(error, ERROR_CONFLICT, "the terminal is being closed");
    if (!terminal_may_type(terminal, who, error) ||
        !session_run(terminal->options.session, &command, error))
        return false;
    terminal->has_command = true;
    *ret_number = ++terminal->last_number;
    keep_command(terminal, terminal_command_new(*ret_number, who, text));
    return true;
}

const struct terminal_command *terminal_find_command(const struct terminal *terminal,
                                                     uint64_t number)
{
    const struct list *commands = &terminal->commands;
    for (struct list *link = list_first(commands); link != NULL; link = list_next(commands, link)) {
        struct terminal_command *command = container_of(link, struct terminal_command, link);
        if (command->number == number)
            return command;
    }
    return NULL;
}

const struct list *terminal_commands(const struct terminal *terminal)
{
    return &terminal->commands;
}

void terminal_listen(struct terminal *terminal, struct terminal_listener *listener)
{
    list_append(&terminal->listeners, &listener->link);
}

void terminal_listener_cancel(struct terminal_listener *listener)
{
    list_remove(&listener->link);
}
