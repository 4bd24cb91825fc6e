#include "api/native/signal_value.h"

#include <signal.h>
#include <string.h>

#include "server/base/json.h"
#include "server/base/str.h"

static int signal_by_name(struct str name)
{
    if (str_starts_with(name, STR("SIG")))
        name = str_skip(name, 3);
    for (int number = 1; number < NSIG; number++) {
        if (!str_is_empty(name) && str_equal(name, str_from(sigabbrev_np(number))))
            return number;
    }
    return 0;
}

int signal_value(const struct doc_value *value)
{
    if (doc_kind(value) == DOC_STRING)
        return signal_by_name(doc_string(value));
    if (doc_kind(value) != DOC_INT || doc_int(value) < 1 || doc_int(value) > SIGRTMAX)
        return 0;
    return (int)doc_int(value);
}
