#ifndef AGENT_LEASE_H
#define AGENT_LEASE_H

/*
 * Which server may write a conversation's folder (contract v1-conversations §7): one file names the
 * owner, until when, and in which generation; taking over from another owner counts it up.
 *
 *     owner_lease.json     the lease; replaced whole, under a lock
 *     .owner_lease.lock    that lock
 *
 * Claim, renew and release take the lock and block: worker jobs call them. Whether it is still ours
 * is seen without reading: another owner's file is another file. A plain value, owned by an open
 * conversation; used by one thread at a time.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/id.h"

struct error;

struct lease_options {
    const char *directory; /* of the conversation; exists */
    struct id owner;       /* this server, for its life */
    double ttl_seconds;    /* 0: there are no leases */
};

struct lease {
    char *directory; /* NULL: none is held */
    struct id owner;
    double ttl_seconds;
    int64_t generation;
    ino_t inode; /* of the file as we wrote it, and when */
    int64_t written_ns;
};

/* ERROR_CONFLICT while another server holds it. */
bool lease_claim(const struct lease_options *options, struct lease *ret_lease,
                 struct error *error) MUST_CHECK;
/* ERROR_GONE: another server has taken it. */
bool lease_renew(struct lease *lease, struct error *error) MUST_CHECK;
bool lease_is_held(const struct lease *lease);
/* Gives it up, when it is still ours; safe on one that was never claimed. */
void lease_release(struct lease *lease);

#endif
