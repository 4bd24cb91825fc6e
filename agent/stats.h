#ifndef AGENT_STATS_H
#define AGENT_STATS_H

/*
 * What the models of a conversation have cost: one entry for each usage id ("agent", "condenser"),
 * with sums and with a list of every answer (contract v1-conversations §1.4, §3.2, §5.6).
 *
 * Three forms are printed: the snapshot of the `stats` event has the sums only; the full form of
 * REST answers has all lists and nulls; the stored form, also that of full_state, leaves nulls out.
 * Owned by a conversation; plain memory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

struct doc_value;
struct jsonw;
struct stats;

/* One answer of a model. */
struct stats_answer {
    struct str usage_id;
    struct str model; /* as configured, with its provider */
    struct str response_id;
    double latency_seconds;
    double cost; /* dollars; negative: not known, none is noted */
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t cache_read_tokens;
    int64_t cache_write_tokens;
    int64_t reasoning_tokens;
    int64_t context_window; /* 0: not known */
    bool has_usage;         /* the provider said how many tokens */
};

enum stats_form {
    STATS_SNAPSHOT,
    STATS_FULL,
    STATS_STORED
};

struct stats *stats_new(void);
void stats_free(struct stats *stats);
/* Replaces everything by the `stats` member of a stored state; what does not fit is left out. */
void stats_read(struct stats *stats, const struct doc_value *value);
void stats_clear(struct stats *stats);

/* A model is in use, with nothing spent yet. One that is known keeps its sums. */
void stats_add_model(struct stats *stats, struct str usage_id, struct str model);
void stats_add_answer(struct stats *stats, const struct stats_answer *answer);
bool stats_has(const struct stats *stats, struct str usage_id);
/* Of one usage id, or of all together when it is not set. */
double stats_cost(const struct stats *stats, struct str usage_id);

/* {"usage_to_metrics":{…}} as the value `name`; NULL in an array or at the top. */
void stats_print(const struct stats *stats, enum stats_form form, const char *name,
                 struct jsonw *w);

#endif
