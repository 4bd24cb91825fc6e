/*
 * One pass over word/document.xml. Text is gathered into pieces of one format, pieces into the
 * paragraph, and a finished paragraph goes into the open cell or, as a block, to the output.
 */
#include "actions/document_word.h"

#include <stdlib.h>

#include "actions/document_markdown.h"
#include "actions/document_xml.h"
#include "actions/document_zip.h"
#include "server/base/mem.h"

#define MAX_STYLES  512
#define MAX_LEVELS  9
#define LIST_INDENT 4

struct style {
    char *id;
    unsigned heading; /* 1 to 6; 0: none */
    unsigned list;    /* number of a list; 0: none */
    unsigned list_level;
};

enum block {
    BLOCK_NONE,
    BLOCK_TEXT,
    BLOCK_ITEM
};

struct word {
    struct buf *out;
    struct document_relations relations;
    struct style *styles;
    size_t style_count;
    struct buf numbering; /* word/numbering.xml */
    unsigned lookups;     /* in it */
    unsigned known_list;
    unsigned known_level;
    bool known_is_numbered;

    struct buf piece; /* text of one format */
    bool is_bold;     /* of the current run */
    bool is_italic;
    bool piece_is_bold;
    bool piece_is_italic;
    struct buf paragraph;
    size_t link_start; /* where the text of an open link begins, and one; 0: none is open */
    struct buf link;
    const struct style *style;
    unsigned list;
    unsigned level;

    bool in_run;
    bool in_run_properties;
    bool in_text;
    unsigned skipping; /* depth inside elements whose text is not shown */
    unsigned tables;   /* depth of tables */
    struct markdown_table table;
    struct buf cell;
    enum block last;
    unsigned last_list;
    unsigned numbers[MAX_LEVELS];
};

/* A number of at most 9 digits; 0 for what is none. */
static unsigned attribute_number(const struct xml *xml, const char *name)
{
    scoped_buf struct buf text = {0};
    uint64_t value;
    if (!xml_attribute(xml, name, &text) || !str_to_u64(buf_str(&text), 0, 999999999, &value))
        return 0;
    return (unsigned)value;
}

static bool is_on(const struct xml *xml)
{
    return !xml_attribute_is(xml, "val", "0") && !xml_attribute_is(xml, "val", "false") &&
           !xml_attribute_is(xml, "val", "none");
}

/* "heading 2", in any case. */
static unsigned heading_of(struct str name)
{
    const struct str start = STR("heading ");
    if (name.len != start.len + 1 || !str_equal_nocase(str_slice(name, 0, start.len), start))
        return 0;
    const char digit = name.data[start.len];
    return digit >= '1' && digit <= '6' ? (unsigned)(digit - '0') : 0;
}

static void read_style(const struct xml *xml, struct style *style)
{
    scoped_buf struct buf name = {0};
    if (xml_starts(xml, "name") && xml_attribute(xml, "val", &name))
        style->heading = heading_of(buf_str(&name));
    else if (xml_starts(xml, "numId"))
        style->list = attribute_number(xml, "val");
    else if (xml_starts(xml, "ilvl"))
        style->list_level = attribute_number(xml, "val");
}

static void read_styles(struct word *word, struct document_zip *zip)
{
    scoped_buf struct buf text = {0};
    struct xml xml;
    if (!document_zip_read(zip, STR("word/styles.xml"), &text))
        return;
    word->styles = mem_zero(MAX_STYLES, sizeof(word->styles[0]));
    struct style *open = NULL;
    xml_init(&xml, buf_str(&text));
    while (xml_next(&xml)) {
        scoped_buf struct buf id = {0};
        if (xml_ends(&xml, "style")) {
            open = NULL;
        } else if (open != NULL && xml.kind == XML_START) {
            read_style(&xml, open);
        } else if (xml_starts(&xml, "style") && word->style_count < MAX_STYLES &&
                   xml_attribute(&xml, "styleId", &id)) {
            open = &word->styles[word->style_count++];
            open->id = mem_strndup(id.data, id.len);
        }
    }
}

