#ifndef PTY_MARKS_H
#define PTY_MARKS_H

/*
 * Finds the marks of our own shell integration in what a terminal prints, and takes them out:
 *
 *     ESC ] 7077 ; <nonce> ; <payload> BEL
 *
 * The search is flat, on the raw bytes: whatever state a terminal's parser is in (a program killed
 * inside a sequence, say), a mark is found. Everything else is text, unchanged and in order, marks
 * of a foreign nonce included. What may still become a mark at the edge of a chunk is held back
 * until the next bytes decide. A payload never holds control characters and is at most
 * MARKS_MAX_PAYLOAD long; what looks like a mark but breaks these rules is dropped up to there,
 * because it would show the nonce.
 *
 * Embedded by its owner; the zero value is not usable, marks_fini is safe to call twice.
 */

#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

#define MARKS_NONCE_BYTES 32
#define MARKS_MAX_PAYLOAD 32768

struct marks {
    char prefix[MARKS_NONCE_BYTES + 8]; /* all of a mark before its payload */
    size_t prefix_len;
    struct buf held; /* begins with the ESC of a possible mark */
};

/* Both get bytes that are valid for the call only. */
struct marks_events {
    void (*on_text)(void *owner, struct str text);
    void (*on_mark)(void *owner, struct str payload);
};

void marks_init(struct marks *marks, struct str nonce);
void marks_fini(struct marks *marks);
void marks_feed(struct marks *marks, struct str chunk, const struct marks_events *events,
                void *owner);
/* The end of the stream: what is held back is text. */
void marks_flush(struct marks *marks, const struct marks_events *events, void *owner);

#endif
