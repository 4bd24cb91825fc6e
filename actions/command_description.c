#include "actions/command_description.h"

const char *command_reason_name(enum command_reason reason)
{
    static const char *const names[] = {
#define REASON_NAME(name, text) [COMMAND_##name] = (text),
        COMMAND_REASONS(REASON_NAME)
#undef REASON_NAME
    };
    return names[reason];
}
