#include "api/v0/mcp_listing.h"

#include <stdlib.h>

#include "api/v0/mcp_name.h"
#include "api/v0/mcp_server.h"
#include "plugins/mcp/jsonrpc.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

struct part {
    struct mcp_listing *listing;
    struct mcp_server *server;
    uint64_t request; /* 0: none is under way */
    unsigned pages;
    struct buf entries; /* JSON values with commas between */
    bool has_failed;
    struct buf refusal; /* the error object, when the server answered with one */
    struct error error; /* else */
};

struct mcp_listing {
    struct mcp_listing_options options;
    uint64_t deadline_ms;
    struct part *parts;
    size_t left;
    mcp_result_fn on_result;
    void *owner;
};

static void free_listing(struct mcp_listing *listing)
{
    for (size_t i = 0; i < listing->options.count; i++) {
        buf_fini(&listing->parts[i].entries);
        buf_fini(&listing->parts[i].refusal);
    }
    free(listing->parts);
    free(listing);
}

static void merge(const struct mcp_listing *listing, struct buf *out)
{
    bool has_some = false;
    buf_printf(out, "{\"%s\":[", listing->options.member);
    for (size_t i = 0; i < listing->options.count; i++) {
        const struct part *part = &listing->parts[i];
        if (part->entries.len == 0 || part->has_failed)
            continue;
        if (has_some)
            buf_append_byte(out, ',');
        buf_append(out, buf_str(&part->entries));
        has_some = true;
    }
    buf_append(out, STR("]}"));
}

static void finish(struct mcp_listing *listing)
{
    scoped_buf struct buf result = {0};
    const struct part *first = &listing->parts[0];
    const bool has_failed = listing->options.count == 1 && first->has_failed;
    const bool is_refused = has_failed && first->refusal.len > 0;
    const struct error error = first->error;
    if (is_refused)
        buf_append(&result, buf_str(&first->refusal));
    else
        merge(listing, &result);
    const mcp_result_fn on_result = listing->on_result;
    void *owner = listing->owner;
    free_listing(listing);
    if (has_failed && !is_refused)
        on_result(owner, STR_NULL, false, &error);
    else
        on_result(owner, buf_str(&result), is_refused, NULL);
}

/* May be the end of the listing. */
static void end_part(struct part *part)
{
    struct mcp_listing *listing = part->listing;
    if (part->has_failed && listing->options.count > 1) {
        const struct str name = mcp_server_name(part->server);
        log_warn("mcp.left_out", "name=%.*s method=%s", STR_ARG(name), listing->options.method);
    }
    if (--listing->left == 0)
        finish(listing);
}

static void fail_part(struct part *part, const struct error *error)
{
    part->has_failed = true;
    part->error = *error;
    end_part(part);
}

static void add_entry(struct part *part, const struct doc_value *entry)
{
    const size_t start = part->entries.len;
    if (start > 0)
        buf_append_byte(&part->entries, ',');
    bool is_printed = true;
    if (part->listing->options.count > 1)
        is_printed = mcp_name_print_entry(&part->entries, mcp_server_name(part->server), entry);
    else
        doc_print(entry, &part->entries);
    if (!is_printed)
        buf_truncate(&part->entries, start);
}

static void on_page(void *owner, struct str result, bool is_error, const struct error *error);

static void ask(struct part *part, struct str cursor)
{
    const struct mcp_listing *listing = part->listing;
    scoped_buf struct buf params = {0};
    struct jsonw w;
    jsonw_init(&w, &params);
    jsonw_object(&w);
    if (str_is_set(cursor))
        jsonw_string(&w, "cursor", cursor);
    jsonw_end(&w);
    const uint64_t now_ms = loop_now_ms(listing->options.loop);
    const uint64_t left_ms = listing->deadline_ms > now_ms ? listing->deadline_ms - now_ms : 1;
    part->pages++;
    part->request =
        mcp_client_request(mcp_server_client(part->server), str_from(listing->options.method),
                           buf_str(&params), left_ms, on_page, part);
}

/* False: it was the last one. */
static bool ask_next(struct part *part, const struct doc_value *result)
{
    const struct doc_value *cursor = doc_find(result, STR("nextCursor"));
    if (cursor == NULL || doc_kind(cursor) != DOC_STRING || part->pages == MCP_LISTING_MAX_PAGES)
        return false;
    ask(part, doc_string(cursor));
    return true;
}

static void take_page(struct part *part, struct str result)
{
    struct doc_error parse_error;
    struct doc *doc = doc_parse(result, &parse_error);
    assert(doc != NULL); /* the client has printed it */
    const struct doc_value *root = doc_root(doc);
    const struct doc_value *entries = doc_find(root, str_from(part->listing->options.member));
    if (entries != NULL && doc_kind(entries) == DOC_ARRAY) {
        for (size_t i = 0; i < doc_count(entries); i++)
            add_entry(part, doc_at(entries, i));
    }
    const bool is_over = buf_has_overflowed(&part->entries) || !ask_next(part, root);
    doc_free(doc);
    if (is_over)
        end_part(part);
}

/* Not to know a method is to have nothing of the kind. */
static void take_refusal(struct part *part, struct str refusal)
{
    struct doc_error parse_error;
    struct doc *doc = doc_parse(refusal, &parse_error);
    assert(doc != NULL); /* the client has printed it */
    part->has_failed = jsonrpc_error_code(doc_root(doc)) != JSONRPC_UNKNOWN_METHOD;
    if (part->has_failed)
        buf_append(&part->refusal, refusal);
    doc_free(doc);
    end_part(part);
}

static void on_page(void *owner, struct str result, bool is_error, const struct error *error)
{
    struct part *part = owner;
    part->request = 0;
    if (error != NULL)
        fail_part(part, error);
    else if (is_error)
        take_refusal(part, result);
    else
        take_page(part, result);
}

struct mcp_listing *mcp_listing_start(const struct mcp_listing_options *options,
                                      mcp_result_fn on_result, void *owner)
{
    assert(options->count > 0);
    struct mcp_listing *listing = mem_zero(1, sizeof(*listing));
    listing->options = *options;
    listing->deadline_ms = loop_now_ms(options->loop) + MCP_LISTING_TIMEOUT_MS;
    listing->parts = mem_zero(options->count, sizeof(*listing->parts));
    listing->left = options->count;
    listing->on_result = on_result;
    listing->owner = owner;
    for (size_t i = 0; i < options->count; i++) {
        listing->parts[i].listing = listing;
        listing->parts[i].server = options->servers[i];
        buf_init(&listing->parts[i].entries, MCP_MAX_MESSAGE_BYTES);
        ask(&listing->parts[i], STR_NULL);
    }
    return listing;
}

void mcp_listing_cancel(struct mcp_listing *listing)
{
    for (size_t i = 0; i < listing->options.count; i++) {
        struct part *part = &listing->parts[i];
        if (part->request != 0)
            mcp_client_cancel(mcp_server_client(part->server), part->request);
    }
    free_listing(listing);
}
