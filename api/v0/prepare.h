#ifndef API_V0_PREPARE_H
#define API_V0_PREPARE_H

/*
 * The way of a V0 runtime from nothing to ready (contract v0-action-execution §1.2): user and
 * folder, main terminal, plugins. One half of the runtime, which owns all that is made here;
 * runtime.c, the other half, is the only one that calls it. The end of the way is told to it by
 * v0_runtime_finish. Loop thread only.
 */

struct api;
struct v0_runtime;

/* Of a runtime that is V0_PREPARING. */
void v0_prepare_start(struct v0_runtime *runtime);
/* Starts a kernel: part of the way where it is asked for, else when somebody wants one. */
void v0_prepare_jupyter(struct v0_runtime *runtime);
/* The working directory that the start words, or the configuration, mean. Heap memory. */
char *v0_prepare_folder(const struct api *api);

#endif
