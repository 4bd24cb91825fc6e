#include "pty/screen_row.h"

#include <string.h>

#include "pty/screen_tables.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

#define RECYCLED_MAX  256 /* a larger row is not kept for reuse */
#define RICH_CAPACITY 24  /* at first */

struct screen_row {
    uint16_t len;
    uint16_t capacity;
    bool is_wrapped;
    uint32_t background;          /* behind the last cell */
    struct screen_tables *tables; /* NULL: the row is plain */
    uint32_t cells[];             /* of a plain row: bytes */
};

static unsigned char *plain_cells(struct screen_row *row)
{
    return (unsigned char *)row->cells;
}

static size_t row_bytes(size_t cells, bool is_rich)
{
    return sizeof(struct screen_row) + cells * (is_rich ? sizeof(uint32_t) : 1);
}

void screen_row_free(struct screen_row *row)
{
    if (row != NULL)
        screen_tables_free(row->tables);
    free(row);
}

struct screen_row *screen_row_recycle(struct screen_row *row)
{
    if (row == NULL)
        return NULL;
    if (row->tables != NULL || row->capacity > RECYCLED_MAX) {
        screen_row_free(row);
        return NULL;
    }
    row->len = 0;
    row->background = SCREEN_COLOR_DEFAULT;
    row->is_wrapped = false;
    return row;
}

static bool is_rich(const struct screen_row *row)
{
    return row != NULL && row->tables != NULL;
}

/* Room for so many cells; what is there stays. */
static void reserve(struct screen_row **slot, int cells)
{
    struct screen_row *row = *slot;
    if (row != NULL && cells <= row->capacity)
        return;
    size_t capacity = (size_t)cells;
    if (row != NULL && row->capacity > 0)
        capacity += capacity / 2;
    capacity = (capacity + 7) & ~(size_t)7;
    *slot = mem_resize(row, row_bytes(capacity, is_rich(row)));
    if (row == NULL)
        **slot = (struct screen_row){0};
    (*slot)->capacity = (uint16_t)capacity;
}

static void enrich(struct screen_row **slot)
{
    if (is_rich(*slot))
        return;
    reserve(slot, RICH_CAPACITY);
    struct screen_row *row = *slot;
    struct screen_row *rich = mem_alloc(row_bytes(row->capacity, true));
    *rich = *row;
    for (int col = 0; col < row->len; col++)
        rich->cells[col] = plain_cells(row)[col];
    rich->tables = screen_tables_new();
    free(row);
    *slot = rich;
}

static struct screen_cells_view view_of(struct screen_row *row)
{
    return (struct screen_cells_view){row->cells, row->len};
}

static uint32_t style_bits(struct screen_row *row, struct screen_style style)
{
    return screen_tables_style(&row->tables, style, view_of(row));
}

static void pad(struct screen_row *row, int col)
{
    if (row->tables == NULL) {
        memset(plain_cells(row) + row->len, ' ', (size_t)(col - row->len));
    } else {
        const uint32_t blank =
            style_bits(row, (struct screen_style){.background = row->background}) | ' ';
        for (int at = row->len; at < col; at++)
            row->cells[at] = blank;
    }
    row->len = (uint16_t)col;
}

/* A row with cells up to `from`, and with room for those up to `to`, in which the style can stand.
 * Cells that come to be are blanks. */
static struct screen_row *make_ready(struct screen_row **slot, int from, int to,
                                     struct screen_style style)
{
    struct screen_row *row = *slot;
    const bool has_background = row != NULL && row->background != SCREEN_COLOR_DEFAULT;
    if (!is_rich(row) && (has_background || !screen_style_is_default(style)))
        enrich(slot);
    if (*slot == NULL || to > (*slot)->capacity)
        reserve(slot, to);
    row = *slot;
    if (row->len < from)
        pad(row, from);
    return row;
}

static struct screen_row *make_cells(struct screen_row **slot, int len, struct screen_style style)
{
    return make_ready(slot, len, len, style);
}

static void reach(struct screen_row *row, int end)
{
    if (row->len < end)
        row->len = (uint16_t)end;
}

