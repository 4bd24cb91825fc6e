/*
 * Cells are gathered as they come, then put into a grid, because how a value is shown depends on
 * its whole column.
 */
#include "actions/document_sheet.h"

#include <math.h>
#include <stdlib.h>

#include "actions/document_markdown.h"
#include "actions/document_xml.h"
#include "actions/document_zip.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define MAX_STRINGS     ((size_t)1 << 20)
#define MAX_STYLES      4096
#define MAX_FORMATS     1024
#define MAX_CELLS       ((size_t)DOCUMENT_SHEET_MAX_ROWS * DOCUMENT_SHEET_MAX_COLUMNS)
#define DECIMALS        6
#define DAY_SECONDS     86400.0
#define UNIX_EPOCH_DAYS 25569.0 /* 1970-01-01 as a day of a spreadsheet */
#define LAST_DAY        2958466.0
#define WHOLE_MAX       9.0e15

enum cell_kind {
    CELL_EMPTY,
    CELL_NUMBER,
    CELL_BOOL,
    CELL_DATE,
    CELL_TEXT
};

struct cell {
    enum cell_kind kind;
    double number;
    size_t offset; /* of its text */
    size_t len;
};

struct span {
    size_t offset;
    size_t len;
};

struct book {
    struct document_zip *zip;
    struct document_relations relations;
    struct buf strings_text;
    struct span *strings;
    size_t string_count;
    bool *style_is_date;
    size_t style_count;
};

struct sheet {
    struct book *book;
    struct buf text;
    struct cell *grid; /* MAX_CELLS, by rows */
    size_t rows;
    size_t columns;
    size_t row; /* of the cell being read */
    size_t column;
};

static void begin_string(struct book *book, size_t *capacity)
{
    if (book->string_count == MAX_STRINGS)
        return;
    if (book->string_count == *capacity) {
        *capacity = *capacity == 0 ? 256 : *capacity * 2;
        book->strings = mem_resize(book->strings, *capacity * sizeof(book->strings[0]));
    }
    book->strings[book->string_count++] = (struct span){.offset = book->strings_text.len};
}

static void extend_string(struct book *book, const struct xml *xml)
{
    if (book->string_count == 0)
        return;
    struct span *string = &book->strings[book->string_count - 1];
    xml_append_text(xml, &book->strings_text);
    string->len = book->strings_text.len - string->offset;
}

static void read_strings(struct book *book)
{
    scoped_buf struct buf text = {0};
    struct xml xml;
    if (!document_zip_read(book->zip, STR("xl/sharedStrings.xml"), &text))
        return;
    size_t capacity = 0;
    bool is_text = false;
    bool is_spoken = false; /* how to pronounce it */
    xml_init(&xml, buf_str(&text));
    while (xml_next(&xml)) {
        if (xml_starts(&xml, "si"))
            begin_string(book, &capacity);
        if (xml.kind == XML_TEXT) {
            if (is_text && !is_spoken)
                extend_string(book, &xml);
            continue;
        }
        is_text = xml_starts(&xml, "t");
        is_spoken = xml_starts(&xml, "rPh") || (is_spoken && !xml_ends(&xml, "rPh"));
    }
}

/* Formats with a year, month, day, hour or second outside of quotes and brackets. */
static bool is_date_format(struct str code)
{
    char until = '\0';
    for (size_t i = 0; i < code.len; i++) {
        const char byte = code.data[i];
        if (until != '\0')
            until = byte == until ? '\0' : until;
        else if (byte == '"' || byte == '[')
            until = byte == '[' ? ']' : byte;
        else if (byte == '\\')
            i++;
        else if (str_has_byte(STR("ymdhsYMDHS"), byte))
            return !str_equal_nocase(code, STR("General"));
    }
    return false;
}

static bool is_date_number(uint64_t format)
{
    return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) ||
           (format >= 45 && format <= 47) || (format >= 50 && format <= 58);
}

static bool attribute_u64(const struct xml *xml, const char *name, uint64_t max,
                          uint64_t *ret_value)
{
    scoped_buf struct buf text = {0};
    return xml_attribute(xml, name, &text) && str_to_u64(buf_str(&text), 0, max, ret_value);
}

struct date_formats {
    uint64_t numbers[MAX_FORMATS];
    size_t count;
};

static void add_format(struct date_formats *formats, const struct xml *xml)
{
    scoped_buf struct buf code = {0};
    uint64_t number;
    if (formats->count < MAX_FORMATS && attribute_u64(xml, "numFmtId", UINT32_MAX, &number) &&
        xml_attribute(xml, "formatCode", &code) && is_date_format(buf_str(&code)))
        formats->numbers[formats->count++] = number;
}

