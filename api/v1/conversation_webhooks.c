#include "api/v1/conversation_webhooks.h"

#include "agent/webhooks.h"
#include "api/api.h"
#include "server/base/mem.h"
#include "server/config/config.h"

#define MAX_SECONDS   31536000.0
#define MS_PER_SECOND 1000

static uint64_t to_ms(double seconds)
{
    const double bounded = seconds < MAX_SECONDS ? seconds : MAX_SECONDS;
    return bounded > 0 ? (uint64_t)(bounded * MS_PER_SECOND) : 0;
}

static size_t at_least(int64_t value, int64_t least)
{
    return (size_t)(value < least ? least : value);
}

static struct webhook_spec spec_of(const struct config_webhook *webhook)
{
    return (struct webhook_spec){
        .base_url = webhook->base_url,
        .header_names = webhook->headers.names,
        .header_values = webhook->headers.values,
        .header_count = webhook->headers.count,
        .event_buffer_size = at_least(webhook->event_buffer_size, 1),
        .flush_delay_ms = to_ms(webhook->flush_delay),
        .num_retries = (unsigned)at_least(webhook->num_retries, 0),
        .retry_delay_ms = to_ms(webhook->retry_delay),
        .max_queue_size = at_least(webhook->max_queue_size, 1),
        .max_batch_bytes = at_least(webhook->max_batch_bytes, 1),
        .max_queue_bytes = at_least(webhook->max_queue_bytes, 1),
    };
}

struct webhooks *conversation_webhooks_open(const struct api *api, struct http_client *http)
{
    const struct config *config = api->config;
    scoped_free struct webhook_spec *specs = mem_zero(config->webhook_count + 1, sizeof(*specs));
    for (size_t i = 0; i < config->webhook_count; i++)
        specs[i] = spec_of(&config->webhooks[i]);
    const struct webhooks_options options = {
        .loop = api->loop,
        .http = http,
        .specs = specs,
        .count = config->webhook_count,
        .session_api_key =
            config->session_api_key_count > 0 ? config->session_api_keys[0] : STR_NULL,
    };
    return webhooks_open(&options);
}
