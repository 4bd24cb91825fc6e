/*
 * Heads of skills' files: whatever is accepted becomes one JSON object, and a whole file becomes a
 * skill or an error.
 */

#include "agent/frontmatter.h"
#include "agent/skill.h"
#include "agent/skill_file.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_head(struct str yaml)
{
    scoped_buf struct buf json = {0};
    struct doc_error why;
    struct error error;
    if (!frontmatter_to_json(yaml, &json, &error)) {
        assert(json.len == 0);
        return;
    }
    struct doc *doc = doc_parse(buf_str(&json), &why);
    assert(doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT);
    doc_free(doc);
}

static void check_skill(struct str text)
{
    scoped_buf struct buf json = {0};
    struct arena arena = {0};
    struct doc_error why;
    struct error error;
    struct skill skill;
    const struct skill_file file = {.name = STR("a"), .path = STR("/a.md"), .text = text};
    if (skill_read_file(&file, &arena, &skill, &error)) {
        skill_write(&skill, &json);
        struct doc *doc = doc_parse(buf_str(&json), &why);
        assert(doc != NULL);
        doc_free(doc);
        (void)skill_match_message(&skill, text);
        (void)skill_match_path(&skill, text);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    check_head(text);
    check_skill(text);
    return 0;
}
