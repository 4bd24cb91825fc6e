#ifndef SERVER_PROBE_H
#define SERVER_PROBE_H

/*
 * `actiond --probe`: asks the server of this container for /health and says by the exit status
 * whether it answered 200. For HEALTHCHECK in images that have no HTTP client.
 *
 * Port and host come from --port and --host among the arguments, else from the command line of
 * PID 1, else they are 127.0.0.1:8000; a wildcard host means 127.0.0.1. The whole probe ends within
 * PROBE_TIMEOUT_MS. A program of its own inside the binary: it blocks, and uses no other module.
 */

#define PROBE_TIMEOUT_MS 2000

/* The process's exit status: 0 when healthy, 1 when not (with a reason on standard error). */
int probe_run(int argc, char **argv);

#endif
