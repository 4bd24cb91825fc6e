#ifndef BASE_MAP_H
#define BASE_MAP_H

/*
 * A hash map from fixed-size keys (an id, a pid, a number) to a pointer it does not own. Open
 * addressing, power-of-two tables, grows at three quarters full. The zero value is a valid empty
 * map. Not thread safe. Iteration order is unspecified; do not add or remove while iterating.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"

struct map {
    struct map_slot *slots;
    size_t capacity;
    size_t count;
};

void map_fini(struct map *map);
void map_set(struct map *map, struct id key, void *value); /* value is not NULL */
void *map_find(const struct map *map, struct id key);
void map_remove(struct map *map, struct id key);
/* Start with *cursor = 0; NULL at the end. */
void *map_next(const struct map *map, size_t *cursor);

/* A number as a key. */
struct id map_key_number(uint64_t number);

#endif