static bool is_tail(const struct screen_row *row, int col)
{
    return is_rich(row) && col < row->len &&
           (row->cells[col] & SCREEN_CELL_VALUE) == SCREEN_CELL_TAIL;
}

static void blank_cell(struct screen_row *row, int col)
{
    row->cells[col] = (row->cells[col] & ~SCREEN_CELL_VALUE) | ' ';
}

/* Something begins or ends at this column: a wide character that crosses it loses both halves. */
static void cut_at(struct screen_row *row, int col)
{
    if (col > 0 && is_tail(row, col)) {
        blank_cell(row, col - 1);
        blank_cell(row, col);
    }
}

void screen_row_put_ascii(struct screen_row **slot, int col, struct str text,
                          struct screen_style style)
{
    const int end = col + (int)text.len;
    struct screen_row *row = make_ready(slot, col, end, style);
    if (row->tables == NULL) {
        memcpy(plain_cells(row) + col, text.data, text.len);
        reach(row, end);
        return;
    }
    cut_at(row, col);
    cut_at(row, end);
    const uint32_t bits = style_bits(row, style);
    for (size_t i = 0; i < text.len; i++)
        row->cells[(size_t)col + i] = bits | (unsigned char)text.data[i];
    reach(row, end);
}

void screen_row_set_text(struct screen_row **slot, struct str text)
{
    if (text.len == 0)
        return;
    if (*slot == NULL || (*slot)->tables != NULL || text.len > (*slot)->capacity) {
        screen_row_put_ascii(slot, 0, text, (struct screen_style){0});
        return;
    }
    memcpy(plain_cells(*slot), text.data, text.len);
    (*slot)->len = (uint16_t)text.len;
}

void screen_row_put(struct screen_row **slot, int col, unsigned code_point, int width,
                    struct screen_style style)
{
    enrich(slot);
    struct screen_row *row = make_ready(slot, col, col + width, style);
    cut_at(row, col);
    cut_at(row, col + width);
    const uint32_t bits = style_bits(row, style);
    row->cells[col] = bits | code_point;
    if (width == 2)
        row->cells[col + 1] = bits | SCREEN_CELL_TAIL;
    reach(row, col + width);
}

void screen_row_add_mark(struct screen_row **slot, int col, unsigned mark)
{
    if (*slot == NULL || col >= (*slot)->len)
        return;
    enrich(slot);
    struct screen_row *row = *slot;
    if (col > 0 && is_tail(row, col))
        col--;
    screen_tables_add_mark(&row->tables, col, mark, view_of(row));
}

static void fill_blanks(struct screen_row *row, int from, int to, uint32_t background)
{
    if (row->tables == NULL) {
        memset(plain_cells(row) + from, ' ', (size_t)(to - from));
        return;
    }
    const uint32_t blank = style_bits(row, (struct screen_style){.background = background}) | ' ';
    for (int col = from; col < to; col++)
        row->cells[col] = blank;
}

/* Nothing but background from here on. */
static void truncate_row(struct screen_row **slot, int len, uint32_t background)
{
    if (len == 0 && background == SCREEN_COLOR_DEFAULT) {
        screen_row_free(*slot);
        *slot = NULL;
        return;
    }
    if (len > screen_row_len(*slot) && background != screen_row_background(*slot))
        (void)make_cells(slot, len, (struct screen_style){0}); /* read again below */
    reserve(slot, len);
    struct screen_row *row = *slot;
    cut_at(row, len);
    if (row->len > len)
        row->len = (uint16_t)len;
    row->background = background;
    row->is_wrapped = false;
}

void screen_row_erase(struct screen_row **slot, int from, int to, struct screen_row_blank blank)
{
    struct screen_row *row = *slot;
    const uint32_t background = screen_row_background(row);
    const int len = screen_row_len(row);
    if (from >= to || (from >= len && background == blank.background))
        return;
    if (to >= blank.cols || (to >= len && background == blank.background)) {
        truncate_row(slot, from, blank.background);
        return;
    }
    row = make_cells(slot, to, (struct screen_style){.background = blank.background});
    cut_at(row, from);
    cut_at(row, to);
    fill_blanks(row, from, to, blank.background);
}

