#include "actions/document_zip.h"

#include <stdlib.h>

#include "actions/document_xml.h"
#include "actions/zip_content.h"
#include "actions/zip_record.h"
#include "server/base/mem.h"

#define MAX_COMMENT_BYTES 65535

/* The end record is the last one whose list lies inside the file. */
bool document_zip_open(struct document_zip *zip, struct str bytes)
{
    const size_t size = bytes.len;
    for (size_t back = ZIP_END_BYTES; back <= size && back <= ZIP_END_BYTES + MAX_COMMENT_BYTES;
         back++) {
        const char *record = bytes.data + size - back;
        if (zip_get32(record) != ZIP_END_SIGNATURE)
            continue;
        const size_t list_bytes = zip_get32(record + 12);
        const size_t list_offset = zip_get32(record + 16);
        if (list_offset > size - back || list_bytes > size - back - list_offset)
            continue;
        *zip = (struct document_zip){
            .bytes = bytes,
            .list = str_span(bytes.data + list_offset, list_bytes),
            .budget = DOCUMENT_ZIP_MAX_BYTES,
        };
        return true;
    }
    return false;
}

struct member {
    struct str name;
    unsigned flags;
    unsigned method;
    size_t packed_size;
    size_t size;
    size_t offset;
};

static bool next_member(struct str *rest, struct member *member)
{
    if (rest->len < ZIP_CENTRAL_BYTES || zip_get32(rest->data) != ZIP_CENTRAL_SIGNATURE)
        return false;
    const char *record = rest->data;
    const size_t name_len = zip_get16(record + 28);
    const size_t all =
        ZIP_CENTRAL_BYTES + name_len + zip_get16(record + 30) + zip_get16(record + 32);
    if (all > rest->len)
        return false;
    *member = (struct member){
        .name = str_span(record + ZIP_CENTRAL_BYTES, name_len),
        .flags = zip_get16(record + 8),
        .method = zip_get16(record + 10),
        .packed_size = zip_get32(record + 20),
        .size = zip_get32(record + 24),
        .offset = zip_get32(record + 42),
    };
    *rest = str_skip(*rest, all);
    return true;
}

/* The member's bytes as they are in the file. */
static bool packed_bytes(const struct document_zip *zip, const struct member *member,
                         struct str *ret_packed)
{
    if (member->offset > zip->bytes.len || zip->bytes.len - member->offset < ZIP_LOCAL_BYTES)
        return false;
    const char *header = zip->bytes.data + member->offset;
    if (zip_get32(header) != ZIP_LOCAL_SIGNATURE)
        return false;
    const size_t skip = ZIP_LOCAL_BYTES + zip_get16(header + 26) + (size_t)zip_get16(header + 28);
    const struct str rest = str_skip(zip->bytes, member->offset);
    if (skip > rest.len || member->packed_size > rest.len - skip)
        return false;
    *ret_packed = str_slice(rest, skip, skip + member->packed_size);
    return true;
}

/* Exactly `size` bytes. */
static bool unpack(struct str packed, size_t size, struct buf *out)
{
    char *room = buf_reserve(out, size + 1);
    struct zip_content *content = room == NULL ? NULL : zip_content_new();
    size_t len;
    if (content == NULL)
        return false;
    zip_content_feed(content, packed);
    const enum zip_content_state state = zip_content_take(content, room, size + 1, &len);
    zip_content_free(content);
    if (state != ZIP_CONTENT_ENDED || len != size)
        return false;
    out->len += size;
    out->data[out->len] = '\0';
    return true;
}

static bool read_member(struct document_zip *zip, const struct member *member, struct buf *out)
{
    struct str packed;
    if ((member->flags & ZIP_FLAG_ENCRYPTED) != 0 || member->size > DOCUMENT_MEMBER_MAX_BYTES ||
        member->size > zip->budget || !packed_bytes(zip, member, &packed))
        return false;
    zip->budget -= member->size;
    if (member->method == ZIP_METHOD_DEFLATED)
        return unpack(packed, member->size, out);
    buf_append(out, packed);
    return member->method == ZIP_METHOD_STORED && packed.len == member->size;
}

bool document_zip_read(struct document_zip *zip, struct str name, struct buf *out)
{
    struct str rest = zip->list;
    struct member member;
    while (next_member(&rest, &member))
        if (str_equal(member.name, name))
            return read_member(zip, &member, out);
    return false;
}

void document_relations_read(struct document_relations *relations, struct document_zip *zip,
                             struct str member)
{
    const size_t slash = str_find_last_byte(member, '/');
    const size_t folder_len = slash == SIZE_MAX ? 0 : slash + 1;
    scoped_buf struct buf name = {0};
    relations->folder = mem_strndup(member.data, folder_len);
    buf_append(&name, str_slice(member, 0, folder_len));
    buf_append(&name, STR("_rels/"));
    buf_append(&name, str_skip(member, folder_len));
    buf_append(&name, STR(".rels"));
    if (!document_zip_read(zip, buf_str(&name), &relations->xml))
        buf_clear(&relations->xml); /* a member without relations has none to read */
}

void document_relations_fini(struct document_relations *relations)
{
    buf_fini(&relations->xml);
    free(relations->folder);
    *relations = (struct document_relations){0};
}

static bool is_wanted(const struct xml *xml, struct str id, struct str type_ending)
{
    scoped_buf struct buf value = {0};
    if (str_is_set(id))
        return xml_attribute(xml, "Id", &value) && str_equal(buf_str(&value), id);
    return xml_attribute(xml, "Type", &value) && str_ends_with(buf_str(&value), type_ending);
}

static bool find_target(struct document_relations *relations, struct str id, struct str type_ending,
                        struct buf *out)
{
    struct xml xml;
    if (relations->lookups++ >= DOCUMENT_MAX_LOOKUPS)
        return false;
    xml_init(&xml, buf_str(&relations->xml));
    while (xml_next(&xml))
        if (xml_starts(&xml, "Relationship") && is_wanted(&xml, id, type_ending))
            return xml_attribute(&xml, "Target", out);
    return false;
}

bool document_relations_target(struct document_relations *relations, struct str id, struct buf *out)
{
    return find_target(relations, id, STR_NULL, out);
}

/* Takes "folder/sub/" and "../x/y" together. */
static void append_member(struct str folder, struct str target, struct buf *out)
{
    if (str_starts_with(target, STR("/"))) {
        buf_append(out, str_skip(target, 1));
        return;
    }
    while (str_starts_with(target, STR("../")) && folder.len > 0) {
        const size_t slash = str_find_last_byte(str_slice(folder, 0, folder.len - 1), '/');
        folder = str_slice(folder, 0, slash == SIZE_MAX ? 0 : slash + 1);
        target = str_skip(target, 3);
    }
    buf_append(out, folder);
    buf_append(out, target);
}

bool document_relations_member(struct document_relations *relations, struct str id,
                               struct str type_ending, struct buf *out)
{
    scoped_buf struct buf target = {0};
    if (!find_target(relations, id, type_ending, &target))
        return false;
    append_member(str_from(relations->folder), buf_str(&target), out);
    return true;
}
