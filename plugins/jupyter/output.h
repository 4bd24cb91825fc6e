#ifndef PLUGINS_JUPYTER_OUTPUT_H
#define PLUGINS_JUPYTER_OUTPUT_H

/*
 * What one cell has printed and shown, put together from the kernel's messages in their order
 * (contract v0-action-execution §6.2): text of both streams, of results and of displays, the lines
 * of a traceback, and PNG images as data: URLs. Everything else is skipped.
 *
 * Bounded: text beyond JUPYTER_OUTPUT_MAX_TEXT is dropped and the text says so at its end; images
 * beyond JUPYTER_OUTPUT_MAX_IMAGES bytes are dropped. The zero value is empty and valid.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct jupyter_message;

#define JUPYTER_OUTPUT_MAX_TEXT   ((size_t)32 << 20)
#define JUPYTER_OUTPUT_MAX_IMAGES ((size_t)64 << 20)

struct jupyter_output {
    struct buf text;
    size_t pieces;      /* of text, empty ones counted */
    size_t dropped;     /* bytes of text */
    struct str *images; /* each owned */
    size_t image_count;
    size_t image_bytes;
};

void jupyter_output_fini(struct jupyter_output *output); /* leaves it empty */
void jupyter_output_add(struct jupyter_output *output, const struct jupyter_message *message);
/* Makes the text what is shown: without colours, and never empty when nothing was printed. */
void jupyter_output_finish(struct jupyter_output *output);

/* Appends the text without the sequences that set colours. */
void jupyter_output_uncolour(struct str text, struct buf *out);

#endif
