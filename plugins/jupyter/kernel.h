#ifndef PLUGINS_JUPYTER_KERNEL_H
#define PLUGINS_JUPYTER_KERNEL_H

/*
 * One ipykernel process, from its start to its end, and the two channels to it.
 *
 *     kernel ── launch (folder, key) · process · pipe it says "ready" in · what it prints
 *            ── shell socket (requests and replies) · broadcast socket (everything else)
 *
 * It is ready when it has answered on the shell and was heard on the broadcast: what is published
 * from then on arrives. Then on_ready, on_message for every message, and at the end, whatever
 * happened, on_gone with the reason; the kernel frees itself after that. There is no restart here,
 * and what a message means is its owner's business.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plugins/jupyter/launch.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct error;
struct jupyter_kernel;
struct jupyter_message;
struct loop;
struct processes;

#define JUPYTER_KERNEL_START_MS 120000 /* as long as the plugins of the contract may take */

struct jupyter_kernel_events {
    void (*on_ready)(void *owner);
    void (*on_message)(void *owner, const struct jupyter_message *message);
    /* What was published before a sync began has been heard, as far as it ever will be. */
    void (*on_synced)(void *owner);
    void (*on_gone)(void *owner, const struct error *reason);
};

struct jupyter_kernel_options {
    struct loop *loop;
    struct processes *processes;
    struct jupyter_launch_options launch; /* borrowed for the kernel's life */
    const struct jupyter_kernel_events *events;
    void *owner;
};

struct jupyter_kernel *jupyter_kernel_open(const struct jupyter_kernel_options *options);
/* Once it is ready. The id is the parent of what the kernel says about it. */
struct id jupyter_kernel_execute(struct jupyter_kernel *kernel, struct str code, bool is_silent);
/* on_synced follows. */
void jupyter_kernel_sync(struct jupyter_kernel *kernel);
/* As Ctrl-C does; also to what the cell has started. */
void jupyter_kernel_interrupt(struct jupyter_kernel *kernel);
/* Ends it and what it has started in its process group; on_gone follows. */
void jupyter_kernel_kill(struct jupyter_kernel *kernel);

#endif
