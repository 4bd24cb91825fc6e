/*
 * Shapes of a slide come one after the other and are printed when they end. A shape inside a group
 * counts as one of the slide's.
 */
#include "actions/document_slides.h"

#include "actions/document_markdown.h"
#include "actions/document_xml.h"
#include "actions/document_zip.h"
#include "server/base/mem.h"

struct slide {
    struct buf *out;
    bool only_body; /* of notes: nothing but what the speaker wrote */
    bool is_title;
    bool is_body;
    bool is_picture;
    bool in_text;
    bool in_table;
    size_t paragraphs; /* of the shape or cell */
    struct buf text;
    struct buf name;
    struct buf description;
    struct markdown_table table;
};

/* Python's "\W" taken out: what is left names the picture. */
static void append_file_name(struct str name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        const char byte = name.data[i];
        const char lower = (char)(byte | 0x20);
        if ((lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
            (unsigned char)byte >= 0x80)
            buf_append_byte(out, byte);
    }
    buf_append(out, STR(".jpg"));
}

static void print_picture(const struct slide *slide)
{
    const struct str name = buf_str(&slide->name);
    const struct str description = buf_str(&slide->description);
    buf_append(slide->out, STR("\n!["));
    buf_append(slide->out, description.len > 0 ? description : name);
    buf_append(slide->out, STR("]("));
    append_file_name(name, slide->out);
    buf_append(slide->out, STR(")\n"));
}

static void print_text(const struct slide *slide)
{
    struct str text = buf_str(&slide->text);
    if (slide->is_title) {
        buf_append(slide->out, STR("# "));
        while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\n'))
            text = str_skip(text, 1);
    }
    buf_append(slide->out, text);
    buf_append_byte(slide->out, '\n');
}

static void begin_shape(struct slide *slide, bool is_picture)
{
    buf_clear(&slide->text);
    buf_clear(&slide->name);
    buf_clear(&slide->description);
    slide->is_picture = is_picture;
    slide->is_title = false;
    slide->is_body = false;
    slide->paragraphs = 0;
}

static void end_shape(struct slide *slide)
{
    if (slide->only_body && !slide->is_body)
        return;
    if (slide->is_picture)
        print_picture(slide);
    else if (slide->paragraphs > 0 && slide->only_body)
        buf_append(slide->out, buf_str(&slide->text));
    else if (slide->paragraphs > 0)
        print_text(slide);
}

static void end_cell(struct slide *slide)
{
    scoped_buf struct buf markdown = {0};
    markdown_text(buf_str(&slide->text), &markdown);
    markdown_table_cell(&slide->table, buf_str(&markdown));
    buf_clear(&slide->text);
    slide->paragraphs = 0;
}

static void end_table(struct slide *slide)
{
    scoped_buf struct buf text = {0};
    markdown_table_print(&slide->table, true, &text);
    markdown_table_fini(&slide->table);
    slide->in_table = false;
    buf_append_byte(slide->out, '\n');
    buf_append(slide->out, str_trim(buf_str(&text)));
    buf_append_byte(slide->out, '\n');
}

static void on_placeholder(struct slide *slide, const struct xml *xml)
{
    slide->is_title =
        xml_attribute_is(xml, "type", "title") || xml_attribute_is(xml, "type", "ctrTitle");
    slide->is_body = xml_attribute_is(xml, "type", "body");
}

static void on_properties(struct slide *slide, const struct xml *xml)
{
    if (slide->name.len > 0 || slide->description.len > 0)
        return;
    if (!xml_attribute(xml, "name", &slide->name))
        buf_clear(&slide->name); /* a shape may have none */
    if (!xml_attribute(xml, "descr", &slide->description))
        buf_clear(&slide->description); /* nor this */
}

static void on_start(struct slide *slide, const struct xml *xml)
{
    if (xml_starts(xml, "sp") || xml_starts(xml, "pic"))
        begin_shape(slide, xml_starts(xml, "pic"));
    else if (xml_starts(xml, "cNvPr"))
        on_properties(slide, xml);
    else if (xml_starts(xml, "ph"))
        on_placeholder(slide, xml);
    else if (xml_starts(xml, "tbl"))
        slide->in_table = true;
    else if (xml_starts(xml, "tc"))
        buf_clear(&slide->text);
    else if (xml_starts(xml, "p") && slide->paragraphs++ > 0)
        buf_append_byte(&slide->text, '\n');
    else if (xml_starts(xml, "br"))
        buf_append_byte(&slide->text, '\n');
    slide->in_text = xml_starts(xml, "t");
}

static void on_end(struct slide *slide, const struct xml *xml)
{
    slide->in_text = false;
    if (xml_ends(xml, "sp") || xml_ends(xml, "pic"))
        end_shape(slide);
    else if (xml_ends(xml, "tc"))
        end_cell(slide);
    else if (xml_ends(xml, "tr"))
        markdown_table_end_row(&slide->table);
    else if (xml_ends(xml, "tbl"))
        end_table(slide);
}

static void convert_shapes(struct str text, bool only_body, struct buf *out)
{
    struct slide slide = {.out = out, .only_body = only_body};
    struct xml xml;
    xml_init(&xml, text);
    while (xml_next(&xml) && !buf_has_overflowed(out)) {
        if (xml.kind == XML_START)
            on_start(&slide, &xml);
        else if (xml.kind == XML_END)
            on_end(&slide, &xml);
        else if (slide.in_text)
            xml_append_text(&xml, &slide.text);
    }
    buf_fini(&slide.text);
    buf_fini(&slide.name);
    buf_fini(&slide.description);
    markdown_table_fini(&slide.table);
}

static void convert_notes(struct document_zip *zip, struct str member, struct buf *out)
{
    struct document_relations relations = {0};
    scoped_buf struct buf name = {0};
    scoped_buf struct buf text = {0};
    document_relations_read(&relations, zip, member);
    if (document_relations_member(&relations, STR_NULL, STR("/notesSlide"), &name) &&
        document_zip_read(zip, buf_str(&name), &text)) {
        buf_append(out, STR("\n\n### Notes:\n"));
        convert_shapes(buf_str(&text), true, out);
    }
    document_relations_fini(&relations);
}

/* Without the white space at the end of what is there already. */
static void trim_end(struct buf *out)
{
    while (out->len > 0 && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == ' '))
        buf_truncate(out, out->len - 1);
}

bool document_slides(struct document_zip *zip, struct buf *out)
{
    const struct str presentation = STR("ppt/presentation.xml");
    struct document_relations relations = {0};
    scoped_buf struct buf list = {0};
    struct xml xml;
    size_t number = 0;
    if (!document_zip_read(zip, presentation, &list))
        return false;
    document_relations_read(&relations, zip, presentation);
    xml_init(&xml, buf_str(&list));
    while (xml_next(&xml) && !buf_has_overflowed(out)) {
        scoped_buf struct buf id = {0};
        scoped_buf struct buf member = {0};
        scoped_buf struct buf text = {0};
        if (!xml_starts(&xml, "sldId") || !xml_attribute(&xml, "r:id", &id))
            continue;
        buf_printf(out, "%s<!-- Slide number: %zu -->\n", number == 0 ? "" : "\n\n", number + 1);
        number++;
        if (document_relations_member(&relations, buf_str(&id), STR_NULL, &member) &&
            document_zip_read(zip, buf_str(&member), &text)) {
            convert_shapes(buf_str(&text), false, out);
            trim_end(out);
            convert_notes(zip, buf_str(&member), out);
            trim_end(out);
        }
    }
    document_relations_fini(&relations);
    return true;
}
