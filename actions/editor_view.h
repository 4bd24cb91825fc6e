#ifndef ACTIONS_EDITOR_VIEW_H
#define ACTIONS_EDITOR_VIEW_H

/*
 * The editor's view command: directories, numbered lines of text files or a range of them, pictures
 * and documents where the dialect has them. Fills the call's result.
 */

struct editor_call;

void editor_view(const struct editor_call *call);

#endif
