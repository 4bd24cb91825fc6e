#include "api/native/files_print.h"

#include "actions/file_stat.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"

void files_print_time(struct jsonw *w, const char *name, int64_t time_us)
{
    scoped_buf struct buf time = {0};
    clock_format_utc(&time, time_us);
    jsonw_string(w, name, buf_str(&time));
}

void files_print_status(const struct file_status *status, struct jsonw *w)
{
    scoped_buf struct buf mode = {0};
    buf_printf(&mode, "%04o", status->mode);
    jsonw_cstr(w, "kind", file_kind_name(status->kind));
    jsonw_uint(w, "size", status->size);
    jsonw_string(w, "mode", buf_str(&mode));
    jsonw_uint(w, "uid", status->uid);
    jsonw_uint(w, "gid", status->gid);
    jsonw_uint(w, "links", status->links);
    jsonw_uint(w, "inode", status->inode);
    files_print_time(w, "modified_at", status->modified_us);
    files_print_time(w, "changed_at", status->changed_us);
    jsonw_cstr(w, "etag", status->etag.text);
}
