#ifndef AGENT_TOOL_H
#define AGENT_TOOL_H

/*
 * What a model may do: a tool has a name, a description and a schema for its arguments, turns a
 * call into an action and an action into an observation (contract v1-conversations §6). One file in
 * agent/tools per tool; tools of other origin (MCP, skills, clients) are made of the same parts.
 *
 *     model's call ─ tool_arguments ─> action (JSON, in an ActionEvent)
 *     action ─ tool_set_start ─> tool_run ─> observation (JSON, in an ObservationEvent) | error
 *
 * A struct tool is embedded in the tool's own object. It is owned by a tool_set, which closes it
 * when none of its runs is left. Loop thread only; blocking work goes into work jobs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/list.h"
#include "server/base/str.h"

struct buf;
struct doc;
struct doc_value;
struct error;
struct loop;
struct observation;
struct processes;
struct secret_mask;
struct terminals;
struct tool;
struct tool_run;
struct tool_set;

struct tool_secret {
    struct str name;
    struct str value;
};
/* Borrowed for the call. */
typedef void (*tool_secrets_fn)(void *waiter, const struct tool_secret *secrets, size_t count);

/* What a tool may use. The strings and arrays outlive the tools. */
struct tool_context {
    struct loop *loop;
    struct processes *processes;
    struct terminals *terminals; /* shells are entered there, for people to watch; NULL: in none */
    struct str terminal_name;    /* there */
    const char *const *env;      /* of children, NULL-terminated */
    const char *working_dir;
    const char *persistence_dir;    /* of the conversation; NULL: nothing is saved */
    const struct secret_mask *mask; /* for observations; NULL: nothing is secret */
    bool sees_images;               /* the model does */
    /* Gives the secrets that a command names: calls on_secrets exactly once, at once or later, also
     * when the conversation is closing. NULL: there are none. */
    void (*find_secrets)(void *owner, struct str command, tool_secrets_fn on_secrets, void *waiter);
    void *owner;
    uint64_t wait_limit_ms; /* of a run, for what another one uses; 0: the contract's */
};

struct tool_annotations {
    bool is_given;
    bool has_no_title;
    bool is_read_only; /* no security_risk is asked for */
    bool is_destructive;
    bool is_idempotent;
    bool is_open_world;
};

struct tool_type {
    /* run->action is to be done; ends in exactly one tool_run_observe, _refuse or _fail, at once or
     * later. */
    void (*start)(struct tool_run *run);
    /* Stop soon: the run still ends as above. NULL: it is soon over anyway. */
    void (*cancel)(struct tool_run *run);
    /* The conversation is interrupted: C-c to whatever goes on. May be NULL. */
    void (*interrupt)(struct tool *tool);
    /* Ends everything and frees the tool, then on_closed(owner), at once or later. */
    void (*close)(struct tool *tool, void (*on_closed)(void *owner), void *owner);
    /* The member of an action with the path of the file that only one run may use at a time. */
    const char *file;
    /* Appends the name of what only one run may use at a time; nothing: no limit. NULL: `file`, or
     * the tool itself. */
    void (*resource)(const struct tool *tool, const struct doc_value *action, struct buf *out);
    /* Puts arguments right before they are checked: appends the object to use instead, or nothing.
     * May be NULL. */
    void (*normalise)(const struct tool *tool, const struct doc_value *arguments, struct buf *out);
    /* Appends the action for valid arguments. NULL: the arguments and the schema's defaults. */
    void (*write_action)(const struct tool *tool, const struct doc_value *arguments,
                         struct buf *out);
};

struct tool {
    const struct tool_type *type;
    struct str name;             /* for the model */
    struct str title;            /* for people; unset: the name */
    struct str description;      /* for the model */
    struct str parameters;       /* JSON schema of the arguments, an object */
    struct str kind;             /* class names of the contract: "TerminalTool" */
    struct str action_kind;      /* "TerminalAction" */
    struct str observation_kind; /* "TerminalObservation" */
    struct tool_annotations annotations;
    struct str dump_members;    /* more for SystemPromptEvent, JSON without braces; may be empty */
    bool keeps_schema;          /* shown as it is: "default", "title" and limits are not left out */
    bool allows_unknown;        /* arguments that the schema does not have */
    bool is_plain_in_responses; /* without security_risk and summary in that protocol */
    bool ends_run;              /* an observation of it does */
    /* Of the tool_set. */
    struct list link;
    struct tool_set *set;
    struct doc *schema;
    unsigned run_count;
    bool is_removed;
};

/* One execution. */
struct tool_run {
    struct tool *tool;
    const struct doc_value *action; /* lives as long as the run */
    const struct tool_context *context;
    void *state; /* the tool's own */
    bool is_cancelled;
};

/* Begins an observation whose strings are masked. */
void tool_run_begin(const struct tool_run *run, struct observation *ret_observation);
/* The three ends of a run. The first takes the observation. */
void tool_run_observe(struct tool_run *run, struct observation *observation);
/* An AgentErrorEvent `Error executing tool 'X': <reason>`: the model did something wrong. */
void tool_run_refuse(struct tool_run *run, struct str reason);
/* The same text, but the fault is ours. */
void tool_run_fail(struct tool_run *run, struct str reason);

/* One that is made when an agent's spec names it. */
struct tool_maker {
    const char *name;       /* "terminal" */
    const char *class_name; /* that it has as a default tool, "FinishTool"; NULL: it is none */
    /* tool_set_add for each tool it stands for; params is an object or NULL. */
    bool (*make)(struct tool_set *set, const struct doc_value *params, struct error *error);
};

#endif