static const struct style *find_style(const struct word *word, struct str id)
{
    for (size_t i = 0; i < word->style_count; i++)
        if (str_equal(str_from(word->styles[i].id), id))
            return &word->styles[i];
    return NULL;
}

/* Which abstract list a list is made from, and one; 0 when there is none. */
static unsigned abstract_of(const struct word *word, unsigned list)
{
    struct xml xml;
    bool is_inside = false;
    xml_init(&xml, buf_str(&word->numbering));
    while (xml_next(&xml)) {
        if (xml_starts(&xml, "num"))
            is_inside = attribute_number(&xml, "numId") == list;
        else if (is_inside && xml_starts(&xml, "abstractNumId"))
            return attribute_number(&xml, "val") + 1;
    }
    return 0;
}

static bool look_up_numbered(const struct word *word, unsigned list, unsigned level)
{
    const unsigned abstract = abstract_of(word, list);
    struct xml xml;
    bool is_list = false;
    bool is_level = false;
    xml_init(&xml, buf_str(&word->numbering));
    while (abstract != 0 && xml_next(&xml)) {
        if (xml_starts(&xml, "abstractNum"))
            is_list = attribute_number(&xml, "abstractNumId") + 1 == abstract;
        else if (xml_starts(&xml, "lvl"))
            is_level = is_list && attribute_number(&xml, "ilvl") == level;
        else if (is_level && xml_starts(&xml, "numFmt"))
            return !xml_attribute_is(&xml, "val", "bullet");
    }
    return false;
}

/* Items of one list stand together, so the last answer is the likely one. */
static bool is_numbered(struct word *word, unsigned list, unsigned level)
{
    if (word->known_list == list && word->known_level == level)
        return word->known_is_numbered;
    if (word->lookups++ >= DOCUMENT_MAX_LOOKUPS)
        return false;
    word->known_list = list;
    word->known_level = level;
    word->known_is_numbered = look_up_numbered(word, list, level);
    return word->known_is_numbered;
}

/* Blanks at the ends of bold and italic text go outside of the marks. */
static void end_piece(struct word *word)
{
    const char *mark = word->piece_is_bold && word->piece_is_italic ? "***"
                       : word->piece_is_bold                        ? "**"
                       : word->piece_is_italic                      ? "*"
                                                                    : "";
    const struct str text = buf_str(&word->piece);
    const struct str trimmed = str_trim(text);
    if (trimmed.len == 0 || mark[0] == '\0') {
        buf_append(&word->paragraph, text);
    } else {
        const size_t before = (size_t)(trimmed.data - text.data);
        buf_append(&word->paragraph, str_slice(text, 0, before));
        buf_append(&word->paragraph, str_from(mark));
        buf_append(&word->paragraph, trimmed);
        buf_append(&word->paragraph, str_from(mark));
        buf_append(&word->paragraph, str_skip(text, before + trimmed.len));
    }
    buf_clear(&word->piece);
}

static void add_text(struct word *word, const struct xml *xml)
{
    scoped_buf struct buf text = {0};
    if (word->piece_is_bold != word->is_bold || word->piece_is_italic != word->is_italic)
        end_piece(word);
    word->piece_is_bold = word->is_bold;
    word->piece_is_italic = word->is_italic;
    xml_append_text(xml, &text);
    markdown_text(buf_str(&text), &word->piece);
}

static void begin_link(struct word *word, const struct xml *xml)
{
    scoped_buf struct buf id = {0};
    end_piece(word);
    buf_clear(&word->link);
    if (xml_attribute(xml, "id", &id) &&
        document_relations_target(&word->relations, buf_str(&id), &word->link))
        word->link_start = word->paragraph.len + 1;
}

