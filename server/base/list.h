#ifndef BASE_LIST_H
#define BASE_LIST_H

/*
 * An intrusive, circular, doubly linked list: the links live inside the objects, nothing is
 * allocated. A struct list is both the head and the link. A link that is zeroed is in no list;
 * list_remove is safe on it and safe to call twice.
 *
 *     struct list *link = list_first(&head);          // NULL when empty
 *     struct thing *thing = container_of(link, struct thing, link);
 */

#include <stdbool.h>

struct list {
    struct list *next;
    struct list *previous;
};

void list_init(struct list *head);
bool list_is_empty(const struct list *head);
bool list_is_linked(const struct list *link);
void list_append(struct list *head, struct list *link);
void list_remove(struct list *link);
struct list *list_first(const struct list *head);
/* The link after this one, or NULL at the end. */
struct list *list_next(const struct list *head, const struct list *link);

#endif
