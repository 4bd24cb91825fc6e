/*
 * A page is put together on the loop from the records; the open ones among them are printed there,
 * the others in one job, which reads their two files.
 */
#include "agent/registry_answer.h"

#include <stdlib.h>

#include "agent/conversation_info.h"
#include "agent/conversation_parts.h"
#include "agent/meta.h"
#include "agent/registry_parts.h"
#include "agent/secret_mask.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/work.h"

/* --- children --- */

struct children {
    struct id *ids;
    size_t count;
};

static void add_child(struct children *children, struct id id)
{
    children->ids = mem_resize(children->ids, (children->count + 1) * sizeof(children->ids[0]));
    children->ids[children->count++] = id;
}

static bool is_listed(const struct record *record)
{
    return !record->is_new && !record->is_deleted;
}

static struct children find_children(const struct registry *registry, struct id parent)
{
    struct children children = {0};
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        const struct record *record = container_of(link, struct record, link);
        if (is_listed(record) && id_equal(record->parent, parent))
            add_child(&children, record->id);
    }
    return children;
}

static void print_open(struct conversation *conversation, const struct children *children,
                       const struct registry_print *print, struct buf *out)
{
    const struct conversation_info info = {.includes_skills = print->includes_skills,
                                           .has_runtime = print->has_runtime,
                                           .children = children->ids,
                                           .child_count = children->count};
    conversation_info_print(conversation->files.state, conversation->files.meta, &info, out);
}

void registry_print(const struct registry *registry, struct conversation *conversation,
                    const struct registry_print *options, struct buf *out)
{
    const struct children children = find_children(registry, conversation_id(conversation));
    print_open(conversation, &children, options, out);
    free(children.ids);
}

/* --- a page --- */

struct item {
    struct id id;
    struct children children;
    struct buf text; /* empty: there is none */
    bool is_on_disk; /* to be read */
};

struct page {
    struct registry_task task;
    struct id *ids; /* of a batch; NULL: a search */
    struct registry_query query;
    struct item *items;
    size_t count;
    struct id next;
    char *directory;
    registry_page_fn on_page;
    void *owner;
};

static bool read_item(const char *directory, struct state *state, struct meta *meta,
                      struct error *error)
{
    scoped_buf struct buf state_text = {0};
    scoped_buf struct buf meta_text = {0};
    return conversation_disk_read(directory, "base_state.json", &state_text, error) &&
           conversation_disk_read(directory, "meta.json", &meta_text, error) &&
           state_read(state, buf_str(&state_text), NULL, error) &&
           meta_read(meta, buf_str(&meta_text), NULL, error);
}

/* Without the cipher: what answers show of secrets is nothing anyway. */
static void print_stored(const struct page *page, struct item *item)
{
    scoped_free char *directory = conversation_disk_path(page->directory, item->id);
    struct secret_mask *mask = secret_mask_new();
    struct state *state = state_new(mask);
    struct meta *meta = meta_new();
    struct error error;
    const struct conversation_info info = {.includes_skills = page->query.print.includes_skills,
                                           .has_runtime = page->query.print.has_runtime,
                                           .children = item->children.ids,
                                           .child_count = item->children.count};
    if (read_item(directory, state, meta, &error)) {
        state->id = item->id;
        conversation_info_print(state, meta, &info, &item->text);
    } else {
        log_warn("conversation.unreadable", "error=\"%s\"", error.text);
    }
    meta_free(meta);
    state_free(state);
    secret_mask_free(mask);
}

static void run_page(void *job)
{
    struct page *page = job;
    for (size_t i = 0; i < page->count; i++)
        if (page->items[i].is_on_disk)
            print_stored(page, &page->items[i]);
}

static void page_free(struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->items[i].children.ids);
        buf_fini(&page->items[i].text);
    }
    free(page->items);
    free(page->ids);
    free(page->directory);
    free(page);
}

static void on_page_done(void *job, bool is_cancelled)
{
    struct page *page = job;
    struct registry *registry = page->task.registry;
    struct str *texts = mem_zero(page->count + 1, sizeof(texts[0]));
    struct registry_page result = {.items = texts, .next = page->next};
    (void)is_cancelled; /* then what is on disk is left out */
    for (size_t i = 0; i < page->count; i++) {
        const struct str text =
            page->items[i].text.len > 0 ? buf_str(&page->items[i].text) : STR_NULL;
        if (page->ids != NULL || str_is_set(text))
            texts[result.count++] = text;
    }
    page->on_page(page->owner, &result);
    free(texts);
    page_free(page);
    registry_end(registry);
}

static void add_item(struct page *page, struct id id)
{
    const struct registry *registry = page->task.registry;
    const struct record *record = registry_find_record(registry, id);
    struct item *item = &page->items[page->count++];
    *item = (struct item){.id = id};
    if (record == NULL || !is_listed(record))
        return;
    item->children = find_children(registry, id);
    if (record->conversation != NULL)
        print_open(record->conversation, &item->children, &page->query.print, &item->text);
    else
        item->is_on_disk = true;
}

