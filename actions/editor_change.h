#ifndef ACTIONS_EDITOR_CHANGE_H
#define ACTIONS_EDITOR_CHANGE_H

/*
 * The editor's commands that change a part of a file: str_replace and insert. They fill the call's
 * result, with the texts before and after.
 */

struct editor_call;

void editor_str_replace(const struct editor_call *call);
void editor_insert(const struct editor_call *call);

#endif
