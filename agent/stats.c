/*
 * The lists of single answers are only ever added to and printed, so they are kept as the JSON they
 * are printed as: items with commas between them.
 */
#include "agent/stats.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define LIST_MAX_BYTES ((size_t)64 << 20)

enum token_count {
    PROMPT,
    COMPLETION,
    CACHE_READ,
    CACHE_WRITE,
    REASONING,
    CONTEXT_WINDOW,
    PER_TURN,
    TOKEN_COUNTS
};
static const char *const count_names[TOKEN_COUNTS] = {
    [PROMPT] = "prompt_tokens",         [COMPLETION] = "completion_tokens",
    [CACHE_READ] = "cache_read_tokens", [CACHE_WRITE] = "cache_write_tokens",
    [REASONING] = "reasoning_tokens",   [CONTEXT_WINDOW] = "context_window",
    [PER_TURN] = "per_turn_token",
};

enum list {
    COSTS,
    LATENCIES,
    USAGES,
    LISTS
};
static const char *const list_names[LISTS] = {"costs", "response_latencies", "token_usages"};

struct entry {
    char *usage_id;
    char *model;
    double cost;
    double budget; /* negative: none */
    int64_t tokens[TOKEN_COUNTS];
    struct buf lists[LISTS];
};

struct stats {
    struct entry *entries;
    size_t count;
};

struct stats *stats_new(void)
{
    return mem_zero(1, sizeof(struct stats));
}

void stats_clear(struct stats *stats)
{
    for (size_t i = 0; i < stats->count; i++) {
        struct entry *entry = &stats->entries[i];
        free(entry->usage_id);
        free(entry->model);
        for (size_t list = 0; list < LISTS; list++)
            buf_fini(&entry->lists[list]);
    }
    free(stats->entries);
    *stats = (struct stats){0};
}

void stats_free(struct stats *stats)
{
    if (stats == NULL)
        return;
    stats_clear(stats);
    free(stats);
}

static struct entry *find(const struct stats *stats, struct str usage_id)
{
    for (size_t i = 0; i < stats->count; i++)
        if (str_equal(str_from(stats->entries[i].usage_id), usage_id))
            return &stats->entries[i];
    return NULL;
}

static struct entry *add_entry(struct stats *stats, struct str usage_id, struct str model)
{
    stats->entries = mem_resize(stats->entries, (stats->count + 1) * sizeof(stats->entries[0]));
    struct entry *entry = &stats->entries[stats->count++];
    *entry = (struct entry){
        .usage_id = mem_strndup(usage_id.data, usage_id.len),
        .model = mem_strndup(model.data, model.len),
        .budget = -1,
    };
    for (size_t list = 0; list < LISTS; list++)
        buf_init(&entry->lists[list], LIST_MAX_BYTES);
    return entry;
}

/* --- reading --- */

static struct str text_of(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR("");
}

static double number_of(const struct doc_value *object, const char *name, double missing)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    if (value == NULL || (doc_kind(value) != DOC_INT && doc_kind(value) != DOC_DOUBLE))
        return missing;
    return doc_double(value);
}

static void read_list(const struct doc_value *metrics, const char *name, struct buf *out)
{
    const struct doc_value *items = doc_find(metrics, str_from(name));
    if (items == NULL || doc_kind(items) != DOC_ARRAY)
        return;
    for (size_t i = 0; i < doc_count(items); i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        doc_print(doc_at(items, i), out);
    }
}

static void read_entry(struct stats *stats, struct str usage_id, const struct doc_value *metrics)
{
    struct entry *entry = add_entry(stats, usage_id, text_of(metrics, "model_name"));
    const struct doc_value *usage = doc_find(metrics, STR("accumulated_token_usage"));
    entry->cost = number_of(metrics, "accumulated_cost", 0);
    entry->budget = number_of(metrics, "max_budget_per_task", -1);
    if (usage != NULL && doc_kind(usage) == DOC_OBJECT)
        for (size_t i = 0; i < TOKEN_COUNTS; i++)
            entry->tokens[i] = (int64_t)number_of(usage, count_names[i], 0);
    for (size_t list = 0; list < LISTS; list++)
        read_list(metrics, list_names[list], &entry->lists[list]);
}

void stats_read(struct stats *stats, const struct doc_value *value)
{
    const struct doc_value *all = NULL;
    void *iterator = NULL;
    struct str usage_id;
    const struct doc_value *metrics;
    stats_clear(stats);
    if (value != NULL && doc_kind(value) == DOC_OBJECT)
        all = doc_find(value, STR("usage_to_metrics"));
    if (all == NULL || doc_kind(all) != DOC_OBJECT)
        return;
    while (doc_next(all, &iterator, &usage_id, &metrics))
        if (doc_kind(metrics) == DOC_OBJECT)
            read_entry(stats, usage_id, metrics);
}

/* --- adding --- */

void stats_add_model(struct stats *stats, struct str usage_id, struct str model)
{
    struct entry *entry = find(stats, usage_id);
    if (entry == NULL) {
        (void)add_entry(stats, usage_id, model);
        return;
    }
    if (str_equal(str_from(entry->model), model))
        return;
    free(entry->model);
    entry->model = mem_strndup(model.data, model.len);
}