static void end_link(struct word *word)
{
    end_piece(word);
    if (word->link_start == 0 || word->link_start > word->paragraph.len) {
        word->link_start = 0;
        return;
    }
    scoped_buf struct buf text = {0};
    buf_append(&text, str_skip(buf_str(&word->paragraph), word->link_start - 1));
    buf_truncate(&word->paragraph, word->link_start - 1);
    word->link_start = 0;
    buf_append_byte(&word->paragraph, '[');
    buf_append(&word->paragraph, buf_str(&text));
    buf_append(&word->paragraph, STR("]("));
    buf_append(&word->paragraph, buf_str(&word->link));
    buf_append_byte(&word->paragraph, ')');
}

/* An empty line between blocks, but not between the items of a list. */
static void begin_block(struct word *word, enum block block)
{
    if (word->last != BLOCK_NONE)
        buf_append(word->out,
                   word->last == BLOCK_ITEM && block == BLOCK_ITEM ? STR("\n") : STR("\n\n"));
    word->last = block;
}

static void print_item(struct word *word, struct str text)
{
    const unsigned level = word->level < MAX_LEVELS ? word->level : MAX_LEVELS - 1;
    if (word->last == BLOCK_ITEM && level == 0 && word->list != word->last_list)
        word->last = BLOCK_TEXT; /* one list right behind another */
    if (word->last != BLOCK_ITEM)
        for (unsigned i = 0; i < MAX_LEVELS; i++)
            word->numbers[i] = 0;
    word->last_list = word->list;
    for (unsigned i = level + 1; i < MAX_LEVELS; i++)
        word->numbers[i] = 0;
    begin_block(word, BLOCK_ITEM);
    for (unsigned i = 0; i < level * LIST_INDENT; i++)
        buf_append_byte(word->out, ' ');
    if (is_numbered(word, word->list, word->level))
        buf_printf(word->out, "%u. ", ++word->numbers[level]);
    else
        buf_printf(word->out, "%c ", "*+-"[level % 3]);
    buf_append(word->out, text);
}

static void print_paragraph(struct word *word, struct str text)
{
    const unsigned heading = word->style == NULL ? 0 : word->style->heading;
    if (heading == 0 && word->list != 0) {
        print_item(word, text);
        return;
    }
    begin_block(word, BLOCK_TEXT);
    for (unsigned i = 0; i < heading; i++)
        buf_append_byte(word->out, '#');
    buf_append(word->out, heading > 0 ? STR(" ") : STR(""));
    buf_append(word->out, text);
}

static void end_paragraph(struct word *word)
{
    end_link(word);
    const struct str text = str_trim(buf_str(&word->paragraph));
    if (text.len > 0 && word->tables > 0) {
        buf_append(&word->cell, word->cell.len > 0 ? STR("\n\n") : STR(""));
        buf_append(&word->cell, text);
    } else if (text.len > 0) {
        print_paragraph(word, text);
    }
    buf_clear(&word->paragraph);
    word->style = NULL;
    word->list = 0;
    word->level = 0;
    word->in_run = false;
    word->in_text = false;
}

static void set_style(struct word *word, const struct xml *xml)
{
    scoped_buf struct buf id = {0};
    if (!xml_attribute(xml, "val", &id))
        return;
    word->style = find_style(word, buf_str(&id));
    if (word->style != NULL && word->list == 0) {
        word->list = word->style->list;
        word->level = word->style->list_level;
    }
}

static void end_table(struct word *word)
{
    if (word->tables == 0 || --word->tables > 0)
        return;
    begin_block(word, BLOCK_TEXT);
    scoped_buf struct buf text = {0};
    markdown_table_print(&word->table, false, &text);
    buf_append(word->out, str_trim(buf_str(&text)));
    markdown_table_fini(&word->table);
}

static bool is_skipped(const struct xml *xml)
{
    return str_equal(xml->name, STR("Choice")) || str_equal(xml->name, STR("instrText")) ||
           str_equal(xml->name, STR("delText")) || str_equal(xml->name, STR("sectPr"));
}

static void on_break(struct word *word, const struct xml *xml)
{
    if (xml_starts(xml, "tab"))
        buf_append_byte(&word->piece, ' ');
    else if (!xml_attribute_is(xml, "type", "page"))
        buf_append_byte(&word->piece, '\n');
}

