#ifndef PLUGINS_JUPYTER_EDITOR_SERVICE_H
#define PLUGINS_JUPYTER_EDITOR_SERVICE_H

/*
 * `actiond --editor`: the editor of actions/editor.h as a child of a notebook kernel, for its skill
 * `file_editor` (contract v0-action-execution §6.6). A process of the kernel's user is the one way
 * to edit with that user's rights: the server itself may be root, and cannot lend a thread another
 * user's eyes. It lives as long as the kernel keeps its standard input open, so that the history
 * of undo_edit is the kernel's own and goes with it.
 *
 *     in   {"id":1,"command":"view","path":"/x","view_range":[1,2]}                     one line
 *     out  {"id":1,"is_error":false,"text":"…","path":"/x","prev_exist":true,
 *           "old_content":null,"new_content":null}                                      one line
 *
 * Members of a request are those of struct editor_request; null is "not given".
 */

/* The process's exit status: 0 when its input has ended. */
int editor_service_run(void);

#endif