static bool is_date_style(const struct date_formats *formats, const struct xml *xml)
{
    uint64_t number;
    if (!attribute_u64(xml, "numFmtId", UINT32_MAX, &number))
        return false;
    for (size_t i = 0; i < formats->count; i++)
        if (formats->numbers[i] == number)
            return true;
    return is_date_number(number);
}

static void read_styles(struct book *book)
{
    scoped_buf struct buf text = {0};
    struct xml xml;
    if (!document_zip_read(book->zip, STR("xl/styles.xml"), &text))
        return;
    scoped_free struct date_formats *formats = mem_zero(1, sizeof(*formats));
    book->style_is_date = mem_zero(MAX_STYLES, sizeof(book->style_is_date[0]));
    bool is_cells = false;
    xml_init(&xml, buf_str(&text));
    while (xml_next(&xml)) {
        if (xml_starts(&xml, "numFmt"))
            add_format(formats, &xml);
        else if (xml_starts(&xml, "cellXfs") || xml_ends(&xml, "cellXfs"))
            is_cells = xml.kind == XML_START;
        else if (is_cells && xml_starts(&xml, "xf") && book->style_count < MAX_STYLES)
            book->style_is_date[book->style_count++] = is_date_style(formats, &xml);
    }
}

/* "AB12": row 12, column 28, from 0. False for what is none or lies outside the grid. */
static bool parse_place(struct str place, size_t *ret_row, size_t *ret_column)
{
    size_t column = 0;
    size_t at = 0;
    uint64_t row;
    for (; at < place.len && place.data[at] >= 'A' && place.data[at] <= 'Z' && at < 4; at++)
        column = column * 26 + (size_t)(place.data[at] - 'A') + 1;
    if (column == 0 || column > DOCUMENT_SHEET_MAX_COLUMNS ||
        !str_to_u64(str_skip(place, at), 1, DOCUMENT_SHEET_MAX_ROWS, &row))
        return false;
    *ret_row = (size_t)row - 1;
    *ret_column = column - 1;
    return true;
}

/* What a <c> element says of its cell. */
struct cell_head {
    bool is_inside;
    bool is_date;
    char type; /* 's'hared, 'i'nline, 'b'ool, 'n'umber, 't'ext */
    struct buf text;
};

static void begin_cell(struct sheet *sheet, const struct xml *xml, struct cell_head *head)
{
    scoped_buf struct buf place = {0};
    uint64_t style = 0;
    head->is_inside = xml_attribute(xml, "r", &place) &&
                      parse_place(buf_str(&place), &sheet->row, &sheet->column);
    head->type = xml_attribute_is(xml, "t", "s")                                        ? 's'
                 : xml_attribute_is(xml, "t", "b")                                      ? 'b'
                 : xml_attribute_is(xml, "t", "inlineStr")                              ? 'i'
                 : xml_attribute_is(xml, "t", "str") || xml_attribute_is(xml, "t", "e") ? 't'
                                                                                        : 'n';
    head->is_date = attribute_u64(xml, "s", MAX_STYLES, &style) &&
                    style < sheet->book->style_count && sheet->book->style_is_date[style];
    buf_clear(&head->text);
}

static void set_text(struct sheet *sheet, struct cell *cell, struct str text)
{
    cell->kind = CELL_TEXT;
    cell->offset = sheet->text.len;
    buf_append(&sheet->text, text);
    cell->len = sheet->text.len - cell->offset;
}

static void set_shared(struct sheet *sheet, struct cell *cell, struct str index_text)
{
    const struct book *book = sheet->book;
    uint64_t index;
    if (!str_to_u64(index_text, 0, MAX_STRINGS, &index) || index >= book->string_count)
        return;
    const struct span *string = &book->strings[index];
    set_text(sheet, cell,
             str_slice(buf_str(&book->strings_text), string->offset, string->offset + string->len));
}

static void set_number(struct cell *cell, const struct cell_head *head)
{
    double number;
    if (!str_to_double(buf_str(&head->text), &number))
        return;
    const bool is_day = number >= 0 && number < LAST_DAY;
    cell->kind = head->type == 'b' ? CELL_BOOL : head->is_date && is_day ? CELL_DATE : CELL_NUMBER;
    cell->number = number;
}