static void on_run_property(struct word *word, const struct xml *xml)
{
    if (xml_starts(xml, "b"))
        word->is_bold = is_on(xml);
    else if (xml_starts(xml, "i"))
        word->is_italic = is_on(xml);
}

static void on_run(struct word *word, const struct xml *xml)
{
    if (xml_starts(xml, "t"))
        word->in_text = true;
    else if (xml_starts(xml, "rPr"))
        word->in_run_properties = true;
    else if (word->in_run_properties)
        on_run_property(word, xml);
    else if (xml_starts(xml, "tab") || xml_starts(xml, "br") || xml_starts(xml, "cr"))
        on_break(word, xml);
}

static void on_start(struct word *word, const struct xml *xml)
{
    if (xml_starts(xml, "p")) {
        end_paragraph(word);
    } else if (xml_starts(xml, "r")) {
        word->in_run = true;
        word->is_bold = false;
        word->is_italic = false;
    } else if (word->in_run) {
        on_run(word, xml);
    } else if (xml_starts(xml, "pStyle")) {
        set_style(word, xml);
    } else if (xml_starts(xml, "numId")) {
        word->list = attribute_number(xml, "val");
    } else if (xml_starts(xml, "ilvl")) {
        word->level = attribute_number(xml, "val");
    } else if (xml_starts(xml, "hyperlink")) {
        begin_link(word, xml);
    } else if (xml_starts(xml, "tbl")) {
        word->tables++;
    }
}

static void on_end(struct word *word, const struct xml *xml)
{
    if (xml_ends(xml, "p")) {
        end_paragraph(word);
    } else if (xml_ends(xml, "t")) {
        word->in_text = false;
    } else if (xml_ends(xml, "r")) {
        word->in_run = false;
    } else if (xml_ends(xml, "rPr")) {
        word->in_run_properties = false;
    } else if (xml_ends(xml, "hyperlink")) {
        end_link(word);
    } else if (xml_ends(xml, "tc") && word->tables == 1) {
        markdown_table_cell(&word->table, buf_str(&word->cell));
        buf_clear(&word->cell);
    } else if (xml_ends(xml, "tr") && word->tables == 1) {
        markdown_table_end_row(&word->table);
    } else if (xml_ends(xml, "tbl")) {
        end_table(word);
    }
}

static void on_skipped(struct word *word, const struct xml *xml)
{
    if (xml->kind == XML_START)
        word->skipping++;
    else if (word->skipping > 0)
        word->skipping--;
}

static void on_token(struct word *word, const struct xml *xml)
{
    if (xml->kind != XML_TEXT && is_skipped(xml))
        on_skipped(word, xml);
    else if (word->skipping > 0)
        return;
    else if (xml->kind == XML_START)
        on_start(word, xml);
    else if (xml->kind == XML_END)
        on_end(word, xml);
    else if (word->in_text)
        add_text(word, xml);
}

static void fini(struct word *word)
{
    for (size_t i = 0; i < word->style_count; i++)
        free(word->styles[i].id);
    free(word->styles);
    document_relations_fini(&word->relations);
    markdown_table_fini(&word->table);
    buf_fini(&word->numbering);
    buf_fini(&word->piece);
    buf_fini(&word->paragraph);
    buf_fini(&word->link);
    buf_fini(&word->cell);
}

bool document_word(struct document_zip *zip, struct buf *out)
{
    const struct str name = STR("word/document.xml");
    scoped_buf struct buf text = {0};
    struct word word = {.out = out};
    struct xml xml;
    if (!document_zip_read(zip, name, &text))
        return false;
    read_styles(&word, zip);
    document_relations_read(&word.relations, zip, name);
    if (!document_zip_read(zip, STR("word/numbering.xml"), &word.numbering))
        buf_clear(&word.numbering); /* a document without lists has none */
    xml_init(&xml, buf_str(&text));
    while (xml_next(&xml) && !buf_has_overflowed(out))
        on_token(&word, &xml);
    end_paragraph(&word);
    fini(&word);
    return true;
}
