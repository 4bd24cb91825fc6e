#ifndef PLUGINS_JUPYTER_MESSAGE_H
#define PLUGINS_JUPYTER_MESSAGE_H

/*
 * Messages of the Jupyter protocol (version 5.3) as parts of a ZeroMQ message:
 *
 *     addresses… | "<IDS|MSG>" | signature | header | parent | metadata | content | buffers…
 *
 * The four in the middle are JSON and are what the signature covers; here they are found, read and
 * written, and signed by plugins/jupyter/socket.c. What a kernel sends is taken as it comes:
 * invalid UTF-8 is repaired, unknown members are skipped, and a member that is missing is empty.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct doc;
struct doc_value;
struct error;

#define JUPYTER_MESSAGE_DELIMITER  "<IDS|MSG>"
#define JUPYTER_MESSAGE_JSON_PARTS 4

struct jupyter_frame {
    struct str signature;
    const struct str *json; /* JUPYTER_MESSAGE_JSON_PARTS of them */
};

/* False when the parts are no message of the protocol. */
bool jupyter_frame_find(const struct str *parts, size_t count,
                        struct jupyter_frame *ret_frame) MUST_CHECK;

struct jupyter_message {
    struct str type; /* "" when the header has none */
    struct str parent_id;
    const struct doc_value *content; /* an object */
    struct doc *docs[3];             /* of the three above, which are borrowed from them */
};

/* The message is to be given to jupyter_message_fini when it was read. */
bool jupyter_message_read(const struct jupyter_frame *frame, struct jupyter_message *ret_message,
                          struct error *error) MUST_CHECK;
void jupyter_message_fini(struct jupyter_message *message);
/* A member of the content; "" when it is absent or no string. */
struct str jupyter_message_text(const struct jupyter_message *message, const char *name);

struct jupyter_request {
    struct id id; /* the parent_id of its answers, as hex */
    struct buf json[JUPYTER_MESSAGE_JSON_PARTS];
};

/* `content` is JSON. `session` is the same in all requests of a client. */
void jupyter_request_init(struct jupyter_request *request, const char *type, struct id session,
                          struct str content);
void jupyter_request_fini(struct jupyter_request *request);

/* The content of an execute_request (contract v0-action-execution §6.2). A silent one shows no
 * results and no errors. One that fails does not stop those behind it. */
void jupyter_execute_content(struct str code, bool is_silent, struct buf *out);

#endif
