#include "agent/llm/cost.h"

#include "agent/llm/answer.h"
#include "agent/llm/config.h"

double llm_cost_told(struct str header)
{
    double cost;
    return str_to_double(header, &cost) && cost >= 0 ? cost : -1;
}

/* Cached tokens cost as much as others where no price of their own is known. */
static double price(double own, double usual)
{
    return own >= 0 ? own : usual;
}

double llm_cost(const struct llm_config *config, const struct llm_usage *usage)
{
    if (usage->has_cost)
        return usage->cost;
    if (!usage->is_known || config->input_cost < 0 || config->output_cost < 0)
        return -1;
    const int64_t cached = usage->cache_read_tokens + usage->cache_write_tokens;
    const int64_t fresh = usage->prompt_tokens > cached ? usage->prompt_tokens - cached : 0;
    return (double)fresh * config->input_cost +
           (double)usage->cache_read_tokens * price(config->cache_read_cost, config->input_cost) +
           (double)usage->cache_write_tokens * price(config->cache_write_cost, config->input_cost) +
           (double)usage->completion_tokens * config->output_cost;
}
