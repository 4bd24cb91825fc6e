#include "agent/client_tools.h"

#include <stdlib.h>

#include "actions/file_hash.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/list.h"
#include "server/base/mem.h"

struct known_tool {
    struct list link;
    struct file_hash_text name;
    struct file_hash_text schema;
};

struct client_tools {
    struct list known; /* the oldest first */
    size_t count;
};

struct client_tools *client_tools_new(void)
{
    struct client_tools *tools = mem_zero(1, sizeof(*tools));
    list_init(&tools->known);
    return tools;
}

static void forget_oldest(struct client_tools *tools)
{
    struct list *link = list_first(&tools->known);
    list_remove(link);
    free(container_of(link, struct known_tool, link));
    tools->count--;
}

void client_tools_free(struct client_tools *tools)
{
    if (tools == NULL)
        return;
    while (tools->count > 0)
        forget_oldest(tools);
    free(tools);
}

static struct file_hash_text digest(struct str text)
{
    struct file_hash hash;
    file_hash_init(&hash);
    file_hash_add(&hash, text);
    return file_hash_finish(&hash);
}

/* Members may come in another order: the schema is the same. */
static struct file_hash_text digest_schema(const struct doc_value *spec)
{
    scoped_buf struct buf text = {0};
    doc_print_sorted(doc_find(spec, STR("parameters")), &text);
    return digest(buf_str(&text));
}

static struct str name_of(const struct doc_value *spec)
{
    return doc_string(doc_find(spec, STR("name")));
}

static const struct known_tool *find(const struct client_tools *tools, struct str name)
{
    const struct file_hash_text wanted = digest(name);
    for (struct list *link = list_first(&tools->known); link != NULL;
         link = list_next(&tools->known, link)) {
        const struct known_tool *known = container_of(link, struct known_tool, link);
        if (strcmp(known->name.text, wanted.text) == 0)
            return known;
    }
    return NULL;
}

static bool check(const struct client_tools *tools, const struct doc_value *spec,
                  struct error *error)
{
    const struct known_tool *known = find(tools, name_of(spec));
    if (known == NULL || strcmp(known->schema.text, digest_schema(spec).text) == 0)
        return true;
    return error_set(error, ERROR_UNPROCESSABLE,
                     "Client tool '%.*s' is already registered with a different parameters schema. "
                     "Client tool names must map to a single, stable schema within a process.",
                     STR_ARG(name_of(spec)));
}

static void add(struct client_tools *tools, const struct doc_value *specs)
{
    for (size_t i = 0; i < doc_count(specs); i++) {
        const struct doc_value *spec = doc_at(specs, i);
        if (find(tools, name_of(spec)) != NULL)
            continue;
        struct known_tool *known = mem_zero(1, sizeof(*known));
        known->name = digest(name_of(spec));
        known->schema = digest_schema(spec);
        if (tools->count == CLIENT_TOOLS_MAX)
            forget_oldest(tools);
        list_append(&tools->known, &known->link);
        tools->count++;
    }
}

bool client_tools_add(struct client_tools *tools, struct str specs, struct error *error)
{
    bool is_good = true;
    struct doc_error why;
    struct doc *doc = doc_parse(specs, &why);
    assert(doc != NULL); /* it was completed */
    for (size_t i = 0; is_good && i < doc_count(doc_root(doc)); i++)
        is_good = check(tools, doc_at(doc_root(doc), i), error);
    if (is_good)
        add(tools, doc_root(doc));
    doc_free(doc);
    return is_good;
}

static bool is_spec(const struct doc_value *spec)
{
    const struct doc_value *name =
        doc_kind(spec) == DOC_OBJECT ? doc_find(spec, STR("name")) : NULL;
    return name != NULL && doc_kind(name) == DOC_STRING &&
           doc_find(spec, STR("parameters")) != NULL;
}

void client_tools_remember(struct client_tools *tools, struct str specs)
{
    struct doc_error why;
    struct doc *doc = doc_parse(specs, &why);
    bool is_good = doc != NULL && doc_kind(doc_root(doc)) == DOC_ARRAY;
    for (size_t i = 0; is_good && i < doc_count(doc_root(doc)); i++)
        is_good = is_spec(doc_at(doc_root(doc), i));
    if (is_good)
        add(tools, doc_root(doc));
    doc_free(doc);
}
