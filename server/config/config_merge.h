#ifndef CONFIG_CONFIG_MERGE_H
#define CONFIG_CONFIG_MERGE_H

/*
 * Lays one JSON value over another (contract v1-server §1.5): objects member by member, lists item
 * by item, anything else is replaced. What only one side has is kept. Deeper than
 * CONFIG_MERGE_DEPTH the upper value replaces the lower one whole.
 */

#include <stdbool.h>

#define CONFIG_MERGE_DEPTH 8

struct buf;
struct doc_value;

/* Appends the result as JSON. Either side may be NULL (absent), not both. A null of `over` replaces
 * a value only when null_wins. */
void config_merge(const struct doc_value *base, const struct doc_value *over, bool null_wins,
                  struct buf *out);
/* The same for one level of an object: members of `over` replace those of `base` whole. */
void config_replace(const struct doc_value *base, const struct doc_value *over, struct buf *out);

#endif
