#include <stdint.h>

#include "actions/document.h"
#include "actions/document_markdown.h"
#include "actions/zip_content.h"
#include "actions/zip_record.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/utf8.h"

/*
 * Office documents. The first byte tells the kind; what follows is the file as it is, or members of
 * one that is made here, each with the byte that names it in front, separated by MEMBER_END. What
 * is shown is text, and no more than the limit.
 */

#define MEMBER_END      '\x1e'
#define MAX_INPUT_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = {"/x.docx", "/x.xlsx", "/x.pptx", "/x.wav"};
static const char *const names[] = {
    "word/document.xml",
    "word/styles.xml",
    "word/numbering.xml",
    "word/_rels/document.xml.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/worksheets/sheet1.xml",
    "ppt/presentation.xml",
    "ppt/_rels/presentation.xml.rels",
    "ppt/slides/slide1.xml",
    "ppt/slides/_rels/slide1.xml.rels",
    "ppt/notesSlides/notesSlide1.xml",
};

/* What both headers of a member have in common, from the flags to the length of the name. */
static void put_common(struct buf *out, struct str name, struct str content)
{
    zip_put16(out, 0);
    zip_put16(out, ZIP_METHOD_STORED);
    zip_put32(out, 0); /* time */
    zip_put32(out, zip_content_checksum(0, content));
    zip_put32(out, content.len);
    zip_put32(out, content.len);
    zip_put16(out, name.len);
    zip_put16(out, 0); /* extra */
}

static void put_member(struct buf *file, struct buf *list, struct str name, struct str content)
{
    zip_put32(list, ZIP_CENTRAL_SIGNATURE);
    zip_put16(list, 20);
    zip_put16(list, 20);
    put_common(list, name, content);
    zip_put64(list, 0); /* comment, disk, attributes */
    zip_put16(list, 0);
    zip_put32(list, file->len);
    buf_append(list, name);
    zip_put32(file, ZIP_LOCAL_SIGNATURE);
    zip_put16(file, 20);
    put_common(file, name, content);
    buf_append(file, name);
    buf_append(file, content);
}

static void make_file(struct str members, struct buf *file)
{
    scoped_buf struct buf list = {0};
    struct str member;
    unsigned count = 0;
    while (str_next(&members, MEMBER_END, &member)) {
        if (str_is_empty(member))
            continue;
        const size_t index = (unsigned char)member.data[0] % ARRAY_SIZE(names);
        put_member(file, &list, str_from(names[index]), str_skip(member, 1));
        count++;
    }
    const size_t offset = file->len;
    buf_append(file, buf_str(&list));
    zip_put32(file, ZIP_END_SIGNATURE);
    zip_put32(file, 0); /* disks */
    zip_put16(file, count);
    zip_put16(file, count);
    zip_put32(file, list.len);
    zip_put32(file, offset);
    zip_put16(file, 0); /* comment */
}

static void convert(const char *path, struct str content)
{
    scoped_buf struct buf out = {0};
    struct error error = {0};
    const struct document_options options = {.path = path, .content = content};
    if (document_convert(&options, &out, &error))
        assert(out.len <= DOCUMENT_MAX_TEXT_BYTES && utf8_is_valid(buf_str(&out)));
    else
        assert(error.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > MAX_INPUT_BYTES)
        return 0;
    const struct str rest = str_span((const char *)data + 1, size - 1);
    const char *path = paths[data[0] % ARRAY_SIZE(paths)];
    if ((data[0] & 0x40) == 0) { /* no letter */
        convert(path, rest);
        return 0;
    }
    scoped_buf struct buf file = {0};
    make_file(rest, &file);
    convert(path, buf_str(&file));
    return 0;
}
