#include "actions/document_markdown.h"

#include <stdlib.h>

#include "server/base/mem.h"

struct markdown_cell {
    size_t offset;
    size_t len;
    bool ends_row;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\v';
}

void markdown_text(struct str text, struct buf *out)
{
    bool was_blank = false;
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        if (is_blank(byte)) {
            if (!was_blank)
                buf_append_byte(out, ' ');
            was_blank = true;
            continue;
        }
        was_blank = false;
        if (byte == '*' || byte == '_')
            buf_append_byte(out, '\\');
        buf_append_byte(out, byte);
    }
}

void markdown_table_cell(struct markdown_table *table, struct str markdown)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        table->cells = mem_resize(table->cells, table->capacity * sizeof(table->cells[0]));
    }
    struct markdown_cell *cell = &table->cells[table->count++];
    *cell = (struct markdown_cell){.offset = table->text.len};
    const struct str trimmed = str_trim(markdown);
    for (size_t i = 0; i < trimmed.len; i++)
        buf_append_byte(&table->text, trimmed.data[i] == '\n' ? ' ' : trimmed.data[i]);
    cell->len = table->text.len - cell->offset;
}

void markdown_table_end_row(struct markdown_table *table)
{
    if (table->count == table->row)
        return;
    table->cells[table->count - 1].ends_row = true;
    if (table->row == 0)
        table->first_row_cells = table->count;
    table->row = table->count;
}

static void print_separator(size_t cells, struct buf *out)
{
    for (size_t i = 0; i < cells; i++)
        buf_append(out, STR("| --- "));
    buf_append(out, STR("|\n"));
}

static void print_empty_header(size_t cells, struct buf *out)
{
    for (size_t i = 0; i < cells; i++)
        buf_append(out, STR("|  "));
    buf_append(out, STR("|\n"));
    print_separator(cells, out);
}

void markdown_table_print(const struct markdown_table *table, bool has_header, struct buf *out)
{
    bool is_first = has_header;
    if (!has_header && table->count > 0)
        print_empty_header(table->first_row_cells, out);
    for (size_t i = 0; i < table->count; i++) {
        const struct markdown_cell *cell = &table->cells[i];
        buf_append(out, STR("| "));
        buf_append(out, str_slice(buf_str(&table->text), cell->offset, cell->offset + cell->len));
        buf_append_byte(out, ' ');
        if (!cell->ends_row)
            continue;
        buf_append(out, STR("|\n"));
        if (is_first)
            print_separator(table->first_row_cells, out);
        is_first = false;
    }
}

void markdown_table_fini(struct markdown_table *table)
{
    buf_fini(&table->text);
    free(table->cells);
    *table = (struct markdown_table){0};
}
