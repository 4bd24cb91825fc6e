#ifndef ACTIONS_COMMAND_LOG_TABLE_H
#define ACTIONS_COMMAND_LOG_TABLE_H

/*
 * A hash table from ids to 32-bit numbers that costs four bytes a slot: it holds only the numbers,
 * and asks its owner for the id behind one. Open addressing with linear probing; at most half full,
 * because a look at a slot is a look at the owner's memory. The zero value with `id_of` and `owner`
 * set is an empty table.
 *
 * Owned by command_log_index, which keeps one for events and one for commands.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"

#define LOG_TABLE_NONE UINT32_MAX /* not a number that can be stored */

struct log_table {
    uint32_t *slots;
    size_t capacity;
    size_t count;
    struct id (*id_of)(const void *owner, uint32_t number);
    const void *owner;
};

void log_table_fini(struct log_table *table);
/* The id must not be in the table yet, and must be that of the number. */
void log_table_add(struct log_table *table, struct id id, uint32_t number);
/* LOG_TABLE_NONE when absent. */
uint32_t log_table_find(const struct log_table *table, struct id id);
/* The id behind every stored number must still be known while one is removed. */
void log_table_remove(struct log_table *table, struct id id);

#endif
