#ifndef AGENT_CONVERSATION_PARTS_H
#define AGENT_CONVERSATION_PARTS_H

/*
 * The inside of a conversation, for the files that make it up (conversation*.c) and the registry
 * that opens and closes it. Everybody else uses conversation.h.
 *
 *     conversation_disk_open (worker job) ─► struct conversation_files ─ taken by ─► conversation
 *
 * Closing: begin_close tells the listeners, waits until nobody holds it, writes what is left and
 * calls on_closed; conversation_free then gives the lease and the log back, which blocks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/conversation.h"
#include "agent/conversation_disk.h"
#include "server/base/list.h"

struct error;
struct loop;
struct notice;

enum conversation_close {
    CLOSE_RESTS, /* from memory only: its session may go on later, or elsewhere */
    CLOSE_SESSION,
    CLOSE_DELETED /* with its session, and for good */
};

struct conversation_options {
    struct loop *loop;
    const struct cipher *cipher;
    /* Another server has taken it over; nothing can be written any more. */
    void (*on_lost)(void *owner, struct conversation *conversation);
    void *owner;
};

struct conversation {
    struct conversation_options options;
    struct conversation_files files;
    struct runner *runner; /* NULL: none */
    void (*on_runner_close)(struct runner *runner);
    struct list listeners;
    struct list *next_listener; /* while they are told; unlisten moves it on */
    struct notice *notices;     /* to be told at the end of the turn */
    size_t notice_count;
    size_t notice_capacity;
    size_t opened_count; /* events there were when it was opened */
    unsigned holds;
    uint32_t head;         /* number of the event; EVENT_NO_PARENT: none */
    uint64_t last_use_ms;  /* of the loop's clock */
    bool is_settling;      /* the end of the turn is waited for */
    bool has_grown;        /* since the listeners were told */
    bool is_renamed;       /* as well */
    bool is_state_changed; /* since it was written */
    bool is_meta_old;      /* as to the time of the last event */
    bool is_renewing;      /* the lease, in a job */
    bool is_lost;
    bool is_closing;
    enum conversation_close close; /* why it is closing */
    void (*on_closed)(void *owner, struct conversation *conversation);
    void *closed_owner;
};

/* Takes the files. */
struct conversation *conversation_new(const struct conversation_options *options,
                                      struct conversation_files *files);
/* on_closed comes later, once; then nobody uses it. */
void conversation_begin_close(struct conversation *conversation, enum conversation_close close,
                              void (*on_closed)(void *owner, struct conversation *conversation),
                              void *owner);
/* Blocks: for a worker job. */
void conversation_free(struct conversation *conversation);

/* ERROR_GONE: it is another server's by now. */
bool conversation_check_owner(struct conversation *conversation, struct error *error) MUST_CHECK;
/* Something was changed; at the end of the turn it is written and told. */
void conversation_touch(struct conversation *conversation);
/* Tells the listeners what has come up. */
void conversation_tell(struct conversation *conversation);
/* The listeners are told of the end, and out. */
void conversation_tell_closed(struct conversation *conversation);
void conversation_drop_notices(struct conversation *conversation);

#endif
