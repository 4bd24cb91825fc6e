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
    buf_append(&content, utf8_trim_end(result->text));
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
