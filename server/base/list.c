#include "server/base/list.h"

#include <stddef.h>

void list_init(struct list *head)
{
    head->next = head;
    head->previous = head;
}

bool list_is_empty(const struct list *head)
{
    return head->next == head || head->next == NULL;
}

bool list_is_linked(const struct list *link)
{
    return link->next != NULL;
}

void list_append(struct list *head, struct list *link)
{
    link->next = head;
    link->previous = head->previous;
    head->previous->next = link;
    head->previous = link;
}

void list_remove(struct list *link)
{
    if (link->next == NULL)
        return;
    link->previous->next = link->next;
    link->next->previous = link->previous;
    link->next = NULL;
    link->previous = NULL;
}

struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

struct list *list_next(const struct list *head, const struct list *link)
{
    return link->next == head ? NULL : link->next;
}
