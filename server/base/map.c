#include "server/base/map.h"

#include "server/base/mem.h"
#include "server/base/str.h"

/*
 * Linear probing; removal shifts the run behind the hole back, so there are no tombstones.
 */

struct map_slot {
    struct id key;
    void *value; /* NULL: free */
};

static size_t slot_of(const struct map *map, struct id key)
{
    uint64_t high;
    uint64_t low;
    memcpy(&high, key.bytes, sizeof(high));
    memcpy(&low, key.bytes + sizeof(high), sizeof(low));
    const uint64_t mixed = (high ^ (low * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
    return (size_t)(mixed >> 20) & (map->capacity - 1);
}

static size_t find_slot(const struct map *map, struct id key)
{
    size_t at = slot_of(map, key);
    while (map->slots[at].value != NULL && !id_equal(map->slots[at].key, key))
        at = (at + 1) & (map->capacity - 1);
    return at;
}

static void map_grow(struct map *map)
{
    const struct map old = *map;
    map->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
    map->slots = mem_zero(map->capacity, sizeof(*map->slots));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].value != NULL)
            map->slots[find_slot(map, old.slots[i].key)] = old.slots[i];
    }
    free(old.slots);
}

void map_fini(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

void map_set(struct map *map, struct id key, void *value)
{
    assert(value != NULL);
    if ((map->count + 1) * 4 > map->capacity * 3)
        map_grow(map);
    struct map_slot *slot = &map->slots[find_slot(map, key)];
    if (slot->value == NULL)
        map->count++;
    *slot = (struct map_slot){.key = key, .value = value};
}

void *map_find(const struct map *map, struct id key)
{
    return map->capacity == 0 ? NULL : map->slots[find_slot(map, key)].value;
}

void map_remove(struct map *map, struct id key)
{
    if (map_find(map, key) == NULL)
        return;
    const size_t mask = map->capacity - 1;
    size_t hole = find_slot(map, key);
    for (size_t at = (hole + 1) & mask; map->slots[at].value != NULL; at = (at + 1) & mask) {
        const size_t home = slot_of(map, map->slots[at].key);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
}

void *map_next(const struct map *map, size_t *cursor)
{
    while (*cursor < map->capacity) {
        void *value = map->slots[(*cursor)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}

struct id map_key_number(uint64_t number)
{
    struct id key = {0};
    memcpy(key.bytes, &number, sizeof(number));
    return key;
}
