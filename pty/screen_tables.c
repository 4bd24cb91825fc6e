#include "pty/screen_tables.h"

#include <string.h>

#include "server/base/mem.h"
#include "server/base/utf8.h"

#define FIRST_CLUSTER  0x110000u /* behind the last code point */
#define CLUSTERS_MAX   4000u     /* either is far more than the cells of a row can use */
#define STYLES_MAX     2000u
#define FIRST_CAPACITY 4u
#define COMPACT_FROM   32u /* smaller tables are not worth it */

struct cluster {
    uint32_t code_points[1 + SCREEN_MARKS_MAX]; /* 0 behind the last */
};

struct screen_tables {
    uint16_t style_count;
    uint16_t style_capacity;
    uint16_t cluster_count;
    uint16_t cluster_capacity;
    struct cluster *clusters;
    struct screen_style styles[]; /* the first is the default style */
};

static struct screen_tables *tables_new(unsigned style_capacity)
{
    struct screen_tables *tables =
        mem_alloc(sizeof(*tables) + style_capacity * sizeof(tables->styles[0]));
    *tables = (struct screen_tables){.style_count = 1, .style_capacity = (uint16_t)style_capacity};
    tables->styles[0] = (struct screen_style){0};
    return tables;
}

struct screen_tables *screen_tables_new(void)
{
    return tables_new(FIRST_CAPACITY);
}

void screen_tables_free(struct screen_tables *tables)
{
    if (tables != NULL)
        free(tables->clusters);
    free(tables);
}

static bool is_cluster(uint32_t value)
{
    return value >= FIRST_CLUSTER && value != SCREEN_CELL_TAIL;
}

/* New tables of what the cells use. */
static void compact(struct screen_tables **tables, struct screen_cells_view view)
{
    struct screen_tables *old = *tables;
    struct screen_tables *kept = tables_new(old->style_capacity);
    uint16_t places[STYLES_MAX] = {0};
    kept->clusters = mem_alloc((old->cluster_capacity + 1u) * sizeof(struct cluster));
    kept->cluster_capacity = old->cluster_capacity;
    for (int col = 0; col < view.count; col++) {
        const uint32_t style = view.cells[col] >> SCREEN_CELL_STYLE_SHIFT;
        uint32_t value = view.cells[col] & SCREEN_CELL_VALUE;
        if (style > 0 && places[style] == 0) {
            places[style] = kept->style_count;
            kept->styles[kept->style_count++] = old->styles[style];
        }
        if (is_cluster(value)) {
            kept->clusters[kept->cluster_count] = old->clusters[value - FIRST_CLUSTER];
            value = FIRST_CLUSTER + kept->cluster_count++;
        }
        view.cells[col] = (uint32_t)places[style] << SCREEN_CELL_STYLE_SHIFT | value;
    }
    screen_tables_free(old);
    *tables = kept;
}

static void make_room_for_style(struct screen_tables **tables, struct screen_cells_view view)
{
    if ((*tables)->style_count < (*tables)->style_capacity)
        return;
    if ((*tables)->style_count > COMPACT_FROM)
        compact(tables, view);
    if ((*tables)->style_count <= (*tables)->style_capacity / 2)
        return;
    unsigned capacity = (*tables)->style_capacity * 2u;
    if (capacity > STYLES_MAX)
        capacity = STYLES_MAX;
    *tables = mem_resize(*tables, sizeof(**tables) + capacity * sizeof((*tables)->styles[0]));
    (*tables)->style_capacity = (uint16_t)capacity;
}

/* The newest are looked at first: text goes on in the style it has just changed to. */
uint32_t screen_tables_style(struct screen_tables **tables, struct screen_style style,
                             struct screen_cells_view view)
{
    if (screen_style_is_default(style))
        return 0;
    for (unsigned i = (*tables)->style_count; i-- > 1;) {
        if (screen_style_equal((*tables)->styles[i], style))
            return i << SCREEN_CELL_STYLE_SHIFT;
    }
    make_room_for_style(tables, view);
    (*tables)->styles[(*tables)->style_count] = style;
    return (uint32_t)(*tables)->style_count++ << SCREEN_CELL_STYLE_SHIFT;
}

struct screen_style screen_tables_style_of(const struct screen_tables *tables, uint32_t cell)
{
    return tables->styles[cell >> SCREEN_CELL_STYLE_SHIFT];
}

static struct cluster *new_cluster(struct screen_tables **tables, struct screen_cells_view view)
{
    if ((*tables)->cluster_count == CLUSTERS_MAX)
        compact(tables, view);
    struct screen_tables *own = *tables;
    if (own->cluster_count == own->cluster_capacity) {
        own->cluster_capacity = (uint16_t)(own->cluster_capacity * 2 + FIRST_CAPACITY);
        own->clusters = mem_resize(own->clusters, own->cluster_capacity * sizeof(struct cluster));
    }
    return &own->clusters[own->cluster_count++];
}

void screen_tables_add_mark(struct screen_tables **tables, int col, unsigned mark,
                            struct screen_cells_view view)
{
    if (!is_cluster(view.cells[col] & SCREEN_CELL_VALUE)) {
        struct cluster *added = new_cluster(tables, view);
        *added = (struct cluster){.code_points = {view.cells[col] & SCREEN_CELL_VALUE}};
        view.cells[col] &= ~SCREEN_CELL_VALUE;
        view.cells[col] |= FIRST_CLUSTER + (uint32_t)(added - (*tables)->clusters);
    }
    const uint32_t index = (view.cells[col] & SCREEN_CELL_VALUE) - FIRST_CLUSTER;
    uint32_t *code_points = (*tables)->clusters[index].code_points;
    for (int i = 1; i <= SCREEN_MARKS_MAX; i++) {
        if (code_points[i] == 0) {
            code_points[i] = mark;
            return;
        }
    }
}

void screen_tables_text(const struct screen_tables *tables, uint32_t cell, struct buf *out)
{
    const uint32_t value = cell & SCREEN_CELL_VALUE;
    if (value == SCREEN_CELL_TAIL)
        return;
    if (!is_cluster(value)) {
        utf8_append(out, value);
        return;
    }
    const struct cluster *cluster = &tables->clusters[value - FIRST_CLUSTER];
    for (int i = 0; i <= SCREEN_MARKS_MAX && cluster->code_points[i] != 0; i++)
        utf8_append(out, cluster->code_points[i]);
}
