#ifndef API_RESOURCES_H
#define API_RESOURCES_H

/*
 * What the server itself takes of the machine, for /server_info (contract v0-action-execution §9):
 * processor, memory, the disk of "/", bytes read and written.
 *
 * The processor's share is that since the sample before, which is at least RESOURCES_SAMPLE_MS old:
 * an answer need not wait for a sample of its own, and a client that asks in a row gets the same
 * figure again. A zeroed sample counts from the server's start.
 */

#include <stdint.h>

struct jsonw;

#define RESOURCES_SAMPLE_MS 100

struct resources_sample {
    uint64_t at_us; /* of the monotonic clock; 0: none was taken */
    uint64_t cpu_us;
    double percent;
};

/* Takes the first sample, before any work is done. */
void resources_init(struct resources_sample *sample);
/* Writes the member "resources". */
void resources_write(struct resources_sample *sample, struct jsonw *w);

#endif