static void end_cell(struct sheet *sheet, struct cell_head *head)
{
    if (!head->is_inside || head->text.len == 0)
        return;
    struct cell *cell = &sheet->grid[sheet->row * DOCUMENT_SHEET_MAX_COLUMNS + sheet->column];
    *cell = (struct cell){.kind = CELL_EMPTY};
    if (head->type == 's')
        set_shared(sheet, cell, buf_str(&head->text));
    else if (head->type == 'n' || head->type == 'b')
        set_number(cell, head);
    else
        set_text(sheet, cell, buf_str(&head->text));
    sheet->rows = sheet->row + 1 > sheet->rows ? sheet->row + 1 : sheet->rows;
    sheet->columns = sheet->column + 1 > sheet->columns ? sheet->column + 1 : sheet->columns;
    head->is_inside = false;
}

static void read_cells(struct sheet *sheet, struct str text)
{
    struct cell_head head = {0};
    struct xml xml;
    bool is_value = false;
    xml_init(&xml, text);
    while (xml_next(&xml)) {
        if (xml.kind == XML_TEXT) {
            if (is_value)
                xml_append_text(&xml, &head.text);
            continue;
        }
        is_value = xml_starts(&xml, "v") || (head.type == 'i' && xml_starts(&xml, "t"));
        if (xml_starts(&xml, "c"))
            begin_cell(sheet, &xml, &head);
        else if (xml_ends(&xml, "c"))
            end_cell(sheet, &head);
    }
    buf_fini(&head.text);
}

static const struct cell *cell_at(const struct sheet *sheet, size_t row, size_t column)
{
    return &sheet->grid[row * DOCUMENT_SHEET_MAX_COLUMNS + column];
}

/* How the numbers of a column are shown. */
struct column_form {
    bool is_numbers; /* nothing but numbers or nothing but bools, and gaps */
    bool is_whole;
    bool is_dates; /* nothing but dates, and gaps */
    bool is_days;
    bool is_scientific;
    int decimals;
};

static bool is_whole(double number)
{
    return fabs(number) < WHOLE_MAX && number == floor(number);
}

/* Decimals that all numbers of the column need, and whether they are too far apart for that. */
static void measure_numbers(const struct sheet *sheet, size_t column, struct column_form *form)
{
    size_t longest = 0;
    bool has_large = false;
    bool has_small = false;
    form->decimals = 1;
    for (size_t row = 1; row < sheet->rows; row++) {
        const struct cell *cell = cell_at(sheet, row, column);
        if (cell->kind == CELL_EMPTY)
            continue;
        scoped_buf struct buf text = {0};
        buf_printf(&text, "%.*f", DECIMALS, cell->number);
        int needed = DECIMALS;
        for (size_t end = text.len; needed > 1 && text.data[end - 1] == '0'; end--)
            needed--;
        form->decimals = needed > form->decimals ? needed : form->decimals;
        longest = text.len - DECIMALS > longest ? text.len - DECIMALS : longest;
        has_large |= fabs(cell->number) > 1e6;
        has_small |= cell->number != 0 && fabs(cell->number) < 1e-6;
    }
    const bool is_too_long = longest + (size_t)form->decimals + 1 > DECIMALS + 6;
    form->is_scientific = has_small || (is_too_long && has_large);
}

static struct column_form column_form(const struct sheet *sheet, size_t column)
{
    size_t counts[CELL_TEXT + 1] = {0};
    struct column_form form = {.is_whole = true, .is_days = true};
    for (size_t row = 1; row < sheet->rows; row++) {
        const struct cell *cell = cell_at(sheet, row, column);
        counts[cell->kind]++;
        if (cell->kind == CELL_NUMBER)
            form.is_whole &= is_whole(cell->number);
        if (cell->kind == CELL_DATE)
            form.is_days &= is_whole(cell->number);
    }
    const size_t filled = sheet->rows - 1 - counts[CELL_EMPTY];
    const bool has_gaps = counts[CELL_EMPTY] > 0;
    form.is_dates = filled > 0 && counts[CELL_DATE] == filled;
    form.is_numbers =
        filled > 0 && (counts[CELL_NUMBER] == filled || (counts[CELL_BOOL] == filled && has_gaps));
    form.is_whole &= !has_gaps;
    if (form.is_numbers && !form.is_whole)
        measure_numbers(sheet, column, &form);
    return form;
}

static void print_date(double days, bool is_day, struct buf *out)
{
    scoped_buf struct buf iso = {0};
    const double seconds = round((days - UNIX_EPOCH_DAYS) * DAY_SECONDS);
    clock_format_utc(&iso, (int64_t)seconds * 1000000);
    const struct str text = buf_str(&iso);
    buf_append(out, str_slice(text, 0, 10));
    if (is_day)
        return;
    buf_append_byte(out, ' ');
    buf_append(out, str_slice(text, 11, 19));
}