/* --- searching --- */

static enum state_status status_of(const struct record *record)
{
    return record->conversation == NULL ? record->status
                                        : conversation_status(record->conversation);
}

static int64_t updated_of(const struct record *record)
{
    return record->conversation == NULL ? record->updated_us
                                        : conversation_meta(record->conversation)->updated_us;
}

static bool matches(const struct record *record, bool has_status, enum state_status status)
{
    return is_listed(record) && (!has_status || status_of(record) == status);
}

struct sorted {
    int64_t key;
    struct id id;
};

/* Ids decide between equal times, so that pages do not overlap. */
static int compare(const void *a, const void *b)
{
    const struct sorted *left = a;
    const struct sorted *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return memcmp(left->id.bytes, right->id.bytes, sizeof(left->id.bytes));
}

static struct sorted *sort_matches(const struct registry *registry,
                                   const struct registry_query *query, size_t *ret_count)
{
    const bool by_update =
        query->order == REGISTRY_UPDATED || query->order == REGISTRY_UPDATED_NEWEST;
    const bool is_newest_first =
        query->order == REGISTRY_CREATED_NEWEST || query->order == REGISTRY_UPDATED_NEWEST;
    struct sorted *found = mem_zero(registry->record_count + 1, sizeof(found[0]));
    size_t count = 0;
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link)) {
        const struct record *record = container_of(link, struct record, link);
        const int64_t time_us = by_update ? updated_of(record) : record->created_us;
        if (matches(record, query->has_status, query->status))
            found[count++] =
                (struct sorted){.key = is_newest_first ? -time_us : time_us, .id = record->id};
    }
    qsort(found, count, sizeof(found[0]), compare);
    *ret_count = count;
    return found;
}

static void fill_search(struct page *page)
{
    size_t count;
    size_t start = 0;
    struct sorted *found = sort_matches(page->task.registry, &page->query, &count);
    for (size_t i = 0; i < count && !id_is_nil(page->query.page); i++)
        if (id_equal(found[i].id, page->query.page))
            start = i;
    const size_t left = count - start;
    const size_t size = left < page->query.limit ? left : page->query.limit;
    page->items = mem_zero(size + 1, sizeof(page->items[0]));
    for (size_t i = 0; i < size; i++)
        add_item(page, found[start + i].id);
    if (left > size)
        page->next = found[start + size].id;
    free(found);
}

static void run_search(struct registry_task *task)
{
    struct page *page = container_of(task, struct page, task);
    fill_search(page);
    (void)work_start(task->registry->options.loop, run_page, on_page_done, page);
}

static struct page *page_new(const struct registry *registry, registry_page_fn on_page, void *owner)
{
    struct page *page = mem_zero(1, sizeof(*page));
    page->directory = mem_strdup(registry->directory);
    page->on_page = on_page;
    page->owner = owner;
    return page;
}

void registry_search(struct registry *registry, const struct registry_query *query,
                     registry_page_fn on_page, void *owner)
{
    struct page *page = page_new(registry, on_page, owner);
    page->query = *query;
    registry_begin(registry, &page->task, run_search);
}

/* --- by ids --- */

static void run_batch(struct registry_task *task)
{
    struct page *page = container_of(task, struct page, task);
    const size_t count = page->query.limit;
    page->items = mem_zero(count + 1, sizeof(page->items[0]));
    for (size_t i = 0; i < count; i++)
        add_item(page, page->ids[i]);
    (void)work_start(task->registry->options.loop, run_page, on_page_done, page);
}

void registry_batch(struct registry *registry, const struct id *ids, size_t count,
                    const struct registry_print *print, registry_page_fn on_page, void *owner)
{
    struct page *page = page_new(registry, on_page, owner);
    page->ids = mem_zero(count + 1, sizeof(page->ids[0]));
    if (count > 0)
        memcpy(page->ids, ids, count * sizeof(ids[0]));
    page->query = (struct registry_query){.limit = count, .print = *print};
    registry_begin(registry, &page->task, run_batch);
}

/* --- counting --- */

struct counting {
    struct registry_task task;
    bool has_status;
    enum state_status status;
    registry_count_fn on_count;
    void *owner;
};

static void run_count(struct registry_task *task)
{
    struct counting *counting = container_of(task, struct counting, task);
    struct registry *registry = task->registry;
    size_t count = 0;
    for (struct list *link = list_first(&registry->records); link != NULL;
         link = list_next(&registry->records, link))
        if (matches(container_of(link, struct record, link), counting->has_status,
                    counting->status))
            count++;
    counting->on_count(counting->owner, count);
    free(counting);
    registry_end(registry);
}

void registry_count(struct registry *registry, const enum state_status *status,
                    registry_count_fn on_count, void *owner)
{
    struct counting *counting = mem_zero(1, sizeof(*counting));
    counting->has_status = status != NULL;
    counting->status = status != NULL ? *status : STATUS_IDLE;
    counting->on_count = on_count;
    counting->owner = owner;
    registry_begin(registry, &counting->task, run_count);
}