static void print_usage(const char *name, struct str model, const int64_t tokens[TOKEN_COUNTS],
                        struct str response_id, struct jsonw *w)
{
    if (name == NULL)
        jsonw_object(w);
    else
        jsonw_object_in(w, name);
    jsonw_string(w, "model", model);
    for (size_t i = 0; i < TOKEN_COUNTS; i++)
        jsonw_int(w, count_names[i], tokens[i]);
    jsonw_string(w, "response_id", response_id);
    jsonw_end(w);
}

/* A writer for one more item. */
static struct jsonw begin_item(struct buf *list)
{
    struct jsonw w;
    if (list->len > 0)
        buf_append_byte(list, ',');
    jsonw_init(&w, list);
    return w;
}

static void add_latency(struct entry *entry, const struct stats_answer *answer)
{
    struct jsonw w = begin_item(&entry->lists[LATENCIES]);
    jsonw_object(&w);
    jsonw_cstr(&w, "model", entry->model);
    jsonw_double(&w, "latency", answer->latency_seconds < 0 ? 0 : answer->latency_seconds);
    jsonw_string(&w, "response_id", answer->response_id);
    jsonw_end(&w);
}

static void add_cost(struct entry *entry, double cost)
{
    struct jsonw w = begin_item(&entry->lists[COSTS]);
    entry->cost += cost;
    jsonw_object(&w);
    jsonw_cstr(&w, "model", entry->model);
    jsonw_double(&w, "cost", cost);
    jsonw_double(&w, "timestamp", (double)clock_wall_us() / 1e6);
    jsonw_end(&w);
}

static void add_usage(struct entry *entry, const struct stats_answer *answer)
{
    const int64_t tokens[TOKEN_COUNTS] = {
        [PROMPT] = answer->prompt_tokens,
        [COMPLETION] = answer->completion_tokens,
        [CACHE_READ] = answer->cache_read_tokens,
        [CACHE_WRITE] = answer->cache_write_tokens,
        [REASONING] = answer->reasoning_tokens,
        [CONTEXT_WINDOW] = answer->context_window,
        [PER_TURN] = answer->prompt_tokens + answer->completion_tokens,
    };
    struct jsonw w = begin_item(&entry->lists[USAGES]);
    print_usage(NULL, str_from(entry->model), tokens, answer->response_id, &w);
    for (size_t i = 0; i < CONTEXT_WINDOW; i++)
        entry->tokens[i] += tokens[i];
    if (tokens[CONTEXT_WINDOW] > entry->tokens[CONTEXT_WINDOW])
        entry->tokens[CONTEXT_WINDOW] = tokens[CONTEXT_WINDOW];
    entry->tokens[PER_TURN] = tokens[PER_TURN];
}

void stats_add_answer(struct stats *stats, const struct stats_answer *answer)
{
    struct entry *entry = find(stats, answer->usage_id);
    if (entry == NULL)
        entry = add_entry(stats, answer->usage_id, answer->model);
    add_latency(entry, answer);
    if (answer->cost >= 0)
        add_cost(entry, answer->cost);
    if (answer->has_usage)
        add_usage(entry, answer);
}

bool stats_has(const struct stats *stats, struct str usage_id)
{
    return find(stats, usage_id) != NULL;
}

double stats_cost(const struct stats *stats, struct str usage_id)
{
    double cost = 0;
    for (size_t i = 0; i < stats->count; i++)
        if (!str_is_set(usage_id) || str_equal(str_from(stats->entries[i].usage_id), usage_id))
            cost += stats->entries[i].cost;
    return cost;
}

/* --- printing --- */

static void print_lists(const struct entry *entry, struct jsonw *w)
{
    for (size_t list = 0; list < LISTS; list++) {
        jsonw_array_in(w, list_names[list]);
        if (entry->lists[list].len > 0)
            jsonw_raw(w, NULL, buf_str(&entry->lists[list]));
        jsonw_end(w);
    }
}

static void print_entry(const struct entry *entry, enum stats_form form, struct jsonw *w)
{
    jsonw_name(w, str_from(entry->usage_id));
    jsonw_object(w);
    jsonw_cstr(w, "model_name", entry->model);
    jsonw_double(w, "accumulated_cost", entry->cost);
    if (entry->budget >= 0)
        jsonw_double(w, "max_budget_per_task", entry->budget);
    else if (form != STATS_STORED)
        jsonw_null(w, "max_budget_per_task");
    print_usage("accumulated_token_usage", str_from(entry->model), entry->tokens, STR(""), w);
    if (form != STATS_SNAPSHOT)
        print_lists(entry, w);
    jsonw_end(w);
}

void stats_print(const struct stats *stats, enum stats_form form, const char *name, struct jsonw *w)
{
    if (name == NULL)
        jsonw_object(w);
    else
        jsonw_object_in(w, name);
    jsonw_object_in(w, "usage_to_metrics");
    for (size_t i = 0; i < stats->count; i++)
        print_entry(&stats->entries[i], form, w);
    jsonw_end(w);
    jsonw_end(w);
}
