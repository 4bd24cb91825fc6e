#include "actions/command_log_table.h"

#include "server/base/mem.h"
#include "server/base/str.h"

static size_t home_of(const struct log_table *table, struct id id)
{
    uint64_t high;
    uint64_t low;
    memcpy(&high, id.bytes, sizeof(high));
    memcpy(&low, id.bytes + sizeof(high), sizeof(low));
    uint64_t mixed = (high ^ (low * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
    return (size_t)(mixed >> 20) & (table->capacity - 1);
}

static size_t slot_of(const struct log_table *table, struct id id)
{
    size_t at = home_of(table, id);
    while (table->slots[at] != LOG_TABLE_NONE &&
           !id_equal(table->id_of(table->owner, table->slots[at]), id))
        at = (at + 1) & (table->capacity - 1);
    return at;
}

static void allocate(struct log_table *table, size_t capacity)
{
    table->capacity = capacity;
    table->slots = mem_alloc(capacity * sizeof(*table->slots));
    memset(table->slots, 0xff, capacity * sizeof(*table->slots));
}

/* All ids differ, so the first free slot is the right one. */
static void place(struct log_table *table, uint32_t number)
{
    size_t at = home_of(table, table->id_of(table->owner, number));
    while (table->slots[at] != LOG_TABLE_NONE)
        at = (at + 1) & (table->capacity - 1);
    table->slots[at] = number;
}

static void grow(struct log_table *table)
{
    struct log_table old = *table;
    allocate(table, old.capacity == 0 ? 64 : old.capacity * 2);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i] != LOG_TABLE_NONE)
            place(table, old.slots[i]);
    }
    free(old.slots);
}

void log_table_fini(struct log_table *table)
{
    free(table->slots);
    table->slots = NULL;
    table->capacity = 0;
    table->count = 0;
}

void log_table_add(struct log_table *table, struct id id, uint32_t number)
{
    assert(number != LOG_TABLE_NONE);
    assert(id_equal(table->id_of(table->owner, number), id));
    if ((table->count + 1) * 2 > table->capacity)
        grow(table);
    place(table, number);
    table->count++;
}

uint32_t log_table_find(const struct log_table *table, struct id id)
{
    return table->count == 0 ? LOG_TABLE_NONE : table->slots[slot_of(table, id)];
}

/* Moves every entry of the run behind the hole that may not stand behind it any more. */
static void close_hole(struct log_table *table, size_t hole)
{
    size_t mask = table->capacity - 1;
    for (size_t at = (hole + 1) & mask; table->slots[at] != LOG_TABLE_NONE; at = (at + 1) & mask) {
        size_t home = home_of(table, table->id_of(table->owner, table->slots[at]));
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = LOG_TABLE_NONE;
}

void log_table_remove(struct log_table *table, struct id id)
{
    if (table->count == 0)
        return;
    size_t at = slot_of(table, id);
    if (table->slots[at] == LOG_TABLE_NONE)
        return;
    close_hole(table, at);
    table->count--;
}
