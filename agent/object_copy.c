#include "agent/object_copy.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

void object_copy_value(const struct doc_value *value, struct jsonw *w)
{
    scoped_buf struct buf text = {0};
    doc_print(value, &text);
    jsonw_raw(w, NULL, buf_str(&text));
}

void object_copy(const struct doc_value *object, object_change_fn change, void *owner,
                 struct jsonw *w)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(object, &iterator, &name, &value)) {
        jsonw_name(w, name);
        if (change == NULL || !change(owner, name, value, w))
            object_copy_value(value, w);
    }
}
