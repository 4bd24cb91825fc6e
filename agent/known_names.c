#include "agent/known_names.h"

#include "agent/conversation.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static size_t name_count(const struct known_names *names)
{
    const bool is_list = names->doc != NULL && doc_kind(doc_root(names->doc)) == DOC_ARRAY;
    return is_list ? doc_count(doc_root(names->doc)) : 0;
}

static struct str name_at(const struct known_names *names, size_t index)
{
    const struct doc_value *name = doc_at(doc_root(names->doc), index);
    return doc_kind(name) == DOC_STRING ? doc_string(name) : STR("");
}

static bool is_known(void *owner, struct str name)
{
    const struct known_names *names = owner;
    for (size_t i = 0; i < name_count(names); i++) {
        if (str_equal(name_at(names, i), name))
            return true;
    }
    return false;
}

void known_names_read(const struct conversation *conversation, enum state_field field,
                      struct known_names *ret_names)
{
    struct doc_error why;
    ret_names->doc = doc_parse(state_json(conversation_state(conversation), field), &why);
    ret_names->known = (struct skills_known){.is_known = is_known, .owner = ret_names};
}

void known_names_fini(struct known_names *names)
{
    doc_free(names->doc);
    names->doc = NULL;
}

bool known_names_add(struct conversation *conversation, enum state_field field,
                     const struct known_names *names, const struct skills_activation *activation,
                     struct error *error)
{
    scoped_buf struct buf json = {0};
    struct jsonw w;
    if (activation->name_count == 0)
        return true;
    jsonw_init(&w, &json);
    jsonw_array(&w);
    for (size_t i = 0; i < name_count(names); i++)
        jsonw_string(&w, NULL, name_at(names, i));
    for (size_t i = 0; i < activation->name_count; i++)
        jsonw_string(&w, NULL, activation->names[i]);
    jsonw_end(&w);
    return conversation_set_field(conversation, field, buf_str(&json), error);
}

void known_names_write(const struct skills_activation *activation, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_array(&w);
    for (size_t i = 0; i < activation->name_count; i++)
        jsonw_string(&w, NULL, activation->names[i]);
    jsonw_end(&w);
}
