#include "api/native/terminal_wait.h"

#include "actions/terminal.h"
#include "api/api.h"
#include "api/native/terminal_find.h"
#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/regex.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/timer.h"

#define DEFAULT_WAIT_S 30
#define MAX_WAIT_S     86400
#define MAX_QUIET_MS   3600000
#define SEARCH_BYTES   ((size_t)64 << 10) /* looked at in one step */

struct wait_body {
    struct str pattern;
    struct str text;
    struct str on;
    struct schema_bool ignore_case;
    struct schema_int quiet_ms;
    struct schema_int from;
    struct schema_float timeout;
};

static const char *const places[] = {"output", "screen", NULL};

static const struct schema_field fields[] = {
    {.name = "pattern",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct wait_body, pattern),
     .is_nullable = true,
     .help = "A regular expression in the syntax of Perl"},
    {.name = "text",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct wait_body, text),
     .is_nullable = true,
     .help = "A text as it is, instead of a pattern"},
    {.name = "on",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct wait_body, on),
     .choices = places,
     .default_json = "\"output\"",
     .help = "output: the bytes that are printed; screen: what it shows"},
    {.name = "ignore_case",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct wait_body, ignore_case),
     .default_json = "false"},
    {.name = "quiet_ms",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct wait_body, quiet_ms),
     .is_nullable = true,
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = MAX_QUIET_MS,
     .help = "Instead of a pattern: nothing was printed for so many milliseconds"},
    {.name = "from",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct wait_body, from),
     .is_nullable = true,
     .has_min = true,
     .min = 0,
     .help = "The offset of the output to begin with; null: what comes from now on"},
    {.name = "timeout",
     .kind = SCHEMA_FLOAT,
     .offset = offsetof(struct wait_body, timeout),
     .has_min = true,
     .min = 0,
     .has_max = true,
     .max = MAX_WAIT_S,
     .default_json = "30",
     .help = "Seconds"},
};
SCHEMA_DEFINE(terminal_wait_schema, "TerminalWaitRequest", fields, true);

struct match {
    struct str text;
    uint64_t from;
    uint64_t to;
};

/* A request that waits; lives in the request's arena. */
struct waiting {
    struct byte_log_listener bytes;
    struct terminal_listener listener;
    struct http_request *request;
    struct terminal *terminal;
    struct regex *regex; /* NULL: waits for quiet */
    struct timer *limit;
    struct timer *quiet; /* NULL: waits for a match */
    uint64_t quiet_ms;
    uint64_t at; /* of the output: where the next search begins */
    bool is_on_screen;
};

static struct byte_log *log_of(const struct waiting *waiting)
{
    return session_log(terminal_session(waiting->terminal));
}

static void finish(struct waiting *waiting)
{
    http_request_on_gone(waiting->request, NULL, NULL);
    byte_log_listener_cancel(&waiting->bytes);
    terminal_listener_cancel(&waiting->listener);
    timer_close(waiting->limit);
    timer_close(waiting->quiet);
    regex_free(waiting->regex);
}

static void print_offset(struct jsonw *w, const char *name, bool is_known, uint64_t offset)
{
    if (is_known)
        jsonw_uint(w, name, offset);
    else
        jsonw_null(w, name);
}

/* `match` may be NULL. */
static void answer(struct waiting *waiting, const char *outcome, const struct match *match)
{
    const bool has_place = match != NULL && !waiting->is_on_screen;
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "outcome", outcome);
    jsonw_string_or_null(&w, "match", match == NULL ? STR_NULL : match->text);
    print_offset(&w, "from", has_place, has_place ? match->from : 0);
    print_offset(&w, "to", has_place, has_place ? match->to : 0);
    jsonw_uint(&w, "next_offset", byte_log_next(log_of(waiting)));
    jsonw_end(&w);
    finish(waiting);
    reply_json(waiting->request, 200, &body);
    buf_fini(&body);
}

static void refuse(struct waiting *waiting)
{
    finish(waiting);
    reply_detail(waiting->request, 422, STR("the pattern takes too many steps on this output"));
}

/* The next bytes of the output that were not looked at; what may be the beginning of a match is
 * looked at again with what follows. */
static enum regex_outcome search_output(struct waiting *waiting, struct buf *bytes,
                                        struct match *match)
{
    const struct byte_log *log = log_of(waiting);
    while (waiting->at < byte_log_next(log)) {
        size_t start;
        size_t end;
        buf_clear(bytes);
        const uint64_t from = byte_log_read(log, waiting->at, SEARCH_BYTES, bytes);
        const enum regex_outcome outcome =
            regex_search(waiting->regex, buf_str(bytes), &start, &end);
        if (outcome == REGEX_FOUND)
            *match = (struct match){.text = str_slice(buf_str(bytes), start, end),
                                    .from = from + start,
                                    .to = from + end};
        if (outcome != REGEX_NONE)
            return outcome;
        const bool is_all = from + bytes->len == byte_log_next(log);
        waiting->at =
            from + (bytes->len > TERMINAL_WAIT_OVERLAP ? bytes->len - TERMINAL_WAIT_OVERLAP : 0);
        if (is_all)
            break;
    }
    return REGEX_NONE;
}