/* What was behind the edge of the screen when it became narrower must not move into it. */
static void drop_hidden(struct screen_row *row, int cols)
{
    if (screen_row_len(row) <= cols)
        return;
    cut_at(row, cols);
    row->len = (uint16_t)cols;
}

static void move_cells(struct screen_row *row, int to, int from, int count)
{
    if (row->tables == NULL)
        memmove(plain_cells(row) + to, plain_cells(row) + from, (size_t)count);
    else
        memmove(row->cells + to, row->cells + from, (size_t)count * sizeof(row->cells[0]));
}

void screen_row_insert(struct screen_row **slot, int col, int count, struct screen_row_blank blank)
{
    drop_hidden(*slot, blank.cols);
    const int len = screen_row_len(*slot);
    if (len <= col && screen_row_background(*slot) == blank.background)
        return;
    if (count > blank.cols - col)
        count = blank.cols - col;
    int end = (len > col ? len : col) + count;
    if (end > blank.cols)
        end = blank.cols;
    struct screen_row *row =
        make_cells(slot, end, (struct screen_style){.background = blank.background});
    cut_at(row, col);
    cut_at(row, end - count);
    row->len = (uint16_t)end;
    move_cells(row, col + count, col, end - count - col);
    fill_blanks(row, col, col + count, blank.background);
}

void screen_row_delete(struct screen_row **slot, int col, int count, struct screen_row_blank blank)
{
    drop_hidden(*slot, blank.cols);
    const bool is_filled = screen_row_background(*slot) != blank.background;
    const int len = is_filled ? blank.cols : screen_row_len(*slot);
    if (len <= col)
        return;
    if (count > len - col)
        count = len - col;
    struct screen_row *row =
        make_cells(slot, len, (struct screen_style){.background = blank.background});
    cut_at(row, col);
    cut_at(row, col + count);
    move_cells(row, col, col + count, len - col - count);
    if (is_filled)
        fill_blanks(row, len - count, len, blank.background);
    else
        row->len = (uint16_t)(len - count);
}

bool screen_row_is_wrapped(const struct screen_row *row)
{
    return row != NULL && row->is_wrapped;
}

void screen_row_set_wrapped(struct screen_row **slot, bool is_wrapped)
{
    reserve(slot, 1);
    (*slot)->is_wrapped = is_wrapped;
}

int screen_row_len(const struct screen_row *row)
{
    return row == NULL ? 0 : row->len;
}

int screen_row_shown(const struct screen_row *row, int cols)
{
    if (screen_row_len(row) <= cols)
        return screen_row_len(row);
    return is_tail(row, cols) ? cols - 1 : cols;
}

uint32_t screen_row_background(const struct screen_row *row)
{
    return row == NULL ? SCREEN_COLOR_DEFAULT : row->background;
}

static int cell_width(const struct screen_row *row, int col)
{
    return is_tail(row, col + 1) ? 2 : 1;
}

struct screen_row_run screen_row_run(const struct screen_row *row, int col)
{
    if (row->tables == NULL)
        return (struct screen_row_run){.end = row->len, .width = 1};
    const uint32_t style = row->cells[col] >> SCREEN_CELL_STYLE_SHIFT;
    struct screen_row_run run = {.end = col,
                                 .width = cell_width(row, col),
                                 .style = screen_tables_style_of(row->tables, row->cells[col])};
    while (run.end < row->len && row->cells[run.end] >> SCREEN_CELL_STYLE_SHIFT == style &&
           cell_width(row, run.end) == run.width)
        run.end += run.width;
    return run;
}

void screen_row_text(const struct screen_row *row, int from, int to, struct buf *out)
{
    if (to > screen_row_len(row))
        to = screen_row_len(row);
    if (from >= to)
        return;
    if (row->tables == NULL) {
        buf_append(out, str_span((const char *)row->cells + from, (size_t)(to - from)));
        return;
    }
    for (int col = from; col < to; col++)
        screen_tables_text(row->tables, row->cells[col], out);
}
