#ifndef PLUGINS_JUPYTER_SKILLS_H
#define PLUGINS_JUPYTER_SKILLS_H

/*
 * The agent skills in a kernel (contract v0-action-execution §6.6): the code that makes their names
 * known to every cell. An image may bring the package that agents know; where it is missing or
 * does not load, ours takes its place, plugins/jupyter/python, installed as share/actiond/python.
 *
 * Our package edits files through `actiond --editor` (editor_service.h), whose path the code sets.
 */

struct buf;

/* Appends the code, for jupyter_options.startup_code. Looks at the disk for a moment. */
void jupyter_skills_code(struct buf *out);

#endif
