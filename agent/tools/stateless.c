#include "agent/tools/stateless.h"

#include <stdlib.h>

#include "agent/tool_set.h"
#include "server/base/mem.h"

bool stateless_add(struct tool_set *set, const struct tool *pattern, struct error *error)
{
    struct tool *tool = mem_alloc(sizeof(*tool));
    *tool = *pattern;
    return tool_set_add(set, tool, error);
}

void stateless_close(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    free(tool);
    on_closed(owner);
}
