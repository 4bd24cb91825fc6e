#include "agent/tools/action.h"

#include "server/base/json.h"

static const struct doc_value *find(const struct doc_value *action, const char *name,
                                    enum doc_kind kind)
{
    const struct doc_value *value = doc_find(action, str_from(name));
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

struct str action_string(const struct doc_value *action, const char *name)
{
    const struct doc_value *value = find(action, name, DOC_STRING);
    return value == NULL ? STR_NULL : doc_string(value);
}

bool action_bool(const struct doc_value *action, const char *name)
{
    const struct doc_value *value = find(action, name, DOC_BOOL);
    return value != NULL && doc_bool(value);
}

bool action_int(const struct doc_value *action, const char *name, int64_t *ret_value)
{
    const struct doc_value *value = find(action, name, DOC_INT);
    if (value != NULL)
        *ret_value = doc_int(value);
    return value != NULL;
}

bool action_number(const struct doc_value *action, const char *name, double *ret_value)
{
    const struct doc_value *number = find(action, name, DOC_DOUBLE);
    const struct doc_value *value = number != NULL ? number : find(action, name, DOC_INT);
    if (value != NULL)
        *ret_value = doc_double(value);
    return value != NULL;
}
