#include "api/native/terminal_viewer.h"

#include "api/native/terminal_print.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

static void begin(struct jsonw *w, struct buf *out, const char *type, uint64_t offset)
{
    jsonw_init(w, out);
    jsonw_object(w);
    jsonw_cstr(w, "type", type);
    jsonw_uint(w, "offset", offset);
}

void terminal_viewer_greet(const struct terminal *terminal, const char *who, uint64_t offset,
                           struct buf *out)
{
    struct jsonw w;
    begin(&w, out, "terminal", offset);
    jsonw_cstr(&w, "who", who);
    jsonw_name(&w, STR("terminal"));
    terminal_print(terminal, &w);
    jsonw_end(&w);
}

void terminal_viewer_gap(uint64_t from, uint64_t to, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, "gap", to);
    jsonw_uint(&w, "from", from);
    jsonw_uint(&w, "to", to);
    jsonw_end(&w);
}

void terminal_viewer_end(uint64_t offset, struct str reason, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, "end", offset);
    jsonw_string(&w, "reason", reason);
    jsonw_end(&w);
}
