#ifndef AGENT_CONVERSATION_DISK_H
#define AGENT_CONVERSATION_DISK_H

/*
 * A conversation's folder (contract v1-conversations §7): made, opened, copied. All of it blocks
 * and is for worker jobs, but for writing one small file.
 *
 *     <hex id>/meta.json         <hex id>/events/…
 *     <hex id>/base_state.json   <hex id>/owner_lease.json
 *     <hex id>/.actiond.json     what the client understands, when that is not everything
 *
 * Files are replaced whole, so that a kill at any moment leaves the old or the new text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event_form.h"
#include "agent/lease.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct error;
struct event_log;
struct meta;
struct secret_mask;
struct state;

#define CONVERSATION_MAX_FILE_BYTES ((size_t)256 << 20)

/* Everything of an open conversation; zeroed memory is an empty one. */
struct conversation_files {
    struct id id;
    char *directory;
    char *working_dir;
    struct secret_mask *mask;
    struct state *state;
    struct meta *meta;
    struct event_log *log;
    struct lease lease;
    enum event_level level;
    uint32_t unanswered; /* the first call of a tool that has no answer; EVENT_NO_PARENT: none.
                            Looked for only when the state says that it was running. */
    uint32_t goal;       /* the event of a goal that is still pursued; EVENT_NO_PARENT: none */
};

struct conversation_place {
    const char *directory; /* conversations_path */
    struct id id;
    struct id owner; /* of the lease */
    double lease_ttl_seconds;
    const struct cipher *cipher;
};

/* ERROR_NOT_FOUND: there is none; ERROR_CONFLICT: another server has it. */
bool conversation_disk_open(const struct conversation_place *place,
                            struct conversation_files *ret_files, struct error *error) MUST_CHECK;
/* Takes `state` and `meta` of `files`, with its mask and level, and makes the folder.
 * ERROR_CONFLICT when it exists. What was made goes again on failure. */
bool conversation_disk_create(const struct conversation_place *place,
                              struct conversation_files *files, struct error *error) MUST_CHECK;
void conversation_files_fini(struct conversation_files *files);
/* The whole folder. */
bool conversation_disk_remove(const char *directory, struct error *error) MUST_CHECK;

/* Heap memory: a path below the server's working directory, as an absolute one. */
char *conversation_disk_absolute(struct str path);
/* Heap memory. */
char *conversation_disk_join(const char *directory, const char *name);
char *conversation_disk_path(const char *directory, struct id id);
bool conversation_disk_write(const char *directory, const char *name, struct str text,
                             struct error *error) MUST_CHECK;
/* Of the conversation in that folder, absolute; heap memory. NULL: it cannot be read. */
char *conversation_disk_read_working_dir(const char *directory);
/* Appends. */
bool conversation_disk_read(const char *directory, const char *name, struct buf *out,
                            struct error *error) MUST_CHECK;
bool conversation_disk_write_state(const char *directory, struct state *state,
                                   const struct cipher *cipher, struct error *error) MUST_CHECK;
bool conversation_disk_write_meta(const char *directory, const struct meta *meta,
                                  const struct cipher *cipher, struct error *error) MUST_CHECK;

#endif
