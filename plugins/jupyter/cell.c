#include "plugins/jupyter/cell.h"

#include <stdlib.h>

#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

void jupyter_cell_new(struct list *queue, const struct jupyter_cell_options *options)
{
    struct jupyter_cell *cell = mem_zero(1, sizeof(*cell));
    cell->jupyter = options->jupyter;
    cell->timeout_ms = options->timeout_ms;
    cell->on_result = options->on_result;
    cell->owner = options->owner;
    buf_append(&cell->code, options->code);
    list_append(queue, &cell->link);
    if (options->timeout_ms == 0)
        return;
    cell->timer = timer_open(options->loop, options->on_due, cell);
    timer_start(cell->timer, options->timeout_ms, 0);
}

struct jupyter_cell *jupyter_cell_first(const struct list *queue)
{
    struct list *link = list_first(queue);
    return link == NULL ? NULL : container_of(link, struct jupyter_cell, link);
}

void jupyter_cell_answer(struct jupyter_cell *cell, const struct jupyter_result *result)
{
    const jupyter_result_fn on_result = cell->on_result;
    void *owner = cell->owner;
    list_remove(&cell->link);
    timer_close(cell->timer);
    buf_fini(&cell->code);
    free(cell);
    on_result(owner, result);
}

/* Partial output is dropped, as clients know it. */
void jupyter_cell_answer_timed_out(struct jupyter_cell *cell, bool has_kernel_died)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("[Execution timed out ("));
    jsonw_number(&text, (double)cell->timeout_ms / 1000);
    buf_append(&text, STR(" seconds).]"));
    if (has_kernel_died)
        buf_append(&text, STR("\n[The kernel did not stop when it was interrupted and was "
                              "restarted; its variables are lost.]"));
    const struct jupyter_result result = {
        .text = buf_str(&text), .has_timed_out = true, .has_died = has_kernel_died};
    jupyter_cell_answer(cell, &result);
}

void jupyter_cell_answer_died(struct jupyter_cell *cell, struct str output, const char *reason)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, output);
    if (output.len > 0 && !str_ends_with(output, STR("\n")))
        buf_append_byte(&text, '\n');
    buf_printf(&text, "[The kernel died (%s) and was restarted; its variables are lost.]", reason);
    const struct jupyter_result result = {.text = buf_str(&text), .has_died = true};
    jupyter_cell_answer(cell, &result);
}

void jupyter_cells_fail(struct list *queue, struct str text)
{
    size_t count = 0;
    for (struct list *link = list_first(queue); link != NULL; link = list_next(queue, link))
        count++;
    const struct jupyter_result result = {.text = text, .has_died = true};
    for (; count > 0; count--)
        jupyter_cell_answer(jupyter_cell_first(queue), &result);
}
