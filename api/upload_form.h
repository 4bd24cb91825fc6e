#ifndef API_UPLOAD_FORM_H
#define API_UPLOAD_FORM_H

/*
 * Receives a form with a part named "file" and writes that part to a file, as both contracts'
 * uploads do. The body streams from the socket through the multipart parser into the file; whoever
 * is slower pauses the others, so memory does not grow with the file.
 *
 * Clients send all of it before they listen, so only a broken form is told at once; all else comes
 * with on_end when the body is through. Of several parts named "file" the last one counts.
 *
 * Lives in the request's arena. on_end comes exactly once and is the place to reply.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct file_written;
struct http_request;

enum upload_end {
    UPLOAD_BROKEN,  /* no form at all, or one that breaks off: `error` */
    UPLOAD_MISSING, /* no part named "file" */
    UPLOAD_TEXT,    /* there is one, but it is no file: `text` */
    UPLOAD_FAILED,  /* `error`, from on_file or from writing */
    UPLOAD_WRITTEN  /* `written` */
};

struct upload_outcome {
    enum upload_end end;
    struct str text;
    const struct error *error;
    const struct file_written *written;
};

struct upload_form_events {
    /* Where the bytes go; the path is copied. False: the error is told at the end. */
    bool (*on_file)(void *owner, struct str filename, const char **ret_path,
                    struct error *error) MUST_CHECK;
    void (*on_end)(void *owner, const struct upload_outcome *outcome);
};

void upload_form_receive(struct http_request *request, const struct upload_form_events *events,
                         void *owner);

#endif