static void print_number(const struct column_form *form, double number, struct buf *out)
{
    if (form->is_numbers && !form->is_whole && form->is_scientific)
        buf_printf(out, "%.*e", DECIMALS, number);
    else if (form->is_numbers && !form->is_whole)
        buf_printf(out, "%.*f", form->decimals, number);
    else if (is_whole(number))
        buf_printf(out, "%lld", (long long)number);
    else
        jsonw_number(out, number);
}

static void print_cell(const struct sheet *sheet, const struct column_form *form,
                       const struct cell *cell, struct buf *out)
{
    switch (cell->kind) {
    case CELL_EMPTY:
        buf_append(out, form->is_dates ? STR("NaT") : STR("NaN"));
        return;
    case CELL_NUMBER:
        print_number(form, cell->number, out);
        return;
    case CELL_BOOL:
        if (form->is_numbers)
            print_number(form, cell->number, out);
        else
            buf_append(out, cell->number != 0 ? STR("True") : STR("False"));
        return;
    case CELL_DATE:
        print_date(cell->number, form->is_dates && form->is_days, out);
        return;
    case CELL_TEXT:
        markdown_text(str_slice(buf_str(&sheet->text), cell->offset, cell->offset + cell->len),
                      out);
        return;
    }
}

static void add_header(const struct sheet *sheet, struct markdown_table *table)
{
    const struct column_form plain = {.is_whole = true};
    for (size_t column = 0; column < sheet->columns; column++) {
        scoped_buf struct buf text = {0};
        const struct cell *cell = cell_at(sheet, 0, column);
        if (cell->kind == CELL_EMPTY)
            buf_printf(&text, "Unnamed: %zu", column);
        else
            print_cell(sheet, &plain, cell, &text);
        markdown_table_cell(table, buf_str(&text));
    }
    markdown_table_end_row(table);
}

static void print_sheet(const struct sheet *sheet, struct buf *out)
{
    if (sheet->rows == 0)
        return;
    struct markdown_table table = {0};
    scoped_free struct column_form *forms = mem_zero(sheet->columns, sizeof(forms[0]));
    for (size_t column = 0; column < sheet->columns; column++)
        forms[column] = column_form(sheet, column);
    add_header(sheet, &table);
    for (size_t row = 1; row < sheet->rows && table.text.len < DOCUMENT_MAX_TEXT_BYTES; row++) {
        for (size_t column = 0; column < sheet->columns; column++) {
            scoped_buf struct buf text = {0};
            print_cell(sheet, &forms[column], cell_at(sheet, row, column), &text);
            markdown_table_cell(&table, buf_str(&text));
        }
        markdown_table_end_row(&table);
    }
    markdown_table_print(&table, true, out);
    markdown_table_fini(&table);
}

/* One sheet; left out when its member is missing or damaged. */
static void convert_sheet(struct book *book, const struct xml *xml, struct buf *out)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf name = {0};
    scoped_buf struct buf member = {0};
    scoped_buf struct buf text = {0};
    if (!xml_attribute(xml, "id", &id) || !xml_attribute(xml, "name", &name) ||
        !document_relations_member(&book->relations, buf_str(&id), STR_NULL, &member) ||
        !document_zip_read(book->zip, buf_str(&member), &text))
        return;
    struct sheet sheet = {.book = book, .grid = mem_zero(MAX_CELLS, sizeof(sheet.grid[0]))};
    read_cells(&sheet, buf_str(&text));
    buf_append(out, out->len > 0 ? STR("\n## ") : STR("## "));
    buf_append(out, buf_str(&name));
    buf_append_byte(out, '\n');
    print_sheet(&sheet, out);
    buf_fini(&sheet.text);
    free(sheet.grid);
}

bool document_sheet(struct document_zip *zip, struct buf *out)
{
    const struct str name = STR("xl/workbook.xml");
    scoped_buf struct buf text = {0};
    struct book book = {.zip = zip};
    struct xml xml;
    if (!document_zip_read(zip, name, &text))
        return false;
    document_relations_read(&book.relations, zip, name);
    read_strings(&book);
    read_styles(&book);
    xml_init(&xml, buf_str(&text));
    while (xml_next(&xml) && !buf_has_overflowed(out))
        if (xml_starts(&xml, "sheet"))
            convert_sheet(&book, &xml, out);
    if (out->len > 0 && out->data[out->len - 1] == '\n')
        buf_truncate(out, out->len - 1);
    document_relations_fini(&book.relations);
    buf_fini(&book.strings_text);
    free(book.strings);
    free(book.style_is_date);
    return true;
}
