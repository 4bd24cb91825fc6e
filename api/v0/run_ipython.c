#include "api/v0/run_ipython.h"

#include <math.h>

#include "api/v0/action.h"
#include "api/v0/runtime.h"
#include "plugins/jupyter/jupyter.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define NOT_LOADED "JupyterRequirement not found. Unable to run IPython action."
/* A year; what is longer is meant as "no limit". */
#define TIMEOUT_MAX_S (366.0 * 86400)

struct cell {
    struct v0_action *action;
    struct jupyter *jupyter;
    struct str code; /* lives as long as the action */
    bool wants_extra;
    struct buf cwd; /* the shell may be gone when the server stops */
};

static bool is_whitespace(unsigned code_point)
{
    static const struct {
        unsigned first;
        unsigned last;
    } ranges[] = {{0x09, 0x0d},     {0x1c, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},
                  {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                  {0x205f, 0x205f}, {0x3000, 0x3000}};
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    }
    return false;
}

/* Where the last character begins. */
static size_t last_character(struct str text)
{
    size_t at = text.len - 1;
    while (at > 0 && text.len - at < 4 && ((unsigned char)text.data[at] & 0xc0u) == 0x80)
        at--;
    return at;
}

struct str v0_trim_end(struct str text)
{
    while (text.len > 0) {
        const size_t at = last_character(text);
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(str_skip(text, at), &code_point, &is_valid);
        if (!is_valid || at + taken != text.len || !is_whitespace(code_point))
            return text;
        text.len = at;
    }
    return text;
}

static void write_extras(struct jsonw *w, const struct cell *cell,
                         const struct jupyter_result *result)
{
    jsonw_string(w, "code", cell->code);
    if (result->image_count == 0) {
        jsonw_null(w, "image_urls");
        return;
    }
    jsonw_array_in(w, "image_urls");
    for (size_t i = 0; i < result->image_count; i++)
        jsonw_string(w, NULL, result->image_urls[i]);
    jsonw_end(w);
}

static void on_result(void *owner, const struct jupyter_result *result)
{
    scoped_free struct cell *cell = owner;
    scoped_buf struct buf content = {.max_bytes = SIZE_MAX / 2};
    buf_append(&content, v0_trim_end(result->text));
    if (cell->wants_extra)
        buf_printf(
            &content,
            "\n[Jupyter current working directory: %.*s]\n[Jupyter Python interpreter: %.*s]",
            STR_ARG(buf_str(&cell->cwd)), STR_ARG(jupyter_python(cell->jupyter)));
    const struct v0_observation observation = {
        .kind = "run_ipython",
        .message = STR("Code executed in IPython cell."),
        .content = buf_str(&content),
        .has_success = true,
        .success = true,
    };
    write_extras(v0_action_reply_begin(cell->action, &observation), cell, result);
    buf_fini(&cell->cwd);
    v0_action_reply_end(cell->action);
}

static uint64_t to_milliseconds(double seconds)
{
    if (!(seconds > 0) || seconds > TIMEOUT_MAX_S)
        return 0;
    const uint64_t milliseconds = (uint64_t)llround(seconds * 1000);
    return milliseconds == 0 ? 1 : milliseconds;
}

void v0_run_ipython(struct v0_action *action)
{
    struct v0_runtime *runtime = v0_action_runtime(action);
    struct cell cell = {.action = action};
    if (!v0_arg_string(action, "code", STR(""), &cell.code) ||
        !v0_arg_bool(action, "include_extra", true, &cell.wants_extra))
        return;
    cell.jupyter = v0_runtime_jupyter(runtime);
    if (cell.jupyter == NULL) {
        v0_action_fail(action, STR(NOT_LOADED));
        return;
    }
    struct cell *owner = mem_alloc(sizeof(*owner));
    *owner = cell;
    buf_append(&owner->cwd, v0_runtime_cwd(runtime));
    jupyter_set_cwd(cell.jupyter, buf_str(&owner->cwd));
    jupyter_run(cell.jupyter, cell.code, to_milliseconds(v0_action_timeout(action)), on_result,
                owner);
}
