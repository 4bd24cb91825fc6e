#ifndef API_V0_RUN_IPYTHON_H
#define API_V0_RUN_IPYTHON_H

/*
 * The action `run_ipython` (contract v0-action-execution §6): a cell for the kernel, in the folder
 * the main shell is in, and its observation. Errors of the code, the end of its time and the death
 * of the kernel are all outputs; the only failure is that the plugin was not loaded.
 *
 * v0_run_ipython itself is declared in api/v0/action.h, beside the other kinds.
 */

#include "server/base/str.h"

/* Without the whitespace at its end, as Python counts whitespace. */
struct str v0_trim_end(struct str text);

#endif