static enum regex_outcome search_screen(const struct waiting *waiting, struct buf *bytes,
                                        struct match *match)
{
    const struct screen *screen = session_screen(terminal_session(waiting->terminal));
    size_t start;
    size_t end;
    screen_text(screen, 0, screen_rows(screen) - 1, bytes);
    const enum regex_outcome outcome = regex_search(waiting->regex, buf_str(bytes), &start, &end);
    if (outcome == REGEX_FOUND)
        *match = (struct match){.text = str_slice(buf_str(bytes), start, end)};
    return outcome;
}

/* True when it has replied. */
static bool look(struct waiting *waiting)
{
    scoped_buf struct buf bytes = {0};
    struct match match;
    const enum regex_outcome outcome = waiting->is_on_screen
                                           ? search_screen(waiting, &bytes, &match)
                                           : search_output(waiting, &bytes, &match);
    if (outcome == REGEX_FOUND)
        answer(waiting, "matched", &match);
    else if (outcome == REGEX_TOO_COMPLEX)
        refuse(waiting);
    return outcome != REGEX_NONE;
}

static void on_bytes(struct byte_log_listener *listener)
{
    struct waiting *waiting = container_of(listener, struct waiting, bytes);
    if (waiting->regex != NULL && look(waiting))
        return;
    if (byte_log_has_ended(log_of(waiting)))
        answer(waiting, "ended", NULL);
    else if (waiting->quiet != NULL)
        timer_start(waiting->quiet, waiting->quiet_ms, 0);
}

static void on_quiet(void *owner)
{
    answer(owner, "quiet", NULL);
}

static void on_limit(void *owner)
{
    answer(owner, "timeout", NULL);
}

static void on_closed(struct terminal_listener *listener)
{
    answer(container_of(listener, struct waiting, listener), "ended", NULL);
}

static void begin(struct waiting *waiting, double seconds)
{
    struct loop *loop = terminal_loop(waiting->terminal);
    waiting->bytes.on_bytes = on_bytes;
    waiting->listener.on_closed = on_closed;
    waiting->limit = timer_open(loop, on_limit, waiting);
    timer_start(waiting->limit, (uint64_t)(seconds * 1000), 0);
    if (waiting->quiet_ms > 0) {
        waiting->quiet = timer_open(loop, on_quiet, waiting);
        timer_start(waiting->quiet, waiting->quiet_ms, 0);
    }
    http_request_on_gone(waiting->request, on_limit, waiting);
    byte_log_listen(log_of(waiting), &waiting->bytes);
    terminal_listen(waiting->terminal, &waiting->listener);
}

/* False: it has replied. */
static bool compile(struct http_request *request, const struct wait_body *body,
                    struct regex **ret_regex)
{
    const bool has_text = str_is_set(body->text);
    const bool has_pattern = str_is_set(body->pattern);
    struct error error;
    if (has_text + has_pattern + body->quiet_ms.is_set != 1) {
        reply_detail(request, 422, STR("exactly one of pattern, text and quiet_ms is required"));
        return false;
    }
    if (body->quiet_ms.is_set)
        return true;
    const struct regex_search_options options = {.pattern = has_text ? body->text : body->pattern,
                                                 .is_literal = has_text,
                                                 .ignores_case = body->ignore_case.value};
    if (str_is_empty(options.pattern)) {
        reply_detail(request, 422, STR("there is nothing to look for"));
        return false;
    }
    if (regex_new_search(&options, ret_regex, &error))
        return true;
    reply_detail(request, 422, str_from(error.text));
    return false;
}

void terminal_wait_post(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct wait_body body = {.timeout.value = DEFAULT_WAIT_S};
    struct regex *regex = NULL;
    struct terminal *terminal = terminal_find(request, api);
    if (terminal == NULL || !route_decode(request, &body) || !compile(request, &body, &regex))
        return;
    struct waiting *waiting = arena_zero(&request->arena, 1, sizeof(*waiting));
    waiting->request = request;
    waiting->terminal = terminal;
    waiting->regex = regex;
    waiting->quiet_ms = body.quiet_ms.is_set ? (uint64_t)body.quiet_ms.value : 0;
    waiting->is_on_screen = str_equal(body.on, STR("screen"));
    waiting->at = body.from.is_set ? (uint64_t)body.from.value : byte_log_next(log_of(waiting));
    if (regex != NULL && look(waiting))
        return;
    if (byte_log_has_ended(log_of(waiting)))
        answer(waiting, "ended", NULL);
    else
        begin(waiting, body.timeout.value);
}
