#ifndef API_V0_RUN_IPYTHON_H
#define API_V0_RUN_IPYTHON_H

/*
 * The action `run_ipython` (contract v0-action-execution §6): a cell for the kernel, in the folder
 * the main shell is in, and its observation. Errors of the code, the end of its time and the death
 * of the kernel are all outputs; the only failure is that the plugin was not loaded.
 */

struct v0_action;

void v0_run_ipython(struct v0_action *action);

#endif
