#ifndef API_V0_MONITOR_H
#define API_V0_MONITOR_H

/*
 * Logs how much memory the server and all that descends from it take, again and again (contract
 * v0-action-execution §9, RUNTIME_MEMORY_MONITOR): one line per sample,
 *
 *     [Memory usage] MEM <MiB> <seconds since 1970>
 *
 * Shared pages are counted by their share. Sampling is a worker job; the next one is due
 * V0_MONITOR_INTERVAL_MS after the one before has ended. Loop thread only.
 */

#define V0_MONITOR_INTERVAL_MS 100
#define V0_MONITOR_DURATION_MS 3600000

struct loop;
struct v0_monitor;

struct v0_monitor *v0_monitor_open(struct loop *loop);
void v0_monitor_close(struct v0_monitor *monitor); /* NULL is fine */

#endif
